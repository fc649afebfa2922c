//! Login by OPAQUE. An unknown name gets an answer of the same shape, and the same delays.

use crate::{
    Domain, DomainError, DomainResult, OPAQUE_CONTEXT, Scope, domain::opaque_identifiers,
    sessions::device_label, throttle::AttemptKeys,
};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};
use strongroom_crypto::{
    opaque::{self, ServerLoginState},
    sha256_parts,
};
use strongroom_format::names;
use strongroom_store::{AccountRow, CredentialRow, CredentialStatus};
use strongroom_types::*;
use strongroom_wire::{LoginFinish, LoginStart, LoginStarted, ProblemCode, SessionCreated};

/// A login between its two steps.
struct Pending {
    state: ServerLoginState,
    /// `None` for a name that does not exist.
    account: Option<(AccountRow, CredentialRow)>,
    keys: AttemptKeys,
    until_ms: TimestampMs,
}

#[derive(Default)]
pub(crate) struct PendingLogins(Mutex<HashMap<SessionId, Pending>>);

impl Domain {
    /// Begins a login. Only malformed requests and locked-out names or addresses are refused.
    pub async fn login_start(
        &self,
        start: LoginStart,
        address: IpAddr,
    ) -> DomainResult<LoginStarted> {
        self.sweep_logins().await?;
        let look = names::look(&names::normalise(&start.name)?);
        let tenant = self.tenant_of_login(start.tenant).await?;
        let keys = AttemptKeys::new(tenant, &look, address);
        self.attempt_begins(keys).await?;
        let started = self.login_started(start, tenant, &look, keys).await;
        if started.is_err() {
            self.attempt_was_none(keys);
        }
        started
    }

    async fn login_started(
        &self,
        start: LoginStart,
        tenant: Option<TenantId>,
        look: &str,
        keys: AttemptKeys,
    ) -> DomainResult<LoginStarted> {
        let account = self.account_by_name(tenant, look).await?;
        let status = if start.pending {
            CredentialStatus::Pending
        } else {
            CredentialStatus::Current
        };
        let account = match account {
            Some(row) => self
                .store
                .credential(row.tenant, row.account, status)
                .await?
                .map(|credential| (row, credential)),
            None => None,
        };
        let decoy = self.decoy_credential(tenant, look, status);
        let credential = account.as_ref().map_or(decoy, |(_, row)| row.credential);
        let record = account.as_ref().map(|(_, row)| row.record.clone());
        let (login, state, response) = {
            let mut rng = self.rng();
            let (state, response) = opaque::server_login_start(
                &self.opaque,
                record.as_deref(),
                &start.opaque_request.0,
                credential.as_bytes(),
                OPAQUE_CONTEXT,
                &opaque_identifiers(),
                &mut **rng,
            )?;
            (SessionId::make(&mut **rng), state, response)
        };
        let until_ms = self.now_ms().saturating_add(self.config.handshake_ms);
        {
            let mut pending = self.logins.0.lock().unwrap_or_else(PoisonError::into_inner);
            if pending.len() >= self.config.handshakes_max {
                return Err(DomainError::wait(30));
            }
            pending.insert(
                login,
                Pending {
                    state,
                    account,
                    keys,
                    until_ms,
                },
            );
        }
        Ok(LoginStarted {
            login,
            opaque_response: response.into(),
        })
    }

    /// Ends a login. `wrong_credentials` says nothing about what was wrong.
    pub async fn login_finish(
        &self,
        finish: LoginFinish,
        _address: IpAddr,
    ) -> DomainResult<SessionCreated> {
        let wrong = || DomainError::new(ProblemCode::WrongCredentials);
        let device_name = device_label(&finish.device_name)?;
        let pending = {
            let mut all = self.logins.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.remove(&finish.login).ok_or_else(wrong)?
        };
        let proven = pending.until_ms > self.now_ms()
            && opaque::server_login_finish(
                pending.state,
                &finish.finalization.0,
                OPAQUE_CONTEXT,
                &opaque_identifiers(),
            )
            .is_ok();
        let account = if proven { pending.account } else { None };
        self.attempt_ends(pending.keys, account.is_some()).await?;
        let (account, credential) = account.ok_or_else(wrong)?;
        if credential.status == CredentialStatus::Pending && !credential.proven {
            self.store
                .prove_credential(account.tenant, account.account, credential.credential)
                .await?;
        }
        let session =
            self.fresh_session(account.tenant, account.account, Scope::Full, &device_name);
        self.store.create_session(session.row.clone()).await?;
        Ok(session.created(account.identity))
    }

    /// The account that may log in under a name. Without a tenant the name has to be the only
    /// one of its kind on this server.
    pub(crate) async fn account_by_name(
        &self,
        tenant: Option<TenantId>,
        look: &str,
    ) -> DomainResult<Option<AccountRow>> {
        let mut rows = self.store.accounts_by_name(tenant, look).await?;
        let row = if rows.len() == 1 { rows.pop() } else { None };
        Ok(row.filter(|row| !row.retired))
    }

    /// Where a login goes that names no tenant: to the only one of this server. Were such a
    /// login another one than that with the tenant's id, the two answers for a name that does
    /// not exist would differ, and those for one that does would not.
    pub(crate) async fn tenant_of_login(
        &self,
        named: Option<TenantId>,
    ) -> DomainResult<Option<TenantId>> {
        if named.is_some() {
            return Ok(named);
        }
        let now_ms = self.now_ms();
        if let Some(sole) = self.sole_tenant.get(&(), now_ms) {
            return Ok(sole);
        }
        let ticket = self.sole_tenant.ticket();
        let sole = match self.store.tenants().await?.as_slice() {
            [only] => Some(only.tenant),
            _ => None,
        };
        self.sole_tenant.put(ticket, (), sole, now_ms);
        Ok(sole)
    }

    /// Constant for a name, and without meaning to anybody else. The current and the pending
    /// credential of an account are two; so are those of a name that does not exist.
    fn decoy_credential(
        &self,
        tenant: Option<TenantId>,
        look: &str,
        status: CredentialStatus,
    ) -> CredentialId {
        let tenant = tenant.unwrap_or(TenantId::ZERO);
        let pending = status == CredentialStatus::Pending;
        let digest = sha256_parts(&[
            self.decoy_secret.as_bytes(),
            tenant.as_bytes(),
            &[u8::from(pending)],
            look.as_bytes(),
        ]);
        let half = digest
            .as_bytes()
            .first_chunk::<16>()
            .copied()
            .unwrap_or_default();
        CredentialId::from_bytes(half)
    }

    /// Logins that were begun and never ended count as failures.
    pub(crate) async fn sweep_logins(&self) -> DomainResult<()> {
        let now_ms = self.now_ms();
        let over: Vec<AttemptKeys> = {
            let mut all = self.logins.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.extract_if(|_, pending| pending.until_ms <= now_ms)
                .map(|(_, pending)| pending.keys)
                .collect()
        };
        for keys in over {
            self.attempt_ends(keys, false).await?;
        }
        Ok(())
    }
}
