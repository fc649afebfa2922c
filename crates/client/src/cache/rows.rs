use super::Cache;
use crate::views::fields_to_json;
use crate::{ClientError, Result};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};
use strongroom_format::entry::Head;
use strongroom_format::record::{Fields, Value};
use strongroom_types::*;
use zeroize::Zeroizing;

/// What the cache knows of a vault besides its content.
#[derive(Clone)]
pub(crate) struct VaultRow {
    pub n: i64,
    pub vault: VaultId,
    pub name: String,
    pub head: Head,
    pub synced_ms: u64,
    /// The server no longer shows it to this account.
    pub gone: bool,
}

/// A line of a log.
pub(crate) struct EntryRow {
    pub index: u64,
    pub hash: Digest,
    pub kind: u64,
    pub identity: IdentityId,
    pub device: DeviceId,
    pub epoch: u64,
    pub appended_ms: u64,
    pub subject: Option<Vec<u8>>,
    pub erased: bool,
}

/// Reads an id column.
pub(crate) fn id<T>(
    row: &Row<'_>,
    column: usize,
    from: fn(&[u8]) -> Option<T>,
) -> rusqlite::Result<T> {
    let bytes = row.get_ref(column)?.as_blob()?;
    from(bytes).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Blob,
            "an id of another length".into(),
        )
    })
}

/// Reads a number that is never negative.
pub(crate) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|value| value.max(0) as u64)
}

/// The one row of an id. Ids are random: two vaults hold the same one only where a member of
/// both wrote it again, to have one record, file or link taken for the other.
///
/// # Errors
/// Integrity (`ambiguous_id`) where there are two.
pub(crate) fn only_one<T>(
    what: &str,
    mut rows: impl Iterator<Item = rusqlite::Result<T>>,
) -> Result<Option<T>> {
    let first = rows.next().transpose()?;
    if rows.next().transpose()?.is_some() {
        return Err(ClientError::integrity(
            "ambiguous_id",
            format!(
                "two vaults hold a {what} of this id: somebody who writes in both has copied it"
            ),
        )
        .with_hint(
            "strongroom vault log shows who wrote it second; list and export still tell them apart",
        ));
    }
    Ok(first)
}

/// Numbers beyond SQLite's range do not occur; they would be cut to its end.
pub(crate) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Splits concatenated ids of 16 bytes.
pub(crate) fn ids16<T>(bytes: &[u8], from: fn([u8; 16]) -> T) -> Vec<T> {
    bytes
        .as_chunks::<16>()
        .0
        .iter()
        .copied()
        .map(from)
        .collect()
}

/// Fields as JSON text, for the cache.
pub(crate) fn fields_to_text(fields: &Fields) -> Result<Zeroizing<String>> {
    Ok(Zeroizing::new(serde_json::to_string(&fields_to_json(
        fields,
    ))?))
}

/// Fields from the cache's JSON text.
pub(crate) fn fields_from_json(text: &str) -> Result<Fields> {
    let map: std::collections::BTreeMap<String, serde_json::Value> = serde_json::from_str(text)?;
    Ok(map
        .into_iter()
        .map(|(name, value)| {
            let value = match value {
                serde_json::Value::Bool(flag) => Value::Bool(flag),
                serde_json::Value::Number(number) => Value::Integer(number.as_i64().unwrap_or(0)),
                serde_json::Value::String(text) => Value::Text(text),
                _ => Value::Null,
            };
            (name, value)
        })
        .collect())
}

/// Reads a text column that may be null.
pub(crate) fn optional_text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        value => Ok(Some(value.as_str()?.to_owned())),
    }
}

fn vault_row(row: &Row<'_>) -> rusqlite::Result<VaultRow> {
    Ok(VaultRow {
        n: row.get(0)?,
        vault: id(row, 1, VaultId::from_slice)?,
        name: row.get(2)?,
        head: Head {
            index: number(row, 3)?,
            hash: id(row, 4, Digest::from_slice)?,
        },
        synced_ms: number(row, 5)?,
        gone: row.get(6)?,
    })
}

/// The chain hash of a vault's entry, if it was read.
pub(super) fn hash_at(connection: &Connection, vault_n: i64, index: u64) -> Option<Digest> {
    connection
        .prepare_cached("SELECT hash FROM entries WHERE vault_n = ?1 AND idx = ?2")
        .ok()?
        .query_row(params![vault_n, int(index)], |row| {
            id(row, 0, Digest::from_slice)
        })
        .ok()
}

const VAULT_COLUMNS: &str = "n, vault, name, head_index, head_hash, synced_ms, gone";

impl Cache {
    /// All vaults, in the order in which they were first seen.
    pub fn vaults(&self) -> Result<Vec<VaultRow>> {
        let sql = format!("SELECT {VAULT_COLUMNS} FROM vaults ORDER BY n");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let rows = statement.query_map([], vault_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A vault.
    pub fn vault(&self, vault: VaultId) -> Result<Option<VaultRow>> {
        let sql = format!("SELECT {VAULT_COLUMNS} FROM vaults WHERE vault = ?1");
        let mut statement = self.connection().prepare_cached(&sql)?;
        Ok(statement
            .query_row([vault.as_bytes()], vault_row)
            .optional()?)
    }

    /// A vault by its number in this cache.
    pub fn vault_by_n(&self, n: i64) -> Result<Option<VaultRow>> {
        let sql = format!("SELECT {VAULT_COLUMNS} FROM vaults WHERE n = ?1");
        let mut statement = self.connection().prepare_cached(&sql)?;
        Ok(statement.query_row([n], vault_row).optional()?)
    }

    /// The saved state of a vault.
    pub fn vault_snapshot(&self, vault: VaultId) -> Result<Option<Zeroizing<Vec<u8>>>> {
        Ok(self
            .connection()
            .prepare_cached("SELECT snapshot FROM vaults WHERE vault = ?1")?
            .query_row([vault.as_bytes()], |row| row.get(0).map(Zeroizing::new))
            .optional()?)
    }

    /// The chain hash at an index.
    pub fn hash_at(&self, vault_n: i64, index: u64) -> Option<Digest> {
        hash_at(self.connection(), vault_n, index)
    }

    /// The newest entries of a log, newest first.
    pub fn newest_entries(&self, vault_n: i64, limit: u64) -> Result<Vec<EntryRow>> {
        let mut statement = self.connection().prepare_cached(
            "SELECT e.idx, e.hash, e.kind, a.identity, a.device, e.epoch, e.appended_ms,
                    e.subject, e.erased
             FROM entries e JOIN authors a ON a.n = e.author_n
             WHERE e.vault_n = ?1 ORDER BY e.idx DESC LIMIT ?2",
        )?;
        let rows = statement.query_map(params![vault_n, int(limit)], |row| {
            Ok(EntryRow {
                index: number(row, 0)?,
                hash: id(row, 1, Digest::from_slice)?,
                kind: number(row, 2)?,
                identity: id(row, 3, IdentityId::from_slice)?,
                device: id(row, 4, DeviceId::from_slice)?,
                epoch: number(row, 5)?,
                appended_ms: number(row, 6)?,
                subject: row.get(7)?,
                erased: row.get(8)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes that the server was heard about a vault that did not change.
    pub fn touch_vault(&self, vault: VaultId, now_ms: u64) -> Result<()> {
        self.connection()
            .prepare_cached("UPDATE vaults SET synced_ms = ?2, gone = 0 WHERE vault = ?1")?
            .execute(params![vault.as_bytes(), int(now_ms)])?;
        Ok(())
    }

    /// Ids in a column that begin with hexadecimal digits; at most `limit`.
    pub fn ids_with_prefix(
        &self,
        table: &'static str,
        column: &'static str,
        prefix: &str,
        limit: u64,
    ) -> Result<Vec<Vec<u8>>> {
        let even = prefix.len() / 2 * 2;
        let low = prefix
            .get(..even)
            .and_then(|hex| data_encoding::HEXLOWER.decode(hex.as_bytes()).ok())
            .unwrap_or_default();
        // Longer than any id, so that the index is read no further than the beginning fits.
        let mut high = low.clone();
        high.resize(64, 0xff);
        let sql = format!(
            "SELECT {column} FROM {table}
             WHERE {column} >= ?3 AND {column} <= ?4 AND lower(hex({column})) LIKE ?1 || '%'
             LIMIT ?2"
        );
        let mut statement = self.connection().prepare_cached(&sql)?;
        let rows = statement.query_map(params![prefix, int(limit), low, high], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
