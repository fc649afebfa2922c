use super::{SqliteStore, convert::*, session};
use crate::*;
use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::{Connection, Params, Row};
use strongroom_types::*;

macro_rules! select_account {
    ($rest:literal) => {
        concat!(
            "SELECT tenant_id, account_id, identity_id, account_name, account_role, retired,
                    recovery_confirmed, recover_auth_hash, quota_file_max_bytes,
                    quota_total_max_bytes, quota_parts_in_flight_max, used_bytes,
                    account.created_ms, last_seen_ms
             FROM account JOIN tenant USING (tenant_no)
                  JOIN account_activity USING (tenant_no, account_id) ",
            $rest
        )
    };
}

#[async_trait]
impl AccountStore for SqliteStore {
    async fn account(
        &self,
        tenant: TenantId,
        account: AccountId,
    ) -> StoreResult<Option<AccountRow>> {
        self.read(move |c| {
            Ok(c.one(
                select_account!("WHERE tenant_id = ?1 AND account_id = ?2"),
                (tenant.as_bytes(), account.as_bytes()),
                account_row,
            )?)
        })
        .await
    }

    async fn account_by_identity(
        &self,
        tenant: TenantId,
        identity: IdentityId,
    ) -> StoreResult<Option<AccountRow>> {
        self.read(move |c| {
            Ok(c.one(
                select_account!("WHERE tenant_id = ?1 AND identity_id = ?2"),
                (tenant.as_bytes(), identity.as_bytes()),
                account_row,
            )?)
        })
        .await
    }

    async fn accounts_by_name(
        &self,
        tenant: Option<TenantId>,
        name_skeleton: &str,
    ) -> StoreResult<Vec<AccountRow>> {
        let name = name_skeleton.to_owned();
        self.read(move |c| {
            Ok(match tenant {
                Some(tenant) => c.all(
                    select_account!("WHERE tenant_id = ?1 AND name_skeleton = ?2"),
                    (tenant.as_bytes(), name),
                    account_row,
                ),
                None => c.all(
                    select_account!("WHERE name_skeleton = ?1 LIMIT 2"),
                    [name],
                    account_row,
                ),
            }?)
        })
        .await
    }

    async fn accounts(&self, tenant: TenantId) -> StoreResult<Vec<AccountRow>> {
        self.read(move |c| {
            Ok(c.all(
                select_account!("WHERE tenant_id = ?1 ORDER BY account.created_ms, account_name"),
                [tenant.as_bytes()],
                account_row,
            )?)
        })
        .await
    }

    async fn confirm_recovery(
        &self,
        tenant: TenantId,
        account: AccountId,
        answer: Option<KeptAnswer>,
    ) -> StoreResult<()> {
        self.write_answered(
            0,
            answer,
            |_| true,
            move |c| {
                update(
                    c,
                    "UPDATE account SET recovery_confirmed = 1
                 WHERE tenant_no = (SELECT tenant_no FROM tenant WHERE tenant_id = ?1)
                       AND account_id = ?2",
                    (tenant.as_bytes(), account.as_bytes()),
                )
            },
        )
        .await
    }

    async fn set_account_quota(
        &self,
        tenant: TenantId,
        identity: IdentityId,
        quota: QuotaLimits,
        answer: Option<KeptAnswer>,
    ) -> StoreResult<()> {
        self.write_answered(
            0,
            answer,
            |_| true,
            move |c| {
                update(
                    c,
                    "UPDATE account SET quota_file_max_bytes = ?3, quota_total_max_bytes = ?4,
                                    quota_parts_in_flight_max = ?5
                 WHERE tenant_no = (SELECT tenant_no FROM tenant WHERE tenant_id = ?1)
                       AND identity_id = ?2",
                    (
                        tenant.as_bytes(),
                        identity.as_bytes(),
                        quota.file_max_bytes,
                        quota.total_max_bytes,
                        quota.parts_in_flight_max,
                    ),
                )
            },
        )
        .await
    }

    async fn set_role_quota(
        &self,
        tenant: TenantId,
        account_role: AccountRole,
        quota: QuotaLimits,
        answer: Option<KeptAnswer>,
    ) -> StoreResult<()> {
        self.write_answered(
            0,
            answer,
            |_| true,
            move |c| {
                let tenant_no = tenant_no(c, tenant)?.ok_or(StoreError::NotFound)?;
                c.run(
                "INSERT OR REPLACE INTO role_quota (tenant_no, account_role, quota_file_max_bytes,
                     quota_total_max_bytes, quota_parts_in_flight_max)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                (
                    tenant_no,
                    account_role_number(account_role),
                    quota.file_max_bytes,
                    quota.total_max_bytes,
                    quota.parts_in_flight_max,
                ),
            )?;
                Ok(())
            },
        )
        .await
    }

    async fn role_quota(
        &self,
        tenant: TenantId,
        account_role: AccountRole,
    ) -> StoreResult<QuotaLimits> {
        self.read(move |c| {
            let quota = c.one(
                "SELECT quota_file_max_bytes, quota_total_max_bytes, quota_parts_in_flight_max
                 FROM role_quota JOIN tenant USING (tenant_no)
                 WHERE tenant_id = ?1 AND account_role = ?2",
                (tenant.as_bytes(), account_role_number(account_role)),
                |row| quota(row, 0),
            )?;
            Ok(quota.unwrap_or_default())
        })
        .await
    }

    async fn credential(
        &self,
        tenant: TenantId,
        account: AccountId,
        status: CredentialStatus,
    ) -> StoreResult<Option<CredentialRow>> {
        self.read(move |c| {
            Ok(c.one(
                "SELECT credential_id, proven, opaque_record
                 FROM credential JOIN tenant USING (tenant_no)
                 WHERE tenant_id = ?1 AND account_id = ?2 AND credential_status = ?3",
                (tenant.as_bytes(), account.as_bytes(), status_number(status)),
                |row| {
                    Ok(CredentialRow {
                        credential: CredentialId::from_bytes(row.get(0)?),
                        status,
                        proven: row.get(1)?,
                        record: bytes(row, 2)?,
                    })
                },
            )?)
        })
        .await
    }

    async fn put_pending_credential(
        &self,
        tenant: TenantId,
        account: AccountId,
        credential: CredentialId,
        record: Bytes,
        now_ms: TimestampMs,
        answer: Option<KeptAnswer>,
    ) -> StoreResult<()> {
        self.write_answered(
            0,
            answer,
            |_| true,
            move |c| {
                let tenant_no = tenant_no(c, tenant)?.ok_or(StoreError::NotFound)?;
                drop_credential(c, tenant_no, account, CredentialStatus::Pending)?;
                let status = CredentialStatus::Pending;
                put_credential(c, tenant_no, account, status, credential, &record, now_ms)
            },
        )
        .await
    }

    async fn prove_credential(
        &self,
        tenant: TenantId,
        account: AccountId,
        credential: CredentialId,
    ) -> StoreResult<()> {
        self.write(move |c| {
            update(
                c,
                "UPDATE credential SET proven = 1
                 WHERE tenant_no = (SELECT tenant_no FROM tenant WHERE tenant_id = ?1)
                       AND account_id = ?2 AND credential_id = ?3 AND credential_status = 2",
                (tenant.as_bytes(), account.as_bytes(), credential.as_bytes()),
            )
        })
        .await
    }

    async fn wallet(&self, tenant: TenantId, account: AccountId) -> StoreResult<Option<WalletRow>> {
        self.read(move |c| {
            Ok(c.one(
                "SELECT wallet_version, wallet FROM wallet JOIN tenant USING (tenant_no)
                 WHERE tenant_id = ?1 AND account_id = ?2",
                (tenant.as_bytes(), account.as_bytes()),
                |row| {
                    Ok(WalletRow {
                        version: row.get(0)?,
                        wallet: bytes(row, 1)?,
                    })
                },
            )?)
        })
        .await
    }

    async fn put_wallet(&self, put: WalletPut, answer: Option<KeptAnswer>) -> StoreResult<()> {
        let bytes = put.wallet.len();
        self.write_answered(bytes, answer, |()| true, move |c| replace_wallet(c, &put))
            .await
    }
}

fn replace_wallet(c: &Connection, put: &WalletPut) -> StoreResult<()> {
    let tenant_no = tenant_no(c, put.tenant)?.ok_or(StoreError::NotFound)?;
    let replaced = c.run(
        "UPDATE wallet SET wallet_version = wallet_version + 1, wallet = ?4
         WHERE tenant_no = ?1 AND account_id = ?2 AND wallet_version = ?3",
        (
            tenant_no,
            put.account.as_bytes(),
            put.expected_version,
            &put.wallet[..],
        ),
    )?;
    if replaced == 0 {
        let there = c.one(
            "SELECT 1 FROM wallet WHERE tenant_no = ?1 AND account_id = ?2",
            (tenant_no, put.account.as_bytes()),
            |_| Ok(()),
        )?;
        return Err(match there {
            Some(()) => StoreError::VersionMoved,
            None => StoreError::NotFound,
        });
    }
    if let Some(hash) = put.recover_auth_hash {
        c.run(
            "UPDATE account SET recover_auth_hash = ?3 WHERE tenant_no = ?1 AND account_id = ?2",
            (tenant_no, put.account.as_bytes(), hash.as_bytes()),
        )?;
    }
    if let Some(credential) = put.promote_credential {
        drop_credential(c, tenant_no, put.account, CredentialStatus::Current)?;
        update(
            c,
            "UPDATE credential SET credential_status = 1
             WHERE tenant_no = ?1 AND account_id = ?2 AND credential_id = ?3
                   AND credential_status = 2 AND proven = 1",
            (tenant_no, put.account.as_bytes(), credential.as_bytes()),
        )?;
    }
    Ok(())
}

pub(super) fn create_account(c: &Connection, tenant_no: i64, new: &NewAccount) -> StoreResult<()> {
    let taken = c.one(
        "SELECT 1 FROM account WHERE tenant_no = ?1 AND name_skeleton = ?2",
        (tenant_no, &new.name_skeleton),
        |_| Ok(()),
    )?;
    if taken.is_some() {
        return Err(StoreError::AlreadyExists(What::Name));
    }
    c.run(
        "INSERT INTO account (tenant_no, account_id, identity_id, account_name, name_skeleton,
                              account_role, recover_auth_hash, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        (
            tenant_no,
            new.account.as_bytes(),
            new.identity.as_bytes(),
            &new.name,
            &new.name_skeleton,
            account_role_number(new.account_role),
            new.recover_auth_hash.as_bytes(),
            new.created_ms,
        ),
    )
    .or_exists(What::Account)?;
    c.run(
        "INSERT INTO account_activity (tenant_no, account_id, last_seen_ms) VALUES (?1, ?2, ?3)",
        (tenant_no, new.account.as_bytes(), new.created_ms),
    )?;
    put_credential(
        c,
        tenant_no,
        new.account,
        CredentialStatus::Current,
        new.credential,
        &new.credential_record,
        new.created_ms,
    )?;
    c.run(
        "INSERT INTO wallet (tenant_no, account_id, wallet_version, wallet) VALUES (?1, ?2, ?3, ?4)",
        (tenant_no, new.account.as_bytes(), new.wallet_version, &new.wallet[..]),
    )?;
    session::create_session(c, tenant_no, &new.session)
}

/// Adds to what counts on an account's quota, up to a limit.
pub(super) fn add_usage(
    c: &Connection,
    tenant_no: i64,
    account: AccountId,
    add_bytes: u64,
    total_max_bytes: Option<u64>,
) -> StoreResult<()> {
    // More than i64::MAX can't be reached: files are limited far below.
    let limit = total_max_bytes.map(|limit| limit.min(i64::MAX as u64));
    let used: Option<u64> = c.one(
        "UPDATE account_activity SET used_bytes = used_bytes + ?3
         WHERE tenant_no = ?1 AND account_id = ?2 RETURNING used_bytes",
        (tenant_no, account.as_bytes(), add_bytes),
        |row| row.get(0),
    )?;
    let used = used.ok_or(StoreError::NotFound)?;
    match limit {
        Some(limit) if used > limit => Err(StoreError::QuotaExceeded),
        _ => Ok(()),
    }
}

pub(super) fn release_usage(
    c: &Connection,
    tenant_no: i64,
    account: AccountId,
    release_bytes: u64,
) -> StoreResult<()> {
    c.run(
        "UPDATE account_activity SET used_bytes = max(0, used_bytes - ?3)
         WHERE tenant_no = ?1 AND account_id = ?2",
        (tenant_no, account.as_bytes(), release_bytes),
    )?;
    Ok(())
}

fn put_credential(
    c: &Connection,
    tenant_no: i64,
    account: AccountId,
    status: CredentialStatus,
    credential: CredentialId,
    record: &Bytes,
    now_ms: TimestampMs,
) -> StoreResult<()> {
    c.run(
        "INSERT INTO credential (tenant_no, account_id, credential_status, credential_id, proven,
                                 opaque_record, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            tenant_no,
            account.as_bytes(),
            status_number(status),
            credential.as_bytes(),
            status == CredentialStatus::Current,
            &record[..],
            now_ms,
        ),
    )
    .or_exists(What::Credential)?;
    Ok(())
}

fn drop_credential(
    c: &Connection,
    tenant_no: i64,
    account: AccountId,
    status: CredentialStatus,
) -> StoreResult<()> {
    c.run(
        "DELETE FROM credential
         WHERE tenant_no = ?1 AND account_id = ?2 AND credential_status = ?3",
        (tenant_no, account.as_bytes(), status_number(status)),
    )?;
    Ok(())
}

fn update(c: &Connection, sql: &str, params: impl Params) -> StoreResult<()> {
    changed(c.run(sql, params)?)
}

fn status_number(status: CredentialStatus) -> u8 {
    match status {
        CredentialStatus::Current => 1,
        CredentialStatus::Pending => 2,
    }
}

fn quota(row: &Row<'_>, first: usize) -> rusqlite::Result<QuotaLimits> {
    Ok(QuotaLimits {
        file_max_bytes: row.get(first)?,
        total_max_bytes: row.get(first + 1)?,
        parts_in_flight_max: row.get(first + 2)?,
    })
}

fn account_row(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    Ok(AccountRow {
        tenant: TenantId::from_bytes(row.get(0)?),
        account: AccountId::from_bytes(row.get(1)?),
        identity: IdentityId::from_bytes(row.get(2)?),
        name: row.get(3)?,
        account_role: account_role(row, 4)?,
        retired: row.get(5)?,
        recovery_confirmed: row.get(6)?,
        recover_auth_hash: Digest::from_bytes(row.get(7)?),
        quota: quota(row, 8)?,
        used_bytes: row.get(11)?,
        created_ms: row.get(12)?,
        last_seen_ms: row.get(13)?,
    })
}
