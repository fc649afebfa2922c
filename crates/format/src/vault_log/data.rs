//! What data entries leave behind for the rules of later ones: open leases, links, protected
//! files, and which entries can be erased (formats, sections 6, 8 and 9).
//!
//! Replay keeps these facts itself; a server that keeps them in tables uses the same rules with
//! its own rows, so that it never takes an entry that a member's replay would refuse.
//!
//! What an erased payload said is not known to everyone who replays, so these rules only lean
//! on payloads that are never erased, or forget in time ([`DataFacts::take`]).

use crate::LogError;
use crate::entry::Kind;
use crate::vault_payload::*;
use std::collections::{BTreeMap, BTreeSet};
use strongroom_types::*;

/// A lease that was taken and neither given back nor broken. Whether its time is over only the
/// server judges: a replay has no clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenLease {
    pub lease: LeaseId,
    /// Index of the entry that took it.
    pub fence: u64,
    pub identity: IdentityId,
}

impl OpenLease {
    /// Whether `author` may do this with a file whose open lease is `open`. The role is not
    /// looked at.
    ///
    /// # Errors
    /// `Rule`.
    pub fn check(
        open: Option<&Self>,
        lease: &LeasePayload,
        author: IdentityId,
    ) -> Result<(), LogError> {
        if lease.action == LeaseAction::Take {
            return if lease.fence == 0 {
                Ok(())
            } else {
                Err(LogError::Rule("the place of its entry is a lease's fence"))
            };
        }
        let Some(open) = open.filter(|open| open.fence == lease.fence) else {
            return Err(LogError::Rule(
                "the fence is not the one of the file's open lease",
            ));
        };
        if open.lease != lease.lease {
            return Err(LogError::Rule("the file has another lease"));
        }
        if lease.action != LeaseAction::Break && open.identity != author {
            return Err(LogError::Rule("the lease is someone else's"));
        }
        Ok(())
    }

    /// Whether `author` may write a revision under `fence` of a file whose open lease is `open`.
    ///
    /// # Errors
    /// `Rule`.
    pub fn check_fence(
        open: Option<&Self>,
        fence: u64,
        author: IdentityId,
    ) -> Result<(), LogError> {
        let own = |open: &Self| open.fence == fence && open.identity == author;
        if fence == 0 || open.is_some_and(own) {
            Ok(())
        } else {
            Err(LogError::Rule("the fence is not one of an own open lease"))
        }
    }
}

/// A link, as the entry that created it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownLink {
    pub creator: IdentityId,
    pub file: FileId,
    pub revision: RevisionId,
}

impl KnownLink {
    /// Whether `author`, who has `role`, may create or revoke a link of which `known` is known.
    ///
    /// # Errors
    /// `RoleTooLow`, `Rule`.
    pub fn check(
        known: Option<&Self>,
        link: &LinkPayload,
        author: IdentityId,
        role: Role,
    ) -> Result<(), LogError> {
        match (link.action, known) {
            (LinkAction::Create, _) if role < Role::Manager => Err(LogError::RoleTooLow),
            (LinkAction::Create, None) => Ok(()),
            (LinkAction::Create, Some(_)) => Err(LogError::Rule("the link is already there")),
            (LinkAction::Revoke, _) if role < Role::Writer => Err(LogError::RoleTooLow),
            (LinkAction::Revoke, None) => Err(LogError::Rule("there is no such link")),
            (LinkAction::Revoke, Some(known)) => {
                if (known.file, known.revision) != (link.file, link.revision) {
                    Err(LogError::Rule("the link leads elsewhere"))
                } else if role < Role::Manager && known.creator != author {
                    Err(LogError::RoleTooLow)
                } else {
                    Ok(())
                }
            }
        }
    }
}

/// Whether a file may get these attributes.
///
/// # Errors
/// `Rule`.
pub fn check_attributes(
    protected: bool,
    attributes: &FileAttributesPayload,
) -> Result<(), LogError> {
    if attributes.deleted && (protected || attributes.protected) {
        Err(LogError::Rule("a protected file is not deleted"))
    } else {
        Ok(())
    }
}

/// Whether a file may get a new revision.
///
/// # Errors
/// `Rule`.
pub fn check_replaced(protected: bool) -> Result<(), LogError> {
    if protected {
        Err(LogError::Rule("a protected file is not replaced"))
    } else {
        Ok(())
    }
}

/// Whether an erase entry may name an entry of this kind.
///
/// # Errors
/// `Rule`.
pub fn check_erasable(kind: Kind) -> Result<(), LogError> {
    if kind.is_erasable() {
        Ok(())
    } else {
        Err(LogError::Rule("this kind of entry is never erased"))
    }
}

/// The facts of one log, data entry by data entry.
#[derive(Clone, Default)]
pub(super) struct DataFacts {
    /// One bit for each entry: whether its payload may be erased.
    pub(super) erasable: Vec<u8>,
    pub(super) leases: BTreeMap<FileId, OpenLease>,
    pub(super) links: BTreeMap<LinkId, KnownLink>,
    pub(super) protected: BTreeSet<FileId>,
}

impl DataFacts {
    fn is_erasable(&self, index: u64) -> bool {
        usize::try_from(index / 8)
            .ok()
            .and_then(|byte| self.erasable.get(byte))
            .is_some_and(|byte| byte & (1 << (index % 8)) != 0)
    }

    /// The rules that look back at data entries; roles are checked elsewhere, but for links,
    /// where they hang together.
    pub(super) fn check(
        &self,
        payload: &VaultPayload,
        author: IdentityId,
        role: Role,
    ) -> Result<(), LogError> {
        match payload {
            VaultPayload::Erase { indexes } => {
                if indexes.iter().all(|index| self.is_erasable(*index)) {
                    Ok(())
                } else {
                    Err(LogError::Rule("this kind of entry is never erased"))
                }
            }
            VaultPayload::File(file) => {
                check_replaced(self.protected.contains(&file.file))?;
                OpenLease::check_fence(self.leases.get(&file.file), file.fence, author)
            }
            VaultPayload::FileAttributes(attributes) => {
                check_attributes(self.protected.contains(&attributes.file), attributes)
            }
            VaultPayload::Lease(lease) => {
                OpenLease::check(self.leases.get(&lease.file), lease, author)
            }
            VaultPayload::Link(link) => {
                KnownLink::check(self.links.get(&link.link), link, author, role)
            }
            _ => Ok(()),
        }
    }

    /// Takes a valid entry in.
    pub(super) fn take(
        &mut self,
        kind: Kind,
        payload: Option<&VaultPayload>,
        author: IdentityId,
        index: u64,
    ) {
        if index.is_multiple_of(8) {
            self.erasable.push(0);
        }
        if kind.is_erasable()
            && let Some(byte) = self.erasable.last_mut()
        {
            *byte |= 1 << (index % 8);
        }
        match payload {
            // It may have lifted any file's protection.
            None if kind == Kind::FileAttributes => self.protected.clear(),
            Some(VaultPayload::FileAttributes(attributes)) => {
                if attributes.protected {
                    self.protected.insert(attributes.file);
                } else {
                    self.protected.remove(&attributes.file);
                }
            }
            Some(VaultPayload::Lease(lease)) => match lease.action {
                LeaseAction::Take => {
                    let open = OpenLease {
                        lease: lease.lease,
                        fence: index,
                        identity: author,
                    };
                    self.leases.insert(lease.file, open);
                }
                LeaseAction::Renew => {}
                LeaseAction::Release | LeaseAction::Break => {
                    self.leases.remove(&lease.file);
                }
            },
            Some(VaultPayload::Link(link)) if link.action == LinkAction::Create => {
                let known = KnownLink {
                    creator: author,
                    file: link.file,
                    revision: link.revision,
                };
                self.links.insert(link.link, known);
            }
            _ => {}
        }
    }
}
