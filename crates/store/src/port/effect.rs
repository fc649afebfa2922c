use crate::{NewAccount, NewInvite};
use bytes::Bytes;
use strongroom_types::*;

/// A wrap of an epoch secret, and its leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWrap {
    pub identity: IdentityId,
    /// Generation of the recipient's wrap key.
    pub generation: u64,
    /// `H(wrap)`.
    pub wrap_hash: Digest,
    pub wrap: Bytes,
}

/// A link share that is about to exist.
#[derive(Clone, Debug)]
pub struct NewLink {
    pub link: LinkId,
    pub file: FileId,
    pub revision: RevisionId,
    /// Opaque link box.
    pub link_box: Bytes,
    /// Hash of the access token.
    pub token_hash: Digest,
    pub expires_ms: TimestampMs,
    /// Most uses; `None` is no limit.
    pub max_count: Option<u64>,
    /// Whether opening needs a passphrase too.
    pub passphrase: bool,
    pub creator: IdentityId,
}

/// A file lock in force until it expires, is released or broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    pub lease: LeaseId,
    /// Index of the entry that took it.
    pub fence: u64,
    pub identity: IdentityId,
    pub expires_ms: TimestampMs,
}

/// What follows from appended entries; done in the same step. Vault effects work on the log of
/// the append, directory effects on its tenant.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Directory genesis: makes the tenant of the append and uses up a set-up code (`Spent`).
    CreateTenant {
        /// Hash of the code; `None` where the operator makes tenants by other means.
        setup_code_hash: Option<Digest>,
        created_ms: TimestampMs,
    },
    /// A person joins (or is the first one).
    CreateAccount(Box<NewAccount>),
    /// Keeps what a joiner gets.
    PutInvite(NewInvite),
    /// `NotFound` without it; `Spent` unless open. Expiry is the caller's to judge.
    UseInvite {
        invite: InviteId,
    },
    /// `NotFound` without it; `Spent` unless open.
    WithdrawInvite {
        invite: InviteId,
    },
    /// The account of the identity can't log in any more; its sessions end.
    RetireAccount {
        identity: IdentityId,
    },
    SetAccountRole {
        identity: IdentityId,
        account_role: AccountRole,
    },
    /// All sessions of the identity's account end but one.
    EndOtherSessions {
        identity: IdentityId,
        except: SessionId,
    },

    /// Vault genesis. Epoch 0, no rekey required.
    CreateVault {
        personal: bool,
    },
    /// Adds a member or changes its role.
    SetMember {
        identity: IdentityId,
        role: Role,
    },
    RemoveMember {
        identity: IdentityId,
    },
    /// The vault's state after the append.
    SetVaultState {
        epoch: Epoch,
        rekey_required: bool,
    },
    /// Wraps of an epoch. `in_tree` is true for those under the epoch's Merkle root (entries of
    /// kind epoch and remove), false for the single wrap of a new member.
    PutWraps {
        epoch: Epoch,
        carrier_index: u64,
        in_tree: bool,
        wraps: Vec<NewWrap>,
    },

    /// All parts must be there (`Incomplete`); the upload's bytes become a revision of the file,
    /// which appears if it is new; trash, protection and lease stay as they are. Usage was
    /// reserved when the upload began.
    /// `NotFound` if there is no such upload, `AlreadyExists` if the revision is there.
    FinishUpload {
        revision: RevisionId,
        entry_index: u64,
    },
    /// The payload of this index holds a newer key box of the revision.
    PutFileKey {
        revision: RevisionId,
        entry_index: u64,
    },
    /// `NotFound` without the file.
    SetFileAttr {
        file: FileId,
        deleted: bool,
        protected: bool,
    },
    /// Takes or renews: replaces the lease of the file. `NotFound` without the file.
    SetLease {
        file: FileId,
        lease: LeaseRow,
    },
    /// Released or broken; no lease is no error.
    ClearLease {
        file: FileId,
    },

    PutLink(NewLink),
    /// `NotFound` without it; revoking twice is no error. Its grants end.
    RevokeLink {
        link: LinkId,
    },

    /// Drops the payloads of these entries of the log.
    ErasePayloads {
        indexes: Vec<u64>,
    },
    /// The bytes of these revisions may go: they can't be looked up any more, their usage ends,
    /// and they appear in [`garbage`](crate::UploadStore::garbage). Unknown ones are no error.
    EraseFileRevisions {
        revisions: Vec<RevisionId>,
    },
    /// Counts bytes that are not uploads. `QuotaExceeded` over the limit, if there is one.
    AddUsage {
        account: AccountId,
        bytes: u64,
        total_max_bytes: Option<u64>,
    },
}
