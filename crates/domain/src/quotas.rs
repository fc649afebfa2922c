use crate::{Caller, Domain, DomainError, DomainResult, WriteAnswer};
use strongroom_store::QuotaLimits;
use strongroom_types::*;
use strongroom_wire::{ProblemCode, Quota, RoleQuotaView};

/// The limits in force for an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EffectiveQuota {
    pub file_max_bytes: u64,
    pub total_max_bytes: Option<u64>,
    pub parts_in_flight_max: u32,
}

fn limits_of(quota: &Quota) -> QuotaLimits {
    QuotaLimits {
        file_max_bytes: quota.file_max_bytes,
        total_max_bytes: quota.total_max_bytes,
        parts_in_flight_max: quota.parts_in_flight_max,
    }
}

pub(crate) fn quota_of(limits: &QuotaLimits) -> Quota {
    Quota {
        file_max_bytes: limits.file_max_bytes,
        total_max_bytes: limits.total_max_bytes,
        parts_in_flight_max: limits.parts_in_flight_max,
    }
}

impl EffectiveQuota {
    pub(crate) fn view(&self) -> Quota {
        Quota {
            file_max_bytes: Some(self.file_max_bytes),
            total_max_bytes: self.total_max_bytes,
            parts_in_flight_max: Some(self.parts_in_flight_max),
        }
    }
}

impl Domain {
    /// Limits in force: the account's own, else its role's, else the server's.
    pub(crate) async fn effective_quota(&self, caller: &Caller) -> DomainResult<EffectiveQuota> {
        let now_ms = self.now_ms();
        if let Some(quota) = self.quotas.get(&caller.account, now_ms) {
            return Ok(quota);
        }
        let ticket = self.quotas.ticket();
        let account = self
            .store
            .account(caller.tenant, caller.account)
            .await?
            .ok_or_else(|| DomainError::new(ProblemCode::Unauthenticated))?;
        let quota = self
            .resolve_quota(caller.tenant, account.account_role, &account.quota)
            .await?;
        self.quotas.put(ticket, caller.account, quota, now_ms);
        Ok(quota)
    }

    pub(crate) async fn resolve_quota(
        &self,
        tenant: TenantId,
        account_role: AccountRole,
        own: &QuotaLimits,
    ) -> DomainResult<EffectiveQuota> {
        let role = self.store.role_quota(tenant, account_role).await?;
        let server = &self.config.default_quota;
        let file_max = own
            .file_max_bytes
            .or(role.file_max_bytes)
            .or(server.file_max_bytes);
        let parts = own
            .parts_in_flight_max
            .or(role.parts_in_flight_max)
            .or(server.parts_in_flight_max)
            .unwrap_or(self.config.parts_in_flight);
        Ok(EffectiveQuota {
            file_max_bytes: file_max
                .unwrap_or(limits::FILE_MAX_SEALED_BYTES)
                .min(limits::FILE_MAX_SEALED_BYTES),
            total_max_bytes: own
                .total_max_bytes
                .or(role.total_max_bytes)
                .or(server.total_max_bytes),
            parts_in_flight_max: parts.clamp(1, 64),
        })
    }

    /// Sets the limits of one account of the tenant (administrators).
    pub async fn set_account_quota(
        &self,
        caller: &Caller,
        identity: IdentityId,
        quota: Quota,
        answer: WriteAnswer,
    ) -> DomainResult<()> {
        caller.require_admin()?;
        self.store
            .set_account_quota(caller.tenant, identity, limits_of(&quota), Some(answer.0))
            .await?;
        self.quotas.forget();
        Ok(())
    }

    /// What is set for a role, and what that comes to (administrators).
    pub async fn role_quota(
        &self,
        caller: &Caller,
        account_role: AccountRole,
    ) -> DomainResult<RoleQuotaView> {
        caller.require_admin()?;
        let set = self.store.role_quota(caller.tenant, account_role).await?;
        let in_force = self
            .resolve_quota(caller.tenant, account_role, &QuotaLimits::default())
            .await?;
        Ok(RoleQuotaView {
            quota: quota_of(&set),
            in_force: in_force.view(),
        })
    }

    /// Sets the limits of all accounts of a role that have none of their own (administrators).
    pub async fn set_role_quota(
        &self,
        caller: &Caller,
        account_role: AccountRole,
        quota: Quota,
        answer: WriteAnswer,
    ) -> DomainResult<()> {
        caller.require_admin()?;
        self.store
            .set_role_quota(
                caller.tenant,
                account_role,
                limits_of(&quota),
                Some(answer.0),
            )
            .await?;
        self.quotas.forget();
        Ok(())
    }
}
