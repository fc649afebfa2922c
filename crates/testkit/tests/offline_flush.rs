//! Edits made offline are sent many in one request: none is lost, none is doubled, and one
//! that can't be sent holds up no other.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};
use strongroom_client::{
    Client, Environment, Fields, RecordChange, RecordId, Role, Value, VaultId, VersionId,
};
use strongroom_format::transport::Append;
use strongroom_format::vault_payload::{RecordPayload, VaultPayload};
use strongroom_testkit::gate::gate;
use strongroom_testkit::liar::{Answer, Asked};
use strongroom_testkit::world::{World, add, cases, set};
use strongroom_types::TenantId;

/// More than one request holds.
const MANY: usize = 300;

/// A world with alice, bob and a vault of both; bob has read all of it.
async fn shared() -> (World, Client, VaultId) {
    let world = World::start_restartable().await.unwrap();
    let (alice, _bob, vault) = world.shared_vault(Role::Writer).await.unwrap();
    (world, alice, vault)
}

/// What bob does while the server is away.
async fn offline(world: &mut World, work: impl AsyncFnOnce(Client)) {
    world.stop().await;
    work(world.reopen_impatient("bob").unwrap()).await;
    world.restart().await.unwrap();
}

/// Cases that bob adds while the server is away. The request with the first one was sent in
/// vain, and is sent again before anything else; the others only wait.
async fn offline_cases(world: &mut World, vault: VaultId, count: usize) -> Vec<RecordChange> {
    let mut added = Vec::new();
    offline(world, async |bob| {
        for part in [1, count - 1] {
            let records = bob.record_add_many(vault, "case", titled(part)).await;
            added.extend(records.unwrap());
        }
    })
    .await;
    added
}

fn titled(count: usize) -> Vec<Fields> {
    let title = |n| ("title".to_owned(), Value::Text(format!("case {n}")));
    (0..count).map(|n| Fields::from([title(n)])).collect()
}

async fn edit(client: &Client, record: RecordId, client_name: &str) -> RecordChange {
    let change = client
        .record_edit(record, &set(&[("client", client_name)]), None, false)
        .await
        .unwrap();
    assert!(change.queued);
    change
}

/// The record versions in a request to append to a vault; other kinds are left out.
fn versions(asked: &Asked) -> Option<Vec<RecordPayload>> {
    let vault = asked.uri.path().strip_prefix("/v1/vaults/")?;
    let vault: VaultId = vault.strip_suffix("/entries")?.parse().ok()?;
    if asked.method != Method::POST {
        return None;
    }
    let append = Append::from_bytes(&asked.body).unwrap();
    let records = append.entries.iter().filter_map(|entry| {
        let tenant = TenantId::from_bytes([0; 32]);
        let payload = entry.payload().unwrap();
        match VaultPayload::from_bytes(entry.body().kind, payload, tenant, vault) {
            Ok(VaultPayload::Record(record)) => Some(record),
            _ => None,
        }
    });
    let records: Vec<_> = records.collect();
    (!records.is_empty()).then_some(records)
}

/// Notes the versions of every request, and refuses those with a version of `poison`.
fn watch(world: &World, poison: Option<RecordId>) -> Arc<Mutex<Vec<Vec<VersionId>>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    world.liar.take(Arc::new(move |asked: &Asked| {
        let records = versions(asked)?;
        let ids = records.iter().map(|record| record.version).collect();
        noted.lock().unwrap().push(ids);
        let refused = records.iter().any(|record| Some(record.record) == poison);
        refused.then(|| problem(StatusCode::CONFLICT, "invalid_entry"))
    }));
    seen
}

fn problem(status: StatusCode, code: &str) -> (StatusCode, Bytes) {
    let problem = serde_json::json!({
        "type": format!("urn:strongroom:problem:{code}"), "title": code,
        "status": status.as_u16(), "code": code,
    });
    (status, Bytes::from(problem.to_string()))
}

async fn total(client: &Client, vault: VaultId) -> usize {
    client.sync().await.unwrap();
    cases(client, vault).await.unwrap().total as usize
}

#[tokio::test(flavor = "multi_thread")]
async fn many_go_in_few_requests_and_in_their_order() {
    let (mut world, alice, vault) = shared().await;
    let contested = add(&alice, vault, "old").await.unwrap();
    world.reopen("bob").unwrap().sync().await.unwrap();
    let mut queue = Vec::new();
    offline(&mut world, async |bob| {
        queue.push(edit(&bob, contested, "bob's").await);
        let added = bob.record_add_many(vault, "case", titled(MANY)).await;
        queue.extend(added.unwrap());
        for again in [3, 7, 3] {
            let record = queue[again].record;
            queue.push(edit(&bob, record, "later").await);
        }
    })
    .await;
    let hers = alice
        .record_edit(contested, &set(&[("client", "hers")]), None, false)
        .await
        .unwrap();
    let seen = watch(&world, None);
    let bob = world.reopen("bob").unwrap();
    let done = bob.sync().await.unwrap();
    assert_eq!(done.edits_sent, queue.len() as u64, "{:?}", done.warnings);
    assert!(done.warnings.is_empty(), "{:?}", done.warnings);
    assert_eq!(done.conflicts, [contested], "both are kept");
    let sent: Vec<Vec<VersionId>> = seen.lock().unwrap().clone();
    let lengths: Vec<usize> = sent.iter().map(Vec::len).collect();
    assert_eq!(
        lengths,
        [1, 249, MANY + 3 - 249],
        "the first was tried offline"
    );
    let queued: Vec<VersionId> = queue.iter().map(|change| change.version).collect();
    assert_eq!(sent.concat(), queued);
    assert_eq!(total(&alice, vault).await, MANY + 1);
    let shown = alice.record_show(contested).await.unwrap();
    let mut heads: Vec<_> = shown.heads.iter().map(|head| head.version).collect();
    let mut both = vec![hers.version, queue[0].version];
    heads.sort();
    both.sort();
    assert_eq!(heads, both);
    let history = alice.record_history(queue[3].record).await.unwrap();
    assert_eq!(history.len(), 3, "an edit of an edit, in one request");
    assert!(!alice.record_show(queue[3].record).await.unwrap().conflict);
    alice.vault_verify(vault).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_always_refused_holds_up_no_other() {
    let (mut world, alice, vault) = shared().await;
    let mut added = Vec::new();
    let mut later = Vec::new();
    offline(&mut world, async |bob| {
        let records = bob.record_add_many(vault, "case", titled(20)).await;
        added = records.unwrap();
        for n in [11, 12] {
            later.push(edit(&bob, added[n].record, "later").await);
        }
    })
    .await;
    let poison = added[11].record;
    let seen = watch(&world, Some(poison));
    let bob = world.reopen("bob").unwrap();
    let done = bob.sync().await.unwrap();
    assert_eq!(done.edits_sent, 20, "{:?}", done.warnings);
    assert_eq!(done.warnings.len(), 1, "{:?}", done.warnings);
    assert!(done.warnings[0].contains(&poison.short()));
    assert_eq!(total(&alice, vault).await, 19);
    assert_eq!(
        alice.record_history(added[12].record).await.unwrap().len(),
        2
    );
    // What replaces it was never tried before it.
    let first = added[11].version;
    for request in seen.lock().unwrap().iter() {
        let at = |wanted| request.iter().position(|version| *version == wanted);
        if let Some(after) = at(later[0].version) {
            assert!(at(first).is_some_and(|before| before < after));
        }
    }
    world.liar.stop();
    assert_eq!(bob.sync().await.unwrap().edits_sent, 2);
    assert_eq!(total(&alice, vault).await, 20);
    assert_eq!(alice.record_history(poison).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_write_nothing_is_tried_one_by_one() {
    let (mut world, alice, vault) = shared().await;
    offline_cases(&mut world, vault, MANY).await;
    alice.vault_role(vault, "bob", Role::Reader).await.unwrap();
    let seen = watch(&world, None);
    let bob = world.reopen("bob").unwrap();
    let done = bob.sync().await.unwrap();
    assert_eq!((done.edits_sent, done.warnings.len()), (0, 1));
    assert!(done.warnings[0].starts_with(&format!("{MANY} edits")));
    assert_eq!(
        seen.lock().unwrap().concat().len(),
        1,
        "the one tried offline"
    );
    alice.vault_role(vault, "bob", Role::Writer).await.unwrap();
    assert_eq!(bob.sync().await.unwrap().edits_sent, MANY as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn new_keys_in_the_middle_only_cost_sealing_again() {
    let (mut world, alice, vault) = shared().await;
    world.join(&alice, "carol").await.unwrap();
    alice
        .vault_invite(vault, "carol", Role::Reader)
        .await
        .unwrap();
    offline_cases(&mut world, vault, 20).await;
    let (mut gate, door) = gate();
    let tries = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&tries);
    world.liar.take(Arc::new(move |asked: &Asked| {
        let records = versions(asked)?;
        if records.len() > 1 {
            noted.lock().unwrap().push(records);
            door.pass();
        }
        None
    }));
    let bob = world.reopen("bob").unwrap();
    let sending = tokio::spawn(async move { bob.sync().await });
    gate.reached().await;
    alice.vault_remove(vault, "carol").await.unwrap();
    gate.open();
    let done = sending.await.unwrap().unwrap();
    assert_eq!(done.edits_sent, 20, "{:?}", done.warnings);
    {
        let tries = tries.lock().unwrap();
        assert_eq!((tries.len(), tries[0].len()), (2, 20));
        for (old, new) in tries[0].iter().zip(&tries[1]) {
            assert_eq!(old.version, new.version);
            assert_ne!(old.sealed, new.sealed);
        }
    }
    assert_eq!(total(&alice, vault).await, 20);
    alice.vault_verify(vault).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_kill_before_or_after_the_server_took_them_loses_and_doubles_nothing() {
    for taken in [false, true] {
        let (mut world, alice, vault) = shared().await;
        let added = offline_cases(&mut world, vault, MANY).await;
        let (mut gate, door) = gate();
        if taken {
            let before = AtomicU32::new(0);
            world.liar.tell(Arc::new(move |answer: &mut Answer| {
                let append = answer.method == Method::POST && answer.path().ends_with("/entries");
                if append && before.fetch_add(1, Ordering::SeqCst) == 1 {
                    door.pass();
                }
                false
            }));
        } else {
            world.liar.take(Arc::new(move |asked: &Asked| {
                if versions(asked)?.len() == 1 {
                    return None;
                }
                door.pass();
                Some(problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable"))
            }));
        }
        let bob = world.reopen("bob").unwrap();
        tokio::select! {
            _ = bob.sync() => panic!("it goes on although its request is held"),
            () = gate.reached() => {}
        }
        drop(bob);
        gate.open();
        world.liar.stop();
        let bob = world.reopen("bob").unwrap();
        let done = bob.sync().await.unwrap();
        assert_eq!(done.edits_sent, MANY as u64, "{:?}", done.warnings);
        assert!(done.conflicts.is_empty());
        assert_eq!(total(&alice, vault).await, MANY);
        for n in [0, 1, 250, 251, MANY - 1] {
            let history = alice.record_history(added[n].record).await.unwrap();
            assert_eq!(history.len(), 1);
        }
        alice.vault_verify(vault).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_what_was_taken_doubles_nothing() {
    let codes = ["invalid_entry", "internal", "unavailable"];
    let statuses = [409, 500, 503].map(|status| StatusCode::from_u16(status).unwrap());
    for (status, code) in statuses.into_iter().zip(codes) {
        let (mut world, alice, vault) = shared().await;
        offline_cases(&mut world, vault, 5).await;
        world.liar.tell(Arc::new(move |answer: &mut Answer| {
            let append = answer.method == Method::POST && answer.path().ends_with("/entries");
            if append {
                (answer.status, answer.body) = problem(status, code);
            }
            append
        }));
        let patience = Environment::default().with_retries(1, 1);
        let bob = Client::open_with(&world.home("bob"), patience).unwrap();
        let first = bob.sync().await.unwrap();
        assert!(world.liar.stop() > 0);
        let second = bob.sync().await.unwrap();
        assert_eq!(first.edits_sent + second.edits_sent, 5, "{code}");
        assert_eq!(bob.sync().await.unwrap().edits_sent, 0, "{code}");
        assert_eq!(total(&alice, vault).await, 5, "{code}");
        for line in cases(&alice, vault).await.unwrap().records {
            let history = alice.record_history(line.record).await.unwrap();
            assert_eq!(history.len(), 1, "{code}");
        }
    }
}
