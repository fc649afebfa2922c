//! Edits that wait, laid over what the log says: what a list shows is what it will show once
//! they are sent, filter and order included. The overlay lives in a savepoint and never stays.

use super::super::rows::{fields_to_text, int};
use super::super::{Cache, EditRow};
use super::Ingest;
use super::record::{NewRecord, joined};
use crate::Result;
use rusqlite::{Connection, OptionalExtension, params};
use strongroom_types::*;
use strongroom_vault::Keyring;

/// Places of edits that wait: behind any place in a log.
pub(in super::super) const QUEUED_INDEX: u64 = 1 << 62;

impl Cache {
    /// Lays the queue over the cache; tells whether there was anything to lay. Whoever shows
    /// it must hide it again before anything is written.
    pub fn show_queued(&self, tenant: TenantId, me: IdentityId, device: DeviceId) -> Result<bool> {
        let edits = self.edits()?;
        if edits.is_empty() {
            return Ok(false);
        }
        self.connection().execute_batch("SAVEPOINT queued")?;
        let laid = lay(self.connection(), tenant, (me, device), &edits);
        if laid.is_err() {
            self.hide_queued()?;
        }
        laid.map(|()| true)
    }

    /// Takes the overlay away.
    pub fn hide_queued(&self) -> Result<()> {
        Ok(self
            .connection()
            .execute_batch("ROLLBACK TO queued; RELEASE queued")?)
    }

    /// Ends what a command that was dropped in the middle left open.
    pub fn settle(&self) -> Result<()> {
        if !self.connection().is_autocommit() {
            self.connection().execute_batch("ROLLBACK")?;
        }
        Ok(())
    }
}

fn lay(
    connection: &Connection,
    tenant: TenantId,
    author: (IdentityId, DeviceId),
    edits: &[EditRow],
) -> Result<()> {
    for edit in edits {
        let shared: Option<bool> = connection
            .prepare_cached("SELECT gone = 0 FROM vaults WHERE vault = ?1")?
            .query_row([edit.vault.as_bytes()], |row| row.get(0))
            .optional()?;
        if shared == Some(true) {
            // Nothing is opened here: no keys are needed.
            let keyring = Keyring::new(tenant, edit.vault);
            Ingest::begin(connection, edit.vault, &keyring)?.queued(author, edit)?;
        }
    }
    Ok(())
}

impl Ingest<'_> {
    fn queued(&mut self, (me, device): (IdentityId, DeviceId), edit: &EditRow) -> Result<()> {
        let table_n = self.table(&edit.table)?;
        let author_n = self.author(me, device)?;
        let known: Option<i64> = self
            .connection
            .prepare_cached("SELECT n FROM records WHERE record = ?1 AND vault_n = ?2")?
            .query_row(params![edit.record.as_bytes(), self.vault_n], |row| {
                row.get(0)
            })
            .optional()?;
        let record_n = known.unwrap_or(self.next_record);
        // It arrived with the request that was never answered.
        if known.is_some() && self.has_version(record_n, edit.version)? {
            return Ok(());
        }
        self.connection
            .prepare_cached(
                "INSERT INTO versions (n, vault_n, idx, record_n, version, parents, is_head,
                        deleted, author_n, appended_ms, fields)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                self.next_version,
                self.vault_n,
                int(QUEUED_INDEX) + edit.n,
                record_n,
                edit.version.as_bytes(),
                joined(&edit.parents),
                edit.deleted,
                author_n,
                int(edit.made_ms),
                fields_to_text(&edit.fields)?.as_str()
            ])?;
        if known.is_none() {
            self.insert_record(&NewRecord {
                record_n,
                record: edit.record,
                table_n,
                version_n: self.next_version,
                deleted: edit.deleted,
                written_ms: edit.made_ms,
            })?;
        }
        for parent in &edit.parents {
            self.replaced(record_n, *parent)?;
        }
        self.show_record(record_n)
    }
}
