use super::payload::{DirectoryPayload, NewWrap};
use super::*;
use crate::entry::{Kind, UnverifiedEntry};
use crate::person::{self, Person, VerifiedPerson};
use crate::signing::{SignatureKind, Signatures, wrap_key_hash};
use crate::{FormatError, LogError, context, names};
use strongroom_types::limits::TENANT_MAX_IDENTITIES;

impl DirectoryState {
    /// Verifies an entry at the next place and takes it in; on an error nothing changes.
    /// Returns its payload and the new head.
    ///
    /// # Errors
    /// The first rule of formats, sections 4 and 5, that the entry breaks.
    pub fn apply(&mut self, entry: &UnverifiedEntry) -> Result<(DirectoryPayload, Head), LogError> {
        let body = entry.body();
        if !body.kind.is_directory() {
            return Err(LogError::Rule("a vault's entry can't stand in a directory"));
        }
        let payload = DirectoryPayload::from_bytes(
            body.kind,
            entry.payload().ok_or(LogError::PayloadMissing)?,
        )?;
        let index = self.hashes.len() as u64;
        if index == 0 {
            return self.apply_genesis(entry, payload);
        }
        let tenant = self.tenant.ok_or(LogError::WrongLog)?;
        if body.tenant != tenant || body.vault.as_bytes() != tenant.as_bytes() {
            return Err(LogError::WrongLog);
        }
        self.check_place(entry, index)?;
        let change = self.check_payload(entry, &payload, tenant, index)?;
        let author = match &change {
            Change::Join { person, .. } => Arc::new(person.device_public.clone()),
            Change::Device { public, .. } => public.clone(),
            _ => self
                .device(body.device)
                .ok_or(LogError::UnknownDevice(body.device))?
                .public
                .clone(),
        };
        entry.verify_signatures(&author)?;
        self.take(change, body.device, index);
        Ok((payload, self.push(entry, tenant)))
    }

    fn push(&mut self, entry: &UnverifiedEntry, tenant: TenantId) -> Head {
        let index = self.hashes.len() as u64;
        let previous = self.hashes.last().copied().unwrap_or(Digest::ZERO);
        let hash = entry.chain_hash(Digest::from_bytes(*tenant.as_bytes()), index, previous);
        self.hashes.push(hash);
        self.control_hash = Some(entry.body_hash());
        let body = entry.body();
        self.tips.insert(
            body.device,
            DeviceTip {
                device_seq: body.device_seq,
                body_hash: entry.body_hash(),
            },
        );
        Head { index, hash }
    }

    fn check_place(&self, entry: &UnverifiedEntry, index: u64) -> Result<(), LogError> {
        let body = entry.body();
        if body.seen_index >= index || self.hash_at(body.seen_index) != Some(body.seen_hash) {
            return Err(LogError::Seen);
        }
        if body.directory_index != body.seen_index || body.directory_hash != body.seen_hash {
            return Err(LogError::DirectoryHash);
        }
        if body.epoch != Epoch(0) {
            return Err(LogError::StaleEpoch {
                found: body.epoch,
                current: Epoch(0),
            });
        }
        if body.control_hash != self.control_hash() {
            return Err(LogError::StaleControl);
        }
        check_tip(self.tip(body.device), entry)?;
        if !matches!(body.kind, Kind::Join | Kind::Device) {
            if self.device(body.device).is_none() {
                return Err(LogError::UnknownDevice(body.device));
            }
            if !self.device_active_at(body.device, index) {
                return Err(LogError::DeviceRevoked(body.device));
            }
        }
        Ok(())
    }

    fn apply_genesis(
        &mut self,
        entry: &UnverifiedEntry,
        payload: DirectoryPayload,
    ) -> Result<(DirectoryPayload, Head), LogError> {
        let body = entry.body();
        let DirectoryPayload::Genesis {
            person,
            recovery_public,
            ..
        } = &payload
        else {
            return Err(LogError::Rule("a directory begins with its genesis"));
        };
        let tenant = TenantId::from_bytes(*entry.body_hash().as_bytes());
        if self.tenant.is_some_and(|expected| expected != tenant)
            || body.tenant != TenantId::ZERO
            || body.vault != VaultId::ZERO
        {
            return Err(LogError::WrongLog);
        }
        let blank = [
            body.seen_hash,
            body.directory_hash,
            body.control_hash,
            body.previous_own_entry,
        ]
        .iter()
        .all(|digest| *digest == Digest::ZERO);
        if !blank
            || body.seen_index != 0
            || body.directory_index != 0
            || body.epoch != Epoch(0)
            || body.device_seq != 1
        {
            return Err(LogError::Rule("a genesis entry has nothing before it"));
        }
        let recovery = person::sign_public(recovery_public)?;
        let person = person.verify(TenantId::ZERO)?;
        if person.device != body.device {
            return Err(LogError::Rule(
                "the author is not the device that is introduced",
            ));
        }
        entry.verify_signatures(&person.device_public)?;
        self.tenant = Some(tenant);
        self.recovery = Some(Arc::new(recovery));
        self.add_person(person, AccountRole::Admin, 0);
        Ok((payload, self.push(entry, tenant)))
    }

    fn check_payload(
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

    fn take(&mut self, change: Change, author: DeviceId, index: u64) {
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

    fn add_person(&mut self, person: VerifiedPerson, account_role: AccountRole, index: u64) {
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

enum Change {
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
    Renew(Box<super::renewal::Renewed>),
}

/// Checks that the entry continues its author's own sequence in this log.
pub(crate) fn check_tip(tip: Option<DeviceTip>, entry: &UnverifiedEntry) -> Result<(), LogError> {
    let body = entry.body();
    let (last, previous) = tip.map_or((0, Digest::ZERO), |tip| (tip.device_seq, tip.body_hash));
    let expected = last.checked_add(1).ok_or(LogError::PreviousOwn)?;
    if body.device_seq != expected {
        return Err(LogError::Sequence {
            expected,
            found: body.device_seq,
        });
    }
    if body.previous_own_entry != previous {
        return Err(LogError::PreviousOwn);
    }
    Ok(())
}
