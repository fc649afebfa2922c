//! What was written without the server: shown as it will be, sent once, in order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use strongroom_client::*;
use strongroom_testkit::world::{VAULT, World, set};

async fn titles(client: &Client, vault: VaultId, filter: &str, sort: &str) -> Vec<(String, bool)> {
    let query = Query {
        filter: (!filter.is_empty()).then(|| filter.to_owned()),
        sort: (!sort.is_empty()).then(|| sort.to_owned()),
        ..Query::default()
    };
    let list = client.record_list(vault, "case", &query).await.unwrap();
    assert_eq!(list.total as usize, list.records.len());
    list.records
        .iter()
        .map(|line| match &line.fields["title"] {
            Value::Text(text) => (text.clone(), line.queued),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn marked(list: &[(&str, bool)]) -> Vec<(String, bool)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), *b)).collect()
}

async fn case(client: &Client, vault: VaultId, title: &str, amount: &str) -> RecordId {
    client
        .record_add(vault, "case", &set(&[("title", title), ("amount", amount)]))
        .await
        .unwrap()
        .record
}

/// Alice shares a vault with Bob, who may write; without the server he edits the amount of a case.
async fn bob_edits_offline() -> (World, Client, Client, VaultId, RecordId) {
    let mut world = World::start_restartable().await.unwrap();
    let (alice, bob, vault) = world.shared_vault(Role::Writer).await.unwrap();
    let record = case(&alice, vault, "Roof", "10").await;
    bob.sync().await.unwrap();
    drop(bob);
    world.stop().await;
    let bob = world.reopen_impatient("bob").unwrap();
    bob.record_edit(record, &set(&[("amount", "11")]), None, false)
        .await
        .unwrap();
    (world, alice, bob, vault, record)
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_show_what_waits_filtered_and_sorted_by_the_edited_value() {
    let mut world = World::start_restartable().await.unwrap();
    let (alice, vault) = world.own_vault().await.unwrap();
    let roof = case(&alice, vault, "Roof", "10").await;
    let lease = case(&alice, vault, "Lease", "20").await;
    let trash = case(&alice, vault, "Old", "30").await;
    world.stop().await;
    let alice = world.reopen_impatient("alice").unwrap();
    // An edit, an edit of the edit, a deletion, a new record, a change to it; a table that the
    // vault has never seen.
    alice
        .record_edit(roof, &set(&[("amount", "500")]), None, false)
        .await
        .unwrap();
    let twice = alice
        .record_edit(roof, &set(&[("status", "closed")]), None, false)
        .await
        .unwrap();
    assert!(twice.queued);
    assert!(alice.record_remove(trash).await.unwrap().queued);
    let fresh = case(&alice, vault, "Fresh", "15").await;
    alice
        .record_edit(fresh, &set(&[("amount", "1")]), None, false)
        .await
        .unwrap();
    alice
        .record_add(vault, "person", &set(&[("name", "Ines")]))
        .await
        .unwrap();
    let sorted = titles(&alice, vault, "", "amount").await;
    let expected = [("Fresh", true), ("Lease", false), ("Roof", true)];
    assert_eq!(sorted, marked(&expected));
    let large = titles(&alice, vault, "amount > 100", "").await;
    assert_eq!(large, marked(&[("Roof", true)]));
    let closed = titles(&alice, vault, "status = closed and amount = 500", "").await;
    assert_eq!(closed, marked(&[("Roof", true)]));
    assert!(titles(&alice, vault, "amount = 10", "").await.is_empty());
    let people = alice
        .record_list(vault, "person", &Query::default())
        .await
        .unwrap();
    assert!(people.total == 1 && people.records[0].queued);
    let bin = Query {
        trash: true,
        ..Query::default()
    };
    let bin = alice.record_list(vault, "case", &bin).await.unwrap();
    assert_eq!(bin.records[0].record, trash);
    assert!(bin.records[0].queued);
    // one record
    let shown = alice.record_show(roof).await.unwrap();
    assert_eq!((shown.queued, shown.heads.len()), (2, 1));
    assert!(shown.heads[0].queued && !shown.conflict);
    assert_eq!(shown.heads[0].author, "alice");
    assert_eq!(shown.heads[0].fields["amount"], Value::Text("500".into()));
    assert_eq!(alice.record_history(roof).await.unwrap().len(), 3);
    let prefix = fresh.to_string();
    assert_eq!(alice.resolve_record(&prefix[..8]).await.unwrap(), fresh);
    assert!(alice.record_show(fresh).await.unwrap().heads[0].queued);
    // Nothing of the overlay stays.
    drop(alice);
    world.restart().await.unwrap();
    let alice = world.reopen("alice").unwrap();
    let done = alice.sync().await.unwrap();
    assert_eq!(done.edits_sent, 6, "{:?}", done.warnings);
    assert!(
        done.conflicts.is_empty(),
        "two edits in a row are no conflict"
    );
    let sorted = titles(&alice, vault, "", "amount").await;
    assert_eq!(
        sorted,
        marked(&[("Fresh", false), ("Lease", false), ("Roof", false)])
    );
    let history = alice.record_history(roof).await.unwrap();
    assert!(history.iter().all(|version| !version.queued));
    assert_eq!(history[0].parents, [history[1].version]);
    assert_eq!(history[0].version, twice.version, "it keeps its id");
    assert_eq!(alice.record_show(lease).await.unwrap().queued, 0);
    alice.vault_verify(vault).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_sends_what_waits_first() {
    let mut world = World::start_restartable().await.unwrap();
    let (alice, vault) = world.own_vault().await.unwrap();
    let record = case(&alice, vault, "Roof", "10").await;
    world.stop().await;
    let alice = world.reopen_impatient("alice").unwrap();
    let waiting = alice
        .record_edit(record, &set(&[("amount", "11")]), None, false)
        .await
        .unwrap();
    drop(alice);
    world.restart().await.unwrap();
    let alice = world.reopen("alice").unwrap();
    let change = alice
        .record_edit(record, &set(&[("client", "Port")]), None, false)
        .await
        .unwrap();
    assert!(!change.queued);
    let shown = alice.record_show(record).await.unwrap();
    assert_eq!((shown.queued, shown.heads.len()), (0, 1));
    assert_eq!(shown.heads[0].parents, [waiting.version]);
    assert_eq!(shown.heads[0].fields["amount"], Value::Text("11".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_cannot_be_sent_is_told_and_can_be_discarded() {
    let (mut world, alice, bob, vault, record) = bob_edits_offline().await;
    drop(bob);
    world.restart().await.unwrap();
    alice.vault_role(vault, "bob", Role::Reader).await.unwrap();
    let bob = world.reopen("bob").unwrap();
    let done = bob.sync().await.unwrap();
    assert_eq!((done.edits_sent, done.warnings.len()), (0, 1));
    assert_eq!(bob.record_show(record).await.unwrap().queued, 1);
    let again = bob
        .record_edit(record, &set(&[("client", "x")]), None, false)
        .await
        .unwrap_err();
    assert_eq!((again.exit_code(), again.code()), (4, "edit_waiting"));
    assert_eq!(bob.record_discard(record).await.unwrap(), 1);
    assert_eq!(bob.record_discard(record).await.unwrap_err().exit_code(), 3);
    let shown = bob.record_show(record).await.unwrap();
    assert_eq!(shown.queued, 0);
    assert_eq!(shown.heads[0].fields["amount"], Value::Text("10".into()));
    assert!(bob.sync().await.unwrap().warnings.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_removed_person_began_offline_waits_for_them() {
    let (mut world, alice, bob, vault, _) = bob_edits_offline().await;
    let own = case(&bob, vault, "My own words", "1").await;
    drop(bob);
    world.restart().await.unwrap();
    alice.vault_remove(vault, "bob").await.unwrap();
    let bob = world.reopen("bob").unwrap();
    let done = bob.sync().await.unwrap();
    assert_eq!(done.vaults_gone, [vault]);
    assert!(
        done.warnings[0].contains(&format!("{VAULT:?}")),
        "{:?}",
        done.warnings
    );
    assert_eq!(done.edits_sent, 0);
    assert_eq!(bob.record_show(own).await.unwrap_err().exit_code(), 3);
    alice
        .vault_invite(vault, "bob", Role::Writer)
        .await
        .unwrap();
    assert_eq!(bob.sync().await.unwrap().edits_sent, 1);
    let query = Query {
        sort: Some("amount".into()),
        ..Query::default()
    };
    let list = alice.record_list(vault, "case", &query).await.unwrap();
    assert_eq!(list.records[0].record, own);
    assert_eq!(list.records[1].fields["amount"], Value::Text("10".into()));
}
