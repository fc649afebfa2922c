//! Compares appends with plain inserts of the same bytes into a SQLCipher file, batched alike.
//!
//! `cargo run -p strongroom-store --features conformance --example append_speed [FOLDER]`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

use std::{path::Path, sync::Arc, time::Instant};
use strongroom_store::{
    conformance::{entry, world},
    sqlite::{SqliteOptions, SqliteStore},
    *,
};

const CLIENTS: u8 = 16;
const ROUNDS: u64 = 500;

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    let folder = tempfile::TempDir::new_in(folder).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    for round in 0..3 {
        let raw = raw_inserts(&folder.path().join(format!("raw{round}.db")));
        let path = folder.path().join(format!("logs{round}.db"));
        let logs = runtime.block_on(sixteen_logs(&path));
        let path = folder.path().join(format!("one{round}.db"));
        let one = runtime.block_on(one_log(&path));
        println!(
            "raw {raw:.0}/s; 16 logs, one entry each {logs:.0}/s ({:.2}); one log, 16 entries \
             together {one:.0}/s ({:.2})",
            logs / raw,
            one / raw
        );
    }
}

fn rate(start: Instant) -> f64 {
    (u64::from(CLIENTS) * ROUNDS) as f64 / start.elapsed().as_secs_f64()
}

fn raw_inserts(path: &Path) -> f64 {
    let c = rusqlite::Connection::open(path).unwrap();
    let key = "2a".repeat(32);
    c.execute_batch(&format!(
        "PRAGMA key = \"x'{key}'\"; PRAGMA cipher_hmac_algorithm = HMAC_SHA256;
         PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
         CREATE TABLE raw (number INTEGER PRIMARY KEY, bytes BLOB);"
    ))
    .unwrap();
    let new = entry(None, 1, 1, false);
    let length = 32 + new.body.len() + new.signatures.len() + new.payload.unwrap().len();
    let bytes = vec![7u8; length];
    let start = Instant::now();
    for _ in 0..ROUNDS {
        c.execute_batch("BEGIN").unwrap();
        for _ in 0..CLIENTS {
            c.prepare_cached("INSERT INTO raw (bytes) VALUES (?1)")
                .unwrap()
                .execute([&bytes])
                .unwrap();
        }
        c.execute_batch("COMMIT").unwrap();
    }
    rate(start)
}

fn open(path: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(path, &[42; 32], SqliteOptions::default()).unwrap())
}

async fn sixteen_logs(path: &Path) -> f64 {
    let world = world(open(path), 1).await;
    let mut logs = Vec::new();
    for client in 0..CLIENTS {
        let vault = world.vault(100 + client).await;
        logs.push((vault.log, vault.head().await));
    }
    let start = Instant::now();
    let tasks: Vec<_> = logs
        .into_iter()
        .map(|(log, mut head)| {
            let store = world.store.clone();
            tokio::spawn(async move {
                for device_seq in 1..=ROUNDS {
                    let new = entry(Some(head), 9, device_seq, false);
                    let next = Head {
                        index: new.index,
                        hash: new.chain_hash,
                    };
                    let entries = vec![new];
                    let append = Append {
                        log,
                        expected_head: Some(head),
                        entries,
                        effects: vec![],
                    };
                    store.append(append).await.unwrap();
                    head = next;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    rate(start)
}

async fn one_log(path: &Path) -> f64 {
    let world = world(open(path), 1).await;
    let vault = world.vault(2).await;
    let (log, mut head) = (vault.log, vault.head().await);
    let start = Instant::now();
    for device_seq in 1..=ROUNDS {
        let expected_head = Some(head);
        let mut entries = Vec::new();
        for device in 0..CLIENTS {
            let new = entry(Some(head), 100 + device, device_seq, false);
            head = Head {
                index: new.index,
                hash: new.chain_hash,
            };
            entries.push(new);
        }
        let append = Append {
            log,
            expected_head,
            entries,
            effects: vec![],
        };
        world.store.append(append).await.unwrap();
    }
    rate(start)
}
