//! The story of one shared vault from its first entry to its last, and what must not get in.

use crate::content::*;
use crate::directory::People;
use crate::vault::{Vault, Wraps, ids, leaves, wraps_body};
use crate::world::{Human, raw_entry};
use serde_json::{Value, json};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{DangerSeededRng, SymmetricKey, sealed_box, sha256};
use strongroom_format::cbor::to_cbor;
use strongroom_format::context::{self, EpochPurpose};
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::signing::{SignatureKind, Signatures};
use strongroom_format::vault_payload::*;
use strongroom_types::*;

/// Everything that the story leaves behind for other vectors.
pub struct Story<'a> {
    pub vault: Vault<'a>,
    pub json: Value,
    pub wraps: Value,
}

const EXPIRES: u64 = 1_900_000_000_000;

fn file_id(number: u8) -> FileId {
    FileId::from_bytes(id(0xcc, number))
}

fn revision_id(number: u8) -> RevisionId {
    RevisionId::from_bytes(id(0xdd, number))
}

fn lease(number: u8, action: LeaseAction, fence: u64) -> VaultPayload {
    VaultPayload::Lease(LeasePayload {
        file: file_id(1),
        lease: LeaseId::from_bytes(id(0xe0, number)),
        action,
        expires_ms: EXPIRES,
        fence,
    })
}

fn link(action: LinkAction) -> VaultPayload {
    let create = action == LinkAction::Create;
    let some = |byte| {
        if create {
            Digest::from_bytes([byte; 32])
        } else {
            Digest::ZERO
        }
    };
    VaultPayload::Link(LinkPayload {
        link: LinkId::from_bytes(id(0xf0, 1)),
        file: file_id(1),
        revision: revision_id(1),
        action,
        expires_ms: if create { EXPIRES } else { 0 },
        max_count: if create { 3 } else { 0 },
        token_hash: some(5),
        box_hash: some(6),
        passphrase: false,
    })
}

fn head(vault: &Vault<'_>, day: u64) -> VaultPayload {
    let head = vault.state.head().unwrap();
    VaultPayload::Head(HeadPayload {
        index: head.index,
        hash: head.hash,
        directory_hash: vault.directory.hash_at(vault.directory_index).unwrap(),
        wallet_version: 4,
        day,
    })
}

fn checkpoint(vault: &Vault<'_>) -> VaultPayload {
    let head = vault.state.head().unwrap();
    VaultPayload::Checkpoint {
        index: head.index,
        hash: head.hash,
        state_root: vault.state.state_root(),
    }
}

fn set_role(human: &Human, role: Role) -> VaultPayload {
    VaultPayload::Role {
        identity: human.id(),
        role,
    }
}

/// A member entry and its wrap.
fn member(
    vault: &Vault<'_>,
    human: &Human,
    role: Role,
    device: &SignSecret,
    rng: &mut DangerSeededRng,
) -> (VaultPayload, Wraps) {
    let secret = vault.secrets.last().unwrap();
    let (generation, wrap) = vault.wrap(secret, vault.epoch(), human.id(), device, rng);
    let payload = VaultPayload::Member {
        identity: human.id(),
        role,
        generation,
        wrap_hash: sha256(&wrap),
    };
    (payload, vec![(human.id(), generation, wrap)])
}

fn add(
    vault: &mut Vault<'_>,
    human: &Human,
    role: Role,
    device: &SignSecret,
    rng: &mut DangerSeededRng,
    out: &mut Vec<Value>,
) {
    let (payload, wraps) = member(vault, human, role, device, rng);
    vault.push(&format!("member {}", human.name), &payload, device);
    let (identity, generation, wrap) = &wraps[0];
    out.push(json!({ "epoch": vault.epoch().0, "carrier_index": vault.state.head().unwrap().index,
        "identity": identity.to_string(), "generation": generation, "wrap": crate::json::hex(wrap) }));
}

/// A new epoch for everybody who is left; `removed` goes with the same entry.
fn renew(
    vault: &mut Vault<'_>,
    name: &str,
    removed: Option<&Human>,
    stay: &[&Human],
    device: &SignSecret,
    rng: &mut DangerSeededRng,
) {
    let secret = SymmetricKey::make(rng);
    let (renewal, wraps) = vault.renewal(&secret, &ids(stay), device, rng);
    let payload = match removed {
        None => VaultPayload::Epoch(renewal),
        Some(human) => VaultPayload::Remove {
            identity: human.id(),
            renewal,
        },
    };
    vault.push(name, &payload, device);
    assert_eq!(leaves(&wraps).len(), vault.members().len(), "{name}");
    vault.note_wraps(secret, &wraps);
}

pub fn make<'a>(
    directory: &'a strongroom_format::directory::DirectoryState,
    people: &People,
    rng: &mut DangerSeededRng,
) -> Story<'a> {
    let (anna, bert, carla) = (&people.anna, &people.bert, &people.carla);
    let (a1, b1, c1) = (&anna.devices[0], &bert.devices[0], &carla.devices[0]);
    let mut joined = Vec::new();
    let mut bad_wraps = Vec::new();
    let mut v = Vault::new(directory, 5);
    let genesis = VaultPayload::Genesis {
        nonce: [9; 16],
        vault_kind: VaultKind::Shared,
        identity: anna.id(),
    };
    v.reject("genesis for somebody else", "rule", v.honest(&genesis, b1));
    v.reject(
        "genesis in the middle of a sequence",
        "sequence",
        v.forge(&genesis, a1, |b| b.device_seq = 2),
    );
    v.reject(
        "genesis of another tenant",
        "wrong_log",
        v.forge(&genesis, a1, |b| b.tenant = TenantId::from_bytes([3; 32])),
    );
    v.push("genesis", &genesis, a1);
    v.reject("second genesis", "wrong_log", v.honest(&genesis, a1));
    v.reject(
        "anything before the first keys",
        "rule",
        v.honest(&VaultPayload::Erase { indexes: vec![0] }, a1),
    );
    first_keys(&mut v, people, rng, &mut bad_wraps);
    renew(&mut v, "epoch 1", None, &[anna], a1, rng);
    let name = name_entry(&v, a1, "Acme ./. Roe", rng);
    v.push("vault meta", &name, a1);
    add(&mut v, bert, Role::Writer, a1, rng, &mut joined);
    let first = Version {
        record: 1,
        version: 1,
        parents: &[],
        deleted: false,
    };
    let entry = record_entry(&v, b1, &first, "first", rng);
    places(&mut v, people, &entry);
    v.push("record", &entry, b1);
    for (number, device, title) in [(2, a1, "hers"), (3, b1, "his")] {
        let version = Version {
            record: 1,
            version: number,
            parents: &[1],
            deleted: false,
        };
        let entry = record_entry(&v, device, &version, title, rng);
        v.push(&format!("record, edit {number}"), &entry, device);
    }
    let merge = Version {
        record: 1,
        version: 4,
        parents: &[2, 3],
        deleted: false,
    };
    let entry = record_entry(&v, a1, &merge, "both", rng);
    v.push("record, merge", &entry, a1);
    add(&mut v, carla, Role::Manager, a1, rng, &mut joined);
    roles(&mut v, people, rng);
    let ids1 = FileIds {
        tenant: v.tenant(),
        vault: v.vault(),
        file: 1,
        revision: 1,
        parents: &[],
        name: "brief.pdf",
    };
    let file = seal_file(&ids1, &pattern(1000), None, rng);
    v.push("lease take", &lease(1, LeaseAction::Take, 0), b1);
    let fence = v.state.head().unwrap().index;
    v.push("lease renew", &lease(1, LeaseAction::Renew, fence), b1);
    let entry = file_payload(&v, b1, &file, &file.manifest.to_bytes(), fence, rng);
    v.reject(
        "fence of the future",
        "rule",
        v.honest(
            &VaultPayload::File(FilePayload {
                fence: 99,
                ..entry.clone()
            }),
            b1,
        ),
    );
    v.push("file", &VaultPayload::File(entry), b1);
    v.push("lease release", &lease(1, LeaseAction::Release, fence), b1);
    v.reject(
        "renewal of a lease that names no entry",
        "rule",
        v.honest(&lease(1, LeaseAction::Renew, 0), b1),
    );
    v.reject(
        "lease broken by a writer",
        "role_too_low",
        v.honest(&lease(1, LeaseAction::Break, fence), b1),
    );
    v.push("link create", &link(LinkAction::Create), c1);
    v.reject(
        "link created by a writer",
        "role_too_low",
        v.honest(&link(LinkAction::Create), b1),
    );
    attest(&mut v, people);
    later(&mut v, people, &file, rng, &mut joined, &mut bad_wraps);
    v.push("lease take 2", &lease(2, LeaseAction::Take, 0), a1);
    let fence = v.state.head().unwrap().index;
    v.push("lease break", &lease(2, LeaseAction::Break, fence), c1);
    finish(v, people, directory, joined, bad_wraps)
}

/// Everything that can be wrong with an entry whatever its payload.
fn places(v: &mut Vault<'_>, people: &People, good: &VaultPayload) {
    let b1 = &people.bert.devices[0];
    let ones = Digest::from_bytes([1; 32]);
    let entry = UnverifiedEntry::from_bytes(&v.honest(good, b1)).unwrap();
    let payload = entry.payload().unwrap().to_vec();
    let both = Signatures::both(b1, SignatureKind::Entry, entry.body_bytes()).to_bytes();
    v.reject(
        "data entry with two signatures",
        "signature",
        raw_entry(entry.body_bytes(), &both, Some(&payload)),
    );
    let mut flipped = entry.signatures_bytes().to_vec();
    flipped[20] ^= 4;
    v.reject(
        "signature altered",
        "signature",
        raw_entry(entry.body_bytes(), &flipped, Some(&payload)),
    );
    for (name, at) in [("first", 30), ("last", payload.len() - 1)] {
        let mut altered = payload.clone();
        altered[at] ^= 1;
        v.reject(
            &format!("payload altered, {name}"),
            "payload_hash",
            raw_entry(entry.body_bytes(), entry.signatures_bytes(), Some(&altered)),
        );
    }
    let mut body = entry.body_bytes().to_vec();
    let last = body.len() - 40;
    body[last] ^= 1;
    v.reject(
        "body altered",
        "signature",
        raw_entry(&body, entry.signatures_bytes(), Some(&payload)),
    );
    type Change = fn(&mut strongroom_format::entry::EntryBody);
    let cases: [(&str, &str, Change); 11] = [
        ("another tenant", "wrong_log", |b| {
            b.tenant = TenantId::from_bytes([2; 32])
        }),
        ("another vault", "wrong_log", |b| {
            b.vault = VaultId::from_bytes([2; 32])
        }),
        ("sequence repeated", "sequence", |b| b.device_seq = 0),
        ("sequence with a gap", "sequence", |b| b.device_seq = 2),
        ("first entry has a previous one", "previous_own", |b| {
            b.previous_own_entry = Digest::from_bytes([1; 32])
        }),
        ("saw the future", "seen", |b| b.seen_index = 4),
        ("saw another history", "seen", |b| {
            b.seen_hash = Digest::from_bytes([1; 32])
        }),
        ("epoch before this one", "stale_epoch", |b| {
            b.epoch = Epoch(0)
        }),
        ("epoch after this one", "stale_epoch", |b| {
            b.epoch = Epoch(2)
        }),
        ("does not know the newest member", "stale_control", |b| {
            b.control_hash = Digest::from_bytes([1; 32])
        }),
        ("another directory", "directory_hash", |b| {
            b.directory_hash = Digest::from_bytes([1; 32])
        }),
    ];
    for (name, reason, change) in cases {
        v.reject(name, reason, v.forge(good, b1, change));
    }
    let fourth = v.directory.hash_at(4).unwrap();
    v.reject(
        "older directory than the log has seen",
        "directory_falls",
        v.forge(good, b1, |b| {
            b.directory_index = 4;
            b.directory_hash = fourth;
        }),
    );
    v.reject(
        "directory that we have not read",
        "directory_ahead",
        v.forge(good, b1, |b| b.directory_index = 99),
    );
    v.reject(
        "somebody who is no member writes",
        "not_member",
        v.honest(good, &people.carla.devices[0]),
    );
    let stranger = Human::make("mallory", &mut DangerSeededRng::new(77));
    v.reject(
        "device that is not in the directory",
        "unknown_device",
        v.honest(good, &stranger.devices[0]),
    );
    v.reject(
        "device that is not enrolled yet",
        "device_revoked",
        v.honest(good, &people.emil.devices[1]),
    );
    let tenth = v.directory.hash_at(10).unwrap();
    v.reject(
        "device that is revoked",
        "device_revoked",
        v.forge(good, b1, |b| {
            b.directory_index = 10;
            b.directory_hash = tenth;
        }),
    );
    forms(v, b1, good, ones);
}

/// Payloads that are signed but not well formed.
fn forms(v: &mut Vault<'_>, b1: &SignSecret, good: &VaultPayload, ones: Digest) {
    let VaultPayload::Record(r) = good else {
        return;
    };
    let two = [
        VersionId::from_bytes(id(2, 2)),
        VersionId::from_bytes(id(2, 1)),
    ];
    let many: Vec<VersionId> = (0..17).map(|n| VersionId::from_bytes(id(2, n))).collect();
    let sealed = strongroom_format::cbor::bytes(&r.sealed);
    let pack = |label: &str, table: &str, parents: &[VersionId], clear: &[u8]| {
        to_cbor(&(
            label,
            table,
            ones,
            r.record,
            r.version,
            parents,
            false,
            strongroom_format::cbor::bytes(clear),
            sealed,
        ))
    };
    let mut trailing = pack("record/1", "case", &[], &[0x80]);
    trailing.push(0);
    let long = "t".repeat(201);
    for (name, payload) in [
        (
            "payload with unknown label",
            pack("record/2", "case", &[], &[0x80]),
        ),
        ("table without a name", pack("record/1", "", &[], &[0x80])),
        ("table name too long", pack("record/1", &long, &[], &[0x80])),
        (
            "parents not sorted",
            pack("record/1", "case", &two, &[0x80]),
        ),
        ("too many parents", pack("record/1", "case", &many, &[0x80])),
        ("clear field", pack("record/1", "case", &[], &[0x81, 0x00])),
        ("payload with a trailing byte", trailing),
        ("payload of another kind", to_cbor(&("vmeta/1", sealed))),
    ] {
        let body = v.body(good, b1);
        let entry = UnverifiedEntry::author(body, payload, b1).to_bytes();
        v.reject(name, "form", entry);
    }
}

fn first_keys(v: &mut Vault<'_>, people: &People, rng: &mut DangerSeededRng, bad: &mut Vec<Value>) {
    let a1 = &people.anna.devices[0];
    let secret = SymmetricKey::make(rng);
    let (good, _) = v.renewal(&secret, &[people.anna.id()], a1, rng);
    let gap = Renewal {
        epoch: Epoch(2),
        ..good.clone()
    };
    v.reject(
        "epoch with a gap",
        "rule",
        v.honest(&VaultPayload::Epoch(gap), a1),
    );
    let history = Renewal {
        history_box: vec![1; 88].into(),
        ..good.clone()
    };
    v.reject(
        "history before the first epoch",
        "rule",
        v.honest(&VaultPayload::Epoch(history), a1),
    );
    v.reject(
        "first keys by somebody else",
        "not_member",
        v.honest(&VaultPayload::Epoch(good), &people.bert.devices[0]),
    );
    // A server that knows a wrap key can add a leaf, but not name a member.
    let (ghost, wraps) = v.renewal(&secret, &ids(&[&people.anna, &people.carla]), a1, rng);
    let raw = v.honest(&VaultPayload::Epoch(ghost), a1);
    let own = |human: &Human| {
        wraps
            .iter()
            .find(|(identity, ..)| *identity == human.id())
            .map(|(.., wrap)| wrap.clone())
    };
    bad.push(json!({ "name": "wraps root with an extra member", "after": v.raw.len(), "entry": crate::json::hex(&raw),
        "wraps": crate::json::hex(&wraps_body(&leaves(&wraps), own(&people.anna).as_deref(), 1)),
        "identity": people.anna.id().to_string(), "reason": "members" }));
}

fn roles(v: &mut Vault<'_>, people: &People, rng: &mut DangerSeededRng) {
    let (a1, b1, c1) = (
        &people.anna.devices[0],
        &people.bert.devices[0],
        &people.carla.devices[0],
    );
    for (name, reason, payload, device) in [
        (
            "writer makes himself manager",
            "role_too_low",
            set_role(&people.bert, Role::Manager),
            b1,
        ),
        (
            "manager makes a manager",
            "role_too_low",
            set_role(&people.bert, Role::Manager),
            c1,
        ),
        (
            "manager lowers the owner",
            "role_too_low",
            set_role(&people.anna, Role::Reader),
            c1,
        ),
        (
            "last owner steps down",
            "rule",
            set_role(&people.anna, Role::Writer),
            a1,
        ),
        (
            "role of somebody who is no member",
            "rule",
            set_role(&people.dora, Role::Writer),
            a1,
        ),
        (
            "last owner leaves",
            "rule",
            VaultPayload::Leave {
                identity: people.anna.id(),
            },
            a1,
        ),
        (
            "leave for somebody else",
            "rule",
            VaultPayload::Leave {
                identity: people.bert.id(),
            },
            a1,
        ),
        (
            "writer erases",
            "role_too_low",
            VaultPayload::Erase { indexes: vec![4] },
            b1,
        ),
        (
            "erase of the future",
            "rule",
            VaultPayload::Erase { indexes: vec![50] },
            a1,
        ),
        (
            "erase of nothing",
            "form",
            VaultPayload::Erase { indexes: vec![] },
            a1,
        ),
        (
            "erase list not sorted",
            "form",
            VaultPayload::Erase {
                indexes: vec![5, 4],
            },
            a1,
        ),
    ] {
        v.reject(name, reason, v.honest(&payload, device));
    }
    let (twice, _) = member(v, &people.bert, Role::Reader, c1, rng);
    v.reject("member twice", "rule", v.honest(&twice, c1));
    let stranger = VaultPayload::Member {
        identity: people.dora.id(),
        role: Role::Reader,
        generation: 1,
        wrap_hash: Digest::ZERO,
    };
    v.reject(
        "member who is not in the directory yet",
        "rule",
        v.honest(&stranger, c1),
    );
    let secret = SymmetricKey::make(rng);
    let (renewal, _) = v.renewal(&secret, &v.members(), b1, rng);
    v.reject(
        "writer makes new keys",
        "role_too_low",
        v.honest(&VaultPayload::Epoch(renewal.clone()), b1),
    );
    let remove = |human: &Human| VaultPayload::Remove {
        identity: human.id(),
        renewal: renewal.clone(),
    };
    v.reject(
        "manager removes the owner",
        "role_too_low",
        v.honest(&remove(&people.anna), c1),
    );
    v.reject(
        "removing oneself",
        "rule",
        v.honest(&remove(&people.anna), a1),
    );
    v.reject(
        "removing somebody who is no member",
        "rule",
        v.honest(&remove(&people.dora), a1),
    );
    let name = name_entry(v, b1, "mine", rng);
    v.reject("writer renames", "role_too_low", v.honest(&name, b1));
}

fn attest(v: &mut Vault<'_>, people: &People) {
    let (b1, c1) = (&people.bert.devices[0], &people.carla.devices[0]);
    let good = head(v, 20_720);
    let VaultPayload::Head(fields) = &good else {
        return;
    };
    let wrong = VaultPayload::Head(HeadPayload {
        index: fields.index - 1,
        ..*fields
    });
    v.reject(
        "head that its author has not seen",
        "rule",
        v.honest(&wrong, b1),
    );
    let wrong = VaultPayload::Head(HeadPayload {
        directory_hash: Digest::ZERO,
        ..*fields
    });
    v.reject("head over another directory", "rule", v.honest(&wrong, b1));
    let foreign = good.to_bytes(v.tenant(), VaultId::from_bytes([4; 32]));
    let entry = UnverifiedEntry::author(v.body(&good, b1), foreign, b1).to_bytes();
    v.reject("head of another vault", "wrong_log", entry);
    v.push("head", &good, b1);
    let good = checkpoint(v);
    v.reject(
        "checkpoint by a writer",
        "role_too_low",
        v.honest(&good, b1),
    );
    let head = v.state.head().unwrap();
    let wrong = VaultPayload::Checkpoint {
        index: head.index,
        hash: head.hash,
        state_root: Digest::from_bytes([1; 32]),
    };
    v.reject("checkpoint of another state", "rule", v.honest(&wrong, c1));
    let entry = UnverifiedEntry::from_bytes(&v.honest(&good, c1)).unwrap();
    let single = Signatures::single(c1, SignatureKind::Entry, entry.body_bytes()).to_bytes();
    v.reject(
        "checkpoint with one signature",
        "signature",
        raw_entry(entry.body_bytes(), &single, entry.payload()),
    );
    v.push("checkpoint", &good, c1);
}

/// From the directory of entry 14: new wrap keys, a leaver, a removal, a retirement.
fn later(
    v: &mut Vault<'_>,
    people: &People,
    file: &SealedFile,
    rng: &mut DangerSeededRng,
    joined: &mut Vec<Value>,
    bad: &mut Vec<Value>,
) {
    let (anna, bert, carla) = (&people.anna, &people.bert, &people.carla);
    let (dora, emil) = (&people.dora, &people.emil);
    let (a1, b2, c1) = (&anna.devices[0], &bert.devices[1], &carla.devices[0]);
    let (d1, e2) = (&dora.devices[0], &emil.devices[1]);
    v.directory_index = 14;
    let old = VaultPayload::Member {
        identity: dora.id(),
        role: Role::Reader,
        generation: 2,
        wrap_hash: Digest::ZERO,
    };
    v.reject(
        "member under a wrap key that is not the newest",
        "rule",
        v.honest(&old, c1),
    );
    let (owner, _) = member(v, dora, Role::Manager, c1, rng);
    v.reject(
        "manager adds a manager",
        "role_too_low",
        v.honest(&owner, c1),
    );
    add(v, dora, Role::Reader, c1, rng, joined);
    let version = Version {
        record: 2,
        version: 9,
        parents: &[],
        deleted: false,
    };
    let entry = record_entry(v, d1, &version, "reader", rng);
    v.reject(
        "reader writes a record",
        "role_too_low",
        v.honest(&entry, d1),
    );
    v.reject(
        "reader takes a lease",
        "role_too_low",
        v.honest(&lease(3, LeaseAction::Take, 0), d1),
    );
    let revoked = record_entry(v, &bert.devices[0], &version, "lost device", rng);
    v.reject(
        "device revoked in a directory already seen",
        "device_revoked",
        v.honest(&revoked, &bert.devices[0]),
    );
    crate::wraps::reject(v, people, &[anna, bert, carla, dora], rng, bad);
    renew(v, "epoch 2", None, &[anna, bert, carla, dora], c1, rng);
    let stale = record_entry(v, b2, &version, "stale", rng);
    v.reject(
        "sealed in the epoch before",
        "stale_epoch",
        v.forge(&stale, b2, |b| b.epoch = Epoch(1)),
    );
    let rewrapped = VaultPayload::FileKey {
        file: file.manifest.file,
        revision: file.manifest.revision,
        key_box: key_box(
            v,
            file.manifest.file,
            file.manifest.revision,
            &file.key,
            rng,
        ),
    };
    v.push("file key", &rewrapped, a1);
    let entry = record_entry(v, b2, &version, "second record", rng);
    v.push("record 2", &entry, b2);
    v.push("role dora", &set_role(dora, Role::Writer), c1);
    v.directory_index = 19;
    add(v, emil, Role::Writer, c1, rng, joined);
    let version = Version {
        record: 3,
        version: 10,
        parents: &[],
        deleted: false,
    };
    let entry = record_entry(v, e2, &version, "third record", rng);
    v.push("record 3", &entry, e2);
    let leave = VaultPayload::Leave {
        identity: emil.id(),
    };
    v.push("leave emil", &leave, e2);
    let version = Version {
        record: 3,
        version: 11,
        parents: &[10],
        deleted: false,
    };
    let entry = record_entry(v, a1, &version, "waiting", rng);
    v.reject(
        "writing while new keys are due",
        "rekey_required",
        v.honest(&entry, a1),
    );
    renew(v, "epoch 3", None, &[anna, bert, carla, dora], c1, rng);
    let entry = record_entry(v, e2, &version, "gone", rng);
    v.reject("leaver writes", "not_member", v.honest(&entry, e2));
    renew(
        v,
        "remove bert, epoch 4",
        Some(bert),
        &[anna, carla, dora],
        c1,
        rng,
    );
    let entry = record_entry(v, b2, &version, "gone", rng);
    v.reject("removed member writes", "not_member", v.honest(&entry, b2));
    let entry = record_entry(v, a1, &version, "after the removal", rng);
    v.push("record 3, edit", &entry, a1);
    let attributes = attributes_entry(v, a1, "letter.pdf", rng);
    v.push("file attributes", &attributes, a1);
    let attested = head(v, 20_721);
    v.push("head dora", &attested, d1);
    v.directory_index = 20;
    let version = Version {
        record: 1,
        version: 12,
        parents: &[4],
        deleted: true,
    };
    let entry = record_entry(v, a1, &version, "both", rng);
    v.reject(
        "a member is retired, new keys are due",
        "rekey_required",
        v.honest(&entry, a1),
    );
    v.reject(
        "retired member's device writes",
        "device_revoked",
        v.honest(&head(v, 20_722), d1),
    );
    renew(v, "epoch 5 without dora", None, &[anna, carla], a1, rng);
    let entry = record_entry(v, a1, &version, "both", rng);
    v.push("record to the trash", &entry, a1);
    let ids2 = FileIds {
        tenant: v.tenant(),
        vault: v.vault(),
        file: 1,
        revision: 2,
        parents: &[1],
        name: "brief (2).pdf",
    };
    let second = seal_file(&ids2, &pattern(17_000), None, rng);
    let entry = file_payload(v, a1, &second, &second.manifest.to_bytes(), 0, rng);
    v.push("file, second revision", &VaultPayload::File(entry), a1);
    v.push("erase", &VaultPayload::Erase { indexes: vec![4] }, c1);
    v.push("link revoke", &link(LinkAction::Revoke), c1);
}

fn finish<'a>(
    mut v: Vault<'a>,
    people: &People,
    directory: &'a strongroom_format::directory::DirectoryState,
    joined: Vec<Value>,
    bad_wraps: Vec<Value>,
) -> Story<'a> {
    for (name, order) in [
        ("entry dropped", &[0, 1, 3][..]),
        ("data entry dropped", &[0, 1, 2, 3, 5]),
        ("entries reordered", &[0, 1, 3, 2]),
        ("entry repeated", &[0, 1, 2, 3, 4, 4]),
    ] {
        v.reject_order(name, order);
    }
    let humans = [
        &people.anna,
        &people.bert,
        &people.carla,
        &people.dora,
        &people.emil,
    ];
    let everybody: Vec<Value> = humans.iter().map(|human| human.to_json()).collect();
    let json = json!({
        "directory": "directory.json",
        "tenant": directory.tenant().unwrap().to_string(),
        "entries": v.entries,
        "state": v.state_json(),
        "erased": [4],
        "rejections": v.rejections,
    });
    let wraps = json!({
        "vault": "vault.json",
        "people": everybody,
        "epochs": v.wraps,
        "joined": joined,
        "rejections": bad_wraps,
    });
    Story {
        vault: v,
        json,
        wraps,
    }
}

/// A personal vault: one member for ever.
pub fn personal(
    directory: &strongroom_format::directory::DirectoryState,
    people: &People,
    rng: &mut DangerSeededRng,
) -> Value {
    let (anna, a1) = (&people.anna, &people.anna.devices[0]);
    let mut v = Vault::new(directory, directory.head().unwrap().index);
    let genesis = VaultPayload::Genesis {
        nonce: [8; 16],
        vault_kind: VaultKind::Personal,
        identity: anna.id(),
    };
    v.push("genesis", &genesis, a1);
    renew(&mut v, "epoch 1", None, &[anna], a1, rng);
    let (payload, _) = member(&v, &people.carla, Role::Reader, a1, rng);
    v.reject("member of a personal vault", "rule", v.honest(&payload, a1));
    json!({ "directory": "directory.json", "tenant": directory.tenant().unwrap().to_string(), "entries": v.entries,
        "state": v.state_json(), "erased": [], "rejections": v.rejections })
}

/// Seals a secret under another's history key, for a forged history.
pub fn history(
    v: &Vault<'_>,
    secret: &SymmetricKey,
    inside: &[u8],
    rng: &mut DangerSeededRng,
) -> Vec<u8> {
    let epoch = v.epoch().next().unwrap();
    let key = secret.derive(&context::epoch_key(
        v.tenant(),
        v.vault(),
        epoch,
        EpochPurpose::History,
    ));
    sealed_box::seal(
        &key,
        &context::history(v.tenant(), v.vault(), epoch),
        inside,
        rng,
    )
}
