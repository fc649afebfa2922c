use crate::{Head, LeaseRow, StoreResult};
use async_trait::async_trait;
use bytes::Bytes;
use strongroom_types::*;

/// A vault as the server sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultRow {
    pub vault: VaultId,
    pub personal: bool,
    pub head: Head,
    pub epoch: Epoch,
    pub rekey_required: bool,
}

/// A vault with the role that an identity has in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipRow {
    pub vault: VaultRow,
    pub role: Role,
}

/// A leaf of an epoch's Merkle tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrapLeaf {
    pub identity: IdentityId,
    pub generation: u64,
    pub wrap_hash: Digest,
}

/// What a member gets of an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochWraps {
    /// Leaves of the epoch's entry, sorted by identity.
    pub leaves: Vec<WrapLeaf>,
    /// The index of the entry that carries those leaves.
    pub carrier_index: u64,
    /// The asking identity's own wrap, and the index of the entry that carries it (the member
    /// entry for someone who came later).
    pub own: Option<(Bytes, u64)>,
}

/// A file as the server sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    pub file: FileId,
    pub record: RecordId,
    pub deleted: bool,
    pub protected: bool,
    /// The last lease that was not released or broken; it may have expired.
    pub lease: Option<LeaseRow>,
}

/// A revision whose bytes are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionRow {
    pub file: FileId,
    pub revision: RevisionId,
    pub record: RecordId,
    /// Sealed bytes, header included.
    pub sealed_length: u64,
    pub part_count: u64,
    pub tree_part_count: u64,
    /// Who put it, and on whose quota it counts.
    pub account: AccountId,
    /// The entry of kind file.
    pub entry_index: u64,
    /// The newest entry of kind file key, if any.
    pub key_entry_index: Option<u64>,
}

/// Vaults, members, wraps, files.
#[async_trait]
pub trait VaultStore: Send + Sync + 'static {
    /// One vault.
    async fn vault(&self, tenant: TenantId, vault: VaultId) -> StoreResult<Option<VaultRow>>;

    /// The vaults that an identity is a member of.
    async fn vaults_of(
        &self,
        tenant: TenantId,
        identity: IdentityId,
    ) -> StoreResult<Vec<MembershipRow>>;

    /// Members of a vault by identity.
    async fn members(
        &self,
        tenant: TenantId,
        vault: VaultId,
    ) -> StoreResult<Vec<(IdentityId, Role)>>;

    /// The role of one identity in a vault.
    async fn member_role(
        &self,
        tenant: TenantId,
        vault: VaultId,
        identity: IdentityId,
    ) -> StoreResult<Option<Role>>;

    /// Wraps of an epoch; `None` without such an epoch.
    async fn wraps(
        &self,
        tenant: TenantId,
        vault: VaultId,
        epoch: Epoch,
        identity: IdentityId,
    ) -> StoreResult<Option<EpochWraps>>;

    /// State of a file.
    async fn file(
        &self,
        tenant: TenantId,
        vault: VaultId,
        file: FileId,
    ) -> StoreResult<Option<FileRow>>;

    /// A revision that has not been erased.
    async fn revision(
        &self,
        tenant: TenantId,
        vault: VaultId,
        revision: RevisionId,
    ) -> StoreResult<Option<RevisionRow>>;

    /// The revisions whose file or file-key entry stands at one of these indexes: what an erase
    /// of the indexes does away with.
    async fn revisions_at(
        &self,
        tenant: TenantId,
        vault: VaultId,
        indexes: &[u64],
    ) -> StoreResult<Vec<RevisionRow>>;
}
