use crate::support::*;
use futures::{StreamExt, future::join_all};
use std::sync::Arc;
use strongroom_domain::DomainConfig;
use strongroom_format::{
    entry::UnverifiedEntry,
    transport::{Append, Page, Wraps},
    vault_payload::{HeadPayload, VaultKind, VaultPayload, wraps_root},
};
use strongroom_types::*;
use strongroom_wire::*;
use tower::ServiceExt;

#[tokio::test]
async fn a_vault_and_its_records() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let body = world.new_vault(&ada, VaultKind::Shared).await;
    let first: Appended = world
        .cbor("/v1/vaults", ada.token(), body.clone())
        .await
        .json();
    let again: Appended = world.cbor("/v1/vaults", ada.token(), body).await.json();
    assert_eq!(first, again);
    let vault: VaultId = first.log.parse().unwrap();
    let appended: Appended = world.append(&ada, vault, &world.record()).await.json();
    assert_eq!(appended.first_index, 3);
    let list: VaultList = world.get("/v1/vaults", ada.token()).await.json();
    assert_eq!(list.vaults.len(), 1);
    assert_eq!((list.vaults[0].head_index, list.vaults[0].epoch), (3, 1));
    assert_eq!(list.vaults[0].head_hash, appended.last_hash);
    let (state, _) = world.vault(&ada, vault).await;
    assert_eq!(state.head().unwrap().hash, appended.last_hash);

    let path = format!("/v1/vaults/{vault}/entries?control_only=true");
    let page = Page::from_bytes(&world.get(&path, ada.token()).await.ok().body).unwrap();
    assert_eq!(page.entries.len(), 2);
    let path = format!("/v1/vaults/{vault}/wraps/1");
    let wraps = Wraps::from_bytes(&world.get(&path, ada.token()).await.ok().body).unwrap();
    assert_eq!((wraps.leaves.len(), wraps.carrier_index), (1, 1));
    assert!(wraps.own.is_some());
    let facts = state.epoch_facts(Epoch(1)).unwrap();
    assert_eq!(wraps_root(&wraps.leaves).unwrap(), facts.renewal.wraps_root);
    let none = format!("/v1/vaults/{vault}/wraps/2");
    world
        .get(&none, ada.token())
        .await
        .refused(ProblemCode::NotFound);
}

#[tokio::test]
async fn a_repeated_append_gets_its_old_place() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let vault = world.create_vault(&ada).await;
    let (mut state, directory) = world.vault(&ada, vault).await;
    let first = world.entry(&state, &directory, &ada, &world.record());
    world.advance(&mut state, &directory, &ada, &first);
    let second = world.entry(&state, &directory, &ada, &world.record());
    let request = Append::of(vec![first.clone(), second]);
    let one: Appended = world.post(&ada, vault, &request).await.json();
    world.append(&ada, vault, &world.record()).await.ok();
    let two: Appended = world.post(&ada, vault, &request).await.json();
    assert_eq!(one, two);
    // The same place with another content is no repetition.
    let (before, _) = world.vault(&ada, vault).await;
    let other = world.entry(&state, &directory, &ada, &world.record());
    world
        .post(&ada, vault, &Append::of(vec![first, other]))
        .await
        .refused(ProblemCode::Conflict);
    let (after, _) = world.vault(&ada, vault).await;
    assert_eq!(before.head(), after.head());
}

#[tokio::test]
async fn a_request_is_all_or_nothing() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let vault = world.create_vault(&ada).await;
    let (mut state, directory) = world.vault(&ada, vault).await;
    let good = world.entry(&state, &directory, &ada, &world.record());
    world.advance(&mut state, &directory, &ada, &good);
    let wrong = VaultPayload::Head(HeadPayload {
        index: 0,
        hash: Digest::ZERO,
        directory_hash: Digest::ZERO,
        wallet_version: 1,
        day: 1,
    });
    let wrong = world.entry(&state, &directory, &ada, &wrong);
    let request = Append::of(vec![good.clone(), wrong]);
    world
        .post(&ada, vault, &request)
        .await
        .refused(ProblemCode::InvalidEntry);
    let appended: Appended = world
        .post(&ada, vault, &Append::of(vec![good]))
        .await
        .json();
    assert_eq!(appended.first_index, 3);
}

#[tokio::test]
async fn stale_and_forged_entries_are_refused() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    let vault = world.create_vault(&ada).await;
    let (state, directory) = world.vault(&ada, vault).await;
    let early = world.entry(&state, &directory, &ada, &world.record());
    world.add_member(&ada, vault, &bob, Role::Writer).await.ok();
    world
        .post(&ada, vault, &Append::of(vec![early.clone()]))
        .await
        .refused(ProblemCode::StaleControl);

    // Signed by someone else's device, and with a changed payload.
    let (state, directory) = world.vault(&bob, vault).await;
    let own = world.entry(&state, &directory, &bob, &world.record());
    world
        .post(&ada, vault, &Append::of(vec![own.clone()]))
        .await
        .refused(ProblemCode::Forbidden);
    let payload = own
        .payload()
        .unwrap()
        .iter()
        .map(|byte| byte ^ 1)
        .collect::<Vec<_>>();
    let forged =
        UnverifiedEntry::from_parts(own.body_bytes(), own.signatures_bytes(), Some(&payload))
            .unwrap();
    world
        .post(&bob, vault, &Append::of(vec![forged]))
        .await
        .refused(ProblemCode::InvalidEntry);
    let mixed =
        UnverifiedEntry::from_parts(own.body_bytes(), early.signatures_bytes(), own.payload())
            .unwrap();
    world
        .post(&bob, vault, &Append::of(vec![mixed]))
        .await
        .refused(ProblemCode::InvalidEntry);
    world.post(&bob, vault, &Append::of(vec![own])).await.ok();
    let garbage = world
        .cbor(
            &format!("/v1/vaults/{vault}/entries"),
            bob.token(),
            vec![0x9f, 0xff, 1],
        )
        .await;
    garbage.refused(ProblemCode::Malformed);
}

/// Many at once: every answer is a place of its own, and a fresh replay agrees.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_authors_at_once() {
    let world = Arc::new(World::new());
    let ada = world.founder("Ada").await;
    let vault = world.create_vault(&ada).await;
    let mut people = vec![ada];
    for n in 0..7 {
        let person = world.colleague(&people[0], &format!("Person {n}")).await;
        world
            .add_member(&people[0], vault, &person, Role::Writer)
            .await
            .ok();
        people.push(person);
    }
    let (state, directory) = world.vault(&people[0], vault).await;
    let work = people.iter().map(|person| {
        let (state, directory, world) = (&state, &directory, &world);
        async move {
            let mut places = Vec::new();
            let mut tip = state
                .tip(person.device_id())
                .map(|tip| (tip.device_seq, tip.body_hash));
            for n in 0..20 {
                let payload = world.record();
                // One in ten is wrong on purpose and must not harm the others.
                if n % 10 == 9 {
                    let gap = tip.map(|tip| (tip.0 + 1, tip.1));
                    let early = world.entry_after(state, directory, person, &payload, gap);
                    let answer = world.post(person, vault, &Append::of(vec![early])).await;
                    answer.refused(ProblemCode::Conflict);
                }
                let entry = world.entry_after(state, directory, person, &payload, tip);
                tip = Some((entry.body().device_seq, entry.body_hash()));
                let answer: Appended = world
                    .post(person, vault, &Append::of(vec![entry]))
                    .await
                    .json();
                places.push(answer.first_index);
            }
            places
        }
    });
    let mut places: Vec<u64> = join_all(work).await.into_iter().flatten().collect();
    places.sort_unstable();
    let first = state.next_index();
    assert_eq!(places, (first..first + 160).collect::<Vec<_>>());
    world.vault(&people[0], vault).await;
}

#[tokio::test]
async fn a_restart_changes_nothing() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    let vault = world.create_vault(&ada).await;
    world.add_member(&ada, vault, &bob, Role::Writer).await.ok();
    for _ in 0..3 {
        world.append(&bob, vault, &world.record()).await.ok();
    }
    let mut world = world;
    let (router, store) = World::open(
        world.folder.path(),
        &world.blobs,
        &world.clock,
        DomainConfig::default(),
    );
    world.router = router;
    world.store = store;
    world.append(&bob, vault, &world.record()).await.ok();
    let appended: Appended = world.append(&ada, vault, &world.record()).await.json();
    assert_eq!(appended.first_index, 8);
    world.vault(&ada, vault).await;
    world.login("Ada", PASSPHRASE, false).await.ok();
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_loses_nothing() {
    let mut world = World::new();
    let ada = world.founder("Ada").await;
    let vault = world.create_vault(&ada).await;
    let pages = std::fs::metadata(world.folder.path().join("test.db"))
        .unwrap()
        .len()
        / 4_096;
    // Nothing else may hold the file open with other limits.
    let (router, store) = World::open_limited(
        world.folder.path(),
        &world.blobs,
        &world.clock,
        DomainConfig::default(),
        strongroom_store::sqlite::SqliteOptions {
            max_pages: Some(pages as u32 + 40),
            ..Default::default()
        },
    );
    (world.router, world.store) = (router, store);
    let mut written = 0;
    let refused = loop {
        let answer = world.append(&ada, vault, &world.record()).await;
        if !answer.status.is_success() {
            break answer;
        }
        written += 1;
        assert!(written < 2_000, "the limit does not bite");
    };
    refused.refused(ProblemCode::Unavailable);
    let entries = world.entries(&ada, vault).await;
    assert_eq!(entries.len(), 3 + written);
    world
        .append(&ada, vault, &world.record())
        .await
        .refused(ProblemCode::Unavailable);
    world.vault(&ada, vault).await;
}

/// Two requests of one step, of which only the first fits into the quota.
#[tokio::test]
async fn a_request_over_the_quota_harms_no_other() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    let vault = world.create_vault(&ada).await;
    world.add_member(&ada, vault, &bob, Role::Writer).await.ok();
    let quota = Quota {
        file_max_bytes: None,
        total_max_bytes: Some(500),
        parts_in_flight_max: None,
    };
    let path = format!("/v1/accounts/{}/quota", bob.identity_id());
    world.json("PUT", &path, ada.token(), &quota).await.ok();
    let (state, directory) = world.vault(&ada, vault).await;
    let tip = state
        .tip(bob.device_id())
        .map(|tip| (tip.device_seq, tip.body_hash));
    let first = world.entry_after(&state, &directory, &bob, &world.record(), tip);
    let tip = Some((first.body().device_seq, first.body_hash()));
    let second = world.entry_after(&state, &directory, &bob, &world.record(), tip);
    let other = world.entry(&state, &directory, &ada, &world.record());
    let requests = [first, second, other].map(|entry| Append::of(vec![entry]));
    world.post(&bob, vault, &requests[0]).await.ok();
    let (second, other) = futures::join!(
        world.post(&bob, vault, &requests[1]),
        world.post(&ada, vault, &requests[2]),
    );
    second.refused(ProblemCode::QuotaExceeded);
    other.ok();
    world.vault(&ada, vault).await;
}

#[tokio::test]
async fn news_reach_only_who_may_read() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    let vault = world.create_vault(&ada).await;
    let listen = |person: &Person| {
        let request = axum::http::Request::get("/v1/events")
            .header(
                "authorization",
                format!("Bearer {}", person.token().unwrap()),
            )
            .body(axum::body::Body::empty())
            .unwrap();
        let router = world.router.clone();
        async move {
            router
                .oneshot(request)
                .await
                .unwrap()
                .into_body()
                .into_data_stream()
        }
    };
    let mut to_ada = listen(&ada).await;
    let mut to_bob = listen(&bob).await;
    async fn next(stream: &mut axum::body::BodyDataStream) -> Option<HeadEvent> {
        loop {
            let wait = std::time::Duration::from_millis(500);
            let piece = tokio::time::timeout(wait, stream.next())
                .await
                .ok()??
                .ok()?;
            let text = String::from_utf8(piece.to_vec()).unwrap();
            if let Some(data) = text.lines().find_map(|line| line.strip_prefix("data: ")) {
                return serde_json::from_str(data).ok();
            }
            // Keep-alives go on for ever; three of them mean silence.
            if text.starts_with(':') {
                return None;
            }
        }
    }
    assert_eq!(
        next(&mut to_ada).await.unwrap().log,
        ada.tenant().to_string()
    );
    assert_eq!(next(&mut to_ada).await.unwrap().log, vault.to_string());
    assert_eq!(
        next(&mut to_bob).await.unwrap().log,
        ada.tenant().to_string()
    );
    let appended: Appended = world.append(&ada, vault, &world.record()).await.json();
    let mut news = next(&mut to_ada).await;
    while news.is_none() {
        news = next(&mut to_ada).await;
    }
    assert_eq!(news.unwrap().hash, appended.last_hash);
    assert_eq!(next(&mut to_bob).await, None);
    world.add_member(&ada, vault, &bob, Role::Reader).await.ok();
    let mut news = next(&mut to_bob).await;
    while news.is_none() {
        news = next(&mut to_bob).await;
    }
    assert_eq!(news.unwrap().log, vault.to_string());
    // The stream ends with the session.
    world
        .send("POST", "/v1/logout", bob.token(), &[], Vec::new())
        .await
        .ok();
    let end = async { while to_bob.next().await.is_some() {} };
    tokio::time::timeout(std::time::Duration::from_secs(5), end)
        .await
        .unwrap();
}
