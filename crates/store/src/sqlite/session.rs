use super::{SqliteStore, convert::*};
use crate::*;
use async_trait::async_trait;
use rusqlite::{Connection, Row};
use strongroom_types::*;

/// A visit is noted when the last note is older than this.
const TOUCH_AFTER_MS: u64 = 60_000;

#[async_trait]
impl SessionStore for SqliteStore {
    async fn create_session(&self, session: NewSession) -> StoreResult<()> {
        self.write(move |c| {
            let tenant_no = tenant_no(c, session.tenant)?.ok_or(StoreError::NotFound)?;
            create_session(c, tenant_no, &session)
        })
        .await
    }

    async fn lookup_session(
        &self,
        token_hash: Digest,
        now_ms: TimestampMs,
    ) -> StoreResult<Option<SessionContext>> {
        let found = self
            .read(move |c| {
                Ok(c.one(
                    "SELECT tenant_id, account_id, identity_id, session_id, session_scope,
                            account_role, recovery_confirmed, expires_ms, last_seen_ms
                     FROM session JOIN account USING (tenant_no, account_id)
                          JOIN tenant USING (tenant_no)
                     WHERE token_hash = ?1 AND expires_ms > ?2 AND retired = 0",
                    (token_hash.as_bytes(), now_ms),
                    |row| Ok((session_context(row)?, row.get::<_, u64>(8)?)),
                )?)
            })
            .await?;
        let Some((context, last_seen_ms)) = found else {
            return Ok(None);
        };
        if now_ms >= last_seen_ms.saturating_add(TOUCH_AFTER_MS) {
            self.writer.run_later(move |c| touch(c, token_hash, now_ms));
        }
        Ok(Some(context))
    }

    async fn sessions(
        &self,
        tenant: TenantId,
        account: AccountId,
        now_ms: TimestampMs,
    ) -> StoreResult<Vec<SessionRow>> {
        self.read(move |c| {
            Ok(c.all(
                "SELECT session_id, session_scope, device_name, session.created_ms, last_seen_ms,
                        expires_ms
                 FROM session JOIN tenant USING (tenant_no)
                 WHERE tenant_id = ?1 AND account_id = ?2 AND expires_ms > ?3
                 ORDER BY session.created_ms DESC, session_id",
                (tenant.as_bytes(), account.as_bytes(), now_ms),
                |row| {
                    Ok(SessionRow {
                        session: SessionId::from_bytes(row.get(0)?),
                        scope: scope(row, 1)?,
                        device_name: row.get(2)?,
                        created_ms: row.get(3)?,
                        last_seen_ms: row.get(4)?,
                        expires_ms: row.get(5)?,
                    })
                },
            )?)
        })
        .await
    }

    async fn revoke_session(
        &self,
        tenant: TenantId,
        account: AccountId,
        session: SessionId,
        answer: Option<KeptAnswer>,
    ) -> StoreResult<bool> {
        self.write_answered(
            0,
            answer,
            |found| *found,
            move |c| {
                let gone = c.run(
                    "DELETE FROM session
                 WHERE tenant_no = (SELECT tenant_no FROM tenant WHERE tenant_id = ?1)
                       AND account_id = ?2 AND session_id = ?3",
                    (tenant.as_bytes(), account.as_bytes(), session.as_bytes()),
                )?;
                Ok(gone > 0)
            },
        )
        .await
    }

    async fn revoke_sessions(
        &self,
        tenant: TenantId,
        account: AccountId,
        except: Option<SessionId>,
        answer: Option<KeptAnswer>,
    ) -> StoreResult<u64> {
        self.write_answered(
            0,
            answer,
            |_| true,
            move |c| {
                let gone = c.run(
                    "DELETE FROM session
                 WHERE tenant_no = (SELECT tenant_no FROM tenant WHERE tenant_id = ?1)
                       AND account_id = ?2 AND session_id IS NOT ?3",
                    (
                        tenant.as_bytes(),
                        account.as_bytes(),
                        except.as_ref().map(|session| session.as_bytes().as_slice()),
                    ),
                )?;
                Ok(gone as u64)
            },
        )
        .await
    }
}

pub(super) fn create_session(c: &Connection, tenant_no: i64, new: &NewSession) -> StoreResult<()> {
    let rows = c
        .run(
            "INSERT INTO session (tenant_no, account_id, session_id, token_hash, session_scope,
                                  device_name, created_ms, last_seen_ms, expires_ms)
             SELECT tenant_no, account_id, ?3, ?4, ?5, ?6, ?7, ?7, ?8
             FROM account WHERE tenant_no = ?1 AND account_id = ?2 AND retired = 0",
            (
                tenant_no,
                new.account.as_bytes(),
                new.session.as_bytes(),
                new.token_hash.as_bytes(),
                match new.scope {
                    SessionScope::Full => 1u8,
                    SessionScope::Recovery => 2,
                },
                &new.device_name,
                new.created_ms,
                new.expires_ms,
            ),
        )
        .or_exists(What::Session)?;
    changed(rows)
}

fn touch(c: &Connection, token_hash: Digest, now_ms: TimestampMs) -> StoreResult<()> {
    // Several look-ups may have asked for the same note.
    let account: Option<(i64, [u8; 16])> = c.one(
        "UPDATE session SET last_seen_ms = ?2
         WHERE token_hash = ?1 AND last_seen_ms + ?3 <= ?2 RETURNING tenant_no, account_id",
        (token_hash.as_bytes(), now_ms, TOUCH_AFTER_MS),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if let Some((tenant_no, account)) = account {
        c.run(
            "UPDATE account_activity SET last_seen_ms = ?3
             WHERE tenant_no = ?1 AND account_id = ?2",
            (tenant_no, account, now_ms),
        )?;
    }
    Ok(())
}

fn scope(row: &Row<'_>, column: usize) -> rusqlite::Result<SessionScope> {
    match row.get(column)? {
        1 => Ok(SessionScope::Full),
        2 => Ok(SessionScope::Recovery),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(column, other)),
    }
}

fn session_context(row: &Row<'_>) -> rusqlite::Result<SessionContext> {
    Ok(SessionContext {
        tenant: TenantId::from_bytes(row.get(0)?),
        account: AccountId::from_bytes(row.get(1)?),
        identity: IdentityId::from_bytes(row.get(2)?),
        session: SessionId::from_bytes(row.get(3)?),
        scope: scope(row, 4)?,
        account_role: account_role(row, 5)?,
        recovery_confirmed: row.get(6)?,
        expires_ms: row.get(7)?,
    })
}
