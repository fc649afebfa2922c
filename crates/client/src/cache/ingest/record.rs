use super::super::rows::{fields_from_json, fields_to_text, int, optional_text};
use super::super::values::cell_value;
use super::{Ingest, Origin};
use crate::Result;
use crate::tables::builtin_tables;
use rusqlite::{OptionalExtension, params};
use strongroom_format::record::Fields;
use strongroom_format::vault_payload::{RecordPayload, VaultPayload};
use strongroom_types::*;
use strongroom_vault::{VaultError, record};

/// A record that was not there, with its first version.
pub(super) struct NewRecord {
    pub record_n: i64,
    pub record: RecordId,
    pub table_n: i64,
    pub version_n: i64,
    pub deleted: bool,
    pub written_ms: TimestampMs,
}

impl Ingest<'_> {
    pub(super) fn record(
        &mut self,
        origin: &Origin,
        author_n: i64,
        entry: &RecordPayload,
        payload: &VaultPayload,
    ) -> Result<()> {
        let table_n = self.table(&entry.table)?;
        let (fields, damage) = match record::open_version(self.keyring, origin.place, entry) {
            Ok(fields) => (Some(fields), None),
            Err(VaultError::NoKey(_)) => {
                self.wait(origin, payload)?;
                (None, None)
            }
            Err(VaultError::Integrity(error)) => (None, Some(error.code().to_owned())),
            Err(_) => (None, Some("malformed".to_owned())),
        };
        let known: Option<(i64, i64)> = self
            .connection
            .prepare_cached("SELECT n, table_n FROM records WHERE record = ?1 AND vault_n = ?2")?
            .query_row(params![entry.record.as_bytes(), self.vault_n], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let fresh = known.is_none();
        let (record_n, wrong_table) = match known {
            Some((record_n, known_table)) => (record_n, known_table != table_n),
            None => (self.next_record, false),
        };
        let damage = if wrong_table {
            Some("wrong_table".to_owned())
        } else {
            damage
        };
        if !fresh && self.fill_waiting(origin.index, fields.as_ref(), damage.as_deref())? {
            return self.show_record(record_n);
        }
        let repeated = !fresh && self.has_version(record_n, entry.version)?;
        let is_head = !wrong_table && !repeated;
        let damage = if repeated {
            Some("repeated".to_owned())
        } else {
            damage
        };
        let version_n = self.next_version;
        self.next_version += 1;
        let text = fields.as_ref().map(fields_to_text).transpose()?;
        self.connection
            .prepare_cached(
                "INSERT INTO versions (n, vault_n, idx, record_n, version, parents, is_head,
                        deleted, author_n, appended_ms, fields, damage)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                version_n,
                self.vault_n,
                int(origin.index),
                record_n,
                entry.version.as_bytes(),
                joined(&entry.parents),
                is_head,
                entry.deleted,
                author_n,
                int(origin.appended_ms),
                text.as_ref().map(|text| text.as_str()),
                damage
            ])?;
        if fresh {
            self.next_record += 1;
            self.insert_record(&NewRecord {
                record_n,
                record: entry.record,
                table_n,
                version_n,
                deleted: entry.deleted,
                written_ms: origin.appended_ms,
            })?;
            if let Some(fields) = &fields {
                self.cells(&entry.table, table_n, record_n, fields)?;
            }
            return Ok(());
        }
        if is_head {
            for parent in &entry.parents {
                self.replaced(record_n, *parent)?;
            }
        }
        self.show_record(record_n)
    }

    /// Puts a record there.
    pub(super) fn insert_record(&self, new: &NewRecord) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO records (n, record, vault_n, table_n, head_n, heads, deleted,
                        created_ms, updated_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?7)",
            )?
            .execute(params![
                new.record_n,
                new.record.as_bytes(),
                self.vault_n,
                new.table_n,
                new.version_n,
                new.deleted,
                int(new.written_ms)
            ])?;
        Ok(())
    }

    /// A version is no longer a current one.
    pub(super) fn replaced(&self, record_n: i64, version: VersionId) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE versions SET is_head = 0 WHERE record_n = ?1 AND version = ?2")?
            .execute(params![record_n, version.as_bytes()])?;
        Ok(())
    }

    /// Fills a version that was kept sealed; tells whether there was one.
    fn fill_waiting(
        &self,
        index: u64,
        fields: Option<&Fields>,
        damage: Option<&str>,
    ) -> Result<bool> {
        let text = fields.map(fields_to_text).transpose()?;
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE versions SET fields = ?3, damage = ?4 WHERE vault_n = ?1 AND idx = ?2",
            )?
            .execute(params![
                self.vault_n,
                int(index),
                text.as_ref().map(|text| text.as_str()),
                damage
            ])?;
        Ok(changed > 0)
    }

    pub(super) fn has_version(&self, record_n: i64, version: VersionId) -> Result<bool> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM versions WHERE record_n = ?1 AND version = ?2)",
            )?
            .query_row(params![record_n, version.as_bytes()], |row| row.get(0))?)
    }

    /// Chooses the version that lists show and writes its cells.
    pub(super) fn show_record(&mut self, record_n: i64) -> Result<()> {
        let heads: Vec<(i64, bool, i64, Option<String>)> = self
            .connection
            .prepare_cached(
                "SELECT n, deleted, appended_ms, fields FROM versions
                 WHERE record_n = ?1 AND is_head = 1 ORDER BY deleted, idx DESC",
            )?
            .query_map([record_n], |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    optional_text(row, 3)?,
                ))
            })?
            .collect::<Result<_, _>>()?;
        let Some((head_n, deleted, _, fields)) = heads.first() else {
            return Ok(());
        };
        let updated_ms = heads.iter().map(|(_, _, at, _)| *at).max().unwrap_or(0);
        self.connection
            .prepare_cached(
                "UPDATE records SET head_n = ?2, heads = ?3, deleted = ?4, updated_ms = ?5
                 WHERE n = ?1",
            )?
            .execute(params![
                record_n,
                head_n,
                heads.len() as i64,
                deleted,
                updated_ms
            ])?;
        let (table_n, table, record): (i64, String, Vec<u8>) = self
            .connection
            .prepare_cached(
                "SELECT r.table_n, t.name, r.record FROM records r JOIN tables t ON t.n = r.table_n
                 WHERE r.n = ?1",
            )?
            .query_row([record_n], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        if heads.len() > 1 {
            self.conflicts.extend(RecordId::from_slice(&record));
        }
        self.connection
            .prepare_cached(
                "DELETE FROM cells WHERE record_n = ?1
                 AND column_n IN (SELECT n FROM columns WHERE table_n = ?2)",
            )?
            .execute(params![record_n, table_n])?;
        match fields {
            Some(text) => {
                let fields = fields_from_json(text)?;
                self.cells(&table, table_n, record_n, &fields)
            }
            None => Ok(()),
        }
    }

    fn cells(&mut self, table: &str, table_n: i64, record_n: i64, fields: &Fields) -> Result<()> {
        let definition = builtin_tables().iter().find(|known| known.name == table);
        for (name, value) in fields {
            let field_type = definition
                .and_then(|definition| definition.field(name))
                .map(|field| field.field_type);
            let Some(cell) = cell_value(field_type, value) else {
                continue;
            };
            let column_n = self.column(table_n, name)?;
            self.connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO cells (column_n, record_n, value) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![column_n, record_n, cell])?;
        }
        Ok(())
    }

    pub(super) fn table(&mut self, name: &str) -> Result<i64> {
        if let Some(n) = self.tables.get(name) {
            return Ok(*n);
        }
        let key = params![self.vault_n, name];
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO tables (vault_n, name) VALUES (?1, ?2)")?
            .execute(key)?;
        let n = self
            .connection
            .prepare_cached("SELECT n FROM tables WHERE vault_n = ?1 AND name = ?2")?
            .query_row(key, |row| row.get(0))?;
        self.tables.insert(name.to_owned(), n);
        Ok(n)
    }

    fn column(&mut self, table_n: i64, name: &str) -> Result<i64> {
        let memo = (table_n, name.to_owned());
        if let Some(n) = self.columns.get(&memo) {
            return Ok(*n);
        }
        let key = params![table_n, name];
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO columns (table_n, name) VALUES (?1, ?2)")?
            .execute(key)?;
        let n = self
            .connection
            .prepare_cached("SELECT n FROM columns WHERE table_n = ?1 AND name = ?2")?
            .query_row(key, |row| row.get(0))?;
        self.columns.insert(memo, n);
        Ok(n)
    }
}

/// Version ids one after the other.
pub(super) fn joined(parents: &[VersionId]) -> Vec<u8> {
    parents
        .iter()
        .flat_map(|parent| parent.as_bytes().iter().copied())
        .collect()
}
