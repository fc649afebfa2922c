use crate::{
    Domain, DomainError, DomainResult, Scope, sessions::device_label, throttle::AttemptKeys,
};
use std::net::IpAddr;
use strongroom_crypto::{constant_time_eq, sha256};
use strongroom_format::names;
use strongroom_types::Digest;
use strongroom_wire::{ProblemCode, Recover, SessionCreated};

impl Domain {
    /// A session of recovery scope for who has the recovery kit.
    pub async fn recover(&self, recover: Recover, address: IpAddr) -> DomainResult<SessionCreated> {
        let look = names::look(&names::normalise(&recover.name)?);
        let device_name = device_label(&recover.device_name)?;
        let tenant = self.tenant_of_login(recover.tenant).await?;
        let keys = AttemptKeys::new(tenant, &look, address);
        self.attempt_begins(keys).await?;
        let account = self.account_by_name(tenant, &look).await;
        let given = sha256(recover.auth.as_bytes());
        let account = account.map(|account| {
            let stored = account
                .as_ref()
                .map_or(Digest::ZERO, |row| row.recover_auth_hash);
            account.filter(|_| constant_time_eq(given.as_bytes(), stored.as_bytes()))
        });
        self.attempt_ends(keys, matches!(&account, Ok(Some(_))))
            .await?;
        let account = account?.ok_or_else(|| DomainError::new(ProblemCode::WrongCredentials))?;
        let session = self.fresh_session(
            account.tenant,
            account.account,
            Scope::Recovery,
            &device_name,
        );
        self.store.create_session(session.row.clone()).await?;
        Ok(session.created(account.identity))
    }
}
