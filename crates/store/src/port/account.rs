use crate::{KeptAnswer, NewSession, StoreResult};
use async_trait::async_trait;
use bytes::Bytes;
use strongroom_types::*;

/// Limits of an account or of all accounts of a role; `None` falls back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuotaLimits {
    /// Largest file, sealed bytes.
    pub file_max_bytes: Option<u64>,
    /// All sealed bytes of the account.
    pub total_max_bytes: Option<u64>,
    /// Parts that may travel at the same time.
    pub parts_in_flight_max: Option<u32>,
}

/// A server login that is about to exist, with everything it needs to be usable.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub account: AccountId,
    pub identity: IdentityId,
    pub name: String,
    /// Confusable skeleton of the lower-cased name; unique in the tenant.
    pub name_skeleton: String,
    pub account_role: AccountRole,
    pub created_ms: TimestampMs,
    /// Hash of what logs in for recovery.
    pub recover_auth_hash: Digest,
    /// The first credential, current from the beginning.
    pub credential: CredentialId,
    /// OPAQUE registration record of that credential.
    pub credential_record: Bytes,
    /// The stored wallet.
    pub wallet: Bytes,
    /// Its version, normally 1.
    pub wallet_version: u64,
    /// The first session; its tenant and account must be the new ones.
    pub session: NewSession,
}

/// A server login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    pub tenant: TenantId,
    pub account: AccountId,
    pub identity: IdentityId,
    pub name: String,
    pub account_role: AccountRole,
    pub retired: bool,
    pub recovery_confirmed: bool,
    pub recover_auth_hash: Digest,
    /// Set for this account alone.
    pub quota: QuotaLimits,
    /// Sealed bytes in use, uploads under way included.
    pub used_bytes: u64,
    pub created_ms: TimestampMs,
    /// To the minute.
    pub last_seen_ms: Option<TimestampMs>,
}

/// Which of the two credentials an account can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialStatus {
    /// The one that logs in.
    Current,
    /// Of a passphrase change that is not finished.
    Pending,
}

/// An OPAQUE registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRow {
    pub credential: CredentialId,
    pub status: CredentialStatus,
    /// Whether it has logged in once.
    pub proven: bool,
    /// OPAQUE registration record.
    pub record: Bytes,
}

/// A stored wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletRow {
    pub version: u64,
    pub wallet: Bytes,
}

/// Replaces a wallet and, in the same step, what belongs to it.
#[derive(Clone, Debug)]
pub struct WalletPut {
    pub tenant: TenantId,
    pub account: AccountId,
    /// The stored version that is replaced; the new one is `expected_version + 1`.
    pub expected_version: u64,
    pub wallet: Bytes,
    /// Replaces the recovery login.
    pub recover_auth_hash: Option<Digest>,
    /// Makes this pending, proven credential the only one.
    pub promote_credential: Option<CredentialId>,
}

/// Accounts with their quotas, credentials and wallets. Accounts are made by an append with
/// [`Effect::CreateAccount`](crate::Effect::CreateAccount).
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// The account with this id.
    async fn account(
        &self,
        tenant: TenantId,
        account: AccountId,
    ) -> StoreResult<Option<AccountRow>>;

    /// The account of an identity.
    async fn account_by_identity(
        &self,
        tenant: TenantId,
        identity: IdentityId,
    ) -> StoreResult<Option<AccountRow>>;

    /// Accounts with this name skeleton: at most one for a tenant; without a tenant at most two
    /// are returned, which is enough to see that the name is ambiguous.
    async fn accounts_by_name(
        &self,
        tenant: Option<TenantId>,
        name_skeleton: &str,
    ) -> StoreResult<Vec<AccountRow>>;

    /// All accounts of a tenant, by age.
    async fn accounts(&self, tenant: TenantId) -> StoreResult<Vec<AccountRow>>;

    /// Notes that the recovery kit was proven. `NotFound` without such an account.
    async fn confirm_recovery(
        &self,
        tenant: TenantId,
        account: AccountId,
        answer: Option<KeptAnswer>,
    ) -> StoreResult<()>;

    /// Sets the limits of one account. `NotFound` without such an account.
    async fn set_account_quota(
        &self,
        tenant: TenantId,
        identity: IdentityId,
        quota: QuotaLimits,
        answer: Option<KeptAnswer>,
    ) -> StoreResult<()>;

    /// Sets the limits of all accounts of a role that have none of their own.
    async fn set_role_quota(
        &self,
        tenant: TenantId,
        account_role: AccountRole,
        quota: QuotaLimits,
        answer: Option<KeptAnswer>,
    ) -> StoreResult<()>;

    /// The limits of a role; all `None` when never set.
    async fn role_quota(
        &self,
        tenant: TenantId,
        account_role: AccountRole,
    ) -> StoreResult<QuotaLimits>;

    /// The credential of this status.
    async fn credential(
        &self,
        tenant: TenantId,
        account: AccountId,
        status: CredentialStatus,
    ) -> StoreResult<Option<CredentialRow>>;

    /// Keeps a pending credential, in place of an earlier pending one. The current one stays.
    async fn put_pending_credential(
        &self,
        tenant: TenantId,
        account: AccountId,
        credential: CredentialId,
        record: Bytes,
        now_ms: TimestampMs,
        answer: Option<KeptAnswer>,
    ) -> StoreResult<()>;

    /// Notes that the pending credential has logged in. `NotFound` unless it is the pending one.
    async fn prove_credential(
        &self,
        tenant: TenantId,
        account: AccountId,
        credential: CredentialId,
    ) -> StoreResult<()>;

    /// The stored wallet.
    async fn wallet(&self, tenant: TenantId, account: AccountId) -> StoreResult<Option<WalletRow>>;

    /// Compare-and-swap. `VersionMoved` if the stored version is another; `NotFound` if the
    /// credential to promote is not pending, or not proven.
    async fn put_wallet(&self, put: WalletPut, answer: Option<KeptAnswer>) -> StoreResult<()>;
}
