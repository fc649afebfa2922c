//! When access to a vault ends: it is said, and nothing that was read stays on the device.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use strongroom_client::{NoProgress, PutOptions, Query, Role, Source};
use strongroom_testkit::world::{World, set};

#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_is_told_and_keeps_nothing() {
    let world = World::start().await.unwrap();
    let alice = world.founder("alice").await.unwrap();
    let bob = world.join(&alice, "bob").await.unwrap();
    let vault = alice.vault_create("cases").await.unwrap().vault;
    alice
        .vault_invite(vault, "bob", Role::Writer)
        .await
        .unwrap();
    let record = alice
        .record_add(vault, "case", &set(&[("title", "Harbour lease")]))
        .await
        .unwrap()
        .record;
    let path = world.folder.path().join("plan.txt");
    std::fs::write(&path, b"plan").unwrap();
    let file = alice
        .file_put(
            record,
            Source::Path(&path),
            &PutOptions::default(),
            &NoProgress,
        )
        .await
        .unwrap()
        .file;
    assert_eq!(
        bob.record_list(vault, "case", &Query::default())
            .await
            .unwrap()
            .total,
        1
    );
    bob.file_show(file).await.unwrap();
    let head = bob.vault_show(vault).await.unwrap().line.head_index;
    alice.vault_remove(vault, "bob").await.unwrap();
    let first = bob
        .record_list(vault, "case", &Query::default())
        .await
        .unwrap_err();
    assert_eq!((first.exit_code(), first.code()), (4, "access_ended"));
    // Without the server it is the same: nothing is left to answer from.
    let cached = bob
        .record_list_cached(vault, "case", &Query::default())
        .await
        .unwrap_err();
    assert_eq!(cached.code(), "access_ended");
    assert_eq!(bob.record_show(record).await.unwrap_err().exit_code(), 3);
    assert_eq!(bob.file_show(file).await.unwrap_err().exit_code(), 3);
    let number = vault.to_string();
    assert_eq!(bob.resolve_vault(&number[..8]).await.unwrap(), vault);
    assert_eq!(
        bob.vault_show(vault).await.unwrap_err().code(),
        "access_ended"
    );
    let traces = bob.danger_traces(vault).await.unwrap();
    assert!(traces.is_empty(), "{traces:?}");
    // Let in again, everything is read and proven from the beginning.
    alice
        .vault_invite(vault, "bob", Role::Reader)
        .await
        .unwrap();
    assert_eq!(
        bob.record_list(vault, "case", &Query::default())
            .await
            .unwrap()
            .total,
        1
    );
    let line = bob.vault_show(vault).await.unwrap().line;
    assert!(line.head_index > head && line.name == "cases");
}
