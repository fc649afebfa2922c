use crate::{Domain, DomainError, DomainResult, WriteAnswer};
use strongroom_crypto::sha256;
use strongroom_store::{NewSession, SessionScope};
use strongroom_types::*;
use strongroom_wire::{ProblemCode, SessionCreated, SessionList, SessionRow};

/// What a session may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything the account may.
    Full,
    /// Wallet, credentials and directory only.
    Recovery,
}

/// Who asks. Made from a session only; everything that a request is allowed follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    pub tenant: TenantId,
    pub account: AccountId,
    pub identity: IdentityId,
    pub account_role: AccountRole,
    pub session: SessionId,
    pub scope: Scope,
    /// Whether the recovery kit was proven.
    pub recovery_confirmed: bool,
    pub expires_ms: TimestampMs,
    pub(crate) token_hash: Digest,
}

/// A token that is not stored anywhere, and the session row that goes with it.
pub(crate) struct FreshSession {
    pub token: String,
    pub row: NewSession,
}

impl Domain {
    /// The caller of a bearer token. `unauthenticated` for anything else.
    pub async fn authenticate(&self, token: &str) -> DomainResult<Caller> {
        let unknown = || DomainError::new(ProblemCode::Unauthenticated);
        let token: Digest = token.parse().map_err(|_| unknown())?;
        self.caller_of(sha256(token.as_bytes()))
            .await?
            .ok_or_else(unknown)
    }

    /// The caller again, unless the session has ended since.
    pub(crate) async fn caller_of(&self, token_hash: Digest) -> DomainResult<Option<Caller>> {
        let now_ms = self.now_ms();
        if let Some(caller) = self.sessions.get(&token_hash, now_ms) {
            return Ok((caller.expires_ms > now_ms).then_some(caller));
        }
        let ticket = self.sessions.ticket();
        let Some(found) = self.store.lookup_session(token_hash, now_ms).await? else {
            return Ok(None);
        };
        let caller = Caller {
            tenant: found.tenant,
            account: found.account,
            identity: found.identity,
            account_role: found.account_role,
            session: found.session,
            scope: match found.scope {
                SessionScope::Full => Scope::Full,
                SessionScope::Recovery => Scope::Recovery,
            },
            recovery_confirmed: found.recovery_confirmed,
            expires_ms: found.expires_ms,
            token_hash,
        };
        self.sessions.put(ticket, token_hash, caller, now_ms);
        Ok((caller.expires_ms > now_ms).then_some(caller))
    }

    /// Makes a session that still has to be kept.
    pub(crate) fn fresh_session(
        &self,
        tenant: TenantId,
        account: AccountId,
        scope: Scope,
        device_name: &str,
    ) -> FreshSession {
        let token = Digest::from_bytes(self.random());
        let now_ms = self.now_ms();
        let (scope, life_ms) = match scope {
            Scope::Full => (SessionScope::Full, self.config.session_ms),
            Scope::Recovery => (SessionScope::Recovery, self.config.recovery_session_ms),
        };
        FreshSession {
            token: token.to_string(),
            row: NewSession {
                tenant,
                account,
                session: SessionId::make(&mut **self.rng()),
                token_hash: sha256(token.as_bytes()),
                scope,
                device_name: device_name.to_owned(),
                created_ms: now_ms,
                expires_ms: now_ms.saturating_add(life_ms),
            },
        }
    }

    /// The account's sessions, newest first.
    pub async fn sessions(&self, caller: &Caller) -> DomainResult<SessionList> {
        let rows = self
            .store
            .sessions(caller.tenant, caller.account, self.now_ms())
            .await?;
        let sessions = rows
            .into_iter()
            .map(|row| SessionRow {
                session: row.session,
                device_name: row.device_name,
                created_ms: row.created_ms,
                last_seen_ms: row.last_seen_ms,
                expires_ms: row.expires_ms,
                current: row.session == caller.session,
            })
            .collect();
        Ok(SessionList { sessions })
    }

    /// Ends a session of the caller's own account; `not_found` for others.
    pub async fn revoke_session(
        &self,
        caller: &Caller,
        session: SessionId,
        answer: WriteAnswer,
    ) -> DomainResult<()> {
        let found = self
            .store
            .revoke_session(caller.tenant, caller.account, session, Some(answer.0))
            .await?;
        self.sessions.forget();
        if found {
            Ok(())
        } else {
            Err(DomainError::new(ProblemCode::NotFound))
        }
    }

    /// Ends the session that asks; repeating it is no error.
    pub async fn logout(&self, caller: &Caller) -> DomainResult<()> {
        self.store
            .revoke_session(caller.tenant, caller.account, caller.session, None)
            .await?;
        self.sessions.forget();
        Ok(())
    }

    /// Ends all sessions of an account of the tenant (administrators).
    pub async fn revoke_account_sessions(
        &self,
        caller: &Caller,
        identity: IdentityId,
        answer: WriteAnswer,
    ) -> DomainResult<()> {
        caller.require_admin()?;
        let account = self
            .store
            .account_by_identity(caller.tenant, identity)
            .await?
            .ok_or_else(|| DomainError::new(ProblemCode::NotFound))?;
        self.store
            .revoke_sessions(caller.tenant, account.account, None, Some(answer.0))
            .await?;
        self.sessions.forget();
        Ok(())
    }
}

impl FreshSession {
    pub fn created(self, identity: IdentityId) -> SessionCreated {
        SessionCreated {
            session_token: self.token,
            session: self.row.session,
            account: self.row.account,
            tenant: self.row.tenant,
            identity,
            expires_ms: self.row.expires_ms,
        }
    }
}

impl Caller {
    pub(crate) fn require_admin(&self) -> DomainResult<()> {
        if self.account_role == AccountRole::Admin && self.scope == Scope::Full {
            return Ok(());
        }
        Err(DomainError::with(
            ProblemCode::Forbidden,
            "only administrators may do this",
        ))
    }

    pub(crate) fn require_full(&self) -> DomainResult<()> {
        if self.scope == Scope::Full {
            return Ok(());
        }
        Err(DomainError::with(
            ProblemCode::Forbidden,
            "a recovery session may not do this",
        ))
    }
}

/// The name of a device as the session list shows it.
pub(crate) fn device_label(name: &str) -> DomainResult<String> {
    Ok(strongroom_format::names::normalise(name)?)
}
