use super::{SqliteStore, convert::*};
use crate::*;
use async_trait::async_trait;
use rusqlite::{Connection, Row};
use std::time::{Duration, Instant};
use strongroom_types::*;

#[async_trait]
impl GuardStore for SqliteStore {
    async fn lookup_answer(&self, key: AnswerKey) -> StoreResult<Option<AnswerRow>> {
        self.read(move |c| lookup_answer(c, key)).await
    }

    async fn put_answer(&self, key: AnswerKey, answer: AnswerRow) -> StoreResult<()> {
        self.writer
            .run(answer.body.len(), move |c| {
                put_answer(c, &KeptAnswer { key, row: answer })
            })
            .await
    }

    async fn attempts(&self, key: Digest) -> StoreResult<Attempts> {
        self.read(move |c| {
            let found = c.one(
                "SELECT failures, first_ms, last_ms FROM attempt WHERE attempt_key = ?1",
                [key.as_bytes()],
                attempts,
            )?;
            Ok(found.unwrap_or_default())
        })
        .await
    }

    async fn record_failure(
        &self,
        key: Digest,
        now_ms: TimestampMs,
        window_ms: u64,
    ) -> StoreResult<Attempts> {
        self.write(move |c| {
            let after = c.one(
                "INSERT INTO attempt (attempt_key, failures, first_ms, last_ms)
                 VALUES (?1, 1, ?2, ?2)
                 ON CONFLICT (attempt_key) DO UPDATE SET
                     failures = iif(last_ms + ?3 < ?2, 1, failures + 1),
                     first_ms = iif(last_ms + ?3 < ?2, ?2, first_ms),
                     last_ms = max(last_ms, ?2)
                 RETURNING failures, first_ms, last_ms",
                (key.as_bytes(), now_ms, window_ms),
                attempts,
            )?;
            after.ok_or(StoreError::Corrupt("attempt"))
        })
        .await
    }

    async fn clear_failures(&self, key: Digest) -> StoreResult<()> {
        self.write(move |c| {
            c.run(
                "DELETE FROM attempt WHERE attempt_key = ?1",
                [key.as_bytes()],
            )?;
            Ok(())
        })
        .await
    }

    async fn purge(&self, before_ms: TimestampMs, now_ms: TimestampMs) -> StoreResult<u64> {
        self.write(move |c| {
            let rows = c.run("DELETE FROM answer WHERE created_ms < ?1", [before_ms])?
                + c.run("DELETE FROM attempt WHERE last_ms < ?1", [before_ms])?
                + c.run("DELETE FROM session WHERE expires_ms < ?1", [now_ms])?
                + c.run("DELETE FROM link_grant WHERE expires_ms < ?1", [now_ms])?;
            Ok(rows as u64)
        })
        .await
    }

    #[allow(clippy::disallowed_methods)] // A latency is a measurement; nothing is decided by it.
    async fn probe(&self) -> StoreResult<Duration> {
        let start = Instant::now();
        self.write(|c| {
            c.run(
                "INSERT INTO health_probe (probe_no, probe_count) VALUES (1, 1)
                 ON CONFLICT (probe_no) DO UPDATE SET probe_count = probe_count + 1",
                (),
            )?;
            Ok(())
        })
        .await?;
        Ok(start.elapsed())
    }
}

pub(super) fn put_answer(c: &Connection, answer: &KeptAnswer) -> StoreResult<()> {
    let KeptAnswer { key, row } = answer;
    match lookup_answer(c, *key)? {
        Some(found) if found.request_hash == row.request_hash => return Ok(()),
        Some(_) => return Err(StoreError::AlreadyExists(What::Answer)),
        None => {}
    }
    c.run(
        "INSERT INTO answer (tenant_id, account_id, idempotency_key, request_hash,
                             http_status, answer_body, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            key.tenant.as_bytes(),
            key.account.as_bytes(),
            key.key.as_bytes(),
            row.request_hash.as_bytes(),
            row.status,
            &row.body[..],
            row.created_ms,
        ),
    )?;
    Ok(())
}

fn lookup_answer(c: &Connection, key: AnswerKey) -> StoreResult<Option<AnswerRow>> {
    Ok(c.one(
        "SELECT request_hash, http_status, answer_body, created_ms FROM answer
         WHERE tenant_id = ?1 AND account_id = ?2 AND idempotency_key = ?3",
        (
            key.tenant.as_bytes(),
            key.account.as_bytes(),
            key.key.as_bytes(),
        ),
        |row| {
            Ok(AnswerRow {
                request_hash: Digest::from_bytes(row.get(0)?),
                status: row.get(1)?,
                body: bytes(row, 2)?,
                created_ms: row.get(3)?,
            })
        },
    )?)
}

fn attempts(row: &Row<'_>) -> rusqlite::Result<Attempts> {
    Ok(Attempts {
        failures: row.get(0)?,
        first_ms: row.get(1)?,
        last_ms: row.get(2)?,
    })
}
