//! The directory of a tenant: who is who, by signatures that chain back to its genesis.

mod apply;
mod change;
mod check;
mod payload;
mod renewal;
mod snapshot;

pub(crate) use apply::check_tip;
pub use payload::{DirectoryPayload, IdentityRenewal, NewWrap};

use crate::entry::{DeviceTip, Head};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use strongroom_crypto::sign::SignPublic;
use strongroom_crypto::wrap::WrapPublic;
use strongroom_types::*;

/// One generation of a person's wrap key.
#[derive(Clone)]
pub struct WrapGeneration {
    pub generation: u64,
    pub public: Arc<WrapPublic>,
    pub key_hash: Digest,
    /// Directory index from which it counts.
    pub since_index: u64,
}

/// A key of an identity, the present one or a former one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityKey {
    pub key_hash: Digest,
    /// Directory index from which it counts.
    pub since_index: u64,
    /// When it took the place of the one before, by its owner's clock; `None` for the first.
    pub renewed_ms: Option<TimestampMs>,
}

/// A person. The identity id is the hash of the first key and stays when the key is renewed.
#[derive(Clone)]
pub struct Identity {
    pub name: String,
    /// The key in force.
    pub public: Arc<SignPublic>,
    /// All keys, the first one first, the one in force last.
    pub keys: Vec<IdentityKey>,
    pub account_role: AccountRole,
    pub joined_index: u64,
    pub retired_index: Option<u64>,
    pub wrap_generations: Vec<WrapGeneration>,
}

/// A device of a person.
#[derive(Clone)]
pub struct Device {
    pub identity: IdentityId,
    pub name: String,
    pub public: Arc<SignPublic>,
    pub since_index: u64,
    pub revoked_index: Option<u64>,
}

/// An open, used or withdrawn invitation.
#[derive(Clone)]
pub struct Invite {
    pub account_role: AccountRole,
    pub expires_ms: u64,
    pub public: Arc<SignPublic>,
    pub inviter: IdentityId,
    pub closed: bool,
}

/// Policy that clients obey; zero means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DirectoryPolicy {
    /// Longest edge to which images are shrunk before sealing, pixels.
    pub image_max_pixels: u64,
    /// Days that a client may work without contact.
    pub offline_max_days: u64,
    pub min_suite: u64,
}

/// The replayed directory. It knows the state at every index up to its head.
#[derive(Clone, Default)]
pub struct DirectoryState {
    tenant: Option<TenantId>,
    hashes: Vec<Digest>,
    control_hash: Option<Digest>,
    identities: BTreeMap<IdentityId, Identity>,
    devices: HashMap<DeviceId, Device>,
    invites: HashMap<InviteId, Invite>,
    looks: HashMap<String, IdentityId>,
    /// Whose each identity key is or was.
    identity_keys: HashMap<Digest, IdentityId>,
    tips: HashMap<DeviceId, DeviceTip>,
    recovery: Option<Arc<SignPublic>>,
    policy: DirectoryPolicy,
}

impl DirectoryState {
    /// A directory of which nothing is known. With `tenant` only that tenant's genesis is taken.
    pub fn new(tenant: Option<TenantId>) -> Self {
        Self {
            tenant,
            ..Self::default()
        }
    }

    /// The tenant, once known.
    pub fn tenant(&self) -> Option<TenantId> {
        self.tenant
    }

    /// The newest entry, or `None` before genesis.
    pub fn head(&self) -> Option<Head> {
        let index = self.hashes.len().checked_sub(1)? as u64;
        self.hashes.last().map(|hash| Head { index, hash: *hash })
    }

    /// The chain hash at an index, if it is at or below the head.
    pub fn hash_at(&self, index: u64) -> Option<Digest> {
        self.hashes.get(usize::try_from(index).ok()?).copied()
    }

    /// `H(body)` of the newest entry; zeros before genesis.
    pub fn control_hash(&self) -> Digest {
        self.control_hash.unwrap_or(Digest::ZERO)
    }

    /// A person.
    pub fn identity(&self, identity: IdentityId) -> Option<&Identity> {
        self.identities.get(&identity)
    }

    /// Whose identity key has this hash, also if it is a former one.
    pub fn identity_of_key(&self, key_hash: Digest) -> Option<IdentityId> {
        self.identity_keys.get(&key_hash).copied()
    }

    /// All persons, retired ones included.
    pub fn identities(&self) -> impl Iterator<Item = (IdentityId, &Identity)> {
        self.identities.iter().map(|(id, identity)| (*id, identity))
    }

    /// A person by name, by what the name looks like; retired ones excluded.
    pub fn identity_by_name(&self, name: &str) -> Option<IdentityId> {
        let identity = self.looks.get(&crate::names::look(name)).copied()?;
        self.identity(identity)?
            .retired_index
            .is_none()
            .then_some(identity)
    }

    /// A device.
    pub fn device(&self, device: DeviceId) -> Option<&Device> {
        self.devices.get(&device)
    }

    /// The devices of a person.
    pub fn devices_of(&self, identity: IdentityId) -> impl Iterator<Item = (DeviceId, &Device)> {
        self.devices
            .iter()
            .filter(move |(_, device)| device.identity == identity)
            .map(|(id, device)| (*id, device))
    }

    /// An invitation.
    pub fn invite(&self, invite: InviteId) -> Option<&Invite> {
        self.invites.get(&invite)
    }

    /// All invitations.
    pub fn invites(&self) -> impl Iterator<Item = (InviteId, &Invite)> {
        self.invites.iter().map(|(id, invite)| (*id, invite))
    }

    /// The newest entry of a device in the directory.
    pub fn tip(&self, device: DeviceId) -> Option<DeviceTip> {
        self.tips.get(&device).copied()
    }

    /// Policy in force.
    pub fn policy(&self) -> DirectoryPolicy {
        self.policy
    }

    /// Whether the person was in the directory and not retired at `index`.
    pub fn identity_active_at(&self, identity: IdentityId, index: u64) -> bool {
        self.identity(identity)
            .is_some_and(|i| i.joined_index <= index && i.retired_index.is_none_or(|at| at > index))
    }

    /// Whether the device was enrolled, not revoked, and its owner not retired, at `index`.
    pub fn device_active_at(&self, device: DeviceId, index: u64) -> bool {
        self.device(device).is_some_and(|d| {
            d.since_index <= index
                && d.revoked_index.is_none_or(|at| at > index)
                && self.identity_active_at(d.identity, index)
        })
    }

    /// The newest wrap key of a person at `index`.
    pub fn wrap_key_at(&self, identity: IdentityId, index: u64) -> Option<&WrapGeneration> {
        self.identity(identity)?
            .wrap_generations
            .iter()
            .rev()
            .find(|wrap| wrap.since_index <= index)
    }

    /// Number of administrators that are not retired.
    pub fn administrator_count(&self) -> usize {
        self.identities
            .values()
            .filter(|identity| {
                identity.retired_index.is_none() && identity.account_role == AccountRole::Admin
            })
            .count()
    }
}
