//! Ways in: the kit, the passphrase, guesses.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn recovery_with_the_kit() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = shared_vault(&world).await;
    let record = add(&alice, vault, "kept").await.unwrap();
    bob.sync().await.unwrap();
    drop(bob);
    let words = "a wholly new passphrase";
    let kit = world.kit_text("bob").unwrap();
    let bob = world.recover("bob", "bob-2", kit, words).await.unwrap();
    bob.sync().await.unwrap();
    bob.record_show(record).await.unwrap();
    let devices = bob.devices().await.unwrap();
    let old = devices
        .iter()
        .find(|device| !device.current && !device.revoked)
        .expect("the old machine");
    bob.device_revoke(old.device, &passphrase(words).unwrap())
        .await
        .unwrap();
    add(&bob, vault, "still a member").await.unwrap();
    bob.vault_verify(vault).await.unwrap();
    let new_kit = Some(world.kit_text("bob-2").unwrap());
    let old_passphrase = world.login("bob", "x", PASSPHRASE, new_kit).await;
    assert_eq!(old_passphrase.err().unwrap().exit_code(), 4);
}

/// Killed after every step of a change of passphrase: the old or the new one opens everything.
#[tokio::test(flavor = "multi_thread")]
async fn passphrase_change_can_stop_anywhere() {
    let world = World::start().await.unwrap();
    let (alice, vault) = world.own_vault().await.unwrap();
    let record = add(&alice, vault, "kept").await.unwrap();
    let mut current = PASSPHRASE.to_owned();
    let mut steps = 0;
    for stop_at in 0.. {
        let next = format!("new passphrase number {stop_at}");
        let mut at = 0;
        let changed = alice
            .passphrase_change_with(
                &passphrase(&current).unwrap(),
                &passphrase(&next).unwrap(),
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
        for (label, words) in [("new", &next), ("old", &current)] {
            let machine = format!("{machine}-{label}");
            if let Ok(client) = world.login_with_kit("alice", &machine, words).await {
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
        let words = format!("guess number {number}");
        let machine = format!("guess-{number}");
        let guess = world.login_with_kit("alice", &machine, &words).await;
        last = guess.err().unwrap().code().to_owned();
    }
    assert_eq!(last, "too_many_requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_that_was_stored_between_login_and_first_sync_is_no_rollback() {
    let world = World::start().await.unwrap();
    let anna = world.founder("anna").await.unwrap();
    let laptop = world.login_elsewhere("anna", "laptop").await.unwrap();
    // It stores a wallet with the vault in it, and attests that wallet's version in the log.
    let vault = anna.vault_create("Cases").await.unwrap().vault;
    add(&anna, vault, "First").await.unwrap();
    laptop.sync().await.unwrap();
    assert_eq!(cases(&laptop, vault).await.unwrap().total, 1);
}
