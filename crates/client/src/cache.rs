//! The encrypted cache of a profile: what was verified, opened and is not yet sent.
//! Losing it loses nothing but edits made offline; everything else is on the server.

mod drop;
mod files;
mod ingest;
mod outbox;
mod records;
mod rows;
mod schema;
mod uploads;
mod values;

pub(crate) use files::{FileRow, RevisionRow};
pub(crate) use ingest::{Ingest, Origin};
pub(crate) use outbox::{EditRow, OutboxRow};
pub(crate) use records::{RecordRow, VersionRow};
pub(crate) use rows::VaultRow;
pub(crate) use uploads::UploadRow;
pub(crate) use values::sql;

use crate::Result;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::path::{Path, PathBuf};
use std::time::Duration;
use strongroom_crypto::SymmetricKey;
use zeroize::Zeroizing;

/// How long a statement waits for another connection's lock.
const BUSY: Duration = Duration::from_secs(30);

/// An open cache.
pub(crate) struct Cache {
    connection: Connection,
    path: PathBuf,
    key: SymmetricKey,
}

impl Cache {
    /// Opens the cache, or makes it.
    ///
    /// # Errors
    /// `cache` when the file does not open under `key`, `cache_newer` when a newer program made
    /// it.
    pub fn open(path: &Path, key: SymmetricKey) -> Result<Self> {
        let connection = connect(path, &key)?;
        schema::prepare(&connection)?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            key,
        })
    }

    /// A second connection, for another thread.
    pub fn another(&self) -> Result<Self> {
        Ok(Self {
            connection: connect(&self.path, &self.key)?,
            path: self.path.clone(),
            key: self.key.danger_duplicate(),
        })
    }

    /// The connection, for statements.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Runs `work` in one transaction: all of it is on disk afterwards, or nothing.
    pub fn transaction<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let transaction = self
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Makes what follows survive a loss of power as soon as it is committed (or, with
    /// `false`, only the death of the process: enough for what the server has too).
    pub fn set_durable(&self, durable: bool) -> Result<()> {
        let level = if durable { "FULL" } else { "NORMAL" };
        self.connection.pragma_update(None, "synchronous", level)?;
        Ok(())
    }

    /// A number that changes when another connection has written.
    pub fn data_version(&self) -> Result<i64> {
        Ok(self
            .connection
            .pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// A value by name.
    pub fn meta(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        Ok(self
            .connection
            .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
            .query_row([name], |row| row.get(0).map(Zeroizing::new))
            .optional()?)
    }

    /// Sets a value.
    pub fn set_meta(&self, name: &str, value: &[u8]) -> Result<()> {
        put_meta(&self.connection, name, value)
    }

    /// Forgets a value.
    pub fn remove_meta(&self, name: &str) -> Result<()> {
        self.connection
            .prepare_cached("DELETE FROM meta WHERE name = ?1")?
            .execute([name])?;
        Ok(())
    }
}

/// Sets a value by name, inside a transaction of the caller's.
pub(crate) fn put_meta(connection: &Connection, name: &str, value: &[u8]) -> Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?
        .execute(params![name, value])?;
    Ok(())
}

fn connect(path: &Path, key: &SymmetricKey) -> Result<Connection> {
    let connection =
        strongroom_sqlcipher::open_keyed(path, key.danger_bytes(), OpenFlags::default(), BUSY)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = NORMAL;
         PRAGMA cache_size = -16000;",
    )?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClientError;

    #[test]
    fn opens_under_its_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache.db");
        let key = || SymmetricKey::from_bytes([1; 32]);
        let mut cache = Cache::open(&path, key()).unwrap();
        cache.set_meta("a", b"secret words").unwrap();
        let before = cache.data_version().unwrap();
        let other = cache.another().unwrap();
        other.set_meta("b", b"x").unwrap();
        assert_ne!(cache.data_version().unwrap(), before);
        let failed: Result<()> = cache.transaction(|connection| {
            connection.execute("DELETE FROM meta", [])?;
            Err(ClientError::usage("stop"))
        });
        assert!(failed.is_err());
        assert_eq!(
            cache.meta("a").unwrap().unwrap().as_slice(),
            b"secret words"
        );
        drop((cache, other));
        assert!(Cache::open(&path, SymmetricKey::from_bytes([2; 32])).is_err());
        for name in ["cache.db", "cache.db-wal"] {
            let bytes = std::fs::read(folder.path().join(name)).unwrap_or_default();
            assert!(!bytes.windows(12).any(|window| window == b"secret words"));
        }
        let cache = Cache::open(&path, key()).unwrap();
        assert!(cache.meta("b").unwrap().is_some());
    }
}
