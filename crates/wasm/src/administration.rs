//! What administrators do: people, roles, limits, sessions, policy, the server's health. None of
//! it opens a vault.

mod log;

use crate::engine::Engine;
use crate::http::Auth;
use crate::platform::{Http, Request, Storage};
use crate::{CoreError, Result};
use serde::{Deserialize, Serialize};
use strongroom_format::directory::DirectoryPolicy;
use strongroom_types::*;
use strongroom_vault::person;
use strongroom_wire::{
    AccountList, DiskRow, Quota, Readiness, RoleQuotaView, ServerInfo, StorageView,
};

/// An answer about health is short.
const HEALTH_MAX_BYTES: usize = 64 << 10;

/// A person in the list of administrators.
#[derive(Serialize)]
pub(crate) struct PersonView {
    identity: IdentityId,
    name: String,
    you: bool,
    account_role: AccountRole,
    retired: bool,
    /// Set for this person alone; `None` falls back to their role's, then the server's.
    quota: Quota,
    used_bytes: u64,
    recovery_confirmed: bool,
    created_ms: u64,
    last_seen_ms: Option<u64>,
}

/// What clients of the organisation obey; zero means no limit.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyView {
    image_max_pixels: u64,
    offline_max_days: u64,
}

/// How the server is.
#[derive(Serialize)]
pub(crate) struct HealthView {
    version: String,
    suite: u64,
    /// The server's clock minus this device's, milliseconds.
    clock_ahead_ms: i64,
    ready: bool,
    write_latency_us: u64,
    reason: Option<String>,
    people: usize,
    administrators: usize,
    directory_entries: u64,
    /// Those that the server knows of.
    disks: Vec<DiskRow>,
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Whether this person is an administrator, by the signed directory.
    pub fn is_administrator(&self) -> bool {
        self.open
            .directory
            .identity(self.me())
            .is_some_and(|me| me.account_role == AccountRole::Admin && me.retired_index.is_none())
    }

    /// Everybody. Roles and who is retired come from the signed directory, the rest is the
    /// server's word.
    pub async fn people(&mut self) -> Result<Vec<PersonView>> {
        self.refresh().await?;
        self.check_administrator()?;
        let auth = Auth::Session(&self.open.token);
        let list: AccountList = self.platform.get_json("/v1/accounts", auth).await?;
        let (me, directory) = (self.me(), &self.open.directory);
        let people = list.accounts.into_iter().map(|row| {
            let known = directory.identity(row.identity);
            PersonView {
                identity: row.identity,
                name: known.map_or(row.name, |known| known.name.clone()),
                you: row.identity == me,
                account_role: known.map_or(row.account_role.0, |known| known.account_role),
                retired: known.map_or(row.retired, |known| known.retired_index.is_some()),
                quota: row.quota,
                used_bytes: row.used_bytes,
                recovery_confirmed: row.recovery_confirmed,
                created_ms: row.created_ms,
                last_seen_ms: row.last_seen_ms,
            }
        });
        Ok(people.collect())
    }

    /// Makes somebody an administrator, or a member again.
    pub async fn set_account_role(
        &mut self,
        identity: IdentityId,
        role: AccountRole,
    ) -> Result<()> {
        self.administer(&mut |directory, device| {
            person::set_account_role(directory, device, identity, role)
        })
        .await
    }

    /// Retires somebody: no login any more, and their vaults get new keys.
    pub async fn retire(&mut self, identity: IdentityId) -> Result<()> {
        self.administer(&mut |directory, device| person::retire(directory, device, identity))
            .await
    }

    /// Sets the limits of one person.
    pub async fn set_quota(&mut self, identity: IdentityId, quota: &Quota) -> Result<()> {
        let path = format!("/v1/accounts/{identity}/quota");
        self.put_quota(&path, quota).await
    }

    /// The limits of a role: what is set, and what is in force.
    pub async fn role_quota(&mut self, role: AccountRole) -> Result<RoleQuotaView> {
        self.check_administrator()?;
        let auth = Auth::Session(&self.open.token);
        let path = format!("/v1/quotas/{role}");
        self.platform.get_json(&path, auth).await
    }

    /// Sets the limits of everybody with a role who has none of their own.
    pub async fn set_role_quota(&mut self, role: AccountRole, quota: &Quota) -> Result<()> {
        self.put_quota(&format!("/v1/quotas/{role}"), quota).await
    }

    async fn put_quota(&mut self, path: &str, quota: &Quota) -> Result<()> {
        self.check_administrator()?;
        let auth = Auth::Session(&self.open.token);
        self.platform.send_quiet("PUT", path, auth, quota).await
    }

    /// Ends all sessions of a person.
    pub async fn sign_out_person(&mut self, identity: IdentityId) -> Result<()> {
        self.check_administrator()?;
        let path = format!("/v1/accounts/{identity}/sessions");
        let auth = Auth::Session(&self.open.token);
        self.platform.send_empty("DELETE", &path, auth).await
    }

    /// The organisation's policy.
    pub async fn policy(&mut self) -> Result<PolicyView> {
        self.refresh().await?;
        let policy = self.open.directory.policy();
        Ok(PolicyView {
            image_max_pixels: policy.image_max_pixels,
            offline_max_days: policy.offline_max_days,
        })
    }

    /// Sets it.
    pub async fn set_policy(&mut self, wanted: &PolicyView) -> Result<()> {
        self.administer(&mut |directory, device| {
            let policy = DirectoryPolicy {
                image_max_pixels: wanted.image_max_pixels,
                offline_max_days: wanted.offline_max_days,
                min_suite: directory.policy().min_suite,
            };
            person::set_policy(directory, device, policy)
        })
        .await
    }

    /// How the server is, by its own word.
    pub async fn health(&mut self) -> Result<HealthView> {
        self.refresh().await?;
        self.check_administrator()?;
        let server: ServerInfo = self.platform.get_json("/v1/server", Auth::None).await?;
        let now_ms = self.platform.now_ms();
        // Not ready is an answer too, with a status of its own.
        let answer = self
            .platform
            .http
            .send(Request {
                method: "GET",
                path: "/readyz".to_owned(),
                headers: Vec::new(),
                body: Vec::new(),
                answer_max_bytes: HEALTH_MAX_BYTES,
            })
            .await?;
        let readiness: Readiness = serde_json::from_slice(&answer.body).map_err(|_| {
            CoreError::failed(
                "unexpected_answer",
                format!("the server answered with HTTP status {}", answer.status),
            )
        })?;
        let auth = Auth::Session(&self.open.token);
        let storage: Result<StorageView> = self.platform.get_json("/v1/storage", auth).await;
        let disks = match storage {
            Ok(storage) => storage.disks,
            // A server that is not well may fail here too; what it did say counts.
            Err(_) if !readiness.ready => Vec::new(),
            Err(error) => return Err(error),
        };
        let directory = &self.open.directory;
        let active = directory
            .identities()
            .filter(|(_, known)| known.retired_index.is_none());
        Ok(HealthView {
            version: server.version,
            suite: server.suite,
            clock_ahead_ms: i64::try_from(server.now_ms)
                .unwrap_or(0)
                .saturating_sub(i64::try_from(now_ms).unwrap_or(0)),
            ready: readiness.ready,
            write_latency_us: readiness.write_latency_us,
            reason: readiness.reason,
            people: active.count(),
            administrators: directory.administrator_count(),
            directory_entries: directory.head().map_or(0, |head| head.index + 1),
            disks,
        })
    }
}
