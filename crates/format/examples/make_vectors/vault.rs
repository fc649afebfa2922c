//! A vault's log that grows entry by entry, with its keys.

use crate::class::class;
use crate::json::hex;
use crate::world::Human;
use serde_json::{Value, json};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{DangerSeededRng, SymmetricKey, sealed_box, sha256};
use strongroom_format::context::{self, EpochPurpose};
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::{EntryBody, UnverifiedEntry};
use strongroom_format::person::device_id;
use strongroom_format::vault_log::{SignedEntry, VaultState};
use strongroom_format::vault_payload::{Renewal, VaultPayload, WrapLeaf, wraps_root};
use strongroom_format::{LogError, cbor};
use strongroom_types::*;

/// Wraps that travel beside an entry.
pub type Wraps = Vec<(IdentityId, u64, Vec<u8>)>;

pub struct Vault<'a> {
    pub directory: &'a DirectoryState,
    pub directory_index: u64,
    pub state: VaultState,
    pub entries: Vec<Value>,
    pub raw: Vec<Vec<u8>>,
    pub rejections: Vec<Value>,
    /// Secrets of the epochs from 1.
    pub secrets: Vec<SymmetricKey>,
    pub wraps: Vec<Value>,
    /// Sealed bytes and leaves of the revisions in the log.
    pub files: Vec<(RevisionId, Vec<u8>, Vec<u8>)>,
}

impl<'a> Vault<'a> {
    pub fn new(directory: &'a DirectoryState, directory_index: u64) -> Self {
        Self {
            directory,
            directory_index,
            state: VaultState::new(directory.tenant().unwrap(), None),
            entries: Vec::new(),
            raw: Vec::new(),
            rejections: Vec::new(),
            secrets: Vec::new(),
            wraps: Vec::new(),
            files: Vec::new(),
        }
    }

    pub fn tenant(&self) -> TenantId {
        self.state.tenant()
    }

    pub fn vault(&self) -> VaultId {
        self.state.vault()
    }

    pub fn epoch(&self) -> Epoch {
        self.state.epoch()
    }

    /// The newest secret's key for a purpose.
    pub fn key(&self, purpose: EpochPurpose) -> SymmetricKey {
        let secret = self.secrets.last().unwrap();
        secret.derive(&context::epoch_key(
            self.tenant(),
            self.vault(),
            self.epoch(),
            purpose,
        ))
    }

    /// The body that an honest author writes now.
    pub fn body(&self, payload: &VaultPayload, device: &SignSecret) -> EntryBody {
        let device = device_id(device.public());
        let tip = self.state.tip(device);
        let head = self.state.head();
        EntryBody {
            tenant: self.tenant(),
            vault: self.vault(),
            epoch: self.epoch(),
            kind: payload.kind(),
            device,
            device_seq: tip.map_or(1, |tip| tip.device_seq + 1),
            previous_own_entry: tip.map_or(Digest::ZERO, |tip| tip.body_hash),
            seen_index: head.map_or(0, |head| head.index),
            seen_hash: head.map_or(Digest::ZERO, |head| head.hash),
            directory_index: self.directory_index,
            directory_hash: self.directory.hash_at(self.directory_index).unwrap(),
            control_hash: self.state.control_hash(),
            payload_hash: Digest::ZERO,
        }
    }

    pub fn forge(
        &self,
        payload: &VaultPayload,
        device: &SignSecret,
        change: impl FnOnce(&mut EntryBody),
    ) -> Vec<u8> {
        let mut body = self.body(payload, device);
        change(&mut body);
        let bytes = payload.to_bytes(self.tenant(), self.vault());
        UnverifiedEntry::author(body, bytes, device).to_bytes()
    }

    pub fn honest(&self, payload: &VaultPayload, device: &SignSecret) -> Vec<u8> {
        self.forge(payload, device, |_| {})
    }

    fn apply(&self, state: &mut VaultState, raw: &[u8]) -> Result<Digest, LogError> {
        let entry = UnverifiedEntry::from_bytes(raw)?;
        let signed = SignedEntry::verify(entry, self.tenant(), state.vault(), self.directory)?;
        state
            .apply(&signed, self.directory, &|_| None)
            .map(|applied| applied.head.hash)
    }

    pub fn push(&mut self, name: &str, payload: &VaultPayload, device: &SignSecret) {
        let raw = self.honest(payload, device);
        self.push_raw(name, raw);
    }

    pub fn push_raw(&mut self, name: &str, raw: Vec<u8>) {
        let mut state = self.state.clone();
        let hash = self
            .apply(&mut state, &raw)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        self.state = state;
        let kind = UnverifiedEntry::from_bytes(&raw)
            .unwrap()
            .body()
            .kind
            .number();
        self.entries.push(
            json!({ "name": name, "kind": kind, "entry": hex(&raw), "hash": hash.to_string() }),
        );
        self.raw.push(raw);
    }

    /// A refused entry at the present place.
    pub fn reject(&mut self, name: &str, reason: &str, raw: Vec<u8>) {
        let outcome = self.apply(&mut self.state.clone(), &raw);
        assert_eq!(
            outcome.as_ref().map(|_| ()).map_err(class),
            Err(reason),
            "{name}"
        );
        self.rejections.push(json!({ "name": name, "after": self.raw.len(), "entry": hex(&raw), "result": "invalid", "reason": reason }));
    }

    /// A refused order of the log's own entries; only the place is said.
    pub fn reject_order(&mut self, name: &str, order: &[usize]) {
        let mut state = VaultState::new(self.tenant(), Some(self.vault()));
        let fails_at = order
            .iter()
            .position(|at| self.apply(&mut state, &self.raw[*at]).is_err());
        let fails_at = fails_at.unwrap_or_else(|| panic!("{name} is accepted"));
        self.rejections.push(
            json!({ "name": name, "order": order, "result": "invalid", "fails_at": fails_at }),
        );
    }

    /// The context of a wrap that the next entry carries.
    pub fn wrap_context(
        &self,
        epoch: Epoch,
        recipient: IdentityId,
        device: &SignSecret,
    ) -> Vec<u8> {
        let key = self
            .directory
            .wrap_key_at(recipient, self.directory_index)
            .unwrap();
        context::wrap(
            self.tenant(),
            self.vault(),
            epoch,
            self.state.control_hash(),
            key.key_hash,
            device_id(device.public()),
        )
    }

    /// One wrap of `secret`, carried by the next entry.
    pub fn wrap(
        &self,
        secret: &SymmetricKey,
        epoch: Epoch,
        recipient: IdentityId,
        device: &SignSecret,
        rng: &mut DangerSeededRng,
    ) -> (u64, Vec<u8>) {
        let key = self
            .directory
            .wrap_key_at(recipient, self.directory_index)
            .unwrap();
        let context = self.wrap_context(epoch, recipient, device);
        let wrap = key.public.wrap(&context, secret, rng).unwrap();
        (key.generation, wrap)
    }

    /// New keys for `members`, made by `device`.
    pub fn renewal(
        &self,
        secret: &SymmetricKey,
        members: &[IdentityId],
        device: &SignSecret,
        rng: &mut DangerSeededRng,
    ) -> (Renewal, Wraps) {
        let epoch = self.epoch().next().unwrap();
        let mut members = members.to_vec();
        members.sort();
        let wraps: Wraps = members
            .iter()
            .map(|member| {
                let (generation, wrap) = self.wrap(secret, epoch, *member, device, rng);
                (*member, generation, wrap)
            })
            .collect();
        let history_box = match self.secrets.last() {
            None => Vec::new(),
            Some(previous) => {
                let key = secret.derive(&context::epoch_key(
                    self.tenant(),
                    self.vault(),
                    epoch,
                    EpochPurpose::History,
                ));
                let context = context::history(self.tenant(), self.vault(), epoch);
                sealed_box::seal(&key, &context, previous.danger_bytes(), rng)
            }
        };
        let renewal = Renewal {
            epoch,
            commitment: secret.derive_public(&context::epoch_commitment(
                self.tenant(),
                self.vault(),
                epoch,
            )),
            wraps_root: wraps_root(&leaves(&wraps)).unwrap(),
            history_box: history_box.into(),
        };
        (renewal, wraps)
    }

    /// Notes the wraps of the entry that was just pushed.
    pub fn note_wraps(&mut self, secret: SymmetricKey, wraps: &Wraps) {
        let carrier = self.state.head().unwrap().index;
        let epoch = self.epoch();
        self.wraps.push(json!({ "epoch": epoch.0, "carrier_index": carrier, "secret": hex(secret.danger_bytes()),
            "leaves": leaves_json(&leaves(wraps)),
            "wraps": wraps.iter().map(|(identity, generation, wrap)| json!([identity.to_string(), generation, hex(wrap)])).collect::<Vec<_>>() }));
        self.secrets.push(secret);
    }

    pub fn members(&self) -> Vec<IdentityId> {
        self.state.members().map(|(identity, _)| identity).collect()
    }

    pub fn state_json(&self) -> Value {
        let head = self.state.head().unwrap();
        json!({
            "vault": self.vault().to_string(),
            "head": [head.index, head.hash.to_string()],
            "epoch": self.epoch().0,
            "control_hash": self.state.control_hash().to_string(),
            "members": self.state.members().map(|(identity, member)| json!([identity.to_string(), member.role.to_string()])).collect::<Vec<_>>(),
            "rekey_required": self.state.rekey_required(),
            "directory_index": self.state.directory_index(),
            "state_root": self.state.state_root().to_string(),
        })
    }
}

pub fn leaves(wraps: &Wraps) -> Vec<WrapLeaf> {
    wraps
        .iter()
        .map(|(identity, generation, wrap)| WrapLeaf {
            identity: *identity,
            generation: *generation,
            wrap_hash: sha256(wrap),
        })
        .collect()
}

pub fn leaves_json(leaves: &[WrapLeaf]) -> Vec<Value> {
    leaves
        .iter()
        .map(|leaf| {
            json!([
                leaf.identity.to_string(),
                leaf.generation,
                leaf.wrap_hash.to_string()
            ])
        })
        .collect()
}

/// A `wraps/1` body with bytes as given, whether or not they make sense.
pub fn wraps_body(leaves: &[WrapLeaf], own: Option<&[u8]>, carrier_index: u64) -> Vec<u8> {
    cbor::to_cbor(&("wraps/1", leaves, own.map(cbor::bytes), carrier_index))
}

/// The leaves that [`leaves_json`] wrote.
pub fn leaves_of(epoch: &Value) -> Vec<WrapLeaf> {
    epoch["leaves"]
        .as_array()
        .unwrap()
        .iter()
        .map(|leaf| WrapLeaf {
            identity: leaf[0].as_str().unwrap().parse().unwrap(),
            generation: leaf[1].as_u64().unwrap(),
            wrap_hash: leaf[2].as_str().unwrap().parse().unwrap(),
        })
        .collect()
}

/// Bytes of a hexadecimal text.
pub fn unhex(text: &Value) -> Vec<u8> {
    data_encoding::HEXLOWER
        .decode(text.as_str().unwrap().as_bytes())
        .unwrap()
}

/// A human's id, for short lists.
pub fn ids(humans: &[&Human]) -> Vec<IdentityId> {
    humans.iter().map(|human| human.id()).collect()
}
