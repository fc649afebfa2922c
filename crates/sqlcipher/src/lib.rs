//! The one door to encrypted databases, for the server's store and the client's cache.
//!
//! SQLCipher and OpenSSL clear up when the process exits, whoever still uses them: a program
//! must not return from `main` while a thread has one of these connections in hand. It crashes
//! in almost every second such exit. So every program ends its threads before it leaves.
//!
//! No exit hook stands here instead. Both register their clean-up in C (`atexit`, and SQLCipher
//! a destructor besides), so a hook would need `unsafe`; and what it would have to wait for is
//! not that connections are closed, which those of idle threads never are, but that nobody is
//! inside a call, which nothing below `rusqlite` tells: connections are opened without SQLite's
//! own mutex.

use rusqlite::{Connection, OpenFlags, Result};
use std::fmt::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

/// Opens a SQLCipher 4 database under a raw key of 32 bytes (no passphrase, no derivation),
/// with `HMAC_SHA256` over its pages and temporary tables in memory, and proves the key by
/// reading the schema. `busy`: how long statements wait for another connection's lock.
///
/// # Errors
/// As SQLite gives them; `NotADatabase` where the file does not open under `key`.
pub fn open_keyed(
    path: &Path,
    key: &[u8; 32],
    flags: OpenFlags,
    busy: Duration,
) -> Result<Connection> {
    initialize()?;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy)?;
    let mut statement = Zeroizing::new(String::with_capacity(100));
    statement.push_str("PRAGMA key = \"x'");
    for byte in key {
        // Writing to a string cannot fail.
        let _ = write!(statement, "{byte:02x}");
    }
    statement.push_str("'\";");
    // Errors come back as results; a library has no business on standard error.
    connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    connection.execute_batch(&statement)?;
    // Temporary tables in memory: on disk they would be in clear.
    connection.execute_batch(
        "PRAGMA cipher_hmac_algorithm = HMAC_SHA256;
         PRAGMA temp_store = MEMORY;",
    )?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))?;
    Ok(connection)
}

/// Lets one thread alone open the process's first connection.
///
/// SQLite initializes itself on the first open. `sqlite3_initialize` declares itself done
/// (`isInit = 1`, mutexes released) before it runs `SQLITE_EXTRA_INIT`, which is where
/// SQLCipher sets up its provider, heap and mutexes (`sqlcipher_extra_init`). A second thread
/// that opens in between passes `sqlite3_initialize` at once, and its `PRAGMA key` fails with
/// a plain `SQLITE_ERROR` (`sqlcipherCodecAttach`: "sqlcipher not initialized"). Nothing is
/// torn down when connections close, so to wait once, here, is enough.
fn initialize() -> Result<()> {
    static DONE: Mutex<bool> = Mutex::new(false);
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    if !*done {
        drop(Connection::open_in_memory()?);
        *done = true;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ErrorCode;

    #[test]
    fn opens_under_its_key_only_and_shows_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let open = |byte| {
            open_keyed(
                &path,
                &[byte; 32],
                OpenFlags::default(),
                Duration::from_secs(5),
            )
        };
        let connection = open(1).unwrap();
        connection
            .execute_batch("CREATE TABLE words (word TEXT); INSERT INTO words VALUES ('umbrella');")
            .unwrap();
        drop(connection);
        let wrong = open(2).unwrap_err();
        assert_eq!(wrong.sqlite_error_code(), Some(ErrorCode::NotADatabase));
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.starts_with(b"SQLite format 3"));
        assert!(!bytes.windows(8).any(|window| window == b"umbrella"));
        let word: String = open(1)
            .unwrap()
            .query_row("SELECT word FROM words", (), |row| row.get(0))
            .unwrap();
        assert_eq!(word, "umbrella");
    }
}
