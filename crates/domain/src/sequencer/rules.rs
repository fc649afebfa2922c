//! What the server asks of an entry besides the rules of the log, and what follows from it.

use super::{
    files::{Overlay, Scene},
    wraps::{member_wrap, renewal_wraps},
    *,
};
use crate::{error::refuse, uploads::SECOND_KEY};
use std::collections::BTreeSet;
use strongroom_format::{
    LogError,
    directory::DirectoryState,
    entry::{EntryBody, Kind},
    vault_log::data::check_erasable,
    vault_payload::{VaultKind, VaultPayload},
};
use strongroom_store::{Effect, PageQuery};

/// What lies beside the entries of a request, and what has been used of it.
pub(super) struct Beside<'a> {
    pub wraps: &'a [WrapFor],
    pub wraps_used: bool,
    pub link_boxes: std::slice::Iter<'a, Vec<u8>>,
}

impl<'a> Beside<'a> {
    pub fn of(job: &'a Job) -> Self {
        Self {
            wraps: &job.wraps,
            wraps_used: false,
            link_boxes: job.link_boxes.iter(),
        }
    }

    fn take_wraps(&mut self) -> DomainResult<&'a [WrapFor]> {
        if std::mem::replace(&mut self.wraps_used, true) {
            return refuse(ProblemCode::Malformed, "one entry with wraps in a request");
        }
        Ok(self.wraps)
    }

    /// Nothing may be left over.
    pub fn finish(&self) -> DomainResult<()> {
        if (!self.wraps.is_empty() && !self.wraps_used) || self.link_boxes.len() > 0 {
            return refuse(
                ProblemCode::Malformed,
                "wraps or link boxes without their entry",
            );
        }
        Ok(())
    }
}

impl Scene<'_> {
    /// Judges one entry at the place it would take and says what follows from it. The rules
    /// of the log itself are judged after this.
    pub async fn judge(
        &self,
        state: &VaultState,
        directory: &DirectoryState,
        overlay: &mut Overlay,
        signed: &SignedEntry,
        beside: &mut Beside<'_>,
    ) -> DomainResult<Vec<Effect>> {
        let body = signed.entry().body();
        let Some(payload) = signed.payload() else {
            return refuse(ProblemCode::Malformed, "an appended entry has its payload");
        };
        if state.head().is_some() && self.role < least_role(body.kind) {
            return Err(LogError::RoleTooLow.into());
        }
        self.check_lonely(state, body.kind)?;
        Ok(match payload {
            VaultPayload::Genesis {
                vault_kind,
                identity,
                ..
            } => vec![
                Effect::CreateVault {
                    personal: *vault_kind == VaultKind::Personal,
                },
                Effect::SetMember {
                    identity: *identity,
                    role: Role::Owner,
                },
            ],
            VaultPayload::Epoch(renewal) => {
                let gone = state.newly_retired(directory, body.directory_index);
                let staying = members_but(state, &gone);
                let wraps = renewal_wraps(
                    beside.take_wraps()?,
                    renewal,
                    &staying,
                    directory,
                    body.directory_index,
                )?;
                let mut effects: Vec<Effect> = gone
                    .into_iter()
                    .map(|identity| Effect::RemoveMember { identity })
                    .collect();
                effects.push(self.put_wraps(renewal.epoch, true, wraps));
                effects
            }
            VaultPayload::Member {
                identity,
                role,
                generation,
                wrap_hash,
            } => {
                let wrap = member_wrap(beside.take_wraps()?, *identity, *generation, *wrap_hash)?;
                vec![
                    Effect::SetMember {
                        identity: *identity,
                        role: *role,
                    },
                    self.put_wraps(state.epoch(), false, vec![wrap]),
                ]
            }
            VaultPayload::Role { identity, role } => {
                vec![Effect::SetMember {
                    identity: *identity,
                    role: *role,
                }]
            }
            VaultPayload::Remove { identity, renewal } => {
                let staying = members_but(state, &[*identity]);
                let wraps = renewal_wraps(
                    beside.take_wraps()?,
                    renewal,
                    &staying,
                    directory,
                    body.directory_index,
                )?;
                vec![
                    Effect::RemoveMember {
                        identity: *identity,
                    },
                    self.put_wraps(renewal.epoch, true, wraps),
                ]
            }
            VaultPayload::Leave { identity } => {
                vec![Effect::RemoveMember {
                    identity: *identity,
                }]
            }
            VaultPayload::Erase { indexes } => self.erase(indexes).await?,
            VaultPayload::Record(record) => self.record_usage(record.sealed.len()).await?,
            VaultPayload::File(file) => self.file_entry(overlay, file).await?,
            VaultPayload::FileKey { file, revision, .. } => {
                self.file_key(overlay, *file, *revision).await?
            }
            VaultPayload::FileAttributes(attributes) => {
                self.file_attributes(overlay, attributes).await?
            }
            VaultPayload::Lease(lease) => self.lease(overlay, lease).await?,
            VaultPayload::Link(link) => self.link(overlay, link, &mut beside.link_boxes).await?,
            VaultPayload::Head(_)
            | VaultPayload::VaultMeta { .. }
            | VaultPayload::Checkpoint { .. } => Vec::new(),
        })
    }

    /// Data that only one set of devices could open would be one accident away from lost.
    fn check_lonely(&self, state: &VaultState, kind: Kind) -> DomainResult<()> {
        let data = matches!(kind, Kind::Record | Kind::File | Kind::FileKey);
        if data && !self.caller.recovery_confirmed && state.members().nth(1).is_none() {
            return refuse(ProblemCode::Forbidden, SECOND_KEY);
        }
        Ok(())
    }

    fn put_wraps(
        &self,
        epoch: Epoch,
        in_tree: bool,
        wraps: Vec<strongroom_store::NewWrap>,
    ) -> Effect {
        Effect::PutWraps {
            epoch,
            carrier_index: self.index,
            in_tree,
            wraps,
        }
    }

    /// Records count for accounts with a limit; the others pay no extra write.
    async fn record_usage(&self, bytes: usize) -> DomainResult<Vec<Effect>> {
        let quota = self.domain.effective_quota(self.caller).await?;
        Ok(match quota.total_max_bytes {
            None => Vec::new(),
            Some(_) => vec![Effect::AddUsage {
                account: self.caller.account,
                bytes: bytes as u64,
                total_max_bytes: quota.total_max_bytes,
            }],
        })
    }

    /// An erase entry: data entries that can be erased, and the bytes of their revisions.
    async fn erase(&self, indexes: &[u64]) -> DomainResult<Vec<Effect>> {
        for index in indexes {
            let query = PageQuery {
                after: index.checked_sub(1),
                limit: 1,
                max_bytes: 1,
                control_only: false,
            };
            let page = self.domain.store.page(self.key, query).await?;
            let page = page.ok_or_else(no_such_vault)?;
            let row = page.entries.first().filter(|row| row.index == *index);
            let kind = match row {
                Some(row) => EntryBody::from_bytes(&row.body)?.kind,
                None => {
                    return refuse(
                        ProblemCode::InvalidEntry,
                        "only earlier entries can be erased",
                    );
                }
            };
            check_erasable(kind)?;
        }
        let rows = self
            .domain
            .store
            .revisions_at(self.key.tenant, self.key.vault_id(), indexes)
            .await?;
        // A newer key box can go alone; the bytes go with the entry that brought them.
        let revisions: Vec<RevisionId> = rows
            .into_iter()
            .filter(|row| indexes.binary_search(&row.entry_index).is_ok())
            .map(|row| row.revision)
            .collect();
        Ok(vec![
            Effect::ErasePayloads {
                indexes: indexes.to_vec(),
            },
            Effect::EraseFileRevisions { revisions },
        ])
    }
}

/// The role below which an entry is refused whatever it says; the log's rules ask for more.
fn least_role(kind: Kind) -> Option<Role> {
    Some(match kind {
        Kind::Record
        | Kind::File
        | Kind::FileKey
        | Kind::FileAttributes
        | Kind::Lease
        | Kind::Link => Role::Writer,
        Kind::Leave | Kind::Head => Role::Reader,
        _ => Role::Manager,
    })
}

fn members_but(state: &VaultState, gone: &[IdentityId]) -> BTreeSet<IdentityId> {
    state
        .members()
        .map(|(identity, _)| identity)
        .filter(|identity| !gone.contains(identity))
        .collect()
}
