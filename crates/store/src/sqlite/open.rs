use super::SqliteOptions;
use crate::{StoreError, StoreResult};
use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};
use std::{fs, io, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

/// The numbered migrations, oldest first; `user_version` counts those that are in the file.
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/sqlite/0001_start.sql")];

/// Statements that stay compiled on a connection.
const CACHED_STATEMENTS: usize = 256;

/// How long a statement waits for another connection's lock.
const BUSY: Duration = Duration::from_secs(5);

pub(super) fn open_writer(
    path: &Path,
    key: &[u8; 32],
    options: SqliteOptions,
) -> StoreResult<Connection> {
    make_file(path).map_err(|error| match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::StorageFull => StoreError::Full,
        _ => StoreError::other(error),
    })?;
    let mut connection = open_keyed(path, key)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    migrate(&mut connection)?;
    if let Some(max_pages) = options.max_pages {
        connection.pragma_update(None, "max_page_count", max_pages)?;
    }
    Ok(connection)
}

pub(super) fn open_reader(path: &Path, key: &[u8; 32]) -> StoreResult<Connection> {
    let connection = open_keyed(path, key)?;
    connection.execute_batch("PRAGMA query_only = ON;")?;
    Ok(connection)
}

/// Makes the file readable for its owner only; SQLite gives its companions the same mode.
fn make_file(path: &Path) -> io::Result<()> {
    match fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(_) => match path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            Some(parent) => fs::File::open(parent)?.sync_all(),
            None => Ok(()),
        },
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn open_keyed(path: &Path, key: &[u8; 32]) -> StoreResult<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = strongroom_sqlcipher::open_keyed(path, key, flags, BUSY);
    let connection = opened.map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::WrongKey,
        _ => error.into(),
    })?;
    connection.execute_batch("PRAGMA cache_size = -16384;")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> StoreResult<()> {
    let known = MIGRATIONS.len() as u32;
    let found: u32 = connection.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    for (number, migration) in (1..).zip(MIGRATIONS).skip(found as usize) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
