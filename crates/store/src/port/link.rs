use crate::StoreResult;
use async_trait::async_trait;
use bytes::Bytes;
use strongroom_types::*;

/// A link share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    pub tenant: TenantId,
    pub vault: VaultId,
    pub link: LinkId,
    pub file: FileId,
    pub revision: RevisionId,
    pub link_box: Bytes,
    pub expires_ms: TimestampMs,
    /// `None` is no limit.
    pub max_count: Option<u64>,
    pub used_count: u64,
    pub passphrase: bool,
    pub creator: IdentityId,
    pub revoked: bool,
}

/// What a grant opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRow {
    pub tenant: TenantId,
    pub vault: VaultId,
    pub link: LinkId,
    pub file: FileId,
    pub revision: RevisionId,
    pub expires_ms: TimestampMs,
}

/// Links and grants. Links are made and revoked by appends.
#[async_trait]
pub trait LinkStore: Send + Sync + 'static {
    /// The link, only for who knows its token. Expiry, count and revocation are in the row.
    async fn lookup_link(&self, link: LinkId, token_hash: Digest) -> StoreResult<Option<LinkRow>>;

    /// A link of a vault, for the vault's own members.
    async fn link(
        &self,
        tenant: TenantId,
        vault: VaultId,
        link: LinkId,
    ) -> StoreResult<Option<LinkRow>>;

    /// Counts one use and keeps a grant for it. Returns the link after the use.
    /// `NotFound` without it (or with another token); `Spent` if expired, revoked or used up.
    async fn use_link(
        &self,
        link: LinkId,
        token_hash: Digest,
        grant_hash: Digest,
        grant_expires_ms: TimestampMs,
        now_ms: TimestampMs,
    ) -> StoreResult<LinkRow>;

    /// The grant of this hash, unless it has expired or its link was revoked.
    async fn lookup_grant(
        &self,
        grant_hash: Digest,
        now_ms: TimestampMs,
    ) -> StoreResult<Option<GrantRow>>;
}
