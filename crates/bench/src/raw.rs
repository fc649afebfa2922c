//! The peer of appends: rows of the same bytes put into SQLCipher, or plain SQLite, with the
//! settings of our store and nothing else: no checks, no indexes, no server.

use crate::numbers::Times;
use anyhow::Result;
use rusqlite::Connection;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use strongroom_crypto::{DangerSeededRng, Rng};

/// Bytes of the parts of an entry.
#[derive(Clone, Copy)]
pub struct Sizes {
    pub body: usize,
    pub signatures: usize,
    pub payload: usize,
}

/// The settings of `crates/store/src/sqlite/open.rs` that a write feels.
const KEY: &str =
    "PRAGMA key = \"x'5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e'\";
    PRAGMA cipher_hmac_algorithm = HMAC_SHA256;";
const SETTINGS: &str = "PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16384;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;
    CREATE TABLE entry (
        entry_key INTEGER PRIMARY KEY,
        body BLOB NOT NULL,
        signatures BLOB NOT NULL,
        payload BLOB NOT NULL
    ) STRICT;";

/// Inserts rows, `batch` in a transaction, until the time is up, into a new file in `folder`.
/// Returns rows a second and the times of the transactions.
pub fn raw(
    folder: &Path,
    plain: bool,
    batch: usize,
    sizes: Sizes,
    length: Duration,
) -> Result<(f64, Times)> {
    let folder = folder.join("raw");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let connection = Connection::open(folder.join("raw.db"))?;
    if !plain {
        connection.execute_batch(KEY)?;
    }
    connection.execute_batch(SETTINGS)?;
    let mut rng = DangerSeededRng::new(1);
    let mut random = |length| {
        let mut bytes = vec![0; length];
        rng.fill_bytes(&mut bytes);
        bytes
    };
    // what compresses or repeats makes no difference to SQLite: one row is enough
    let body = random(sizes.body);
    let signatures = random(sizes.signatures);
    let payload = random(sizes.payload);
    let mut insert =
        connection.prepare("INSERT INTO entry (body, signatures, payload) VALUES (?1, ?2, ?3)")?;
    let mut begin = connection.prepare("BEGIN IMMEDIATE")?;
    let mut commit = connection.prepare("COMMIT")?;
    let mut times = Times::default();
    let start = Instant::now();
    let mut rows = 0_u64;
    while start.elapsed() < length {
        let group = Instant::now();
        begin.execute(())?;
        for _ in 0..batch {
            insert.execute((&body, &signatures, &payload))?;
            rows += 1;
        }
        commit.execute(())?;
        times.push(group.elapsed());
    }
    Ok((rows as f64 / start.elapsed().as_secs_f64(), times))
}
