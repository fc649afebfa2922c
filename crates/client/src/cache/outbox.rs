use super::Cache;
use super::rows::{fields_from_json, fields_to_text, id, ids16, int};
use crate::Result;
use rusqlite::params;
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
}

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
    pub fn put_edit(&self, edit: &EditRow, now_ms: u64) -> Result<()> {
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
                int(now_ms)
            ])?;
        Ok(())
    }

    /// Queued edits, oldest first.
    pub fn edits(&self) -> Result<Vec<EditRow>> {
        let mut statement = self.connection().prepare_cached(
            "SELECT n, vault, table_name, record, version, parents, deleted, fields FROM edits
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

    /// Forgets an edit that was sent.
    pub fn drop_edit(&self, n: i64) -> Result<()> {
        self.connection()
            .prepare_cached("DELETE FROM edits WHERE n = ?1")?
            .execute([n])?;
        Ok(())
    }
}
