use crate::{LogKey, StoreError, StoreResult, What};
use bytes::Bytes;
use rusqlite::{Connection, ErrorCode, Params, Row, ffi};
use strongroom_types::*;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        match &error {
            E::SqliteFailure(failure, _) => match (failure.code, failure.extended_code) {
                (ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::CannotOpen, _)
                | (
                    _,
                    ffi::SQLITE_IOERR_WRITE
                    | ffi::SQLITE_IOERR_FSYNC
                    | ffi::SQLITE_IOERR_DIR_FSYNC
                    | ffi::SQLITE_IOERR_TRUNCATE
                    | ffi::SQLITE_IOERR_SHMSIZE,
                ) => Self::Full,
                (ErrorCode::DatabaseCorrupt, _) => Self::Corrupt("database file"),
                (ErrorCode::NotADatabase, _) => Self::WrongKey,
                (_, ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => Self::NotFound,
                (
                    _,
                    ffi::SQLITE_CONSTRAINT_UNIQUE
                    | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                    | ffi::SQLITE_CONSTRAINT_ROWID,
                ) => Self::AlreadyExists(What::Row),
                _ => Self::other(error),
            },
            E::FromSqlConversionFailure(..)
            | E::IntegralValueOutOfRange(..)
            | E::InvalidColumnType(..) => Self::Corrupt("column"),
            E::ToSqlConversionFailure(_) => Self::OutOfRange("number above 2^63"),
            _ => Self::other(error),
        }
    }
}

/// Names what a violated uniqueness was about.
pub(super) trait OrExists<T> {
    fn or_exists(self, what: What) -> StoreResult<T>;
}

impl<T> OrExists<T> for rusqlite::Result<T> {
    fn or_exists(self, what: What) -> StoreResult<T> {
        self.map_err(|error| match error.into() {
            StoreError::AlreadyExists(_) => StoreError::AlreadyExists(what),
            other => other,
        })
    }
}

/// Short forms over cached statements.
pub(super) trait Sql {
    /// Runs a statement; returns the number of changed rows.
    fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize>;
    /// The first row, if any.
    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>>;
    /// All rows.
    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>>;
}

impl Sql for Connection {
    fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.prepare_cached(sql)?.execute(params)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        let mut statement = self.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let value = rows.next()?.map(read).transpose()?;
        // A statement that writes (RETURNING) is done only when it has no more rows.
        while rows.next()?.is_some() {}
        Ok(value)
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.prepare_cached(sql)?.query_map(params, read)?.collect()
    }
}

/// `NotFound` unless a row was changed.
pub(super) fn changed(rows: usize) -> StoreResult<()> {
    if rows == 0 {
        Err(StoreError::NotFound)
    } else {
        Ok(())
    }
}

/// The small number that stands for a tenant in every key.
pub(super) fn tenant_no(c: &Connection, tenant: TenantId) -> StoreResult<Option<i64>> {
    Ok(c.one(
        "SELECT tenant_no FROM tenant WHERE tenant_id = ?1",
        [tenant.as_bytes()],
        |row| row.get(0),
    )?)
}

/// The numbers that stand for a log in every key.
#[derive(Clone, Copy)]
pub(super) struct LogNo {
    pub tenant: i64,
    pub log: i64,
}

pub(super) fn log_no(c: &Connection, key: LogKey) -> StoreResult<Option<LogNo>> {
    Ok(c.one(
        "SELECT tenant_no, log_no FROM tenant JOIN log USING (tenant_no)
         WHERE tenant_id = ?1 AND log_id = ?2",
        (key.tenant.as_bytes(), key.log.as_bytes()),
        |row| {
            Ok(LogNo {
                tenant: row.get(0)?,
                log: row.get(1)?,
            })
        },
    )?)
}

pub(super) fn bytes(row: &Row<'_>, column: usize) -> rusqlite::Result<Bytes> {
    row.get::<_, Vec<u8>>(column).map(Bytes::from)
}

pub(super) fn role_number(role: Role) -> u8 {
    match role {
        Role::Reader => 1,
        Role::Writer => 2,
        Role::Manager => 3,
        Role::Owner => 4,
    }
}

pub(super) fn role(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
    match row.get(column)? {
        1 => Ok(Role::Reader),
        2 => Ok(Role::Writer),
        3 => Ok(Role::Manager),
        4 => Ok(Role::Owner),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(column, other)),
    }
}

pub(super) fn account_role_number(role: AccountRole) -> u8 {
    match role {
        AccountRole::Member => 1,
        AccountRole::Admin => 2,
    }
}

pub(super) fn account_role(row: &Row<'_>, column: usize) -> rusqlite::Result<AccountRole> {
    match row.get(column)? {
        1 => Ok(AccountRole::Member),
        2 => Ok(AccountRole::Admin),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(column, other)),
    }
}
