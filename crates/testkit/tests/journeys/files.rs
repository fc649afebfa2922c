//! Files: locks and protection, other vaults, quotas.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn leases_protection_and_conflict_copies() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "contract").await.unwrap();
    let file = file_of(&world, &alice, record, "contract.txt", b"one").await;
    bob.sync().await.unwrap();
    let lease = bob.file_lock(file, 600_000).await.unwrap();
    assert!(lease.mine && lease.fence > 0);
    alice.sync().await.unwrap();
    let path = world.write("two.txt", b"two").unwrap();
    let replace = PutOptions {
        replace: Some(file),
        ..PutOptions::default()
    };
    let locked = alice
        .file_put(record, Source::Path(&path), &replace, &NoProgress)
        .await
        .err()
        .unwrap();
    assert!([4, 6].contains(&locked.exit_code()), "{locked}");
    assert!(
        alice.file_lock(file, 600_000).await.is_err(),
        "the holder is shown"
    );
    // Alice manages the record's vault: she may break the lock, and it is logged.
    alice.file_unlock(file, true).await.unwrap();
    alice
        .file_put(record, Source::Path(&path), &replace, &NoProgress)
        .await
        .unwrap();
    assert!(
        alice
            .vault_log(vault, 100)
            .await
            .unwrap()
            .iter()
            .any(|line| line.kind == "lease")
    );
    // Bob still believes in his lease: his late write becomes a conflict copy.
    std::fs::write(&path, b"late").unwrap();
    match bob
        .file_put(record, Source::Path(&path), &replace, &NoProgress)
        .await
    {
        Ok(done) => assert!(done.conflict, "a late write must not replace"),
        Err(error) => assert_eq!(error.exit_code(), 6, "{error}"),
    }
    alice.sync().await.unwrap();
    assert_eq!(content(&world, &alice, file).await, b"two");
    assert!(
        alice
            .file_revisions(file)
            .await
            .unwrap()
            .iter()
            .any(|revision| revision.conflict)
    );
    alice.file_set(file, None, Some(true), None).await.unwrap();
    assert_eq!(
        alice.file_remove(file).await.err().unwrap().exit_code(),
        4,
        "protected"
    );
    alice
        .file_set(file, Some(true), Some(false), None)
        .await
        .unwrap();
    assert!(
        alice.files(record, false, false).await.unwrap().is_empty(),
        "hidden"
    );
    alice.file_remove(file).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn move_and_copy_between_vaults() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let own = alice.vault_create("Own").await.unwrap().vault;
    let (from, to) = (
        add(&alice, vault, "from").await.unwrap(),
        add(&alice, own, "to").await.unwrap(),
    );
    let bytes = vec![9u8; 9_000_000];
    let file = file_of(&world, &alice, from, "paper.bin", &bytes).await;
    let copy = alice.file_copy(file, to, &NoProgress).await.unwrap();
    assert_eq!(copy.vault, own);
    assert_eq!(content(&world, &alice, copy.file).await, bytes);
    let moved = alice.file_move(file, to, &NoProgress).await.unwrap();
    assert_eq!(moved.vault, own);
    bob.sync().await.unwrap();
    assert!(bob.files(from, true, false).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn quotas_refuse_before_the_first_byte() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "quota").await.unwrap();
    bob.sync().await.unwrap();
    let quota = QuotaSettings {
        file_max_bytes: Some(1_000_000),
        total_max_bytes: Some(1_500_000),
        ..Default::default()
    };
    alice.account_quota("bob", quota).await.unwrap();
    let path = world.write("large.bin", &[1; 2_000_000]).unwrap();
    let refused = put(&bob, record, &path).await.err().unwrap();
    assert_eq!(
        (refused.exit_code(), refused.code()),
        (4, "quota_exceeded"),
        "{refused}"
    );
    file_of(&world, &bob, record, "small.bin", &vec![1u8; 900_000]).await;
    std::fs::write(&path, vec![2u8; 900_000]).unwrap();
    let refused = put(&bob, record, &path).await.err().unwrap();
    assert_eq!(refused.exit_code(), 4, "{refused}");
    assert_eq!(bob.files(record, true, false).await.unwrap().len(), 1);
}
