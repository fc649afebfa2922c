//! The SQLite adapter: the suite, and what is particular to a file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::sync::Arc;
use strongroom_store::{
    conformance::{self, START_MS, blob, digest, entry, world},
    sqlite::{SqliteOptions, SqliteStore},
    *,
};
use strongroom_types::*;
use tempfile::TempDir;

const KEY: [u8; 32] = [42; 32];

fn open(folder: &TempDir, options: SqliteOptions) -> StoreResult<SqliteStore> {
    SqliteStore::open(&folder.path().join("strongroom.db"), &KEY, options)
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance() {
    let folder = TempDir::new().unwrap();
    let number = std::sync::atomic::AtomicU32::new(0);
    conformance::run(async || {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = folder.path().join(format!("{number}.db"));
        Arc::new(SqliteStore::open(&path, &KEY, SqliteOptions::default()).unwrap()) as _
    })
    .await;
}

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let folder = TempDir::new().unwrap();
    let head = {
        let store = Arc::new(open(&folder, SqliteOptions::default()).unwrap());
        let world = world(store, 1).await;
        let vault = world.vault(2).await;
        vault.put_file(3).await;
        world
            .store
            .record_failure(digest(9), START_MS, 10)
            .await
            .unwrap();
        vault.head().await
    };
    let store = open(&folder, SqliteOptions::default()).unwrap();
    let (tenant, vault) = (TenantId::from_bytes([1; 32]), VaultId::from_bytes([2; 32]));
    assert_eq!(
        store.head(LogKey::vault(tenant, vault)).await.unwrap(),
        Some(head)
    );
    assert!(
        store
            .lookup_session(digest(1), START_MS)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        store
            .revision(tenant, vault, RevisionId::from_bytes([3; 16]))
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(store.attempts(digest(9)).await.unwrap().failures, 1);
}

#[tokio::test]
async fn the_file_is_sealed_and_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let store = Arc::new(open(&folder, SqliteOptions::default()).unwrap());
    world(store, 1).await;
    for name in ["strongroom.db", "strongroom.db-wal"] {
        let path = folder.path().join(name);
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        assert!(
            !bytes
                .windows(8)
                .any(|window| window == b"Person 1" || window == b"SQLite f")
        );
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_wrong_key_and_a_newer_schema_are_refused() {
    let folder = TempDir::new().unwrap();
    drop(open(&folder, SqliteOptions::default()).unwrap());
    let path = folder.path().join("strongroom.db");
    let wrong = SqliteStore::open(&path, &[41; 32], SqliteOptions::default());
    assert!(matches!(wrong, Err(StoreError::WrongKey)));

    let connection = rusqlite::Connection::open(&path).unwrap();
    let key: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    connection
        .execute_batch(&format!(
            "PRAGMA key = \"x'{key}'\"; PRAGMA cipher_hmac_algorithm = HMAC_SHA256;
             PRAGMA user_version = 1000;"
        ))
        .unwrap();
    drop(connection);
    let newer = open(&folder, SqliteOptions::default());
    assert!(matches!(
        newer,
        Err(StoreError::NewerSchema { found: 1000, .. })
    ));
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_still_reads() {
    let folder = TempDir::new().unwrap();
    let options = SqliteOptions {
        max_pages: Some(150),
        ..SqliteOptions::default()
    };
    let store = Arc::new(open(&folder, options).unwrap());
    let world = world(store.clone(), 1).await;
    let vault = world.vault(2).await;
    let mut written = 0;
    loop {
        let head = vault.head().await;
        let mut new = entry(Some(head), 1, head.index + 2, false);
        new.payload = Some(blob(1, 20_000));
        let append = Append {
            log: vault.log,
            expected_head: Some(head),
            entries: vec![new],
            effects: vec![],
        };
        match store.append(append).await {
            Ok(()) => written += 1,
            Err(StoreError::Full) => break,
            Err(other) => panic!("{other:?}"),
        }
        assert!(written < 1_000);
    }
    assert!(written > 3);
    let query = PageQuery {
        after: None,
        limit: 1_000,
        max_bytes: usize::MAX,
        control_only: false,
    };
    let page = store.page(vault.log, query).await.unwrap().unwrap();
    assert_eq!(
        (page.head.index, page.entries.len()),
        (written, written as usize + 1)
    );
    assert!(
        store
            .lookup_session(digest(1), START_MS)
            .await
            .unwrap()
            .is_some()
    );

    // Several jobs in one group: the large ones fail, and what is answered as done is there.
    let large = (0..8).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let key = AnswerKey {
                tenant: TenantId::ZERO,
                account: AccountId::ZERO,
                key: IdempotencyKey::from_bytes([number; 16]),
            };
            let answer = AnswerRow {
                request_hash: digest(1),
                status: 200,
                body: blob(1, 30_000),
                created_ms: START_MS,
            };
            (key, store.put_answer(key, answer).await)
        })
    });
    for task in large.collect::<Vec<_>>() {
        let (key, result) = task.await.unwrap();
        let there = store.lookup_answer(key).await.unwrap().is_some();
        assert_eq!(result.is_ok(), there, "{result:?}");
    }
    drop((world, store));
    let store = open(&folder, SqliteOptions::default()).unwrap();
    store.probe().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_that_wait_are_committed_together_and_all_answered() {
    let folder = TempDir::new().unwrap();
    let store = Arc::new(open(&folder, SqliteOptions::default()).unwrap());
    let failures: Vec<_> = (0..600u32)
        .map(|number| {
            let store = store.clone();
            let key = digest((number % 3) as u8);
            tokio::spawn(async move { store.record_failure(key, START_MS, 1_000).await.unwrap() })
        })
        .collect();
    for failure in failures {
        failure.await.unwrap();
    }
    for key in 0..3 {
        assert_eq!(store.attempts(digest(key)).await.unwrap().failures, 200);
    }
}
