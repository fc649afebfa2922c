//! Whether what an entry says may be: every rule on payloads, by the state before the entry.

use super::change::Change;
use super::payload::{DirectoryPayload, NewWrap};
use super::{DirectoryPolicy, DirectoryState, Invite, WrapGeneration};
use crate::entry::UnverifiedEntry;
use crate::person::{self, Person};
use crate::signing::{SignatureKind, Signatures, wrap_key_hash};
use crate::{FormatError, LogError, context, names};
use std::sync::Arc;
use strongroom_crypto::sign::SignPublic;
use strongroom_types::limits::TENANT_MAX_IDENTITIES;
use strongroom_types::*;

impl DirectoryState {
    /// What the payload changes, if it may stand at `index`. Signatures inside the payload are
    /// verified here, the entry's own in [`DirectoryState::apply`].
    pub(super) fn check_payload(
        &self,
        entry: &UnverifiedEntry,
        payload: &DirectoryPayload,
        tenant: TenantId,
        index: u64,
    ) -> Result<Change, LogError> {
        let body = entry.body();
        let author = self.device(body.device).map(|device| device.identity);
        match payload {
            DirectoryPayload::Genesis { .. } => Err(LogError::Rule("a directory has one genesis")),
            DirectoryPayload::Invite {
                invite,
                account_role,
                expires_ms,
                public,
            } => {
                self.need_administrator(author)?;
                if self.invites.contains_key(invite) {
                    return Err(LogError::Rule("the invitation id is taken"));
                }
                let public = Arc::new(person::sign_public(public)?);
                let inviter = author.ok_or(LogError::NotMember)?;
                Ok(Change::Invite(
                    *invite,
                    Invite {
                        account_role: *account_role,
                        expires_ms: *expires_ms,
                        public,
                        inviter,
                        closed: false,
                    },
                ))
            }
            DirectoryPayload::Join {
                invite,
                person,
                invite_signatures,
                identity_signatures,
            } => self.check_join(
                entry,
                tenant,
                *invite,
                person,
                invite_signatures,
                identity_signatures,
            ),
            DirectoryPayload::Device {
                identity,
                device_public,
                device_name,
                signatures,
            } => {
                if !self.identity_active_at(*identity, index) {
                    return Err(LogError::Rule(
                        "the identity is not in the directory, or retired",
                    ));
                }
                let owner = self.identity(*identity).ok_or(LogError::NotMember)?;
                let name = person::canonical_name(device_name)?;
                let public = person::sign_public(device_public)?;
                let device = person::device_id(&public);
                if device != body.device || self.devices.contains_key(&device) {
                    return Err(LogError::Rule("a device enters by its own entry, once"));
                }
                person::verify_device(tenant, *identity, &owner.public, device, signatures)?;
                Ok(Change::Device {
                    identity: *identity,
                    name,
                    public: Arc::new(public),
                })
            }
            DirectoryPayload::RevokeDevice {
                identity,
                device,
                wrap,
            } => {
                let known = self
                    .device(*device)
                    .ok_or(LogError::UnknownDevice(*device))?;
                if known.identity != *identity
                    || known.revoked_index.is_some()
                    || *device == body.device
                {
                    return Err(LogError::Rule("this device can't be revoked by this entry"));
                }
                let wrap = match wrap {
                    Some(wrap) if author == Some(*identity) => {
                        let owner = self.identity(*identity).ok_or(LogError::NotMember)?;
                        Some(self.check_wrap(tenant, *identity, &owner.public, wrap, index)?)
                    }
                    None if author != Some(*identity) => {
                        self.need_administrator(author)?;
                        None
                    }
                    _ => {
                        return Err(LogError::Rule(
                            "revoking one's own device renews the wrap key",
                        ));
                    }
                };
                Ok(Change::Revoke {
                    identity: *identity,
                    device: *device,
                    wrap,
                })
            }
            DirectoryPayload::WrapGeneration { identity, wrap } => {
                if author != Some(*identity) {
                    return Err(LogError::RoleTooLow);
                }
                let owner = self.identity(*identity).ok_or(LogError::NotMember)?;
                let wrap = self.check_wrap(tenant, *identity, &owner.public, wrap, index)?;
                Ok(Change::Wrap {
                    identity: *identity,
                    wrap,
                })
            }
            DirectoryPayload::AccountRole {
                identity,
                account_role,
            } => {
                self.need_administrator(author)?;
                self.need_other_administrator(*identity, *account_role == AccountRole::Admin)?;
                Ok(Change::Role(*identity, *account_role))
            }
            DirectoryPayload::Retire { identity } => {
                self.need_administrator(author)?;
                self.need_other_administrator(*identity, false)?;
                Ok(Change::Retire(*identity))
            }
            DirectoryPayload::Policy {
                image_max_pixels,
                offline_max_days,
                min_suite,
            } => {
                self.need_administrator(author)?;
                if *min_suite < self.policy.min_suite {
                    return Err(LogError::Rule("the minimum suite never falls"));
                }
                if *min_suite > SUITE {
                    return Err(FormatError::Unknown("suite").into());
                }
                Ok(Change::Policy(DirectoryPolicy {
                    image_max_pixels: *image_max_pixels,
                    offline_max_days: *offline_max_days,
                    min_suite: *min_suite,
                }))
            }
            DirectoryPayload::Recover {
                identity,
                recovery_signatures,
            } => {
                let recovery = self.recovery.as_ref().ok_or(LogError::Signature)?;
                let context = context::directory_recover(tenant, *identity, body.seen_index);
                recovery_signatures.verify(
                    recovery,
                    SignatureKind::DirectoryRecover,
                    &context,
                    true,
                )?;
                if !self.identity_active_at(*identity, index) {
                    return Err(LogError::Rule(
                        "the identity is not in the directory, or retired",
                    ));
                }
                Ok(Change::Role(*identity, AccountRole::Admin))
            }
            DirectoryPayload::WithdrawInvite { invite } => {
                self.need_administrator(author)?;
                match self.invites.get(invite) {
                    Some(open) if !open.closed => Ok(Change::CloseInvite(*invite)),
                    _ => Err(LogError::Rule("the invitation is not open")),
                }
            }
            DirectoryPayload::IdentityRenewal(renewal) => self
                .check_renewal(body, renewal, tenant, index)
                .map(|renewed| Change::Renew(Box::new(renewed))),
        }
    }

    fn check_join(
        &self,
        entry: &UnverifiedEntry,
        tenant: TenantId,
        invite: InviteId,
        person: &Person,
        invite_signatures: &Signatures,
        identity_signatures: &Signatures,
    ) -> Result<Change, LogError> {
        let body = entry.body();
        let open = match self.invites.get(&invite) {
            Some(open) if !open.closed => open,
            _ => return Err(LogError::Rule("the invitation is not open")),
        };
        let verified = person.verify(tenant)?;
        let context = context::join(
            tenant,
            invite,
            &verified.name,
            &person.identity_public,
            &person.device_public,
            &person.wrap_public,
            body.seen_index,
            body.seen_hash,
        );
        invite_signatures.verify(&open.public, SignatureKind::JoinInvite, &context, true)?;
        identity_signatures.verify(
            &verified.identity_public,
            SignatureKind::JoinIdentity,
            &context,
            true,
        )?;
        if verified.device != body.device {
            return Err(LogError::Rule(
                "the author is not the device that is introduced",
            ));
        }
        let key_hash = verified.identity_public.key_hash();
        if self.identity_keys.contains_key(&key_hash) || self.devices.contains_key(&verified.device)
        {
            return Err(LogError::Rule(
                "the identity or device is already in the directory",
            ));
        }
        if self.looks.contains_key(&names::look(&verified.name)) {
            return Err(LogError::Rule(
                "the name is taken, or looks like one that is",
            ));
        }
        if self.identities.len() >= TENANT_MAX_IDENTITIES {
            return Err(LogError::Rule("the directory is full"));
        }
        Ok(Change::Join {
            person: Box::new(verified),
            invite,
            account_role: open.account_role,
        })
    }

    /// A next wrap key that `key` certifies.
    pub(super) fn check_wrap(
        &self,
        tenant: TenantId,
        identity: IdentityId,
        key: &SignPublic,
        wrap: &NewWrap,
        index: u64,
    ) -> Result<WrapGeneration, LogError> {
        let owner = self.identity(identity).ok_or(LogError::NotMember)?;
        let last = owner
            .wrap_generations
            .last()
            .map_or(0, |known| known.generation);
        if Some(wrap.generation) != last.checked_add(1) {
            return Err(LogError::Rule("wrap keys are numbered without gaps"));
        }
        let public = person::verify_wrap(
            tenant,
            identity,
            key,
            wrap.generation,
            &wrap.public,
            &wrap.signatures,
        )?;
        Ok(WrapGeneration {
            generation: wrap.generation,
            public: Arc::new(public),
            key_hash: wrap_key_hash(&wrap.public),
            since_index: index,
        })
    }

    fn need_administrator(&self, author: Option<IdentityId>) -> Result<(), LogError> {
        let identity = author
            .and_then(|identity| self.identity(identity))
            .ok_or(LogError::NotMember)?;
        if identity.account_role == AccountRole::Admin {
            Ok(())
        } else {
            Err(LogError::RoleTooLow)
        }
    }

    fn need_other_administrator(&self, identity: IdentityId, stays: bool) -> Result<(), LogError> {
        let known = self
            .identity(identity)
            .ok_or(LogError::Rule("the identity is not in the directory"))?;
        if known.retired_index.is_some() {
            return Err(LogError::Rule("the identity is retired"));
        }
        if !stays && known.account_role == AccountRole::Admin && self.administrator_count() == 1 {
            return Err(LogError::Rule("the last administrator stays"));
        }
        Ok(())
    }
}
