use super::Cache;
use super::ingest::QUEUED_INDEX;
use super::rows::{fields_from_json, id, ids16, number, only_one, optional_text};
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
    ///
    /// # Errors
    /// Integrity (`ambiguous_id`) where two vaults hold one of this id.
    pub fn record(&self, record: RecordId) -> Result<Option<RecordRow>> {
        let sql = format!("{RECORD} WHERE r.record = ?1");
        let mut statement = self.connection().prepare_cached(&sql)?;
        only_one(
            "record",
            statement.query_map([record.as_bytes()], record_row)?,
        )
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
    pub fn has_version(
        &self,
        vault: VaultId,
        record: RecordId,
        version: VersionId,
    ) -> Result<bool> {
        Ok(self
            .connection()
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM versions v JOIN records r ON r.n = v.record_n
                 JOIN vaults w ON w.n = r.vault_n
                 WHERE r.record = ?1 AND v.version = ?2 AND w.vault = ?3)",
            )?
            .query_row(
                params![record.as_bytes(), version.as_bytes(), vault.as_bytes()],
                |row| row.get(0),
            )?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_crypto::SymmetricKey;

    const TWO_VAULTS: &str = "
        INSERT INTO vaults (n, vault, head_index, head_hash, snapshot, synced_ms)
        VALUES (1, x'0a', 1, x'', x'', 0), (2, x'0b', 1, x'', x'', 0);
        INSERT INTO authors (n, identity, device) VALUES
        (1, zeroblob(32), zeroblob(32));
        INSERT INTO tables (n, vault_n, name) VALUES (1, 1, 'case'), (2, 2, 'case');
        INSERT INTO records VALUES (1, zeroblob(16), 1, 1, 1, 1, 0, 0, 0);
        INSERT INTO versions (n, vault_n, idx, record_n, version, parents, is_head, deleted,
            author_n, appended_ms) VALUES (1, 1, 5, 1, zeroblob(16), x'', 1, 0, 1, 0);
        INSERT INTO files (n, file, vault_n, record, revision_n) VALUES
        (1, zeroblob(16), 1, zeroblob(16), 1);
        INSERT INTO revisions (n, vault_n, idx, file_n, revision, parents, is_head,
            sealed_length, author_n, appended_ms, key_epoch)
        VALUES (1, 1, 6, 1, zeroblob(16), x'', 1, 72, 1, 0, 1);";

    /// What a member of both vaults writes into the second.
    const COPIED: &str = "
        INSERT INTO records VALUES (2, zeroblob(16), 2, 2, 2, 1, 0, 0, 0);
        INSERT INTO versions (n, vault_n, idx, record_n, version, parents, is_head, deleted,
            author_n, appended_ms) VALUES (2, 2, 5, 2, zeroblob(16), x'', 1, 0, 1, 0);
        INSERT INTO files (n, file, vault_n, record, revision_n) VALUES
        (2, zeroblob(16), 2, zeroblob(16), 2);
        INSERT INTO revisions (n, vault_n, idx, file_n, revision, parents, is_head,
            sealed_length, author_n, appended_ms, key_epoch)
        VALUES (2, 2, 6, 2, zeroblob(16), x'', 1, 72, 1, 0, 1);";

    #[test]
    fn an_id_copied_into_another_vault_is_never_taken_for_the_first() {
        let key = SymmetricKey::from_bytes([1; 32]);
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(&folder.path().join("cache.db"), key).unwrap();
        let (record, file) = (RecordId::from_bytes([0; 16]), FileId::from_bytes([0; 16]));
        cache.connection().execute_batch(TWO_VAULTS).unwrap();
        assert_eq!(cache.record(record).unwrap().unwrap().vault_n, 1);
        assert_eq!(cache.file(file).unwrap().unwrap().vault_n, 1);

        cache.connection().execute_batch(COPIED).unwrap();
        for error in [
            cache.record(record).err().unwrap(),
            cache.file(file).err().unwrap(),
        ] {
            assert_eq!(error.code(), "ambiguous_id");
        }
        for vault_n in [1, 2] {
            assert_eq!(cache.file_count(vault_n, record).unwrap(), 1);
            assert_eq!(cache.files_of(vault_n, record).unwrap().len(), 1);
        }
    }
}
