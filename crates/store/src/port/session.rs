use crate::{KeptAnswer, StoreResult};
use async_trait::async_trait;
use strongroom_types::*;

/// What a session may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionScope {
    /// Everything the account may.
    Full,
    /// Wallet, credentials and directory only.
    Recovery,
}

/// A session that is about to exist.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub tenant: TenantId,
    pub account: AccountId,
    pub session: SessionId,
    /// Hash of the bearer token; the token itself is never stored.
    pub token_hash: Digest,
    pub scope: SessionScope,
    pub device_name: String,
    pub created_ms: TimestampMs,
    pub expires_ms: TimestampMs,
}

/// Who asks: what every request needs to know, in one look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionContext {
    pub tenant: TenantId,
    pub account: AccountId,
    pub identity: IdentityId,
    pub session: SessionId,
    pub scope: SessionScope,
    pub account_role: AccountRole,
    pub recovery_confirmed: bool,
    pub expires_ms: TimestampMs,
}

/// One line of a session list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    pub session: SessionId,
    pub scope: SessionScope,
    pub device_name: String,
    pub created_ms: TimestampMs,
    /// To the minute.
    pub last_seen_ms: TimestampMs,
    pub expires_ms: TimestampMs,
}

/// Sessions.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Keeps a new session. `NotFound` without the account or if it is retired.
    async fn create_session(&self, session: NewSession) -> StoreResult<()>;

    /// The session of a token, unless it has expired, was revoked or its account is retired.
    /// Notes the visit at most once a minute, without waiting for the disk.
    async fn lookup_session(
        &self,
        token_hash: Digest,
        now_ms: TimestampMs,
    ) -> StoreResult<Option<SessionContext>>;

    /// Sessions of an account that have not expired, newest first.
    async fn sessions(
        &self,
        tenant: TenantId,
        account: AccountId,
        now_ms: TimestampMs,
    ) -> StoreResult<Vec<SessionRow>>;

    /// Ends one session of the account; `false`, and no answer kept, if there was none.
    async fn revoke_session(
        &self,
        tenant: TenantId,
        account: AccountId,
        session: SessionId,
        answer: Option<KeptAnswer>,
    ) -> StoreResult<bool>;

    /// Ends all sessions of the account but the excepted one; returns how many.
    async fn revoke_sessions(
        &self,
        tenant: TenantId,
        account: AccountId,
        except: Option<SessionId>,
        answer: Option<KeptAnswer>,
    ) -> StoreResult<u64>;
}
