//! Records: edits that cross, a network that is gone, the trash.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn edits_that_cross_are_both_kept() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "draft").await.unwrap();
    bob.sync().await.unwrap();
    let base: Vec<_> = bob
        .record_show(record)
        .await
        .unwrap()
        .heads
        .iter()
        .map(|head| head.version)
        .collect();
    alice
        .record_edit(record, &set(&[("title", "from alice")]), None, false)
        .await
        .unwrap();
    let crossed = bob
        .record_edit(record, &set(&[("title", "from bob")]), Some(&base), false)
        .await;
    assert_eq!(crossed.err().unwrap().exit_code(), 6, "bob is told");
    alice.sync().await.unwrap();
    let view = alice.record_show(record).await.unwrap();
    assert!(view.conflict);
    assert_eq!(view.heads.len(), 2);
    alice
        .record_edit(record, &set(&[("title", "agreed")]), None, true)
        .await
        .unwrap();
    bob.sync().await.unwrap();
    let view = bob.record_show(record).await.unwrap();
    assert!(!view.conflict);
    assert_eq!(
        view.heads[0].fields.get("title"),
        Some(&Value::Text("agreed".to_owned()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_reading_and_queued_edits() {
    let mut world = World::start_restartable().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "before the cut").await.unwrap();
    bob.sync().await.unwrap();
    world.stop().await;
    assert_eq!(
        bob.record_show(record).await.unwrap().heads.len(),
        1,
        "reads from the cache"
    );
    assert!(
        bob.record_add(vault, "case", &set(&[("title", "offline")]))
            .await
            .unwrap()
            .queued
    );
    assert!(
        bob.record_edit(record, &set(&[("status", "closed")]), None, false)
            .await
            .unwrap()
            .queued
    );
    world.restart().await.unwrap();
    let done = bob.sync().await.unwrap();
    assert_eq!(done.edits_sent, 2, "{:?}", done.warnings);
    alice.sync().await.unwrap();
    assert_eq!(cases(&alice, vault).await.unwrap().records.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn trash_restore_erase() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "to go").await.unwrap();
    let file = file_of(&world, &alice, record, "go.txt", b"personal data").await;
    alice.record_remove(record).await.unwrap();
    assert!(cases(&alice, vault).await.unwrap().records.is_empty());
    alice.record_restore(record).await.unwrap();
    assert_eq!(cases(&alice, vault).await.unwrap().records.len(), 1);
    alice.record_remove(record).await.unwrap();
    let early = alice.record_erase(record, false).await.err().unwrap();
    assert_eq!(early.exit_code(), 4, "the trash has a delay: {early}");
    alice.record_erase(record, true).await.unwrap();
    bob.sync().await.unwrap();
    assert!(
        bob.file_get(
            file,
            world.folder.path(),
            &GetOptions::default(),
            &NoProgress
        )
        .await
        .is_err()
    );
    bob.vault_verify(vault).await.unwrap();
    alice.vault_verify(vault).await.unwrap();
}
