use super::{SqliteStore, convert::*};
use crate::*;
use async_trait::async_trait;
use rusqlite::Connection;
use strongroom_types::*;

#[async_trait]
impl TenantStore for SqliteStore {
    async fn put_setup_code(&self, code_hash: Digest, now_ms: TimestampMs) -> StoreResult<()> {
        self.write(move |c| {
            c.run(
                "DELETE FROM setup_code WHERE used_ms IS NULL AND code_hash != ?1",
                [code_hash.as_bytes()],
            )?;
            c.run(
                "INSERT INTO setup_code (code_hash, created_ms) VALUES (?1, ?2)
                 ON CONFLICT DO NOTHING",
                (code_hash.as_bytes(), now_ms),
            )?;
            Ok(())
        })
        .await
    }

    async fn lookup_setup_code(&self, code_hash: Digest) -> StoreResult<bool> {
        self.read(move |c| {
            let found = c.one(
                "SELECT 1 FROM setup_code WHERE code_hash = ?1 AND used_ms IS NULL",
                [code_hash.as_bytes()],
                |_| Ok(()),
            )?;
            Ok(found.is_some())
        })
        .await
    }

    async fn setup_open(&self) -> StoreResult<bool> {
        self.read(|c| {
            let found = c.one(
                "SELECT 1 FROM setup_code WHERE used_ms IS NULL LIMIT 1",
                (),
                |_| Ok(()),
            )?;
            Ok(found.is_some())
        })
        .await
    }

    async fn tenants(&self) -> StoreResult<Vec<TenantRow>> {
        self.read(|c| {
            Ok(c.all(
                "SELECT tenant_id, created_ms,
                        (SELECT count(*) FROM account WHERE account.tenant_no = tenant.tenant_no)
                 FROM tenant ORDER BY tenant_no",
                (),
                |row| {
                    Ok(TenantRow {
                        tenant: TenantId::from_bytes(row.get(0)?),
                        created_ms: row.get(1)?,
                        accounts: row.get(2)?,
                    })
                },
            )?)
        })
        .await
    }

    async fn lookup_invite(
        &self,
        invite: InviteId,
        auth_hash: Digest,
    ) -> StoreResult<Option<InviteRow>> {
        self.read(move |c| {
            Ok(c.one(
                "SELECT tenant_id, account_role, expires_ms, root_box, invite_state
                 FROM invite JOIN tenant USING (tenant_no)
                 WHERE invite_id = ?1 AND auth_hash = ?2",
                (invite.as_bytes(), auth_hash.as_bytes()),
                |row| {
                    Ok(InviteRow {
                        tenant: TenantId::from_bytes(row.get(0)?),
                        invite,
                        account_role: account_role(row, 1)?,
                        expires_ms: row.get(2)?,
                        root_box: bytes(row, 3)?,
                        state: match row.get(4)? {
                            1 => InviteState::Open,
                            2 => InviteState::Used,
                            3 => InviteState::Withdrawn,
                            other => {
                                return Err(rusqlite::Error::IntegralValueOutOfRange(4, other));
                            }
                        },
                    })
                },
            )?)
        })
        .await
    }
}

pub(super) fn create_tenant(
    c: &Connection,
    tenant: TenantId,
    setup_code_hash: Option<Digest>,
    created_ms: TimestampMs,
) -> StoreResult<()> {
    if let Some(code_hash) = setup_code_hash {
        let used = c.run(
            "UPDATE setup_code SET used_ms = ?2 WHERE code_hash = ?1 AND used_ms IS NULL",
            (code_hash.as_bytes(), created_ms),
        )?;
        if used == 0 {
            return Err(StoreError::Spent);
        }
    }
    c.run(
        "INSERT INTO tenant (tenant_id, created_ms) VALUES (?1, ?2)",
        (tenant.as_bytes(), created_ms),
    )
    .or_exists(What::Tenant)?;
    Ok(())
}

pub(super) fn put_invite(c: &Connection, tenant_no: i64, invite: &NewInvite) -> StoreResult<()> {
    c.run(
        "INSERT INTO invite (tenant_no, invite_id, auth_hash, account_role, expires_ms, root_box)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            tenant_no,
            invite.invite.as_bytes(),
            invite.auth_hash.as_bytes(),
            account_role_number(invite.account_role),
            invite.expires_ms,
            &invite.root_box[..],
        ),
    )
    .or_exists(What::Invite)?;
    Ok(())
}

/// Takes an open invitation to its end: 2 used, 3 withdrawn.
pub(super) fn close_invite(
    c: &Connection,
    tenant_no: i64,
    invite: InviteId,
    state: u8,
) -> StoreResult<()> {
    let key = (tenant_no, invite.as_bytes());
    let closed = c.run(
        "UPDATE invite SET invite_state = ?3
         WHERE tenant_no = ?1 AND invite_id = ?2 AND invite_state = 1",
        (key.0, key.1, state),
    )?;
    if closed == 1 {
        return Ok(());
    }
    let there = c.one(
        "SELECT 1 FROM invite WHERE tenant_no = ?1 AND invite_id = ?2",
        key,
        |_| Ok(()),
    )?;
    Err(if there.is_some() {
        StoreError::Spent
    } else {
        StoreError::NotFound
    })
}
