use crate::StoreResult;
use async_trait::async_trait;
use bytes::Bytes;
use strongroom_types::*;

/// A tenant, for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantRow {
    pub tenant: TenantId,
    pub created_ms: TimestampMs,
    /// Accounts, retired ones included.
    pub accounts: u64,
}

/// What lies beside an invite entry for the joiner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInvite {
    pub invite: InviteId,
    /// `H(derive16(S, invkey auth))`.
    pub auth_hash: Digest,
    pub account_role: AccountRole,
    pub expires_ms: TimestampMs,
    /// The box with the root of trust.
    pub root_box: Bytes,
}

/// Where an invitation stands. Expiry is the caller's to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteState {
    Open,
    Used,
    Withdrawn,
}

/// A stored invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteRow {
    pub tenant: TenantId,
    pub invite: InviteId,
    pub account_role: AccountRole,
    pub expires_ms: TimestampMs,
    pub root_box: Bytes,
    pub state: InviteState,
}

/// Set-up codes, tenants and invitations. Tenants are made by an append with
/// [`Effect::CreateTenant`](crate::Effect::CreateTenant), invitations by one with `PutInvite`.
#[async_trait]
pub trait TenantStore: Send + Sync + 'static {
    /// Keeps the hash of a new set-up code as the only unused one: an older code that was printed
    /// and lost works no more. The same hash twice is no error.
    async fn put_setup_code(&self, code_hash: Digest, now_ms: TimestampMs) -> StoreResult<()>;

    /// Whether this set-up code exists and is unused.
    async fn lookup_setup_code(&self, code_hash: Digest) -> StoreResult<bool>;

    /// Whether any set-up code is unused.
    async fn setup_open(&self) -> StoreResult<bool>;

    /// All tenants, oldest first.
    async fn tenants(&self) -> StoreResult<Vec<TenantRow>>;

    /// The invitation, only for who knows its token.
    async fn lookup_invite(
        &self,
        invite: InviteId,
        auth_hash: Digest,
    ) -> StoreResult<Option<InviteRow>>;
}
