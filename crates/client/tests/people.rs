//! Sign-up, login, devices, passphrase, recovery against a real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use strongroom_client::*;
use strongroom_testkit::world::{PASSPHRASE, World, add, cases, passphrase, set};

#[tokio::test(flavor = "multi_thread")]
async fn sign_up_log_out_and_in_again_as_the_same_device() {
    let world = World::start().await.unwrap();
    let alice = world.founder("alice").await.unwrap();
    let who = alice.whoami().await.unwrap();
    assert_eq!(
        (who.name.as_str(), who.account_role),
        ("alice", AccountRole::Admin)
    );
    assert!(who.recovery_confirmed && who.online);
    let bob = world.join(&alice, "bob").await.unwrap();
    assert_eq!(
        bob.whoami().await.unwrap().account_role,
        AccountRole::Member
    );
    assert_eq!(alice.accounts().await.unwrap().len(), 2);
    assert_eq!(bob.accounts().await.unwrap_err().exit_code(), 4);
    let device = who.device;
    alice.logout().await.unwrap();
    assert_eq!(
        Client::open(&world.home("alice")).err().unwrap().code(),
        "logged_out"
    );
    let wrong = world
        .login("alice", "alice", "not the passphrase", None)
        .await;
    assert_eq!(wrong.err().unwrap().code(), "wrong_credentials");
    let alice = world
        .login("alice", "alice", PASSPHRASE, None)
        .await
        .unwrap();
    assert_eq!(alice.whoami().await.unwrap().device, device);
    let again = Client::open(&world.home("alice")).unwrap();
    assert_eq!(again.sessions().await.unwrap().len(), 1);
    // a folder of someone else's
    let other = world.login_elsewhere("bob", "alice").await;
    assert_eq!(other.err().unwrap().exit_code(), 2);
    // a used invitation, and a name that looks alike
    let code = alice
        .account_invite(AccountRole::Member, 60_000)
        .await
        .unwrap();
    let mut request = world.signup_request("Alice", code.code).unwrap();
    request.home = world.home("eve");
    request.kit_out = None;
    let error = Client::signup_with(request, world.environment())
        .await
        .err()
        .unwrap();
    assert_eq!(error.code(), "name_taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_machine_needs_the_kit_and_can_be_revoked() {
    let world = World::start().await.unwrap();
    let (alice, vault) = world.own_vault().await.unwrap();
    let record = add(&alice, vault, "one").await.unwrap();
    let missing = world.login("alice", "desktop", PASSPHRASE, None).await;
    assert_eq!(missing.err().unwrap().exit_code(), 2);
    let desktop = world.login_elsewhere("alice", "desktop").await.unwrap();
    assert_eq!(desktop.record_show(record).await.unwrap().heads.len(), 1);
    add(&desktop, vault, "two").await.unwrap();
    let devices = alice.devices().await.unwrap();
    assert_eq!(devices.len(), 2);
    let lost = devices
        .iter()
        .find(|device| !device.current)
        .unwrap()
        .device;
    alice
        .device_revoke(lost, &passphrase(PASSPHRASE).unwrap())
        .await
        .unwrap();
    let line = alice.vaults().await.unwrap().remove(0);
    assert_eq!(line.epoch, Epoch(2), "new keys for the vault");
    let error = desktop
        .record_add(vault, "case", &set(&[("title", "three")]))
        .await;
    assert!(error.is_err());
    add(&alice, vault, "four").await.unwrap();
    assert_eq!(cases(&alice, vault).await.unwrap().total, 3);
    // the same passphrase and kit still bring a new machine in
    let third = world.login_elsewhere("alice", "third").await.unwrap();
    assert_eq!(cases(&third, vault).await.unwrap().total, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_passphrase_changes_and_a_change_can_be_interrupted_anywhere() {
    let world = World::start().await.unwrap();
    let (alice, vault) = world.own_vault().await.unwrap();
    let words = "another good passphrase";
    let (old, new) = (passphrase(PASSPHRASE).unwrap(), passphrase(words).unwrap());
    for stop in ["register", "prove", "add_slot", "promote"] {
        let mut hook = |step: &str| {
            if step == stop {
                Err(ClientError::failed("stopped", "killed"))
            } else {
                Ok(())
            }
        };
        let stopped = alice.passphrase_change_with(&old, &new, &mut hook).await;
        assert_eq!(stopped.err().unwrap().code(), "stopped", "{stop}");
        let machine = format!("after-{stop}");
        let login = world.login_elsewhere("alice", &machine).await;
        assert!(
            login.is_ok(),
            "the old passphrase works after {stop}: {:?}",
            login.err()
        );
    }
    let mut hook = |step: &str| {
        if step == "done" {
            Err(ClientError::failed("stopped", "killed"))
        } else {
            Ok(())
        }
    };
    assert!(
        alice
            .passphrase_change_with(&old, &new, &mut hook)
            .await
            .is_err()
    );
    let login = world.login_with_kit("alice", "late", words).await.unwrap();
    assert_eq!(login.vaults().await.unwrap()[0].vault, vault);
    // run again: it finds that it is done
    let alice = Client::open(&world.home("alice")).unwrap();
    alice.passphrase_change(&old, &new).await.unwrap();
    let device = alice.whoami().await.unwrap().device;
    alice.logout().await.unwrap();
    let old = world.login("alice", "alice", PASSPHRASE, None).await;
    assert_eq!(old.err().unwrap().code(), "wrong_credentials");
    let alice = world.login("alice", "alice", words, None).await.unwrap();
    assert_eq!(alice.whoami().await.unwrap().device, device);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kit_brings_everything_back() {
    let world = World::start().await.unwrap();
    let (alice, vault) = world.own_vault().await.unwrap();
    add(&alice, vault, "kept").await.unwrap();
    drop(alice);
    std::fs::remove_dir_all(world.home("alice")).unwrap();
    let words = "a quite different one";
    let kit = || world.kit_text("alice").unwrap();
    for (number, stop) in [
        "enrol_device",
        "register",
        "prove",
        "write_kit",
        "add_slots",
        "promote",
    ]
    .iter()
    .enumerate()
    {
        let mut hook = |step: &str| {
            if step == *stop {
                Err(ClientError::failed("stopped", "killed"))
            } else {
                Ok(())
            }
        };
        let machine = format!("r{number}");
        let request = world
            .recover_request("alice", &machine, kit(), words)
            .unwrap();
        let error = Client::recover_with(request, world.environment(), &mut hook)
            .await
            .err()
            .unwrap();
        assert_eq!(error.code(), "stopped", "{stop}");
        let machine = format!("o{number}");
        let old = world.login_elsewhere("alice", &machine).await;
        assert!(
            old.is_ok(),
            "old passphrase and kit work after {stop}: {:?}",
            old.err()
        );
    }
    let alice = world.recover("alice", "final", kit(), words).await.unwrap();
    assert_eq!(cases(&alice, vault).await.unwrap().total, 1);
    // the old kit and the old passphrase are over
    let old = world.recover("alice", "again", kit(), words).await;
    assert_eq!(old.err().unwrap().code(), "wrong_credentials");
    let login = world.login_with_kit("alice", "fresh", words).await.unwrap();
    let who = login.whoami().await.unwrap();
    assert!(who.recovery_confirmed);
    // a new kit again, by choice
    login
        .kit_new(&passphrase(words).unwrap(), Some(&world.kit_file("third")))
        .await
        .unwrap();
    let [earlier, newest] = ["final", "third"].map(|name| world.kit_text(name).unwrap());
    assert!(login.kit_confirm(&earlier).await.is_err());
    login.kit_confirm(&newest).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_another_ca_is_told() {
    let world = World::start().await.unwrap();
    let other = World::start().await.unwrap();
    let (url, ca) = (&world.server.url, &world.server.ca_file);
    let error = server_info(url, &other.server.ca_file).await.unwrap_err();
    assert_eq!(error.code(), "wrong_ca");
    assert!(server_info(url, ca).await.unwrap().setup_open);
}
