//! What waits for the server: unanswered requests, then edits that were made offline.

use crate::cache::{EditRow, OutboxRow};
use crate::client::{Client, Engine};
use crate::records::take_batch;
use crate::views::SyncDone;
use crate::{ClientError, ErrorClass, Result};
use bytes::Bytes;
use std::collections::HashSet;
use strongroom_types::*;
use strongroom_wire::ProblemCode;

impl Client {
    /// Sends signed requests again whose answer never came. They are idempotent by content.
    pub(crate) async fn resend(&self, engine: &mut Engine, only: Option<VaultId>) -> Result<()> {
        let waiting: Vec<OutboxRow> = engine
            .cache
            .outbox()?
            .into_iter()
            .filter(|row| only.is_none_or(|vault| vault == row.vault))
            .collect();
        for row in waiting {
            let path = format!("/v1/vaults/{}/entries", row.vault);
            let sent = self
                .shared
                .http
                .append(&path, Bytes::from(row.request.clone()))
                .await;
            match sent {
                Ok(_) => {
                    engine.cache.drop_outbox(row.n)?;
                    let mut done = SyncDone::default();
                    self.sync_vault(engine, row.vault, &mut done).await?;
                }
                Err(error) if error.is_offline() => return Err(error),
                // The state moved on before it arrived. Queued edits are sealed anew; the rest
                // was never reported as done.
                Err(error) => {
                    tracing::debug!(code = error.code(), "an unanswered request is void");
                    engine.cache.drop_outbox(row.n)?;
                }
            }
        }
        Ok(())
    }

    /// Sends what waits: unanswered requests, then edits that were made offline, those of a
    /// vault in their order and many in one request.
    pub(crate) async fn send_waiting(
        &self,
        engine: &mut Engine,
        done: &mut SyncDone,
    ) -> Result<()> {
        self.resend(engine, None).await?;
        for (vault, edits) in by_vault(engine.cache.edits()?) {
            self.send_edits(engine, vault, edits, done).await?;
        }
        Ok(())
    }

    /// Sends a vault's edits. Of a request that is refused, each half is tried by itself, until
    /// the edit is found that it was refused for: the others do not wait for it.
    async fn send_edits(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        mut edits: Vec<EditRow>,
        done: &mut SyncDone,
    ) -> Result<()> {
        if let Err(error) = self.shared_vault(engine, vault) {
            done.warnings.push(waits(vault, &edits, &error));
            return Ok(());
        }
        let mut batches = Vec::new();
        while !edits.is_empty() {
            batches.push(take_batch(&mut edits));
        }
        batches.reverse();
        // What replaces an edit that cannot be sent waits with it.
        let mut stuck = HashSet::new();
        while let Some(mut batch) = batches.pop() {
            batch.retain(|edit| !stuck.contains(&edit.record));
            let Err(error) = self.send_batch(engine, vault, &batch, done).await else {
                continue;
            };
            if error.is_offline() {
                return Err(error);
            }
            if hits_all(&error) || !self.read_again(engine, vault, done).await? {
                batch.extend(batches.into_iter().rev().flatten());
                batch.retain(|edit| !stuck.contains(&edit.record));
                done.warnings.push(waits(vault, &batch, &error));
                return Ok(());
            }
            match batch.as_slice() {
                [edit] if !arrived(engine, edit)? => {
                    stuck.insert(edit.record);
                    done.warnings.push(waits(vault, &batch, &error));
                }
                _ => {
                    let second = batch.split_off(batch.len() / 2);
                    batches.extend([second, batch]);
                }
            }
        }
        Ok(())
    }

    /// Reads a vault's log after a request that failed: what became of the request is not always
    /// sure, the log is. Returns whether that could be done.
    async fn read_again(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        done: &mut SyncDone,
    ) -> Result<bool> {
        match self.sync_vault(engine, vault, done).await {
            Ok(_) => Ok(true),
            Err(error) => {
                engine.forget();
                if error.is_offline() {
                    Err(error)
                } else {
                    Ok(false)
                }
            }
        }
    }

    /// Sends edits in one request and forgets them. Those that arrived with a request that was
    /// never answered are not sent again.
    async fn send_batch(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        batch: &[EditRow],
        done: &mut SyncDone,
    ) -> Result<()> {
        let mut all_arrived = true;
        for edit in batch {
            all_arrived &= arrived(engine, edit)?;
        }
        if !all_arrived {
            self.append_versions(engine, vault, batch).await?;
        }
        for edit in batch {
            // A record whose id somebody has copied to another vault was sent all the same.
            let row = engine.cache.record(edit.record).ok().flatten();
            if row.is_some_and(|row| row.heads > 1) && !done.conflicts.contains(&edit.record) {
                done.conflicts.push(edit.record);
            }
        }
        engine.cache.drop_sent(batch)?;
        done.edits_sent += batch.len() as u64;
        Ok(())
    }
}

/// Whether an edit is in the log as far as it was read.
fn arrived(engine: &Engine, edit: &EditRow) -> Result<bool> {
    engine
        .cache
        .has_version(edit.vault, edit.record, edit.version)
}

/// Edits of each vault in their order; the vault with the oldest one first.
fn by_vault(edits: Vec<EditRow>) -> Vec<(VaultId, Vec<EditRow>)> {
    let mut vaults: Vec<(VaultId, Vec<EditRow>)> = Vec::new();
    for edit in edits {
        match vaults.iter_mut().find(|(vault, _)| *vault == edit.vault) {
            Some((_, edits)) => edits.push(edit),
            None => vaults.push((edit.vault, vec![edit])),
        }
    }
    vaults
}

/// Whether every edit of the vault would be refused for the same: none is tried by itself.
fn hits_all(error: &ClientError) -> bool {
    use ProblemCode::*;
    match error.problem() {
        Some(code) => matches!(
            code,
            Unauthenticated
                | Forbidden
                | NotFound
                | Conflict
                | StaleControl
                | RekeyRequired
                | TooManyRequests
                | Unavailable
        ),
        None => {
            error.class() == ErrorClass::Integrity
                || matches!(
                    error.code(),
                    "unconfirmed" | "forbidden" | "rekey_required" | "no_key" | "stale"
                )
        }
    }
}

/// The warning for edits that stay in the queue.
fn waits(vault: VaultId, edits: &[EditRow], error: &ClientError) -> String {
    match edits {
        [edit] => format!(
            "an edit of record {} made offline could not be sent and stays queued: {error}",
            edit.record.short()
        ),
        _ => format!(
            "{} edits in vault {} made offline could not be sent and stay queued: {error}",
            edits.len(),
            vault.short()
        ),
    }
}
