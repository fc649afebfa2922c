//! What administrators do: invitations, people, limits, policy.

use super::enrol;
use crate::client::{Client, Engine};
use crate::http::{Auth, Repeat, tls};
use crate::vaults::person;
use crate::views::{AccountLine, InvitationCode, InvitationLine, QuotaSettings, RoleQuota};
use crate::{ClientError, Result};
use reqwest::Method;
use strongroom_crypto::sha256;
use strongroom_format::directory::{DirectoryPolicy, DirectoryState};
use strongroom_format::entry::UnverifiedEntry;
use strongroom_types::*;
use strongroom_vault::person as write;
use strongroom_wire::{
    AccountList, Appended, InviteAttachment, InvitePost, ProblemCode, Quota, RoleQuotaView,
};

impl Client {
    /// Invites somebody to the organisation. Give them the code: it is the secret, the server
    /// never sees it. It is valid for `valid_ms` milliseconds, and once.
    ///
    /// # Errors
    /// `refused` for who is no administrator.
    pub async fn account_invite(&self, role: AccountRole, valid_ms: u64) -> Result<InvitationCode> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        let expires_ms = self.shared.now_ms().saturating_add(valid_ms);
        let mut attempt = 0;
        let made = loop {
            attempt += 1;
            self.sync_directory(engine, None).await?;
            let directory = engine.directory()?;
            self.need_admin(&directory)?;
            let made = write::make_invite(
                &directory,
                &self.shared.device,
                role,
                expires_ms,
                &mut self.shared.rng(),
            )?;
            let body = InvitePost {
                entry: made.entry.to_bytes().into(),
                attachment: InviteAttachment {
                    invite: made.invite,
                    root_box: made.root_box.clone().into(),
                    auth_hash: made.auth_hash,
                },
            };
            let sent: Result<Appended> = self
                .shared
                .http
                .send_json(
                    Method::POST,
                    "/v1/invites",
                    Auth::Session,
                    &body,
                    Repeat::Always,
                )
                .await;
            match sent {
                Ok(_) => break made,
                Err(error) if moved_on(&error) && attempt < 5 => {}
                Err(error) => return Err(error),
            }
        };
        self.sync_directory(engine, None).await?;
        let ca = tls::read_ca(&self.shared.profile.ca_pem()?)?;
        let link = write::InvitationLink {
            server_url: self.shared.facts.url.clone(),
            code: made.code.clone(),
            ca_fingerprint: sha256(&ca),
        };
        Ok(InvitationCode {
            invite: made.invite,
            code: made.code,
            url: self.shared.facts.url.clone(),
            ca_fingerprint: tls::fingerprint(&ca),
            link: link.to_text(),
            account_role: role,
            expires_ms,
        })
    }

    fn need_admin(&self, directory: &DirectoryState) -> Result<()> {
        let admin = directory
            .identity(self.shared.facts.identity)
            .is_some_and(|me| me.account_role == AccountRole::Admin);
        if admin {
            return Ok(());
        }
        Err(
            ClientError::refused("forbidden", "only administrators may do this")
                .with_hint("ask an administrator of your organisation"),
        )
    }

    /// All invitations.
    ///
    /// # Errors
    /// `refused` for who is no administrator.
    pub async fn invitations(&self) -> Result<Vec<InvitationLine>> {
        let mut engine = self.engine().await?;
        self.refresh_if_online(&mut engine).await?;
        let directory = engine.directory()?;
        self.need_admin(&directory)?;
        let mut lines: Vec<InvitationLine> = directory
            .invites()
            .map(|(invite, known)| InvitationLine {
                invite,
                account_role: known.account_role,
                expires_ms: known.expires_ms,
                inviter: directory
                    .identity(known.inviter)
                    .map_or_else(|| known.inviter.short(), |who| who.name.clone()),
                closed: known.closed,
            })
            .collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line.expires_ms));
        Ok(lines)
    }

    /// Withdraws an open invitation.
    ///
    /// # Errors
    /// `refused`, `not_found`.
    pub async fn invitation_withdraw(&self, invite: InviteId) -> Result<()> {
        self.administer(&mut |directory| {
            if directory.invite(invite).is_none() {
                return Err(ClientError::not_found("there is no such invitation"));
            }
            Ok(write::withdraw_invite(
                directory,
                &self.shared.device,
                invite,
            )?)
        })
        .await
    }

    /// All accounts.
    ///
    /// # Errors
    /// `refused` for who is no administrator.
    pub async fn accounts(&self) -> Result<Vec<AccountLine>> {
        let list: AccountList = self
            .shared
            .http
            .get_json("/v1/accounts", Auth::Session)
            .await?;
        Ok(list
            .accounts
            .into_iter()
            .map(|row| AccountLine {
                account: row.account,
                identity: row.identity,
                name: row.name,
                account_role: row.account_role.0,
                retired: row.retired,
                file_max_bytes: row.quota.file_max_bytes,
                total_max_bytes: row.quota.total_max_bytes,
                parts_in_flight_max: row.quota.parts_in_flight_max,
                used_bytes: row.used_bytes,
                recovery_confirmed: row.recovery_confirmed,
                created_ms: row.created_ms,
                last_seen_ms: row.last_seen_ms,
            })
            .collect())
    }

    /// Retires a person: they cannot log in again, and their vaults get new keys.
    ///
    /// # Errors
    /// `refused`, `not_found`.
    pub async fn account_retire(&self, name: &str) -> Result<()> {
        self.administer(&mut |directory| {
            let identity = person(directory, name)?;
            Ok(write::retire(directory, &self.shared.device, identity)?)
        })
        .await
    }

    /// Changes what a person may do in the organisation.
    ///
    /// # Errors
    /// `refused`, `not_found`.
    pub async fn account_role(&self, name: &str, role: AccountRole) -> Result<()> {
        self.administer(&mut |directory| {
            let identity = person(directory, name)?;
            Ok(write::set_account_role(
                directory,
                &self.shared.device,
                identity,
                role,
            )?)
        })
        .await
    }

    /// The organisation's policy.
    ///
    /// # Errors
    /// Integrity; offline, the cache answers.
    pub async fn policy(&self) -> Result<DirectoryPolicy> {
        let mut engine = self.engine().await?;
        self.refresh_if_online(&mut engine).await?;
        Ok(engine.directory()?.policy())
    }

    /// Sets the organisation's policy.
    ///
    /// # Errors
    /// `refused`.
    pub async fn policy_set(&self, policy: DirectoryPolicy) -> Result<()> {
        self.administer(&mut |directory| {
            Ok(write::set_policy(directory, &self.shared.device, policy)?)
        })
        .await
    }

    /// Sets a person's limits.
    ///
    /// # Errors
    /// `refused`, `not_found`.
    pub async fn account_quota(&self, name: &str, quota: QuotaSettings) -> Result<()> {
        let identity = self.identity_of(name).await?;
        let path = format!("/v1/accounts/{identity}/quota");
        self.put_quota(&path, quota).await
    }

    /// The limits of a role.
    ///
    /// # Errors
    /// `refused`.
    pub async fn role_quota(&self, role: AccountRole) -> Result<RoleQuota> {
        let path = format!("/v1/quotas/{role}");
        let view: RoleQuotaView = self.shared.http.get_json(&path, Auth::Session).await?;
        Ok(RoleQuota {
            set: settings(&view.quota),
            in_force: settings(&view.in_force),
        })
    }

    /// Sets the limits of everybody with a role.
    ///
    /// # Errors
    /// `refused`.
    pub async fn role_quota_set(&self, role: AccountRole, quota: QuotaSettings) -> Result<()> {
        self.put_quota(&format!("/v1/quotas/{role}"), quota).await
    }

    async fn put_quota(&self, path: &str, quota: QuotaSettings) -> Result<()> {
        let body = Quota {
            file_max_bytes: quota.file_max_bytes,
            total_max_bytes: quota.total_max_bytes,
            parts_in_flight_max: quota.parts_in_flight_max,
        };
        self.shared
            .http
            .send_json_quiet(Method::PUT, path, Auth::Session, &body)
            .await
    }

    /// Ends all sessions of a person.
    ///
    /// # Errors
    /// `refused`, `not_found`.
    pub async fn account_sign_out(&self, name: &str) -> Result<()> {
        let identity = self.identity_of(name).await?;
        let path = format!("/v1/accounts/{identity}/sessions");
        self.shared
            .http
            .send_empty(Method::DELETE, &path, Auth::Session)
            .await
    }

    async fn identity_of(&self, name: &str) -> Result<IdentityId> {
        let mut engine = self.engine().await?;
        self.refresh(&mut engine).await?;
        let directory = engine.directory()?;
        person(&directory, name)
    }

    async fn administer(
        &self,
        make: &mut (dyn FnMut(&DirectoryState) -> Result<UnverifiedEntry> + Send),
    ) -> Result<()> {
        let mut engine = self.engine().await?;
        let engine: &mut Engine = &mut engine;
        self.sync_directory(engine, None).await?;
        let current = engine.directory()?;
        self.need_admin(&current)?;
        let mut state = DirectoryState::clone(&current);
        enrol(&self.shared.http, Auth::Session, &mut state, make).await?;
        engine.set_directory(state)?;
        self.refresh(engine).await.map(drop)
    }
}

fn settings(quota: &Quota) -> QuotaSettings {
    QuotaSettings {
        file_max_bytes: quota.file_max_bytes,
        total_max_bytes: quota.total_max_bytes,
        parts_in_flight_max: quota.parts_in_flight_max,
    }
}

fn moved_on(error: &ClientError) -> bool {
    error.problem().is_some_and(ProblemCode::directory_moved_on)
}
