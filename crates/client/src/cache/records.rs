use super::Cache;
use super::ingest::QUEUED_INDEX;
use super::rows::{fields_from_json, id, ids16, number, optional_text};
use crate::Result;
use rusqlite::{OptionalExtension, Row, params};
use strongroom_format::record::Fields;
use strongroom_types::*;

/// A record as lists need it.
pub(crate) struct RecordRow {
    pub n: i64,
    pub record: RecordId,
    pub vault_n: i64,
    pub table: String,
    pub head: VersionId,
    pub heads: u64,
    pub deleted: bool,
    pub created_ms: u64,
    pub updated_ms: u64,
    /// `None` where the shown version is not readable.
    pub fields: Option<Fields>,
}

/// A version of a record.
pub(crate) struct VersionRow {
    pub index: u64,
    pub version: VersionId,
    pub parents: Vec<VersionId>,
    pub is_head: bool,
    pub deleted: bool,
    pub identity: IdentityId,
    pub appended_ms: u64,
    pub fields: Option<Fields>,
    pub damage: Option<String>,
    /// Made without the server, and not sent yet: it has no place in the log.
    pub queued: bool,
}

const RECORD: &str = "SELECT r.n, r.record, r.vault_n, t.name, v.version, r.heads, r.deleted,
        r.created_ms, r.updated_ms, v.fields
     FROM records r JOIN tables t ON t.n = r.table_n JOIN versions v ON v.n = r.head_n";

fn fields(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Fields>> {
    Ok(optional_text(row, column)?.and_then(|text| fields_from_json(&text).ok()))
}

fn record_row(row: &Row<'_>) -> rusqlite::Result<RecordRow> {
    Ok(RecordRow {
        n: row.get(0)?,
        record: id(row, 1, RecordId::from_slice)?,
        vault_n: row.get(2)?,
        table: row.get(3)?,
        head: id(row, 4, VersionId::from_slice)?,
        heads: number(row, 5)?,
        deleted: row.get(6)?,
        created_ms: number(row, 7)?,
        updated_ms: number(row, 8)?,
        fields: fields(row, 9)?,
    })
}

impl Cache {
    /// A record.
    pub fn record(&self, record: RecordId) -> Result<Option<RecordRow>> {
        let sql = format!("{RECORD} WHERE r.record = ?1");
        let mut statement = self.connection().prepare_cached(&sql)?;
        Ok(statement
            .query_row([record.as_bytes()], record_row)
            .optional()?)
    }

    /// A record by its number in this cache.
    pub fn record_by_n(&self, n: i64) -> Result<Option<RecordRow>> {
        let sql = format!("{RECORD} WHERE r.n = ?1");
        let mut statement = self.connection().prepare_cached(&sql)?;
        Ok(statement.query_row([n], record_row).optional()?)
    }

    /// The versions of a record, newest first.
    pub fn versions(&self, record_n: i64) -> Result<Vec<VersionRow>> {
        let mut statement = self.connection().prepare_cached(
            "SELECT v.idx, v.version, v.parents, v.is_head, v.deleted, a.identity, v.appended_ms,
                    v.fields, v.damage
             FROM versions v JOIN authors a ON a.n = v.author_n
             WHERE v.record_n = ?1 ORDER BY v.idx DESC",
        )?;
        let rows = statement.query_map([record_n], |row| {
            let index = number(row, 0)?;
            Ok(VersionRow {
                index,
                queued: index >= QUEUED_INDEX,
                version: id(row, 1, VersionId::from_slice)?,
                parents: ids16(row.get_ref(2)?.as_blob()?, VersionId::from_bytes),
                is_head: row.get(3)?,
                deleted: row.get(4)?,
                identity: id(row, 5, IdentityId::from_slice)?,
                appended_ms: number(row, 6)?,
                fields: fields(row, 7)?,
                damage: row.get(8)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a version of a record is in the log.
    pub fn has_version(&self, record: RecordId, version: VersionId) -> Result<bool> {
        Ok(self
            .connection()
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM versions v JOIN records r ON r.n = v.record_n
                 WHERE r.record = ?1 AND v.version = ?2)",
            )?
            .query_row(params![record.as_bytes(), version.as_bytes()], |row| {
                row.get(0)
            })?)
    }

    /// The current versions that this device showed last.
    pub fn shown(&self, record: RecordId) -> Result<Option<Vec<VersionId>>> {
        Ok(self
            .connection()
            .prepare_cached("SELECT heads FROM shown WHERE record = ?1")?
            .query_row([record.as_bytes()], |row| {
                Ok(ids16(row.get_ref(0)?.as_blob()?, VersionId::from_bytes))
            })
            .optional()?)
    }

    /// The records of which versions were shown.
    pub fn all_shown(&self) -> Result<Vec<RecordId>> {
        let mut statement = self
            .connection()
            .prepare_cached("SELECT record FROM shown")?;
        let rows = statement.query_map([], |row| id(row, 0, RecordId::from_slice))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Remembers which versions were shown.
    pub fn set_shown(&self, record: RecordId, heads: &[VersionId]) -> Result<()> {
        let joined: Vec<u8> = heads.iter().flat_map(|id| *id.as_bytes()).collect();
        self.connection()
            .prepare_cached("INSERT OR REPLACE INTO shown (record, heads) VALUES (?1, ?2)")?
            .execute(params![record.as_bytes(), joined])?;
        Ok(())
    }

    /// Places of the entries about a record or file whose content may be erased.
    pub fn erasable(&self, vault_n: i64, subject: &[u8]) -> Result<Vec<u64>> {
        let mut statement = self.connection().prepare_cached(
            "SELECT idx FROM entries WHERE vault_n = ?1 AND subject = ?2 AND erased = 0
             AND kind IN (32, 33, 38, 40)",
        )?;
        let rows = statement.query_map(params![vault_n, subject], |row| number(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The number of a table of a vault, if a record of it was ever seen.
    pub fn table_n(&self, vault_n: i64, table: &str) -> Result<Option<i64>> {
        Ok(self
            .connection()
            .prepare_cached("SELECT n FROM tables WHERE vault_n = ?1 AND name = ?2")?
            .query_row(params![vault_n, table], |row| row.get(0))
            .optional()?)
    }

    /// How many records a vault has that are not in the trash.
    pub fn record_count(&self, vault_n: i64) -> Result<u64> {
        Ok(self
            .connection()
            .prepare_cached("SELECT count(*) FROM records WHERE vault_n = ?1 AND deleted = 0")?
            .query_row([vault_n], |row| number(row, 0))?)
    }
}
