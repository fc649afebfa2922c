//! The replayed directory as bytes, for a client's encrypted and authenticated cache.

use super::*;
use crate::cbor::{Blob, expect_label, from_cbor, to_cbor};
use crate::person::sign_public;
use crate::signing::wrap_key_hash;
use crate::{FormatError, names};

/// 20,000 persons with a few keys of some kilobytes each.
const SNAPSHOT_MAX_BYTES: usize = 512 << 20;
const WHAT: &str = "directory snapshot";

type WrapTuple = (u64, Blob, u64);
type KeyTuple = (Digest, u64, Option<u64>);
type IdentityTuple = (
    String,
    Blob,
    AccountRole,
    u64,
    Option<u64>,
    Vec<WrapTuple>,
    Vec<KeyTuple>,
);
type DeviceTuple = (DeviceId, IdentityId, String, Blob, u64, Option<u64>);
type InviteTuple = (InviteId, AccountRole, u64, Blob, IdentityId, bool);
type SnapshotTuple = (
    String,
    Option<TenantId>,
    Vec<Digest>,
    Option<Digest>,
    Vec<(IdentityId, IdentityTuple)>,
    Vec<DeviceTuple>,
    Vec<InviteTuple>,
    Vec<(DeviceId, u64, Digest)>,
    Option<Blob>,
    (u64, u64, u64),
);

fn blob(public: &SignPublic) -> Blob {
    public.to_bytes().into()
}

impl DirectoryState {
    /// All of the state, deterministically. A snapshot proves nothing: keep it where only its
    /// writer can write.
    pub fn to_snapshot(&self) -> Vec<u8> {
        let identities: Vec<_> = self
            .identities
            .iter()
            .map(|(id, identity)| (*id, identity_tuple(identity)))
            .collect();
        let mut devices: Vec<DeviceTuple> = self
            .devices
            .iter()
            .map(|(id, device)| {
                (
                    *id,
                    device.identity,
                    device.name.clone(),
                    blob(&device.public),
                    device.since_index,
                    device.revoked_index,
                )
            })
            .collect();
        devices.sort_by_key(|device| device.0);
        let mut invites: Vec<InviteTuple> = self
            .invites
            .iter()
            .map(|(id, invite)| {
                (
                    *id,
                    invite.account_role,
                    invite.expires_ms,
                    blob(&invite.public),
                    invite.inviter,
                    invite.closed,
                )
            })
            .collect();
        invites.sort_by_key(|invite| invite.0);
        let mut tips: Vec<_> = self
            .tips
            .iter()
            .map(|(device, tip)| (*device, tip.device_seq, tip.body_hash))
            .collect();
        tips.sort_unstable();
        let policy = self.policy;
        to_cbor(&(
            "dirstate/2",
            self.tenant,
            &self.hashes,
            self.control_hash,
            identities,
            devices,
            invites,
            tips,
            self.recovery.as_ref().map(|public| blob(public)),
            (
                policy.image_max_pixels,
                policy.offline_max_days,
                policy.min_suite,
            ),
        ))
    }

    /// Reads [`Self::to_snapshot`] from a place that is authenticated.
    ///
    /// # Errors
    /// [`FormatError`] for anything else, snapshots of other releases included.
    pub fn from_snapshot(input: &[u8]) -> Result<Self, FormatError> {
        let t: SnapshotTuple = from_cbor(input, SNAPSHOT_MAX_BYTES, WHAT)?;
        expect_label(&t.0, "dirstate/2", WHAT)?;
        let mut state = Self {
            tenant: t.1,
            hashes: t.2,
            control_hash: t.3,
            recovery: t.8.map(|key| public(&key)).transpose()?,
            policy: DirectoryPolicy {
                image_max_pixels: t.9.0,
                offline_max_days: t.9.1,
                min_suite: t.9.2,
            },
            ..Self::default()
        };
        for (id, tuple) in t.4 {
            let identity = identity(tuple)?;
            state.looks.insert(names::look(&identity.name), id);
            for key in &identity.keys {
                state.identity_keys.insert(key.key_hash, id);
            }
            state.identities.insert(id, identity);
        }
        for (id, identity, name, key, since_index, revoked_index) in t.5 {
            let device = Device {
                identity,
                name,
                public: public(&key)?,
                since_index,
                revoked_index,
            };
            state.devices.insert(id, device);
        }
        for (id, account_role, expires_ms, key, inviter, closed) in t.6 {
            let invite = Invite {
                account_role,
                expires_ms,
                public: public(&key)?,
                inviter,
                closed,
            };
            state.invites.insert(id, invite);
        }
        for (device, device_seq, body_hash) in t.7 {
            let tip = DeviceTip {
                device_seq,
                body_hash,
            };
            state.tips.insert(device, tip);
        }
        Ok(state)
    }
}

fn public(key: &[u8]) -> Result<Arc<SignPublic>, FormatError> {
    sign_public(key).map(Arc::new)
}

fn identity_tuple(identity: &Identity) -> IdentityTuple {
    let wraps = identity
        .wrap_generations
        .iter()
        .map(|wrap| {
            let key = wrap.public.as_bytes().to_vec();
            (wrap.generation, key.into(), wrap.since_index)
        })
        .collect();
    (
        identity.name.clone(),
        blob(&identity.public),
        identity.account_role,
        identity.joined_index,
        identity.retired_index,
        wraps,
        identity
            .keys
            .iter()
            .map(|key| (key.key_hash, key.since_index, key.renewed_ms))
            .collect(),
    )
}

fn identity(t: IdentityTuple) -> Result<Identity, FormatError> {
    let wrap_generations =
        t.5.into_iter()
            .map(|(generation, key, since_index)| {
                let public =
                    WrapPublic::from_slice(&key).map_err(|_| FormatError::Malformed("wrap key"))?;
                Ok(WrapGeneration {
                    generation,
                    key_hash: wrap_key_hash(&key),
                    public: Arc::new(public),
                    since_index,
                })
            })
            .collect::<Result<_, FormatError>>()?;
    Ok(Identity {
        name: t.0,
        public: public(&t.1)?,
        account_role: t.2,
        joined_index: t.3,
        retired_index: t.4,
        wrap_generations,
        keys: t
            .6
            .into_iter()
            .map(|(key_hash, since_index, renewed_ms)| IdentityKey {
                key_hash,
                since_index,
                renewed_ms,
            })
            .collect(),
    })
}
