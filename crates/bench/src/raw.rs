//! The peer of appends: rows of the same bytes put into SQLCipher, or plain SQLite, with the
//! settings of our store and nothing else: no checks, no indexes, no server.

use crate::numbers::Times;
use anyhow::{Result, ensure};
use rusqlite::Connection;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use strongroom_crypto::{DangerSeededRng, Rng};

/// What `strongroom-bench raw` takes.
#[derive(clap::Args)]
pub struct RawArguments {
    /// The database file; must not exist
    #[arg(long)]
    file: PathBuf,
    /// Without encryption
    #[arg(long)]
    plain: bool,
    /// Rows in a transaction
    #[arg(long, default_value_t = 1)]
    batch: usize,
    /// How long to go on
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Bytes of an entry's body
    #[arg(long)]
    body: usize,
    /// Bytes of its signatures
    #[arg(long)]
    signatures: usize,
    /// Bytes of its payload
    #[arg(long)]
    payload: usize,
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

/// Inserts until the time is up; prints rows a second and the times of the commits.
pub fn raw(arguments: &RawArguments) -> Result<()> {
    ensure!(!arguments.file.exists(), "the file is there already");
    ensure!(arguments.batch > 0, "a batch has at least one row");
    let connection = Connection::open(&arguments.file)?;
    if !arguments.plain {
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
    let body = random(arguments.body);
    let signatures = random(arguments.signatures);
    let payload = random(arguments.payload);
    let mut insert =
        connection.prepare("INSERT INTO entry (body, signatures, payload) VALUES (?1, ?2, ?3)")?;
    let mut begin = connection.prepare("BEGIN IMMEDIATE")?;
    let mut commit = connection.prepare("COMMIT")?;
    let mut times = Times::default();
    let start = Instant::now();
    let end = start + Duration::from_secs_f64(arguments.seconds);
    let mut rows = 0_u64;
    while Instant::now() < end {
        let group = Instant::now();
        begin.execute(())?;
        for _ in 0..arguments.batch {
            insert.execute((&body, &signatures, &payload))?;
            rows += 1;
        }
        commit.execute(())?;
        times.push(group.elapsed());
    }
    let seconds = start.elapsed().as_secs_f64();
    let answer = serde_json::json!({
        "rows": rows,
        "per_second": rows as f64 / seconds,
        "commit": times.json(),
    });
    println!("{answer}");
    Ok(())
}
