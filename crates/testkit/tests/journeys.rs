//! Whole journeys through the SDK against a real server over TLS: what two people do all day.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use strongroom_client::{
    Client, GetOptions, LinkGetRequest, LinkOptions, LoginRequest, NoProgress, Passphrase,
    PutOptions, Query, QuotaSettings, RecoverRequest, Source, Value, link_get,
};
use strongroom_testkit::process::quiet_address;
use strongroom_testkit::world::{PASSPHRASE, World, set};
use strongroom_types::{FileId, RecordId, Role, VaultId};

async fn shared_vault(world: &World) -> (Client, Client, VaultId) {
    let alice = world.founder("alice").await.unwrap();
    let bob = world.join(&alice, "bob").await.unwrap();
    let vault = alice.vault_create("Cases").await.unwrap().vault;
    alice
        .vault_invite(vault, "bob", Role::Writer)
        .await
        .unwrap();
    bob.sync().await.unwrap();
    (alice, bob, vault)
}

async fn add(client: &Client, vault: VaultId, title: &str) -> RecordId {
    client
        .record_add(vault, "case", &set(&[("title", title)]))
        .await
        .unwrap()
        .record
}

async fn put(
    world: &World,
    client: &Client,
    record: RecordId,
    name: &str,
    content: &[u8],
) -> FileId {
    let path = world.folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    client
        .file_put(
            record,
            Source::Path(&path),
            &PutOptions::default(),
            &NoProgress,
        )
        .await
        .unwrap()
        .file
}

async fn content(world: &World, client: &Client, file: FileId) -> Vec<u8> {
    let target = world.folder.path().join(format!("out-{}", file.short()));
    let options = GetOptions {
        overwrite: true,
        ..GetOptions::default()
    };
    let done = client
        .file_get(file, &target, &options, &NoProgress)
        .await
        .unwrap();
    std::fs::read(done.path).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_exchange_records_and_files() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "Müller v. Beta GmbH").await;
    bob.sync().await.unwrap();
    let seen = bob.record_show(record).await.unwrap();
    assert_eq!(
        seen.heads[0].fields.get("title"),
        Some(&Value::Text("Müller v. Beta GmbH".to_owned()))
    );
    bob.record_edit(
        record,
        &set(&[("status", "waiting"), ("amount", "1200.50")]),
        None,
        false,
    )
    .await
    .unwrap();
    alice.sync().await.unwrap();
    assert_eq!(alice.record_history(record).await.unwrap().len(), 2);
    for length in [
        0, 1, 16_383, 16_384, 16_385, 8_388_608, 8_388_609, 20_000_000,
    ] {
        let bytes: Vec<u8> = (0..length).map(|at: usize| (at % 253) as u8).collect();
        let file = put(&world, &bob, record, &format!("file-{length}.bin"), &bytes).await;
        alice.sync().await.unwrap();
        assert!(content(&world, &alice, file).await == bytes, "{length}");
        if length > 40_000 {
            for (from, to) in [
                (0, 0),
                (16_383, 16_385),
                (length as u64 - 1, length as u64 - 1),
                (30_000, 40_000),
            ] {
                let mut part = Vec::new();
                alice
                    .file_cat(file, None, Some((from, Some(to))), &mut part)
                    .await
                    .unwrap();
                assert!(
                    part == bytes[from as usize..=to as usize],
                    "{from}-{to} of {length}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_member_reads_nothing_new() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let before = add(&alice, vault, "before").await;
    bob.sync().await.unwrap();
    let carol = world.join(&alice, "carol").await.unwrap();
    alice.vault_remove(vault, "bob").await.unwrap();
    let after = add(&alice, vault, "after").await;
    let _ = bob.sync().await;
    assert_eq!(bob.record_show(after).await.err().unwrap().exit_code(), 3);
    let refused = bob
        .record_add(vault, "case", &set(&[("title", "mine")]))
        .await;
    assert!(refused.is_err() || refused.unwrap().queued);
    // Who comes later reads the old records through the history of keys.
    alice
        .vault_invite(vault, "carol", Role::Reader)
        .await
        .unwrap();
    carol.sync().await.unwrap();
    carol.record_show(before).await.unwrap();
    carol.record_show(after).await.unwrap();
    let denied = carol
        .record_add(vault, "case", &set(&[("title", "no")]))
        .await
        .err()
        .unwrap();
    assert_eq!(denied.exit_code(), 4, "{denied}");
    alice.vault_role(vault, "carol", Role::Owner).await.unwrap();
    carol.sync().await.unwrap();
    alice.vault_leave(vault).await.unwrap();
    carol.sync().await.unwrap();
    assert!(
        carol.vault_show(vault).await.unwrap().line.epoch.0 >= 3,
        "leaving is followed by new keys"
    );
    add(&carol, vault, "alone but with a kit").await;
    carol.vault_verify(vault).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_that_cross_are_both_kept() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "draft").await;
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
    let mut world = World::start_with(|options| options.listen = quiet_address().parse().unwrap())
        .await
        .unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "before the cut").await;
    bob.sync().await.unwrap();
    let address = world.server.addr;
    let data = world.folder.path().join("server");
    let options = strongroom_server::ServeOptions::new(&data, address);
    let server = std::mem::replace(
        &mut world.server,
        strongroom_server::start(strongroom_server::ServeOptions::new(
            world.folder.path().join("other"),
            ([127, 0, 0, 1], 0).into(),
        ))
        .await
        .unwrap(),
    );
    server.stop().await;
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
    let _server = strongroom_server::start(options).await.unwrap();
    let done = bob.sync().await.unwrap();
    assert_eq!(done.edits_sent, 2, "{:?}", done.warnings);
    alice.sync().await.unwrap();
    assert_eq!(
        alice
            .record_list(vault, "case", &Query::default())
            .await
            .unwrap()
            .records
            .len(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn diary_is_private() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let entry = alice
        .record_add(
            vault,
            "diary",
            &set(&[("date", "2026-11-21"), ("text", "tired of Bob")]),
        )
        .await
        .unwrap()
        .record;
    bob.sync().await.unwrap();
    assert_eq!(bob.record_show(entry).await.err().unwrap().exit_code(), 3);
    assert!(
        bob.record_list(vault, "diary", &Query::default())
            .await
            .unwrap()
            .records
            .is_empty()
    );
    assert_eq!(
        alice
            .record_list(vault, "diary", &Query::default())
            .await
            .unwrap()
            .records
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn trash_restore_erase() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "to go").await;
    let file = put(&world, &alice, record, "go.txt", b"personal data").await;
    alice.record_remove(record).await.unwrap();
    assert!(
        alice
            .record_list(vault, "case", &Query::default())
            .await
            .unwrap()
            .records
            .is_empty()
    );
    alice.record_restore(record).await.unwrap();
    assert_eq!(
        alice
            .record_list(vault, "case", &Query::default())
            .await
            .unwrap()
            .records
            .len(),
        1
    );
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

#[tokio::test(flavor = "multi_thread")]
async fn leases_protection_and_conflict_copies() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "contract").await;
    let file = put(&world, &alice, record, "contract.txt", b"one").await;
    bob.sync().await.unwrap();
    let lease = bob.file_lock(file, 600_000).await.unwrap();
    assert!(lease.mine && lease.fence > 0);
    alice.sync().await.unwrap();
    let path = world.folder.path().join("two.txt");
    std::fs::write(&path, b"two").unwrap();
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
        add(&alice, vault, "from").await,
        add(&alice, own, "to").await,
    );
    let bytes = vec![9u8; 9_000_000];
    let file = put(&world, &alice, from, "paper.bin", &bytes).await;
    let copy = alice.file_copy(file, to, &NoProgress).await.unwrap();
    assert_eq!(copy.vault, own);
    assert_eq!(content(&world, &alice, copy.file).await, bytes);
    let moved = alice.file_move(file, to, &NoProgress).await.unwrap();
    assert_eq!(moved.vault, own);
    bob.sync().await.unwrap();
    assert!(bob.files(from, true, false).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn links_expire_count_and_end() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "link").await;
    let file = put(&world, &alice, record, "offer.txt", b"for a stranger").await;
    let passphrase = Passphrase::new("four little words").unwrap();
    let options = LinkOptions {
        max_count: Some(2),
        passphrase: Some(Passphrase::new("four little words").unwrap()),
        ..Default::default()
    };
    let link = alice.link_create(file, &options).await.unwrap();
    let dest = world.folder.path().join("stranger.txt");
    let request = |passphrase| LinkGetRequest {
        url: &link.url,
        ca_file: Some(&world.server.ca_file),
        passphrase,
        dest: &dest,
        overwrite: true,
    };
    link_get(request(Some(&passphrase)), &NoProgress)
        .await
        .unwrap();
    assert_eq!(std::fs::read(&dest).unwrap(), b"for a stranger");
    let wrong = Passphrase::new("wrong words").unwrap();
    assert!(link_get(request(Some(&wrong)), &NoProgress).await.is_err());
    assert!(
        link_get(request(Some(&passphrase)), &NoProgress)
            .await
            .is_err(),
        "the count is used up"
    );
    bob.sync().await.unwrap();
    assert_eq!(
        bob.link_create(file, &LinkOptions::default())
            .await
            .err()
            .unwrap()
            .exit_code(),
        4,
        "managers only"
    );
    let second = alice
        .link_create(file, &LinkOptions::default())
        .await
        .unwrap();
    alice.link_revoke(second.link).await.unwrap();
    let gone = LinkGetRequest {
        url: &second.url,
        ca_file: Some(&world.server.ca_file),
        passphrase: None,
        dest: &dest,
        overwrite: true,
    };
    assert!(link_get(gone, &NoProgress).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn quotas_refuse_before_the_first_byte() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "quota").await;
    bob.sync().await.unwrap();
    let quota = QuotaSettings {
        file_max_bytes: Some(1_000_000),
        total_max_bytes: Some(1_500_000),
        ..Default::default()
    };
    alice.account_quota("bob", quota).await.unwrap();
    let path = world.folder.path().join("large.bin");
    std::fs::write(&path, vec![1u8; 2_000_000]).unwrap();
    let refused = bob
        .file_put(
            record,
            Source::Path(&path),
            &PutOptions::default(),
            &NoProgress,
        )
        .await
        .err()
        .unwrap();
    assert_eq!(
        (refused.exit_code(), refused.code()),
        (4, "quota_exceeded"),
        "{refused}"
    );
    put(&world, &bob, record, "small.bin", &vec![1u8; 900_000]).await;
    std::fs::write(&path, vec![2u8; 900_000]).unwrap();
    let refused = bob
        .file_put(
            record,
            Source::Path(&path),
            &PutOptions::default(),
            &NoProgress,
        )
        .await
        .err()
        .unwrap();
    assert_eq!(refused.exit_code(), 4, "{refused}");
    assert_eq!(bob.files(record, true, false).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_with_the_kit() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "kept").await;
    bob.sync().await.unwrap();
    drop(bob);
    let request = RecoverRequest {
        home: world.home("bob-new-machine"),
        url: world.server.url.clone(),
        name: "bob".to_owned(),
        ca_file: world.server.ca_file.clone(),
        kit_text: std::fs::read_to_string(world.kit_file("bob")).unwrap(),
        new_passphrase: Passphrase::new("a wholly new passphrase").unwrap(),
        device_name: "new machine".to_owned(),
        kit_out: Some(world.folder.path().join("bob-2.kit")),
    };
    let (bob, _) = Client::recover(request).await.unwrap();
    bob.sync().await.unwrap();
    bob.record_show(record).await.unwrap();
    let devices = bob.devices().await.unwrap();
    let old = devices
        .iter()
        .find(|device| !device.current && !device.revoked)
        .expect("the old machine");
    bob.device_revoke(
        old.device,
        &Passphrase::new("a wholly new passphrase").unwrap(),
    )
    .await
    .unwrap();
    add(&bob, vault, "still a member").await;
    bob.vault_verify(vault).await.unwrap();
    let old_passphrase = LoginRequest {
        home: world.home("bob-old-passphrase"),
        url: world.server.url.clone(),
        name: "bob".to_owned(),
        ca_file: world.server.ca_file.clone(),
        passphrase: Passphrase::new(PASSPHRASE).unwrap(),
        kit_text: Some(std::fs::read_to_string(world.folder.path().join("bob-2.kit")).unwrap()),
        device_name: "x".to_owned(),
    };
    assert_eq!(
        Client::login(old_passphrase)
            .await
            .err()
            .unwrap()
            .exit_code(),
        4
    );
}

/// Killed after every step of a change of passphrase: the old or the new one opens everything.
#[tokio::test(flavor = "multi_thread")]
async fn passphrase_change_can_stop_anywhere() {
    let world = World::start().await.unwrap();
    let alice = world.founder("alice").await.unwrap();
    let vault = alice.vault_create("Kept").await.unwrap().vault;
    let record = add(&alice, vault, "kept").await;
    let mut current = PASSPHRASE.to_owned();
    let mut steps = 0;
    for stop_at in 0.. {
        let next = format!("new passphrase number {stop_at}");
        let mut at = 0;
        let changed = alice
            .passphrase_change_with(
                &Passphrase::new(current.clone()).unwrap(),
                &Passphrase::new(next.clone()).unwrap(),
                &mut |_| {
                    at += 1;
                    if at > stop_at {
                        Err(strongroom_client::ClientError::failed(
                            "killed",
                            "killed by the test",
                        ))
                    } else {
                        Ok(())
                    }
                },
            )
            .await;
        let machine = format!("check-{stop_at}");
        let mut opened = None;
        for (label, passphrase) in [("new", &next), ("old", &current)] {
            let request = LoginRequest {
                home: world.home(&format!("{machine}-{label}")),
                url: world.server.url.clone(),
                name: "alice".to_owned(),
                ca_file: world.server.ca_file.clone(),
                passphrase: Passphrase::new(passphrase.clone()).unwrap(),
                kit_text: Some(std::fs::read_to_string(world.kit_file("alice")).unwrap()),
                device_name: machine.clone(),
            };
            if let Ok(client) = Client::login(request).await {
                client.sync().await.unwrap();
                client.record_show(record).await.unwrap();
                opened = Some(label);
                break;
            }
        }
        assert!(
            opened.is_some(),
            "stopped before step {stop_at}: nothing opens the wallet"
        );
        if changed.is_ok() {
            assert_eq!(opened, Some("new"));
            steps = stop_at;
            break;
        }
        if opened == Some("new") {
            current = next;
        }
    }
    assert!(steps >= 3, "the change has steps to stop at: {steps}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_slowed_down() {
    let world = World::start().await.unwrap();
    let _alice = world.founder("alice").await.unwrap();
    let mut last = String::new();
    for number in 0..8 {
        let request = LoginRequest {
            home: world.home(&format!("guess-{number}")),
            url: world.server.url.clone(),
            name: "alice".to_owned(),
            ca_file: world.server.ca_file.clone(),
            passphrase: Passphrase::new(format!("guess number {number}")).unwrap(),
            kit_text: Some(std::fs::read_to_string(world.kit_file("alice")).unwrap()),
            device_name: "x".to_owned(),
        };
        last = Client::login(request)
            .await
            .err()
            .unwrap()
            .code()
            .to_owned();
    }
    assert_eq!(last, "too_many_requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn retired_accounts_are_out() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    add(&alice, vault, "before").await;
    bob.sync().await.unwrap();
    alice.account_retire("bob").await.unwrap();
    assert!(bob.sync().await.is_err());
    alice.sync().await.unwrap();
    let after = add(&alice, vault, "after").await;
    assert!(
        alice
            .vault_show(vault)
            .await
            .unwrap()
            .members_list
            .iter()
            .all(|member| member.name != "bob")
    );
    alice.record_show(after).await.unwrap();
    alice.vault_verify(vault).await.unwrap();
    let safety = alice.safety_number("alice").await;
    assert!(safety.is_ok() || safety.err().unwrap().exit_code() == 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn safety_numbers_agree() {
    let world = World::start().await.unwrap();
    let (alice, bob, _) = shared_vault(&world).await;
    let hers = alice.safety_number("bob").await.unwrap().number;
    let his = bob.safety_number("alice").await.unwrap().number;
    assert_eq!(hers, his);
}
