//! Every table, every column, every value, and the pages that deleted rows left behind.

use super::{
    AuditError,
    allowed::{Allowed, Column},
    report::{ColumnLine, Report},
    search::Search,
    shape::{Shapes, check_bytes, check_text},
    unreadable,
};
use data_encoding::HEXLOWER;
use rusqlite::{Connection, MAIN_DB, OpenFlags, types::ValueRef};
use std::path::Path;
use zeroize::Zeroizing;

/// Decrypted pages are looked at in memory up to this size.
const PAGES_MAX_BYTES: u64 = 512 << 20;

/// Audits `strongroom.db` under `data`.
pub fn audit(
    data: &Path,
    allowed: &Allowed,
    search: &mut Search,
    report: &mut Report,
) -> Result<(), AuditError> {
    let path = data.join("strongroom.db");
    let mut database = open(data, &path)?;
    // one picture of everything, also while a server writes
    database
        .execute_batch("BEGIN")
        .map_err(AuditError::Database)?;
    for table in tables(&database).map_err(AuditError::Database)? {
        audit_table(&database, &table, allowed, search, report).map_err(AuditError::Database)?;
    }
    schema(&database, search).map_err(AuditError::Database)?;
    pages(&mut database, &path, search, report)
}

fn open(data: &Path, path: &Path) -> Result<Connection, AuditError> {
    let key_file = data.join("keys/database.key");
    let key = Zeroizing::new(std::fs::read(&key_file).map_err(unreadable(&key_file))?);
    let hex = Zeroizing::new(HEXLOWER.encode(&key));
    let pragmas = Zeroizing::new(format!(
        "PRAGMA key = \"x'{}'\"; PRAGMA cipher_hmac_algorithm = HMAC_SHA256; \
         PRAGMA query_only = ON; PRAGMA busy_timeout = 5000;",
        hex.as_str()
    ));
    let open = |flags| {
        let database = Connection::open_with_flags(path, flags)?;
        database.execute_batch(&pragmas)?;
        database.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
            row.get::<_, i64>(0)
        })?;
        Ok(database)
    };
    open(OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(AuditError::Database)
}

fn tables(database: &Connection) -> rusqlite::Result<Vec<String>> {
    database
        .prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name")?
        .query_map([], |row| row.get(0))?
        .collect()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn audit_table(
    database: &Connection,
    table: &str,
    allowed: &Allowed,
    search: &mut Search,
    report: &mut Report,
) -> rusqlite::Result<()> {
    let mut statement = database.prepare(&format!("SELECT * FROM {}", quoted(table)))?;
    let mut columns: Vec<(ColumnLine, Option<Column>)> = Vec::new();
    for name in statement.column_names() {
        let column = format!("{table}.{name}");
        let listed = allowed.columns.get(&column).cloned();
        if listed.is_none() {
            report.violation(&column, "is a column that the published list does not have");
        }
        columns.push((
            ColumnLine {
                column,
                kind: listed.as_ref().map(|listed| listed.kind.clone()),
                why: listed.as_ref().map(|listed| listed.why.clone()),
                values: 0,
                bytes: 0,
            },
            listed,
        ));
    }
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for (number, (line, listed)) in columns.iter_mut().enumerate() {
            let value = row.get_ref(number)?;
            let bytes = match value {
                ValueRef::Null => continue,
                ValueRef::Integer(_) | ValueRef::Real(_) => &[],
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
            };
            line.values += 1;
            line.bytes += bytes.len() as u64;
            if !bytes.is_empty() {
                search.look(&line.column, bytes);
            }
            if let Some(listed) = listed {
                check(&line.column, &listed.kind, value, allowed, report);
            }
        }
    }
    report
        .columns
        .extend(columns.into_iter().map(|(line, _)| line));
    Ok(())
}

fn check(place: &str, kind: &str, value: ValueRef<'_>, allowed: &Allowed, report: &mut Report) {
    let problem = match (kind, value) {
        ("number" | "time", ValueRef::Integer(_)) | ("flag", ValueRef::Integer(0 | 1)) => None,
        ("body", ValueRef::Blob(bytes)) => {
            return Shapes::new(allowed, report).structure(place, "ent/1", bytes);
        }
        ("wallet", ValueRef::Blob(bytes)) => {
            return Shapes::new(allowed, report).structure(place, "wallet", bytes);
        }
        ("payload", ValueRef::Blob(bytes)) => {
            return Shapes::new(allowed, report).payload(bytes);
        }
        ("signatures", ValueRef::Blob(bytes)) => {
            return Shapes::new(allowed, report).signatures(place, bytes);
        }
        ("answer", ValueRef::Blob(bytes)) => {
            return Shapes::new(allowed, report).answer(place, bytes);
        }
        (kind, ValueRef::Blob(bytes)) => check_bytes(kind, bytes).err(),
        (kind, ValueRef::Text(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => check_text(kind, text).err(),
            Err(_) => Some("is no text"),
        },
        _ => Some("is of another type than the list says"),
    };
    if let Some(problem) = problem {
        report.violation(place, problem);
    }
}

/// The schema is stored too.
fn schema(database: &Connection, search: &mut Search) -> rusqlite::Result<()> {
    let mut statement = database.prepare("SELECT type, name, sql FROM sqlite_schema")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..3 {
            if let ValueRef::Text(bytes) = row.get_ref(column)? {
                search.look("sqlite_schema", bytes);
            }
        }
    }
    Ok(())
}

/// All pages as they are after decryption: free ones and the gaps inside others may still hold
/// what was deleted.
fn pages(
    database: &mut Connection,
    path: &Path,
    search: &mut Search,
    report: &mut Report,
) -> Result<(), AuditError> {
    let length = std::fs::metadata(path).map_err(unreadable(path))?.len();
    if length > PAGES_MAX_BYTES {
        report.notes.push(
            "the database is over 512 MiB: its free pages were not searched, all rows were"
                .to_owned(),
        );
        return Ok(());
    }
    let pages = database.serialize(MAIN_DB).map_err(AuditError::Database)?;
    let size = usize::from(u16::from_be_bytes([
        pages.get(16).copied().unwrap_or(16),
        pages.get(17).copied().unwrap_or(0),
    ]))
    .max(512);
    // two pages at a time, so that what crosses an edge is seen
    let mut start = 0;
    while start < pages.len() {
        let end = (start + 64 * size).min(pages.len());
        search.look("decrypted pages", pages.get(start..end).unwrap_or_default());
        start += 63 * size;
    }
    Ok(())
}
