use crate::{Caller, Domain, DomainError, DomainResult, WriteAnswer, quotas::quota_of};
use strongroom_crypto::{constant_time_eq, sha256};
use strongroom_wire::{
    AccountList, AccountRoleText, AccountRow, AccountView, ProblemCode, RecoveryConfirm,
};

impl Domain {
    /// Who the session belongs to, and the limits in force.
    pub async fn account_view(&self, caller: &Caller) -> DomainResult<AccountView> {
        let row = self
            .store
            .account(caller.tenant, caller.account)
            .await?
            .ok_or_else(|| DomainError::new(ProblemCode::Unauthenticated))?;
        let quota = self
            .resolve_quota(caller.tenant, row.account_role, &row.quota)
            .await?;
        Ok(AccountView {
            account: row.account,
            tenant: row.tenant,
            identity: row.identity,
            name: row.name,
            account_role: AccountRoleText(row.account_role),
            quota: quota.view(),
            used_bytes: row.used_bytes,
            recovery_confirmed: row.recovery_confirmed,
            session: caller.session,
        })
    }

    /// All accounts of the tenant (administrators).
    pub async fn accounts(&self, caller: &Caller) -> DomainResult<AccountList> {
        caller.require_admin()?;
        let rows = self.store.accounts(caller.tenant).await?;
        let accounts = rows
            .into_iter()
            .map(|row| AccountRow {
                account: row.account,
                identity: row.identity,
                name: row.name,
                account_role: AccountRoleText(row.account_role),
                retired: row.retired,
                quota: quota_of(&row.quota),
                used_bytes: row.used_bytes,
                recovery_confirmed: row.recovery_confirmed,
                created_ms: row.created_ms,
                last_seen_ms: row.last_seen_ms,
            })
            .collect();
        Ok(AccountList { accounts })
    }

    /// Takes the proof that the recovery kit is in somebody's hands.
    pub async fn confirm_recovery(
        &self,
        caller: &Caller,
        confirm: RecoveryConfirm,
        answer: WriteAnswer,
    ) -> DomainResult<()> {
        let row = self
            .store
            .account(caller.tenant, caller.account)
            .await?
            .ok_or_else(|| DomainError::new(ProblemCode::Unauthenticated))?;
        let given = sha256(confirm.auth.as_bytes());
        if !constant_time_eq(given.as_bytes(), row.recover_auth_hash.as_bytes()) {
            return Err(DomainError::new(ProblemCode::WrongCredentials));
        }
        self.store
            .confirm_recovery(caller.tenant, caller.account, Some(answer.0))
            .await?;
        self.sessions.forget();
        Ok(())
    }
}
