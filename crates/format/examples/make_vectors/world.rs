//! People, and a directory that grows entry by entry.

use crate::class::class;
use crate::json::hex;
use serde_json::{Value, json};
use strongroom_crypto::DangerSeededRng;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_format::cbor::{bytes, to_cbor};
use strongroom_format::directory::{DirectoryPayload, DirectoryState, NewWrap};
use strongroom_format::entry::{EntryBody, Kind, UnverifiedEntry};
use strongroom_format::person::{Person, device_id, identity_id};
use strongroom_format::signing::{SignatureKind, Signatures, wrap_key_hash};
use strongroom_format::{LogError, context};
use strongroom_types::*;

/// A person with all secrets.
pub struct Human {
    pub name: &'static str,
    pub identity: SignSecret,
    pub devices: Vec<SignSecret>,
    pub wraps: Vec<WrapSecret>,
}

impl Human {
    pub fn make(name: &'static str, rng: &mut DangerSeededRng) -> Self {
        Self {
            name,
            identity: SignSecret::make(rng),
            devices: vec![SignSecret::make(rng)],
            wraps: vec![WrapSecret::make(rng)],
        }
    }

    pub fn id(&self) -> IdentityId {
        identity_id(self.identity.public())
    }

    pub fn certify(&self, tenant: TenantId, device: &SignSecret) -> Signatures {
        let context = context::device(tenant, self.id(), device_id(device.public()));
        Signatures::both(&self.identity, SignatureKind::Device, &context)
    }

    pub fn new_wrap(&self, tenant: TenantId, generation: u64, wrap: &WrapSecret) -> NewWrap {
        let public = wrap.public().as_bytes().to_vec();
        let context =
            context::wrap_generation(tenant, self.id(), generation, wrap_key_hash(&public));
        NewWrap {
            generation,
            signatures: Signatures::both(&self.identity, SignatureKind::WrapGeneration, &context),
            public: public.into(),
        }
    }

    pub fn person(&self, tenant: TenantId, name: &str) -> Person {
        let wrap = self.new_wrap(tenant, 1, &self.wraps[0]);
        Person {
            name: name.to_owned(),
            identity_public: self.identity.public().to_bytes().into(),
            device_public: self.devices[0].public().to_bytes().into(),
            device_name: format!("{} 1", self.name),
            wrap_public: wrap.public,
            device_signatures: self.certify(tenant, &self.devices[0]),
            wrap_signatures: wrap.signatures,
        }
    }

    pub fn to_json(&self) -> Value {
        let wraps: Vec<Value> = self
            .wraps
            .iter()
            .enumerate()
            .map(|(at, wrap)| json!([at + 1, hex(wrap.danger_seed())]))
            .collect();
        let devices: Vec<String> = self
            .devices
            .iter()
            .map(|device| device_id(device.public()).to_string())
            .collect();
        json!({ "name": self.name, "identity": self.id().to_string(), "devices": devices,
            "wrap_seeds": wraps, "identity_seed": hex(&self.identity.danger_seed()[..]) })
    }
}

/// `[body, signatures, payload]` of parts that need not be well-formed.
pub fn raw_entry(body: &[u8], signatures: &[u8], payload: Option<&[u8]>) -> Vec<u8> {
    to_cbor(&(bytes(body), bytes(signatures), payload.map(bytes)))
}

/// A directory with the entries that a vector shows, and the refused ones.
pub struct Directory {
    pub state: DirectoryState,
    pub entries: Vec<Value>,
    pub raw: Vec<Vec<u8>>,
    pub rejections: Vec<Value>,
}

impl Directory {
    pub fn new() -> Self {
        Self {
            state: DirectoryState::new(None),
            entries: Vec::new(),
            raw: Vec::new(),
            rejections: Vec::new(),
        }
    }

    pub fn tenant(&self) -> TenantId {
        self.state.tenant().unwrap_or(TenantId::ZERO)
    }

    pub fn index(&self) -> u64 {
        self.state.head().unwrap().index
    }

    /// The body that an honest author writes now.
    pub fn body(&self, kind: Kind, device: &SignSecret) -> EntryBody {
        let device = device_id(device.public());
        let head = self.state.head();
        let tip = self.state.tip(device);
        let hash = head.map_or(Digest::ZERO, |head| head.hash);
        let index = head.map_or(0, |head| head.index);
        EntryBody {
            tenant: self.tenant(),
            vault: VaultId::from_bytes(*self.tenant().as_bytes()),
            epoch: Epoch(0),
            kind,
            device,
            device_seq: tip.map_or(1, |tip| tip.device_seq + 1),
            previous_own_entry: tip.map_or(Digest::ZERO, |tip| tip.body_hash),
            seen_index: index,
            seen_hash: hash,
            directory_index: index,
            directory_hash: hash,
            control_hash: self.state.control_hash(),
            payload_hash: Digest::ZERO,
        }
    }

    pub fn forge(
        &self,
        payload: &DirectoryPayload,
        device: &SignSecret,
        change: impl FnOnce(&mut EntryBody),
    ) -> Vec<u8> {
        let mut body = self.body(payload.kind(), device);
        change(&mut body);
        UnverifiedEntry::author(body, payload.to_bytes(), device).to_bytes()
    }

    pub fn honest(&self, payload: &DirectoryPayload, device: &SignSecret) -> Vec<u8> {
        self.forge(payload, device, |_| {})
    }

    pub fn push(&mut self, name: &str, payload: &DirectoryPayload, device: &SignSecret) {
        let raw = self.honest(payload, device);
        let entry = UnverifiedEntry::from_bytes(&raw).unwrap();
        let (_, head) = self.state.apply(&entry).unwrap();
        self.entries.push(
            json!({ "name": name, "entry": hex(&raw), "hash": head.hash.to_string(),
            "payload_label": payload.kind().number() }),
        );
        self.raw.push(raw);
    }

    /// A refused entry at the present place.
    pub fn reject(&mut self, name: &str, reason: &str, raw: Vec<u8>) {
        let outcome = apply(&mut self.state.clone(), &raw);
        assert_eq!(outcome.as_ref().map_err(class), Err(reason), "{name}");
        self.rejections.push(json!({ "name": name, "after": self.raw.len(), "entry": hex(&raw), "result": "invalid", "reason": reason }));
    }

    /// A refused order of the log's own entries. Several rules break at once, so only the
    /// place is said.
    pub fn reject_order(&mut self, name: &str, order: &[usize]) {
        let mut state = DirectoryState::new(Some(self.tenant()));
        let fails_at = order
            .iter()
            .position(|at| apply(&mut state, &self.raw[*at]).is_err());
        let fails_at = fails_at.unwrap_or_else(|| panic!("{name} is accepted"));
        self.rejections.push(
            json!({ "name": name, "order": order, "result": "invalid", "fails_at": fails_at }),
        );
    }
}

fn apply(state: &mut DirectoryState, raw: &[u8]) -> Result<(), LogError> {
    state.apply(&UnverifiedEntry::from_bytes(raw)?).map(|_| ())
}
