//! Somebody knows the passphrase: everything that it opened is made anew, wherever it is
//! stopped; colleagues follow because the old key signed, and only then.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::path::PathBuf;
use strongroom_client::{Client, ClientError, RecoveryKit};
use strongroom_testkit::world::{PASSPHRASE, VAULT, World, add, passphrase};
use strongroom_types::{Role, VaultId};

const NEW: &str = "nobody else knows this one";
const RECOVERED: &str = "recovered with the kit";

struct Scene {
    world: World,
    alice: Client,
    bob: Client,
    tablet: Client,
    /// Bob owns it.
    own: VaultId,
    /// Alice owns it, Bob writes.
    shared: VaultId,
    old_kit: String,
    new_kit: PathBuf,
}

impl Scene {
    async fn set_up() -> Self {
        let world = World::start().await.unwrap();
        let (alice, bob, shared) = world.shared_vault(Role::Writer).await.unwrap();
        let own = bob.vault_create("Own").await.unwrap().vault;
        let tablet = world.login_elsewhere("bob", "tablet").await.unwrap();
        tablet.sync().await.unwrap();
        let old_kit = world.kit_text("bob").unwrap();
        let new_kit = world.kit_file("bob-new");
        Self {
            world,
            alice,
            bob,
            tablet,
            own,
            shared,
            old_kit,
            new_kit,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_the_old_passphrase_opened_is_of_use() {
    let scene = Scene::set_up().await;
    let Scene {
        world,
        alice,
        bob,
        tablet,
        own,
        shared,
        ..
    } = &scene;
    let before = add(bob, *own, "before").await.unwrap();
    let compared = alice.safety_compared("bob").await.unwrap();
    assert!(compared.renewed_ms.is_none());
    let old_own = bob.vault_show(*own).await.unwrap().line.epoch.0;
    let old_shared = alice.vault_show(*shared).await.unwrap().line.epoch.0;

    let done = bob
        .passphrase_change_someone_knows(
            &passphrase(PASSPHRASE).unwrap(),
            &passphrase(NEW).unwrap(),
            &scene.new_kit,
        )
        .await
        .unwrap();
    assert_eq!(done.devices_revoked, ["tablet"]);
    assert_eq!(done.vaults_renewed, ["Own"]);
    assert_eq!(done.vaults_waiting, [VAULT]);
    assert!(done.kit_confirmed, "{:?}", done.warnings);

    // what opened before opens nothing
    let gone = tablet.sync().await.err().unwrap();
    assert_eq!(gone.code(), "unauthenticated", "{gone}");
    for (machine, words) in [("x1", PASSPHRASE), ("tablet", PASSPHRASE)] {
        let refused = world.login_with_kit("bob", machine, words).await;
        assert_eq!(refused.err().unwrap().exit_code(), 4);
    }
    let old_kit = scene.old_kit.clone();
    let refused = world.recover("bob", "x2", old_kit, RECOVERED).await;
    assert_eq!(refused.err().unwrap().exit_code(), 4);

    // this device goes on; the epochs are new; everything is there
    assert!(bob.vault_show(*own).await.unwrap().line.epoch.0 > old_own);
    bob.record_show(before).await.unwrap();
    let after = add(bob, *own, "after").await.unwrap();

    // the colleague accepts it silently, makes the keys that bob may not make, and sees it
    let synced = alice.sync().await.unwrap();
    assert_eq!(synced.warnings.len(), 1, "{:?}", synced.warnings);
    assert!(synced.warnings[0].contains("bob renewed"));
    assert!(alice.vault_show(*shared).await.unwrap().line.epoch.0 > old_shared);
    let shown = alice.safety_number("bob").await.unwrap();
    assert!(shown.changed && !shown.compared);
    assert!(shown.renewed_ms.is_some());
    assert_ne!(shown.number, compared.number);
    assert_eq!(
        shown.number,
        bob.safety_number("alice").await.unwrap().number
    );
    assert_eq!(shown.identity, compared.identity, "the same person");
    let members = alice.vault_show(*shared).await.unwrap().members_list;
    let line = members.iter().find(|line| line.name == "bob").unwrap();
    assert!(line.changed && line.renewed_ms.is_some());
    let again = alice.safety_compared("bob").await.unwrap();
    assert!(again.compared && !again.changed);
    assert!(alice.sync().await.unwrap().warnings.is_empty());
    add(alice, *shared, "for bob").await.unwrap();
    bob.sync().await.unwrap();
    add(bob, *shared, "from bob").await.unwrap();

    // run again with the same words, it does not claim to have done it twice
    let other = world.kit_file("other");
    let again = bob
        .passphrase_change_someone_knows(
            &passphrase(PASSPHRASE).unwrap(),
            &passphrase(NEW).unwrap(),
            &other,
        )
        .await;
    assert_eq!(again.err().unwrap().exit_code(), 2);
    assert!(!other.exists());
    alice.vault_verify(*shared).await.unwrap();

    // the revoked device comes back with the new passphrase, without a kit, as a new device
    let tablet_again = world.login("bob", "tablet", NEW, None).await.unwrap();
    tablet_again.sync().await.unwrap();
    tablet_again.record_show(after).await.unwrap();
    let devices = tablet_again.devices().await.unwrap();
    assert_eq!(devices.len(), 3);
    assert_eq!(devices.iter().filter(|device| device.revoked).count(), 1);

    // and the new kit recovers
    let text = std::fs::read_to_string(&scene.new_kit).unwrap();
    let recovered = world.recover("bob", "x3", text, RECOVERED).await.unwrap();
    recovered.sync().await.unwrap();
    recovered.record_show(before).await.unwrap();
    recovered.vault_verify(*own).await.unwrap();
}

/// Killed before every step: the old or the new passphrase and the old or the new kit open
/// everything, and the same command run again gets to the end.
#[tokio::test(flavor = "multi_thread")]
async fn it_can_stop_anywhere_and_be_run_again() {
    let mut stops = Vec::new();
    for stop_at in 0.. {
        let scene = Scene::set_up().await;
        let (world, bob) = (&scene.world, &scene.bob);
        let record = add(bob, scene.own, "kept").await.unwrap();
        let mut steps = Vec::new();
        let stopped = bob
            .passphrase_change_someone_knows_with(
                &passphrase(PASSPHRASE).unwrap(),
                &passphrase(NEW).unwrap(),
                &scene.new_kit,
                &mut |step| {
                    if steps.len() == stop_at {
                        return Err(ClientError::failed("killed", "killed by the test"));
                    }
                    steps.push(step.to_owned());
                    Ok(())
                },
            )
            .await;
        let promoted = steps.iter().any(|step| step == "promote");
        let (opens, opens_not) = match promoted {
            true => (NEW, PASSPHRASE),
            false => (PASSPHRASE, NEW),
        };
        let elsewhere = world.login_with_kit("bob", "check", opens).await.unwrap();
        elsewhere.sync().await.unwrap();
        elsewhere.record_show(record).await.unwrap();
        let refused = world.login_with_kit("bob", "check-not", opens_not).await;
        assert!(refused.is_err(), "{steps:?}");
        drop(elsewhere);

        // Opened anew, as after a real kill; the kit's place is taken where it was written.
        let home = bob.home().to_owned();
        let alice = &scene.alice;
        let again = Client::open(&home).unwrap();
        let mut kit = scene.new_kit.clone();
        if stopped.is_err() {
            if kit.exists() && !promoted {
                kit = world.kit_file("second");
            }
            let done = again
                .passphrase_change_someone_knows(
                    &passphrase(PASSPHRASE).unwrap(),
                    &passphrase(NEW).unwrap(),
                    &kit,
                )
                .await
                .unwrap();
            assert!(done.kit_confirmed, "{steps:?}: {:?}", done.warnings);
            assert_eq!(done.vaults_renewed, ["Own"], "{steps:?}");
            stops.push(steps.last().cloned());
        }
        again.sync().await.unwrap();
        again.record_show(record).await.unwrap();
        add(&again, scene.own, "goes on").await.unwrap();
        alice.sync().await.unwrap();
        assert!(
            alice
                .safety_number("bob")
                .await
                .unwrap()
                .renewed_ms
                .is_some()
        );
        let text = std::fs::read_to_string(&kit).unwrap();
        let recovered = world.recover("bob", "back", text, RECOVERED).await.unwrap();
        recovered.sync().await.unwrap();
        recovered.record_show(record).await.unwrap();
        if stopped.is_ok() {
            break;
        }
    }
    let expected = [
        "register",
        "prove",
        "write_kit",
        "promote",
        "renew",
        "new_keys",
        "settle",
    ];
    let stops: Vec<String> = stops.into_iter().flatten().collect();
    assert_eq!(stops, expected);
}

/// The passphrase is changed on one device; another one that is logged in stays the same device.
#[tokio::test(flavor = "multi_thread")]
async fn another_device_needs_no_kit_after_a_change() {
    let scene = Scene::set_up().await;
    let record = add(&scene.bob, scene.own, "kept").await.unwrap();
    let device = |client: &Client| client.facts().device;
    let before = device(&scene.tablet);
    scene
        .bob
        .passphrase_change(&passphrase(PASSPHRASE).unwrap(), &passphrase(NEW).unwrap())
        .await
        .unwrap();
    let tablet = scene.world.login("bob", "tablet", NEW, None).await.unwrap();
    assert_eq!(device(&tablet), before, "the same device");
    tablet.sync().await.unwrap();
    tablet.record_show(record).await.unwrap();
    // From now on also after a logout: the key is boxed under the new passphrase.
    tablet.logout().await.unwrap();
    let tablet = scene.world.login("bob", "tablet", NEW, None).await.unwrap();
    assert_eq!(device(&tablet), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_founder_is_told_to_keep_the_earlier_page() {
    let scene = Scene::set_up().await;
    let out = scene.world.kit_file("second-page");
    let told = |path: &std::path::Path| {
        std::fs::read_to_string(path)
            .unwrap()
            .contains("keep the earlier page that has it")
    };
    let words = passphrase(PASSPHRASE).unwrap();
    let kit: RecoveryKit = scene.alice.kit_new(&words, Some(&out)).await.unwrap();
    assert!(kit.directory_recovery.is_none());
    assert!(told(&out) && !told(&scene.world.kit_file("alice")));
    let out = scene.world.kit_file("bob-second");
    scene.bob.kit_new(&words, Some(&out)).await.unwrap();
    assert!(!told(&out));
}
