//! When access to a vault ends: it is said, and nothing that was read stays on the device.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use strongroom_client::{Query, Role};
use strongroom_testkit::world::{VAULT, World, add, cases, put};

#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_is_told_and_keeps_nothing() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = world.shared_vault(Role::Writer).await.unwrap();
    let record = add(&alice, vault, "Harbour lease").await.unwrap();
    let path = world.write("plan.txt", b"plan").unwrap();
    let file = put(&alice, record, &path).await.unwrap().file;
    assert_eq!(cases(&bob, vault).await.unwrap().total, 1);
    bob.file_show(file).await.unwrap();
    let head = bob.vault_show(vault).await.unwrap().line.head_index;
    alice.vault_remove(vault, "bob").await.unwrap();
    let first = cases(&bob, vault).await.unwrap_err();
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
    assert_eq!(cases(&bob, vault).await.unwrap().total, 1);
    let line = bob.vault_show(vault).await.unwrap().line;
    assert!(line.head_index > head && line.name == VAULT);
}
