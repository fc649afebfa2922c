//! Sign-up, login, devices, passphrase, recovery against a real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;
use common::*;
use strongroom_client::*;

#[tokio::test(flavor = "multi_thread")]
async fn sign_up_log_out_and_in_again_as_the_same_device() {
    let world = World::new().await;
    let alice = world.founder("alice").await;
    let who = alice.whoami().await.unwrap();
    assert_eq!(
        (who.name.as_str(), who.account_role),
        ("alice", AccountRole::Admin)
    );
    assert!(who.recovery_confirmed && who.online);
    let bob = world.join(&alice, "bob").await;
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
        .login("alice", "alice", "not the passphrase", false)
        .await;
    assert_eq!(wrong.err().unwrap().code(), "wrong_credentials");
    let alice = world
        .login("alice", "alice", PASSPHRASE, false)
        .await
        .unwrap();
    assert_eq!(alice.whoami().await.unwrap().device, device);
    let again = Client::open(&world.home("alice")).unwrap();
    assert_eq!(again.sessions().await.unwrap().len(), 1);
    // a folder of someone else's
    let other = world.login("alice", "bob", PASSPHRASE, true).await;
    assert_eq!(other.err().unwrap().exit_code(), 2);
    // a used invitation, and a name that looks alike
    let code = alice
        .account_invite(AccountRole::Member, 60_000)
        .await
        .unwrap();
    let request = SignupRequest {
        home: world.home("eve"),
        url: world.url.clone(),
        code: code.code.clone(),
        name: "Alice".into(),
        ca_file: world.ca.clone(),
        passphrase: pass(PASSPHRASE),
        device_name: "laptop".into(),
        kit_out: None,
    };
    let error = Client::signup_with(request, world.environment())
        .await
        .err()
        .unwrap();
    assert_eq!(error.code(), "name_taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_machine_needs_the_kit_and_can_be_revoked() {
    let world = World::new().await;
    let alice = world.founder("alice").await;
    let vault = alice.vault_create("cases").await.unwrap().vault;
    let record = alice
        .record_add(vault, "case", &pairs(&[("title", "one")]))
        .await
        .unwrap()
        .record;
    let missing = world.login("desktop", "alice", PASSPHRASE, false).await;
    assert_eq!(missing.err().unwrap().exit_code(), 2);
    let desktop = world
        .login("desktop", "alice", PASSPHRASE, true)
        .await
        .unwrap();
    assert_eq!(desktop.record_show(record).await.unwrap().heads.len(), 1);
    desktop
        .record_add(vault, "case", &pairs(&[("title", "two")]))
        .await
        .unwrap();
    let devices = alice.devices().await.unwrap();
    assert_eq!(devices.len(), 2);
    let lost = devices
        .iter()
        .find(|device| !device.current)
        .unwrap()
        .device;
    alice.device_revoke(lost, &pass(PASSPHRASE)).await.unwrap();
    let line = alice.vaults().await.unwrap().remove(0);
    assert_eq!(line.epoch, Epoch(2), "new keys for the vault");
    let error = desktop
        .record_add(vault, "case", &pairs(&[("title", "three")]))
        .await;
    assert!(error.is_err());
    alice
        .record_add(vault, "case", &pairs(&[("title", "four")]))
        .await
        .unwrap();
    assert_eq!(
        alice
            .record_list(vault, "case", &Query::default())
            .await
            .unwrap()
            .total,
        3
    );
    // the same passphrase and kit still bring a new machine in
    let third = world
        .login("third", "alice", PASSPHRASE, true)
        .await
        .unwrap();
    assert_eq!(
        third
            .record_list(vault, "case", &Query::default())
            .await
            .unwrap()
            .total,
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_passphrase_changes_and_a_change_can_be_interrupted_anywhere() {
    let world = World::new().await;
    let alice = world.founder("alice").await;
    let vault = alice.vault_create("cases").await.unwrap().vault;
    let (old, new) = (pass(PASSPHRASE), pass("another good passphrase"));
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
        let login = world
            .login(&format!("after-{stop}"), "alice", PASSPHRASE, true)
            .await;
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
    let login = world
        .login("late", "alice", "another good passphrase", true)
        .await
        .unwrap();
    assert_eq!(login.vaults().await.unwrap()[0].vault, vault);
    // run again: it finds that it is done
    let alice = Client::open(&world.home("alice")).unwrap();
    alice.passphrase_change(&old, &new).await.unwrap();
    let device = alice.whoami().await.unwrap().device;
    alice.logout().await.unwrap();
    let old = world.login("alice", "alice", PASSPHRASE, false).await;
    assert_eq!(old.err().unwrap().code(), "wrong_credentials");
    let alice = world
        .login("alice", "alice", "another good passphrase", false)
        .await
        .unwrap();
    assert_eq!(alice.whoami().await.unwrap().device, device);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kit_brings_everything_back() {
    let world = World::new().await;
    let alice = world.founder("alice").await;
    let vault = alice.vault_create("cases").await.unwrap().vault;
    alice
        .record_add(vault, "case", &pairs(&[("title", "kept")]))
        .await
        .unwrap();
    drop(alice);
    std::fs::remove_dir_all(world.home("alice")).unwrap();
    let request = |home: &str, out: &str| RecoverRequest {
        home: world.home(home),
        url: world.url.clone(),
        name: "alice".into(),
        ca_file: world.ca.clone(),
        kit_text: world.kit_text("alice"),
        new_passphrase: pass("a quite different one"),
        device_name: "new machine".into(),
        kit_out: Some(world.kit(out)),
    };
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
        let request = request(&format!("r{number}"), &format!("kit{number}"));
        let error = Client::recover_with(request, world.environment(), &mut hook)
            .await
            .err()
            .unwrap();
        assert_eq!(error.code(), "stopped", "{stop}");
        let old = world
            .login(&format!("o{number}"), "alice", PASSPHRASE, true)
            .await;
        assert!(
            old.is_ok(),
            "old passphrase and kit work after {stop}: {:?}",
            old.err()
        );
    }
    let (alice, _) = Client::recover_with(
        request("final", "new"),
        world.environment(),
        &mut |_| Ok(()),
    )
    .await
    .unwrap();
    assert_eq!(
        alice
            .record_list(vault, "case", &Query::default())
            .await
            .unwrap()
            .total,
        1
    );
    // the old kit and the old passphrase are over
    let old = Client::recover_with(request("again", "newer"), world.environment(), &mut |_| {
        Ok(())
    })
    .await;
    assert_eq!(old.err().unwrap().code(), "wrong_credentials");
    let login = world
        .login("fresh", "alice", "a quite different one", true)
        .await
        .unwrap();
    let who = login.whoami().await.unwrap();
    assert!(who.recovery_confirmed);
    // a new kit again, by choice
    let passphrase = pass("a quite different one");
    login
        .kit_new(&passphrase, Some(&world.kit("third")))
        .await
        .unwrap();
    assert!(login.kit_confirm(&world.kit_text("new")).await.is_err());
    login.kit_confirm(&world.kit_text("third")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_ca_and_nobody_there() {
    let world = World::new().await;
    let other = World::new().await;
    let mut request = world.login_request("x", "nobody", PASSPHRASE, false);
    request.kit_text = None;
    let error = server_info(&world.url, &other.ca).await.unwrap_err();
    assert_eq!(error.code(), "wrong_ca");
    assert!(server_info(&world.url, &world.ca).await.unwrap().setup_open);
}
