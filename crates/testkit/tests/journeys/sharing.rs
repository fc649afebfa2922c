//! Two people in one vault.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn two_people_exchange_records_and_files() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "Müller v. Beta GmbH").await.unwrap();
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
        let file = file_of(&world, &bob, record, &format!("file-{length}.bin"), &bytes).await;
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
    let before = add(&alice, vault, "before").await.unwrap();
    bob.sync().await.unwrap();
    let carol = world.join(&alice, "carol").await.unwrap();
    alice.vault_remove(vault, "bob").await.unwrap();
    let after = add(&alice, vault, "after").await.unwrap();
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
    add(&carol, vault, "alone but with a kit").await.unwrap();
    carol.vault_verify(vault).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn links_expire_count_and_end() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "link").await.unwrap();
    let file = file_of(&world, &alice, record, "offer.txt", b"for a stranger").await;
    let right = passphrase("four little words").unwrap();
    let options = LinkOptions {
        max_count: Some(2),
        passphrase: Some(passphrase("four little words").unwrap()),
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
    link_get(request(Some(&right)), &NoProgress).await.unwrap();
    assert_eq!(std::fs::read(&dest).unwrap(), b"for a stranger");
    let wrong = passphrase("wrong words").unwrap();
    assert!(link_get(request(Some(&wrong)), &NoProgress).await.is_err());
    assert!(
        link_get(request(Some(&right)), &NoProgress).await.is_err(),
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
async fn retired_accounts_are_out() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    add(&alice, vault, "before").await.unwrap();
    bob.sync().await.unwrap();
    alice.account_retire("bob").await.unwrap();
    assert!(bob.sync().await.is_err());
    alice.sync().await.unwrap();
    let after = add(&alice, vault, "after").await.unwrap();
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
