//! Ways in: the kit, the passphrase, guesses.

use super::*;

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
