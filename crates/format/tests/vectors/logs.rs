//! `spec/vectors/logs`.

use crate::class::class;
use crate::read::*;
use serde_json::{Value, json};
use std::collections::HashMap;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_crypto::{SymmetricKey, sealed_box, sha256};
use strongroom_format::context::{self, EpochPurpose};
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::signing::wrap_key_hash;
use strongroom_format::transport::Wraps;
use strongroom_format::vault_log::{SignedEntry, VaultState};
use strongroom_format::vault_payload::{VaultPayload, WrapLeaf, wraps_root};
use strongroom_format::{LogError, context as contexts};
use strongroom_types::*;

fn apply_directory(state: &mut DirectoryState, raw: &[u8]) -> Result<Digest, LogError> {
    let entry = UnverifiedEntry::from_bytes(raw)?;
    state.apply(&entry).map(|(_, head)| head.hash)
}

fn apply_vault(
    state: &mut VaultState,
    raw: &[u8],
    directory: &DirectoryState,
) -> Result<Digest, LogError> {
    let entry = UnverifiedEntry::from_bytes(raw)?;
    apply_entry(state, entry, directory)
}

fn apply_entry(
    state: &mut VaultState,
    entry: UnverifiedEntry,
    directory: &DirectoryState,
) -> Result<Digest, LogError> {
    let signed = SignedEntry::verify(entry, state.tenant(), state.vault(), directory)?;
    let applied = state.apply(&signed, directory, &|_| None)?;
    Ok(applied.head.hash)
}

fn raw(value: &Value) -> Vec<Vec<u8>> {
    items(value, "entries")
        .iter()
        .map(|case| bytes(case, "entry"))
        .collect()
}

/// Accepts every entry, and refuses at each place what must be refused there.
fn check_log<S: Clone>(
    value: &Value,
    (entries, refusals): (usize, usize),
    first: S,
    again: impl Fn(&S) -> S,
    apply: impl Fn(&mut S, &[u8]) -> Result<Digest, LogError>,
) -> S {
    let log = raw(value);
    assert_eq!(log.len(), entries, "number of entries");
    assert_eq!(
        items(value, "rejections").len(),
        refusals,
        "number of refusals"
    );
    let mut state = first;
    for index in 0..=log.len() {
        for case in items(value, "rejections") {
            if case["after"] == json!(index) {
                let outcome = apply(&mut state.clone(), &bytes(case, "entry"));
                let outcome = outcome.map(|_| ()).map_err(|error| class(&error));
                assert_eq!(outcome, expected(case), "{}", name(case));
            }
        }
        if let Some(entry) = log.get(index) {
            let hash = apply(&mut state, entry).unwrap();
            assert_eq!(hash, digest(&items(value, "entries")[index], "hash"));
        }
    }
    for case in items(value, "rejections") {
        if case["order"].is_array() {
            let mut replayed = again(&state);
            let place = items(case, "order")
                .iter()
                .position(|at| apply(&mut replayed, &log[at.as_u64().unwrap() as usize]).is_err());
            assert_eq!(json!(place), case["fails_at"], "{}", name(case));
        }
    }
    state
}

fn directory() -> DirectoryState {
    let value = file("logs/directory.json");
    let mut state = DirectoryState::new(None);
    for entry in raw(&value) {
        apply_directory(&mut state, &entry).unwrap();
    }
    state
}

#[test]
fn the_directory() {
    let value = file("logs/directory.json");
    let first = DirectoryState::new(None);
    let again = |state: &DirectoryState| DirectoryState::new(state.tenant());
    let state = check_log(&value, (23, 84), first, again, apply_directory);
    assert_eq!(state.tenant().unwrap().to_string(), text(&value, "tenant"));
    let wanted = &value["state"];
    assert_eq!(state.control_hash(), digest(wanted, "control_hash"));
    assert_eq!(state.identities().count(), 5);
    for (case, (identity, known)) in items(wanted, "identities").iter().zip(state.identities()) {
        assert_eq!(identity.to_string(), text(case, "identity"));
        assert_eq!(known.name, text(case, "name"));
        assert_eq!(known.account_role.to_string(), text(case, "account_role"));
        assert_eq!(json!(known.retired_index), case["retired"]);
        let wraps: Vec<Value> = known
            .wrap_generations
            .iter()
            .map(|wrap| json!([wrap.generation, wrap.key_hash.to_string(), wrap.since_index]))
            .collect();
        assert_eq!(json!(wraps), case["wrap_keys"]);
        for case in items(case, "devices") {
            let device = state.device(text(case, "device").parse().unwrap()).unwrap();
            assert_eq!(device.name, text(case, "name"));
            assert_eq!(json!(device.since_index), case["since"]);
            assert_eq!(json!(device.revoked_index), case["revoked"]);
        }
    }
}

/// An identity gets a new key by the old one, and by nothing else.
#[test]
fn a_renewed_identity() {
    let value = file("logs/renewal.json");
    let first = DirectoryState::new(None);
    let again = |state: &DirectoryState| DirectoryState::new(state.tenant());
    let state = check_log(&value, (11, 35), first, again, apply_directory);
    let wanted = &value["state"];
    let identity = text(wanted, "identity").parse().unwrap();
    let known = state.identity(identity).unwrap();
    assert_eq!(known.public.to_bytes(), bytes(wanted, "public"));
    let keys: Vec<Value> = known
        .keys
        .iter()
        .map(|key| json!([key.key_hash.to_string(), key.since_index, key.renewed_ms]))
        .collect();
    assert_eq!(json!(keys), wanted["keys"]);
    let wraps: Vec<Value> = known
        .wrap_generations
        .iter()
        .map(|wrap| json!([wrap.generation, wrap.key_hash.to_string(), wrap.since_index]))
        .collect();
    assert_eq!(json!(wraps), wanted["wrap_keys"]);
    for case in items(wanted, "devices") {
        let device = case[0].as_str().unwrap().parse().unwrap();
        let device = state.device(device).unwrap();
        assert_eq!(
            json!([device.since_index, device.revoked_index]),
            json!([case[1], case[2]])
        );
    }
    let read = DirectoryState::from_snapshot(&state.to_snapshot()).unwrap();
    assert_eq!(read.to_snapshot(), state.to_snapshot());
}

fn check_vault(name: &str, counts: (usize, usize)) {
    let (value, directory) = (file(name), directory());
    let tenant = directory.tenant().unwrap();
    let state = check_log(
        &value,
        counts,
        VaultState::new(tenant, None),
        |state| VaultState::new(tenant, Some(state.vault())),
        |state, raw| apply_vault(state, raw, &directory),
    );
    let members: Vec<Value> = state
        .members()
        .map(|(identity, member)| json!([identity.to_string(), member.role.to_string()]))
        .collect();
    let head = state.head().unwrap();
    let found = json!({
        "vault": state.vault().to_string(), "head": [head.index, head.hash.to_string()], "epoch": state.epoch().0,
        "control_hash": state.control_hash().to_string(), "members": members, "rekey_required": state.rekey_required(),
        "directory_index": state.directory_index(), "state_root": state.state_root().to_string(),
    });
    assert_eq!(found, value["state"]);
    let mut other = VaultState::new(tenant, Some(VaultId::from_bytes([1; 32])));
    let outcome = apply_vault(&mut other, &raw(&value)[0], &directory);
    assert_eq!(outcome, Err(LogError::WrongLog), "another vault's genesis");
    assert_eq!(state.withheld().count(), 0);
}

#[test]
fn a_shared_vault() {
    check_vault("logs/vault.json", (44, 144));
}

#[test]
fn a_personal_vault() {
    check_vault("logs/personal.json", (2, 1));
}

#[test]
fn erased_and_withheld_payloads() {
    let (value, directory) = (file("logs/vault.json"), directory());
    let replay = |without: usize| {
        let mut state = VaultState::new(directory.tenant().unwrap(), None);
        for (index, raw) in raw(&value).iter().enumerate() {
            let mut entry = UnverifiedEntry::from_bytes(raw).unwrap();
            if index == without {
                let (body, signatures) = (entry.body_bytes(), entry.signatures_bytes());
                entry = UnverifiedEntry::from_parts(body, signatures, None).unwrap();
            }
            apply_entry(&mut state, entry, &directory)?;
        }
        Ok(state.withheld().collect::<Vec<u64>>())
    };
    assert_eq!(replay(4), Ok(vec![]));
    assert_eq!(replay(5), Ok(vec![5]));
    assert_eq!(replay(1), Err(LogError::PayloadMissing));
    // Whatever payload is gone, an honest log stays valid: no rule leans on it.
    for (index, case) in items(&value, "entries").iter().enumerate() {
        let erasable = [32, 33, 38, 40].contains(&number(case, "kind"));
        let gone = if index == 4 {
            vec![]
        } else {
            vec![index as u64]
        };
        let wanted = if erasable {
            Ok(gone)
        } else {
            Err(LogError::PayloadMissing)
        };
        assert_eq!(replay(index), wanted, "{}", name(case));
    }
}

#[test]
fn a_snapshot_judges_as_the_state_does() {
    let (value, directory) = (file("logs/vault.json"), directory());
    let mut state = VaultState::new(directory.tenant().unwrap(), None);
    let log = raw(&value);
    for index in 0..=log.len() {
        let snapshot = state.to_snapshot();
        let again = VaultState::from_snapshot(&snapshot).unwrap();
        assert_eq!(again.to_snapshot(), snapshot, "{index}");
        for case in items(&value, "rejections") {
            if case["after"] == json!(index) {
                let outcome = apply_vault(&mut again.clone(), &bytes(case, "entry"), &directory);
                let outcome = outcome.map(|_| ()).map_err(|error| class(&error));
                assert_eq!(outcome, expected(case), "{}", name(case));
            }
        }
        if let Some(entry) = log.get(index) {
            apply_vault(&mut state, entry, &directory).unwrap();
        }
    }
}

/// A server that keeps data entries in tables replays without them, and judges by its rows.
#[test]
fn a_state_without_data_judges_everything_else() {
    let (value, directory) = (file("logs/vault.json"), directory());
    let mut state = VaultState::danger_without_data(directory.tenant().unwrap(), None);
    for entry in raw(&value) {
        apply_vault(&mut state, &entry, &directory).unwrap();
    }
    let head = state.head().unwrap();
    assert_eq!(
        json!([head.index, head.hash.to_string()]),
        value["state"]["head"]
    );
}

/// What a member must find out before it uses a key.
struct Reader<'a> {
    directory: &'a DirectoryState,
    state: VaultState,
    /// Members with their newest wrap keys where each epoch began.
    leaves: HashMap<Epoch, Vec<(IdentityId, u64)>>,
    admissions: Vec<UnverifiedEntry>,
    seeds: HashMap<IdentityId, Vec<[u8; 32]>>,
}

impl Reader<'_> {
    fn apply(&mut self, raw: &[u8]) {
        let before = self.state.epoch();
        let entry = UnverifiedEntry::from_bytes(raw).unwrap();
        let at = entry.body().directory_index;
        apply_entry(&mut self.state, entry.clone(), self.directory).unwrap();
        if entry.body().kind.number() == 2 {
            self.admissions.push(entry);
        }
        if self.state.epoch() != before {
            let newest = |identity| {
                let wrap = self.directory.wrap_key_at(identity, at).unwrap();
                (identity, wrap.generation)
            };
            let leaves = self.state.members().map(|(id, _)| newest(id)).collect();
            self.leaves.insert(self.state.epoch(), leaves);
        }
    }

    fn take(
        &self,
        epoch: Epoch,
        wraps: &Wraps,
        identity: IdentityId,
    ) -> Outcome<Vec<SymmetricKey>> {
        let facts = self.state.epoch_facts(epoch).ok_or("members")?;
        if wraps_root(&wraps.leaves) != Ok(facts.renewal.wraps_root) {
            return Err("leaves");
        }
        let named = wraps
            .leaves
            .iter()
            .map(|leaf| (leaf.identity, leaf.generation));
        if !named.eq(self.leaves[&epoch].iter().copied()) {
            return Err("members");
        }
        let own = wraps.own.as_deref().ok_or("wrap")?;
        let (generation, hash, control, issuer) = if wraps.carrier_index == facts.carrier_index {
            let leaf = wraps
                .leaves
                .iter()
                .find(|leaf| leaf.identity == identity)
                .ok_or("wrap")?;
            (
                leaf.generation,
                leaf.wrap_hash,
                facts.control_hash,
                facts.issuer,
            )
        } else {
            self.admission(identity).ok_or("wrap")?
        };
        if sha256(own) != hash {
            return Err("wrap");
        }
        let seed = self.seeds[&identity][generation as usize - 1];
        let secret = WrapSecret::from_seed(seed);
        let key_hash = wrap_key_hash(secret.public().as_bytes());
        let (tenant, vault) = (self.state.tenant(), self.state.vault());
        let context = context::wrap(tenant, vault, epoch, control, key_hash, issuer);
        let secret = secret.unwrap(&context, own).map_err(|_| "wrap")?;
        self.history(epoch, secret)
    }

    fn admission(&self, identity: IdentityId) -> Option<(u64, Digest, Digest, DeviceId)> {
        let (tenant, vault) = (self.state.tenant(), self.state.vault());
        self.admissions.iter().find_map(|entry| {
            let body = entry.body();
            match VaultPayload::from_bytes(body.kind, entry.payload()?, tenant, vault) {
                Ok(VaultPayload::Member {
                    identity: found,
                    generation,
                    wrap_hash,
                    ..
                }) if found == identity => {
                    Some((generation, wrap_hash, body.control_hash, body.device))
                }
                _ => None,
            }
        })
    }

    /// The secrets from `epoch` down to 1.
    fn history(&self, epoch: Epoch, newest: SymmetricKey) -> Outcome<Vec<SymmetricKey>> {
        let (tenant, vault) = (self.state.tenant(), self.state.vault());
        let mut secrets = vec![newest];
        for number in (1..=epoch.0).rev() {
            let (at, secret) = (Epoch(number), secrets.last().unwrap());
            let renewal = &self.state.epoch_facts(at).unwrap().renewal;
            let commitment = secret.derive_public(&contexts::epoch_commitment(tenant, vault, at));
            if commitment != renewal.commitment {
                let newest = secrets.len() == 1;
                return Err(if newest { "commitment" } else { "history" });
            }
            if number > 1 {
                let key = secret.derive(&context::epoch_key(
                    tenant,
                    vault,
                    at,
                    EpochPurpose::History,
                ));
                let context = context::history(tenant, vault, at);
                let opened = sealed_box::open(&key, &context, &renewal.history_box)
                    .map_err(|_| "history")?;
                secrets.push(SymmetricKey::from_slice(&opened).ok_or("history")?);
            }
        }
        Ok(secrets)
    }
}

fn leaves_of(case: &Value) -> Vec<WrapLeaf> {
    items(case, "leaves")
        .iter()
        .map(|leaf| WrapLeaf {
            identity: leaf[0].as_str().unwrap().parse().unwrap(),
            generation: leaf[1].as_u64().unwrap(),
            wrap_hash: leaf[2].as_str().unwrap().parse().unwrap(),
        })
        .collect()
}

#[test]
fn wraps() {
    let (value, log, directory) = (
        file("logs/wraps.json"),
        file("logs/vault.json"),
        directory(),
    );
    let reader = |upto: usize| {
        let mut reader = Reader {
            directory: &directory,
            state: VaultState::new(directory.tenant().unwrap(), None),
            leaves: HashMap::new(),
            admissions: Vec::new(),
            seeds: HashMap::new(),
        };
        for person in items(&value, "people") {
            let seeds = items(person, "wrap_seeds")
                .iter()
                .map(|pair| array(&hex(pair[1].as_str().unwrap())))
                .collect();
            let identity = text(person, "identity").parse().unwrap();
            reader.seeds.insert(identity, seeds);
        }
        for raw in raw(&log).iter().take(upto) {
            reader.apply(raw);
        }
        reader
    };
    let whole = reader(usize::MAX);
    let epochs = items(&value, "epochs");
    assert_eq!(epochs.len(), 5);
    let mut opened = 0;
    for case in epochs {
        for wrap in items(case, "wraps") {
            let wraps = Wraps {
                leaves: leaves_of(case),
                own: Some(hex(wrap[2].as_str().unwrap())),
                carrier_index: number(case, "carrier_index"),
            };
            let identity = wrap[0].as_str().unwrap().parse().unwrap();
            let secrets = whole
                .take(Epoch(number(case, "epoch")), &wraps, identity)
                .unwrap();
            for (secret, case) in secrets.iter().rev().zip(epochs) {
                assert_eq!(secret.danger_bytes().as_slice(), bytes(case, "secret"));
            }
            opened += 1;
        }
    }
    assert_eq!(opened, 14);
    assert_eq!(items(&value, "joined").len(), 4);
    for case in items(&value, "joined") {
        let epoch = &epochs[number(case, "epoch") as usize - 1];
        let wraps = Wraps {
            leaves: leaves_of(epoch),
            own: Some(bytes(case, "wrap")),
            carrier_index: number(case, "carrier_index"),
        };
        let identity = text(case, "identity").parse().unwrap();
        whole
            .take(Epoch(number(case, "epoch")), &wraps, identity)
            .unwrap();
    }
    each(&value["rejections"], 20, |case| {
        let mut short = reader(number(case, "after") as usize);
        short.apply(&bytes(case, "entry"));
        let wraps = Wraps::from_bytes(&bytes(case, "wraps")).unwrap();
        let identity = text(case, "identity").parse().unwrap();
        short
            .take(short.state.epoch(), &wraps, identity)
            .map(|_| ())
    });
}
