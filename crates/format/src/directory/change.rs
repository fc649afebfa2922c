//! What an entry that passed its checks changes. Nothing here can fail.

use super::renewal::Renewed;
use super::{
    Device, DirectoryPolicy, DirectoryState, Identity, IdentityKey, Invite, WrapGeneration,
};
use crate::names;
use crate::person::VerifiedPerson;
use crate::signing::wrap_key_hash;
use std::sync::Arc;
use strongroom_crypto::sign::SignPublic;
use strongroom_types::*;

/// What a valid payload changes.
pub(super) enum Change {
    Invite(InviteId, Invite),
    Join {
        person: Box<VerifiedPerson>,
        invite: InviteId,
        account_role: AccountRole,
    },
    Device {
        identity: IdentityId,
        name: String,
        public: Arc<SignPublic>,
    },
    Revoke {
        identity: IdentityId,
        device: DeviceId,
        wrap: Option<WrapGeneration>,
    },
    Wrap {
        identity: IdentityId,
        wrap: WrapGeneration,
    },
    Role(IdentityId, AccountRole),
    Retire(IdentityId),
    Policy(DirectoryPolicy),
    CloseInvite(InviteId),
    Renew(Box<Renewed>),
}

impl DirectoryState {
    /// Makes a change of the entry at `index`, which `author` wrote.
    pub(super) fn take(&mut self, change: Change, author: DeviceId, index: u64) {
        match change {
            Change::Invite(id, invite) => {
                self.invites.insert(id, invite);
            }
            Change::Join {
                person,
                invite,
                account_role,
            } => {
                if let Some(open) = self.invites.get_mut(&invite) {
                    open.closed = true;
                }
                self.add_person(*person, account_role, index);
            }
            Change::Device {
                identity,
                name,
                public,
            } => {
                self.devices.insert(
                    author,
                    Device {
                        identity,
                        name,
                        public,
                        since_index: index,
                        revoked_index: None,
                    },
                );
            }
            Change::Revoke {
                identity,
                device,
                wrap,
            } => {
                if let Some(device) = self.devices.get_mut(&device) {
                    device.revoked_index = Some(index);
                }
                if let (Some(wrap), Some(owner)) = (wrap, self.identities.get_mut(&identity)) {
                    owner.wrap_generations.push(wrap);
                }
            }
            Change::Wrap { identity, wrap } => {
                if let Some(owner) = self.identities.get_mut(&identity) {
                    owner.wrap_generations.push(wrap);
                }
            }
            Change::Role(identity, role) => {
                if let Some(identity) = self.identities.get_mut(&identity) {
                    identity.account_role = role;
                }
            }
            Change::Retire(identity) => {
                if let Some(identity) = self.identities.get_mut(&identity) {
                    identity.retired_index = Some(index);
                }
            }
            Change::Policy(policy) => self.policy = policy,
            Change::Renew(renewed) => self.take_renewal(*renewed, index),
            Change::CloseInvite(invite) => {
                if let Some(open) = self.invites.get_mut(&invite) {
                    open.closed = true;
                }
            }
        }
    }

    pub(super) fn add_person(
        &mut self,
        person: VerifiedPerson,
        account_role: AccountRole,
        index: u64,
    ) {
        let key_hash = wrap_key_hash(person.wrap_public.as_bytes());
        self.looks
            .insert(names::look(&person.name), person.identity);
        self.devices.insert(
            person.device,
            Device {
                identity: person.identity,
                name: person.device_name,
                public: Arc::new(person.device_public),
                since_index: index,
                revoked_index: None,
            },
        );
        let key = IdentityKey {
            key_hash: person.identity_public.key_hash(),
            since_index: index,
            renewed_ms: None,
        };
        self.identity_keys.insert(key.key_hash, person.identity);
        self.identities.insert(
            person.identity,
            Identity {
                name: person.name,
                keys: vec![key],
                public: Arc::new(person.identity_public),
                account_role,
                joined_index: index,
                retired_index: None,
                wrap_generations: vec![WrapGeneration {
                    generation: 1,
                    public: Arc::new(person.wrap_public),
                    key_hash,
                    since_index: index,
                }],
            },
        );
    }
}
