//! The rule of each kind (formats, sections 6 to 9).

use super::*;
use crate::vault_payload::LeaseAction;
use strongroom_types::limits::VAULT_MAX_MEMBERS;

/// What a valid entry changes besides its place.
pub(super) enum Change {
    Nothing,
    Genesis {
        kind: VaultKind,
        owner: IdentityId,
    },
    Epoch(Renewal),
    SetMember {
        identity: IdentityId,
        role: Role,
    },
    Remove {
        identity: IdentityId,
        renewal: Renewal,
    },
    Leave(IdentityId),
    Erase(Vec<u64>),
}

impl VaultState {
    pub(super) fn check_rules(
        &self,
        signed: &SignedEntry,
        author: IdentityId,
        directory: &DirectoryState,
        gone: &[IdentityId],
    ) -> Result<Change, LogError> {
        let body = signed.entry.body();
        if body.kind == Kind::Genesis {
            return self.check_genesis(signed, author);
        }
        let role = match self.member(author) {
            Some(member) if !gone.contains(&author) => member.role,
            _ => return Err(LogError::NotMember),
        };
        if self.epoch() == Epoch(0) && body.kind != Kind::Epoch {
            return Err(LogError::Rule(
                "a vault's second entry makes its first keys",
            ));
        }
        let Some(payload) = &signed.payload else {
            return if role >= Role::Writer {
                Ok(Change::Nothing)
            } else {
                Err(LogError::RoleTooLow)
            };
        };
        let change = self.check_kind(signed, payload, author, role, directory)?;
        if let Some(data) = &self.data {
            data.check(payload, author, role)?;
        }
        Ok(change)
    }

    fn check_kind(
        &self,
        signed: &SignedEntry,
        payload: &VaultPayload,
        author: IdentityId,
        role: Role,
        directory: &DirectoryState,
    ) -> Result<Change, LogError> {
        let body = signed.entry.body();
        let need = |needed: Role| {
            if role >= needed {
                Ok(())
            } else {
                Err(LogError::RoleTooLow)
            }
        };
        match payload {
            VaultPayload::Genesis { .. } => Err(LogError::Rule("a vault has one genesis")),
            VaultPayload::Epoch(renewal) => {
                need(Role::Manager)?;
                self.check_renewal(renewal)?;
                Ok(Change::Epoch(renewal.clone()))
            }
            VaultPayload::Member {
                identity,
                role: new,
                generation,
                ..
            } => {
                need(if *new >= Role::Manager {
                    Role::Owner
                } else {
                    Role::Manager
                })?;
                if self.kind == VaultKind::Personal {
                    return Err(LogError::Rule("a personal vault has one member"));
                }
                if self.members.contains_key(identity) {
                    return Err(LogError::Rule("already a member"));
                }
                if self.members.len() >= VAULT_MAX_MEMBERS {
                    return Err(LogError::Rule("the vault has as many members as it may"));
                }
                if !directory.identity_active_at(*identity, body.directory_index) {
                    return Err(LogError::Rule(
                        "the identity is not in the directory, or retired",
                    ));
                }
                let newest = directory.wrap_key_at(*identity, body.directory_index);
                if newest.is_none_or(|newest| newest.generation != *generation) {
                    return Err(LogError::Rule("the wrap key is not the newest one"));
                }
                Ok(Change::SetMember {
                    identity: *identity,
                    role: *new,
                })
            }
            VaultPayload::Role {
                identity,
                role: new,
            } => {
                let old = self
                    .member(*identity)
                    .ok_or(LogError::Rule("not a member"))?
                    .role;
                let high = old >= Role::Manager || *new >= Role::Manager;
                need(if high { Role::Owner } else { Role::Manager })?;
                if old == Role::Owner && *new != Role::Owner {
                    self.need_other_owner(*identity)?;
                }
                Ok(Change::SetMember {
                    identity: *identity,
                    role: *new,
                })
            }
            VaultPayload::Remove { identity, renewal } => {
                let old = self
                    .member(*identity)
                    .ok_or(LogError::Rule("not a member"))?
                    .role;
                need(if old >= Role::Manager {
                    Role::Owner
                } else {
                    Role::Manager
                })?;
                if *identity == author {
                    return Err(LogError::Rule("to go oneself, leave"));
                }
                if old == Role::Owner {
                    self.need_other_owner(*identity)?;
                }
                self.check_renewal(renewal)?;
                Ok(Change::Remove {
                    identity: *identity,
                    renewal: renewal.clone(),
                })
            }
            VaultPayload::Leave { identity } => {
                if *identity != author {
                    return Err(LogError::Rule("one can only leave oneself"));
                }
                if role == Role::Owner {
                    self.need_other_owner(author)?;
                }
                Ok(Change::Leave(author))
            }
            VaultPayload::Erase { indexes } => {
                need(Role::Manager)?;
                if indexes
                    .last()
                    .is_some_and(|last| *last >= self.next_index())
                {
                    return Err(LogError::Rule("only earlier entries can be erased"));
                }
                Ok(Change::Erase(indexes.clone()))
            }
            VaultPayload::Record(_)
            | VaultPayload::File(_)
            | VaultPayload::FileKey { .. }
            | VaultPayload::FileAttributes(_) => {
                need(Role::Writer)?;
                Ok(Change::Nothing)
            }
            VaultPayload::Lease(lease) => {
                need(if lease.action == LeaseAction::Break {
                    Role::Manager
                } else {
                    Role::Writer
                })?;
                Ok(Change::Nothing)
            }
            // Who may do what hangs on the link: see `DataFacts::check`.
            VaultPayload::Link(_) => {
                need(Role::Writer)?;
                Ok(Change::Nothing)
            }
            VaultPayload::Head(head) => {
                let seen = head.index == body.seen_index && head.hash == body.seen_hash;
                if !seen || head.directory_hash != body.directory_hash {
                    return Err(LogError::Rule("a head attests what its author has seen"));
                }
                Ok(Change::Nothing)
            }
            VaultPayload::VaultMeta { .. } => {
                need(Role::Manager)?;
                Ok(Change::Nothing)
            }
            VaultPayload::Checkpoint {
                index,
                hash,
                state_root,
            } => {
                need(Role::Manager)?;
                if *index != body.seen_index
                    || *hash != body.seen_hash
                    || *state_root != self.state_root()
                {
                    return Err(LogError::Rule("the checkpoint does not match the log"));
                }
                Ok(Change::Nothing)
            }
        }
    }

    fn check_genesis(&self, signed: &SignedEntry, author: IdentityId) -> Result<Change, LogError> {
        let body = signed.entry.body();
        let Some(VaultPayload::Genesis {
            vault_kind,
            identity,
            ..
        }) = &signed.payload
        else {
            return Err(LogError::Rule("a vault begins with its genesis"));
        };
        self.expects(VaultId::from_bytes(*signed.entry.body_hash().as_bytes()))?;
        if *identity != author {
            return Err(LogError::Rule("the author of a genesis becomes the owner"));
        }
        if body.device_seq != 1 || body.epoch != Epoch(0) {
            return Err(LogError::Rule("a genesis entry has nothing before it"));
        }
        Ok(Change::Genesis {
            kind: *vault_kind,
            owner: author,
        })
    }

    fn check_renewal(&self, renewal: &Renewal) -> Result<(), LogError> {
        if Some(renewal.epoch) != self.epoch().next() {
            return Err(LogError::Rule("epochs are numbered without gaps"));
        }
        if self
            .epochs
            .values()
            .any(|facts| facts.renewal.commitment == renewal.commitment)
        {
            return Err(LogError::Rule("an epoch secret is never used twice"));
        }
        if renewal.history_box.is_empty() != (renewal.epoch == Epoch(1)) {
            return Err(LogError::Rule(
                "each epoch but the first carries the one before",
            ));
        }
        Ok(())
    }

    fn need_other_owner(&self, identity: IdentityId) -> Result<(), LogError> {
        let other = self
            .members
            .iter()
            .any(|(id, member)| *id != identity && member.role == Role::Owner);
        if other {
            Ok(())
        } else {
            Err(LogError::Rule("the last owner stays"))
        }
    }

    pub(super) fn change(
        &mut self,
        change: Change,
        control_hash: Digest,
        issuer: DeviceId,
        index: u64,
    ) {
        match change {
            Change::Nothing => {}
            Change::Genesis { kind, owner } => {
                self.kind = kind;
                self.members.insert(
                    owner,
                    Member {
                        role: Role::Owner,
                        since_index: index,
                    },
                );
            }
            Change::Epoch(renewal) => self.begin_epoch(renewal, control_hash, issuer, index),
            Change::SetMember { identity, role } => {
                let since_index = self
                    .member(identity)
                    .map_or(index, |member| member.since_index);
                self.members.insert(identity, Member { role, since_index });
            }
            Change::Remove { identity, renewal } => {
                self.members.remove(&identity);
                self.begin_epoch(renewal, control_hash, issuer, index);
            }
            Change::Leave(identity) => {
                self.members.remove(&identity);
                self.rekey_required = true;
            }
            Change::Erase(indexes) => {
                for index in indexes {
                    self.missing_payloads.remove(&index);
                    self.erased.insert(index);
                }
            }
        }
    }

    fn begin_epoch(
        &mut self,
        renewal: Renewal,
        control_hash: Digest,
        issuer: DeviceId,
        carrier_index: u64,
    ) {
        self.rekey_required = false;
        self.epochs.insert(
            renewal.epoch,
            EpochFacts {
                renewal,
                carrier_index,
                control_hash,
                issuer,
            },
        );
    }
}
