//! Records: sharing, conflicts, the diary, a network that is gone.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn two_people_share_records() {
    let world = World::start().await.unwrap();
    let (alice, bob) = world.two_people().await.unwrap();
    let vault = alice.vault_create("cases").await.unwrap().vault;
    assert_eq!(
        alice.vault_create("cases").await.unwrap_err().exit_code(),
        6
    );
    let fields = set(&[("title", "Smith v. Jones"), ("amount", "1200.50")]);
    let record = alice
        .record_add(vault, "case", &fields)
        .await
        .unwrap()
        .record;
    assert_eq!(bob.resolve_vault("cases").await.unwrap_err().exit_code(), 3);
    alice
        .vault_invite(vault, "bob", Role::Reader)
        .await
        .unwrap();
    assert_eq!(bob.resolve_vault("cases").await.unwrap(), vault);
    let seen = bob.record_show(record).await.unwrap();
    assert_eq!(
        seen.heads[0].fields.get("status"),
        Some(&Value::Text("open".into()))
    );
    assert_eq!(seen.heads[0].author, "alice");
    let refused = bob
        .record_edit(record, &set(&[("status", "closed")]), None, false)
        .await;
    assert_eq!(refused.unwrap_err().exit_code(), 4);
    alice.vault_role(vault, "bob", Role::Writer).await.unwrap();
    bob.record_edit(record, &set(&[("status", "closed")]), None, false)
        .await
        .unwrap();
    let list = alice
        .record_list(
            vault,
            "case",
            &Query {
                filter: Some("status = closed and amount > 1000".into()),
                ..Query::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(list.total, 1);
    assert_eq!(alice.record_history(record).await.unwrap().len(), 2);
    // trash and back
    bob.record_remove(record).await.unwrap();
    assert_eq!(cases(&alice, vault).await.unwrap().total, 0);
    assert_eq!(
        alice
            .record_list(
                vault,
                "case",
                &Query {
                    trash: true,
                    ..Query::default()
                }
            )
            .await
            .unwrap()
            .total,
        1
    );
    alice.record_restore(record).await.unwrap();
    assert!(!bob.record_show(record).await.unwrap().deleted);
    // erase
    alice.record_remove(record).await.unwrap();
    assert_eq!(
        alice.record_erase(record, false).await.unwrap_err().code(),
        "too_early"
    );
    assert!(alice.record_erase(record, true).await.unwrap().entries >= 4);
    assert!(
        bob.record_history(record)
            .await
            .unwrap()
            .iter()
            .all(|v| v.erased)
    );
    let report = bob.vault_verify(vault).await.unwrap();
    assert_eq!(report.members, 2);
    assert!(report.erased >= 4);
    assert!(!alice.vault_log(vault, 100).await.unwrap().is_empty());
    // removal gives new keys, and the removed member sees nothing more
    alice.vault_remove(vault, "bob").await.unwrap();
    assert_eq!(alice.vaults().await.unwrap()[0].epoch, Epoch(2));
    assert!(bob.vaults().await.unwrap().is_empty());
    assert_eq!(
        bob.record_add(vault, "case", &fields)
            .await
            .unwrap_err()
            .exit_code(),
        4
    );
    // let in again, they read what was written meanwhile
    let later = add(&alice, vault, "later").await.unwrap();
    alice
        .vault_invite(vault, "bob", Role::Manager)
        .await
        .unwrap();
    assert_eq!(bob.record_show(later).await.unwrap().heads.len(), 1);
    bob.vault_leave(vault).await.unwrap();
    assert!(bob.vaults().await.unwrap().is_empty());
    alice.sync().await.unwrap();
    let line = alice.vaults().await.unwrap().remove(0);
    assert_eq!(
        (line.epoch, line.rekey_required, line.members),
        (Epoch(3), false, 1)
    );
    let one = alice.safety_number("bob").await.unwrap();
    let two = bob.safety_number("alice").await.unwrap();
    assert_eq!(one.number, two.number);
    assert!(alice.safety_compared("bob").await.unwrap().compared);
    alice.account_retire("bob").await.unwrap();
    assert!(bob.sync().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_of_a_conflict_are_kept() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = world.shared_vault(Role::Writer).await.unwrap();
    let record = add(&alice, vault, "t").await.unwrap();
    bob.record_show(record).await.unwrap();
    alice
        .record_edit(record, &set(&[("client", "A")]), None, false)
        .await
        .unwrap();
    let error = bob
        .record_edit(record, &set(&[("client", "B")]), None, false)
        .await
        .unwrap_err();
    assert_eq!((error.exit_code(), error.code()), (6, "conflict_kept"));
    let both = alice.record_show(record).await.unwrap();
    assert!(both.conflict);
    assert_eq!(both.heads.len(), 2);
    let unclear = alice
        .record_edit(record, &set(&[("client", "C")]), None, false)
        .await;
    assert_eq!(unclear.unwrap_err().exit_code(), 6);
    alice
        .record_edit(record, &set(&[("client", "A and B")]), None, true)
        .await
        .unwrap();
    let settled = bob.record_show(record).await.unwrap();
    assert!(!settled.conflict);
    assert_eq!(
        settled.heads[0].fields.get("client"),
        Some(&Value::Text("A and B".into()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn private_diaries_stay_with_their_writer() {
    let world = World::start().await.unwrap();
    let (alice, bob) = world.two_people().await.unwrap();
    let vault = alice.vault_create("cases").await.unwrap().vault;
    let other = alice.vault_create("other").await.unwrap().vault;
    alice
        .vault_invite(vault, "bob", Role::Writer)
        .await
        .unwrap();
    let made = alice
        .record_add(vault, "diary", &set(&[("text", "dear diary")]))
        .await
        .unwrap();
    assert_ne!(made.vault, vault);
    let list = alice
        .record_list(vault, "diary", &Query::default())
        .await
        .unwrap();
    assert_eq!(list.total, 1);
    assert!(!list.records[0].fields.contains_key("_vault"));
    assert_eq!(
        alice
            .record_list(other, "diary", &Query::default())
            .await
            .unwrap()
            .total,
        0
    );
    assert_eq!(
        bob.record_list(vault, "diary", &Query::default())
            .await
            .unwrap()
            .total,
        0
    );
    assert_eq!(
        bob.record_show(made.record).await.unwrap_err().exit_code(),
        3
    );
    alice
        .record_edit(made.record, &set(&[("text", "changed")]), None, false)
        .await
        .unwrap();
    assert_eq!(
        alice
            .record_list(vault, "diary", &Query::default())
            .await
            .unwrap()
            .total,
        1
    );
    assert_eq!(
        alice
            .vault_invite(made.vault, "bob", Role::Reader)
            .await
            .unwrap_err()
            .exit_code(),
        4
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_reading_and_queued_edits() {
    let mut world = World::start_restartable().await.unwrap();
    let (alice, bob, vault) = world.shared_vault(Role::Writer).await.unwrap();
    let record = add(&alice, vault, "t").await.unwrap();
    bob.sync().await.unwrap();
    drop(bob);
    world.stop().await;
    let bob = world.reopen_impatient("bob").unwrap();
    assert_eq!(
        bob.record_list(vault, "case", &Query::default())
            .await
            .unwrap()
            .total,
        1
    );
    assert!(bob.sync().await.unwrap_err().is_offline());
    assert!(bob.sync_if_online().await.unwrap().is_none());
    let change = bob
        .record_edit(record, &set(&[("client", "B")]), None, false)
        .await
        .unwrap();
    assert!(change.queued);
    assert!(
        bob.record_add(vault, "case", &set(&[("title", "offline")]))
            .await
            .unwrap()
            .queued
    );
    assert_eq!(bob.record_show(record).await.unwrap().queued, 1);
    drop(bob);
    world.restart().await.unwrap();
    alice
        .record_edit(record, &set(&[("client", "A")]), None, false)
        .await
        .unwrap();
    let bob = world.reopen("bob").unwrap();
    let done = bob.sync().await.unwrap();
    assert_eq!(done.edits_sent, 2);
    assert_eq!(done.conflicts, [record]);
    assert_eq!(cases(&alice, vault).await.unwrap().total, 2);
    assert!(alice.record_show(record).await.unwrap().conflict);
}
