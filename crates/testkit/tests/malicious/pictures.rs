//! Old pictures: what a device that is new to a vault believes, and for how long a device may
//! use what it has without the server.

use crate::scene::{Scene, titles};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use strongroom_client::{Client, ClientError};
use strongroom_testkit::lies::{self, Log};
use strongroom_testkit::world::{DAY_MS, World, add, cases, put, stopped};
use strongroom_types::{Clock, ManualClock};

/// A refusal with exit code 4 and a way on.
fn refused<T>(result: Result<T, ClientError>, code: &str) {
    let error = result.err().expect("it must be refused");
    assert_eq!((error.exit_code(), error.code()), (4, code), "{error}");
    assert!(error.hint().is_some());
}

/// Bob's new device, as long after the last attestation.
async fn new_device_after(days: u64) -> (Scene, Arc<ManualClock>, Client) {
    let (scene, clock) = Scene::set_up_with_clock().await;
    clock.advance(days * DAY_MS);
    let phone = scene
        .world
        .login_elsewhere("bob", "bob-phone")
        .await
        .unwrap();
    (scene, clock, phone)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attestation_lasts_a_week() {
    let (scene, _, phone) = new_device_after(7).await;
    assert_eq!(phone.sync().await.unwrap().warnings, Vec::<String>::new());
    add(&phone, scene.vault, "from the phone").await.unwrap();
}

/// Reading goes on; every kind of writing is refused until a colleague vouches for the state.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_device_is_read_only_until_a_colleague_attests() {
    let (scene, _, phone) = new_device_after(8).await;
    let vault = scene.vault;
    let warnings = phone.sync().await.unwrap().warnings;
    assert!(warnings[0].contains("read-only"), "{warnings:?}");
    assert_eq!(titles(&phone, vault).await.len(), 2);
    refused(add(&phone, vault, "too early").await, "unconfirmed");
    let record = cases(&phone, vault).await.unwrap().records[0].record;
    refused(phone.record_remove(record).await, "unconfirmed");
    let path = scene.world.write("a.txt", b"content").unwrap();
    refused(put(&phone, record, &path).await, "unconfirmed");
    // Its owner's other device is no colleague, and this one vouches for nothing.
    scene.bob.sync().await.unwrap();
    phone.sync().await.unwrap();
    refused(add(&phone, vault, "too early").await, "unconfirmed");
    // It is remembered in the profile.
    drop(phone);
    let phone = scene.world.reopen("bob-phone").unwrap();
    refused(add(&phone, vault, "too early").await, "unconfirmed");

    scene.alice.sync().await.unwrap();
    assert_eq!(phone.sync().await.unwrap().warnings, Vec::<String>::new());
    add(&phone, vault, "in time").await.unwrap();
    assert_eq!(titles(&phone, vault).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_device_is_read_only_until_numbers_are_compared() {
    let (scene, _, phone) = new_device_after(30).await;
    let vault = scene.vault;
    phone.sync().await.unwrap();
    refused(add(&phone, vault, "too early").await, "unconfirmed");
    // Alice's own view, which is 30 days old as well, without a sync that attests.
    let code = scene.alice.vault_head_code(vault).await.unwrap().code;
    let nonsense = phone.vault_confirm(vault, "yes").await.unwrap_err();
    assert_eq!(nonsense.exit_code(), 2);
    let digit = code.chars().last().unwrap();
    let other = if digit == '7' { "8" } else { "7" };
    let mistyped = format!("{}{other}", &code[..code.len() - 1]);
    assert_eq!(
        stopped(phone.vault_confirm(vault, &mistyped).await).unwrap(),
        "fork"
    );
    assert_eq!(
        stopped(add(&phone, vault, "no").await).unwrap(),
        "fork",
        "from now on only an equal number helps"
    );
    assert!(phone.vault_confirm(vault, &code).await.unwrap().confirmed);
    add(&phone, vault, "in time").await.unwrap();
}

/// Whoever attests a day to come would vouch for ever.
#[tokio::test(flavor = "multi_thread")]
async fn an_attestation_from_the_future_proves_nothing() {
    let (scene, clock) = Scene::set_up_with_clock().await;
    clock.advance(400 * DAY_MS);
    scene.alice.sync().await.unwrap();
    clock.set(clock.now_ms() - 390 * DAY_MS);
    let phone = scene
        .world
        .login_elsewhere("bob", "bob-phone")
        .await
        .unwrap();
    phone.sync().await.unwrap();
    refused(add(&phone, scene.vault, "no").await, "unconfirmed");
}

/// Old wallet and old log fit each other, and the passphrase opens them: only the days tell.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_picture_for_a_new_device() {
    let (scene, clock) = Scene::set_up_with_clock().await;
    let old = Arc::new(AtomicBool::new(false));
    let keep = scene.bob.danger_machine(scene.vault).await.unwrap();
    let keep = keep.state().head().unwrap().index as usize + 1;
    let tell = Arc::clone(&old);
    let wallet = lies::freeze(|path| path == "/v1/wallet");
    let log = lies::truncate_log(Log::Vault, keep);
    let log: lies::Lie = Arc::new(move |answer| tell.load(Ordering::SeqCst) && log(answer));
    scene.world.liar.tell(lies::all(vec![wallet, log]));
    // The first login lets the server keep the wallet of that day.
    scene.world.login_elsewhere("bob", "tablet").await.unwrap();
    for day in 0..10 {
        clock.advance(DAY_MS);
        for client in [&scene.alice, &scene.bob] {
            add(client, scene.vault, &format!("day {day}"))
                .await
                .unwrap();
        }
    }
    old.store(true, Ordering::SeqCst);
    let phone = scene
        .world
        .login_elsewhere("bob", "bob-phone")
        .await
        .unwrap();
    let warnings = phone.sync().await.unwrap().warnings;
    assert!(warnings[0].contains("read-only"), "{warnings:?}");
    refused(add(&phone, scene.vault, "no").await, "unconfirmed");
    assert!(scene.world.liar.stop() > 0);
    phone.sync().await.unwrap();
    add(&phone, scene.vault, "in time").await.unwrap();
    assert_eq!(titles(&phone, scene.vault).await.len(), 2 + 20 + 1);
}

/// A world whose server can be away and come back, with a policy about it.
struct Away {
    scene: Scene,
    clock: Arc<ManualClock>,
}

impl Away {
    async fn set_up(offline_max_days: u64) -> Self {
        let mut world = World::start_restartable().await.unwrap();
        let clock = world.hold_clock();
        let scene = Scene::in_world(world).await;
        let mut policy = scene.alice.policy().await.unwrap();
        policy.offline_max_days = offline_max_days;
        scene.alice.policy_set(policy).await.unwrap();
        scene.bob.sync().await.unwrap();
        Self { scene, clock }
    }

    /// Reads and queues without the server after `days` are held to be fine, and a moment
    /// later to be too long; when the server is back, one sync opens everything again.
    async fn lasts(self, days: u64) {
        let Scene {
            mut world,
            bob,
            vault,
            ..
        } = self.scene;
        // Every attempt to reach a server that is away would be repeated.
        drop(bob);
        let bob = world.reopen_impatient("bob").unwrap();
        world.stop().await;
        let start_ms = self.clock.now_ms();
        self.clock.advance(days * DAY_MS);
        assert_eq!(titles(&bob, vault).await.len(), 2);
        add(&bob, vault, "queued in time").await.unwrap();
        let record = cases(&bob, vault).await.unwrap().records[0].record;
        for set_back in [false, true] {
            match set_back {
                false => self.clock.advance(1),
                true => self.clock.set(start_ms - 2 * DAY_MS),
            }
            let code = "offline_too_long";
            refused(bob.vaults().await, code);
            refused(bob.vault_show(vault).await, code);
            refused(bob.vault_log(vault, 5).await, code);
            refused(cases(&bob, vault).await, code);
            refused(bob.record_show(record).await, code);
            refused(bob.record_history(record).await, code);
            refused(bob.files(record, false, false).await, code);
            refused(bob.record_remove(record).await, code);
            refused(add(&bob, vault, "queued too late").await, code);
        }
        self.clock.set(start_ms + days * DAY_MS + 1);
        world.restart().await.unwrap();
        assert_eq!(bob.sync().await.unwrap().edits_sent, 1);
        assert_eq!(titles(&bob, vault).await.len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn time_offline_ends_by_the_organisations_policy() {
    Away::set_up(3).await.lasts(3).await;
}

/// No policy, or one of a thousand years, lengthens what is compiled in.
#[tokio::test(flavor = "multi_thread")]
async fn time_offline_ends_by_what_is_compiled_in() {
    Away::set_up(0).await.lasts(90).await;
    Away::set_up(400_000).await.lasts(90).await;
}
