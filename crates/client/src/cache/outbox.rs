use super::Cache;
use super::rows::{fields_from_json, fields_to_text, id, ids16, int, number};
use crate::Result;
use rusqlite::params;
use std::collections::HashSet;
use strongroom_format::record::Fields;
use strongroom_types::*;

/// A signed request that the server may or may not have taken.
pub(crate) struct OutboxRow {
    pub n: i64,
    pub vault: VaultId,
    pub request: Vec<u8>,
}

/// An edit that was made without the server.
#[derive(Clone)]
pub(crate) struct EditRow {
    pub n: i64,
    pub vault: VaultId,
    pub table: String,
    pub record: RecordId,
    pub version: VersionId,
    pub parents: Vec<VersionId>,
    pub deleted: bool,
    pub fields: Fields,
    /// When it was made, by this device's clock.
    pub made_ms: u64,
}

/// An edit that did not arrive with a request that was never answered.
const WAITING: &str = "NOT EXISTS (SELECT 1 FROM versions v JOIN records r ON r.n = v.record_n
     JOIN vaults w ON w.n = r.vault_n AND w.vault = e.vault
     WHERE r.record = e.record AND v.version = e.version AND v.idx < 1 << 62)";

impl Cache {
    /// Remembers a signed request before its first byte is sent.
    pub fn put_outbox(&self, vault: VaultId, request: &[u8]) -> Result<i64> {
        self.connection()
            .prepare_cached("INSERT INTO outbox (vault, request) VALUES (?1, ?2)")?
            .execute(params![vault.as_bytes(), request])?;
        Ok(self.connection().last_insert_rowid())
    }

    /// Requests that were not answered, oldest first.
    pub fn outbox(&self) -> Result<Vec<OutboxRow>> {
        let mut statement = self
            .connection()
            .prepare_cached("SELECT n, vault, request FROM outbox ORDER BY n")?;
        let rows = statement.query_map([], |row| {
            Ok(OutboxRow {
                n: row.get(0)?,
                vault: id(row, 1, VaultId::from_slice)?,
                request: row.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Forgets an answered request.
    pub fn drop_outbox(&self, n: i64) -> Result<()> {
        self.connection()
            .prepare_cached("DELETE FROM outbox WHERE n = ?1")?
            .execute([n])?;
        Ok(())
    }

    /// Queues an edit; `n` of the row is ignored.
    pub fn put_edit(&self, edit: &EditRow) -> Result<()> {
        let parents: Vec<u8> = edit
            .parents
            .iter()
            .flat_map(|parent| parent.as_bytes().iter().copied())
            .collect();
        self.connection()
            .prepare_cached(
                "INSERT INTO edits (vault, table_name, record, version, parents, deleted, fields,
                        made_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                edit.vault.as_bytes(),
                edit.table,
                edit.record.as_bytes(),
                edit.version.as_bytes(),
                parents,
                edit.deleted,
                fields_to_text(&edit.fields)?.as_str(),
                int(edit.made_ms)
            ])?;
        Ok(())
    }

    /// Queued edits, oldest first.
    pub fn edits(&self) -> Result<Vec<EditRow>> {
        let mut statement = self.connection().prepare_cached(
            "SELECT n, vault, table_name, record, version, parents, deleted, fields,
                    made_ms FROM edits
             ORDER BY n",
        )?;
        let rows = statement.query_map([], |row| {
            let text: String = row.get(7)?;
            Ok((
                EditRow {
                    n: row.get(0)?,
                    vault: id(row, 1, VaultId::from_slice)?,
                    table: row.get(2)?,
                    record: id(row, 3, RecordId::from_slice)?,
                    version: id(row, 4, VersionId::from_slice)?,
                    parents: ids16(row.get_ref(5)?.as_blob()?, VersionId::from_bytes),
                    deleted: row.get(6)?,
                    fields: Fields::new(),
                    made_ms: number(row, 8)?,
                },
                text,
            ))
        })?;
        let mut edits = Vec::new();
        for row in rows {
            let (mut edit, text) = row?;
            edit.fields = fields_from_json(&text)?;
            edits.push(edit);
        }
        Ok(edits)
    }

    /// Whether edits wait.
    pub fn has_edits(&self) -> Result<bool> {
        Ok(self
            .connection()
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM edits)")?
            .query_row([], |row| row.get(0))?)
    }

    /// The records that have edits waiting.
    pub fn edited(&self) -> Result<HashSet<RecordId>> {
        let mut statement = self.connection().prepare_cached(&format!(
            "SELECT DISTINCT e.record FROM edits e WHERE {WAITING}"
        ))?;
        let rows = statement.query_map([], |row| id(row, 0, RecordId::from_slice))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many edits of a record wait.
    pub fn edit_count(&self, record: RecordId) -> Result<u64> {
        Ok(self
            .connection()
            .prepare_cached(&format!(
                "SELECT count(*) FROM edits e WHERE e.record = ?1 AND {WAITING}"
            ))?
            .query_row([record.as_bytes()], |row| number(row, 0))?)
    }

    /// Forgets the edits of a record that wait. Returns how many there were.
    pub fn drop_edits(&self, record: RecordId) -> Result<u64> {
        let dropped = self
            .connection()
            .prepare_cached("DELETE FROM edits WHERE record = ?1")?
            .execute([record.as_bytes()])?;
        // What was shown may be one of them.
        self.connection()
            .prepare_cached("DELETE FROM shown WHERE record = ?1")?
            .execute([record.as_bytes()])?;
        Ok(dropped as u64)
    }

    /// Forgets edits that were sent, all at once.
    pub fn drop_sent(&mut self, sent: &[EditRow]) -> Result<()> {
        self.transaction(|connection| {
            let mut statement = connection.prepare_cached("DELETE FROM edits WHERE n = ?1")?;
            for edit in sent {
                statement.execute([edit.n])?;
            }
            Ok(())
        })
    }
}
