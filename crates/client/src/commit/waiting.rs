//! What waits for the server: unanswered requests, then edits that were made offline.

use crate::Result;
use crate::cache::{EditRow, OutboxRow};
use crate::client::{Client, Engine};
use crate::views::SyncDone;
use bytes::Bytes;
use std::collections::HashSet;
use strongroom_types::*;

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

    /// Sends what waits: unanswered requests, then edits that were made offline.
    pub(crate) async fn send_waiting(
        &self,
        engine: &mut Engine,
        done: &mut SyncDone,
    ) -> Result<()> {
        self.resend(engine, None).await?;
        // What replaces an edit that cannot be sent waits with it.
        let mut stuck = HashSet::new();
        for edit in engine.cache.edits()? {
            // It arrived with the request that was never answered.
            if engine
                .cache
                .has_version(edit.vault, edit.record, edit.version)?
            {
                done.edits_sent += 1;
                let row = engine.cache.record(edit.record)?;
                if row.is_some_and(|row| row.heads > 1) && !done.conflicts.contains(&edit.record) {
                    done.conflicts.push(edit.record);
                }
                engine.cache.drop_edit(edit.n)?;
                continue;
            }
            if stuck.contains(&edit.record) {
                continue;
            }
            match self.send_edit(engine, &edit).await {
                Ok(conflict) => {
                    done.edits_sent += 1;
                    if conflict && !done.conflicts.contains(&edit.record) {
                        done.conflicts.push(edit.record);
                    }
                    engine.cache.drop_edit(edit.n)?;
                }
                Err(error) if error.is_offline() => return Err(error),
                Err(error) => {
                    stuck.insert(edit.record);
                    done.warnings.push(format!(
                        "an edit of record {} made offline could not be sent and stays queued: {error}",
                        edit.record.short()
                    ));
                }
            }
        }
        Ok(())
    }

    async fn send_edit(&self, engine: &mut Engine, edit: &EditRow) -> Result<bool> {
        self.shared_vault(engine, edit.vault)?;
        self.append_versions(engine, edit.vault, std::slice::from_ref(edit))
            .await?;
        let row = engine.cache.record(edit.record)?;
        Ok(row.is_some_and(|row| row.heads > 1))
    }
}
