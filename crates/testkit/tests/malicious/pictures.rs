//! Old pictures: what a device that is new to a vault believes, and for how long a device may
//! use what it has without the server.

use crate::scene::{DAY_MS, Scene, titles};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use strongroom_client::{Client, ClientError, Environment, NoProgress, PutOptions, Query, Source};
use strongroom_crypto::SystemRng;
use strongroom_testkit::lies::{self, Log};
use strongroom_testkit::process::quiet_address;
use strongroom_testkit::world::{World, set, stopped};
use strongroom_types::{Clock, ManualClock, VaultId};

async fn write(client: &Client, vault: VaultId, title: &str) -> Result<(), ClientError> {
    let set = set(&[("title", title)]);
    client.record_add(vault, "case", &set).await.map(drop)
}

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
    write(&phone, scene.vault, "from the phone").await.unwrap();
}

/// Reading goes on; every kind of writing is refused until a colleague vouches for the state.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_device_is_read_only_until_a_colleague_attests() {
    let (scene, _, phone) = new_device_after(8).await;
    let vault = scene.vault;
    let warnings = phone.sync().await.unwrap().warnings;
    assert!(warnings[0].contains("read-only"), "{warnings:?}");
    assert_eq!(titles(&phone, vault).await.len(), 2);
    refused(write(&phone, vault, "too early").await, "unconfirmed");
    let records = phone.record_list(vault, "case", &Query::default()).await;
    let record = records.unwrap().records[0].record;
    refused(phone.record_remove(record).await, "unconfirmed");
    let path = scene.world.folder.path().join("a.txt");
    std::fs::write(&path, "content").unwrap();
    let put = phone
        .file_put(
            record,
            Source::Path(&path),
            &PutOptions::default(),
            &NoProgress,
        )
        .await;
    refused(put, "unconfirmed");
    // Its owner's other device is no colleague, and this one vouches for nothing.
    scene.bob.sync().await.unwrap();
    phone.sync().await.unwrap();
    refused(write(&phone, vault, "too early").await, "unconfirmed");
    // It is remembered in the profile.
    drop(phone);
    let phone = scene.world.reopen("bob-phone").unwrap();
    refused(write(&phone, vault, "too early").await, "unconfirmed");

    scene.alice.sync().await.unwrap();
    assert_eq!(phone.sync().await.unwrap().warnings, Vec::<String>::new());
    write(&phone, vault, "in time").await.unwrap();
    assert_eq!(titles(&phone, vault).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_device_is_read_only_until_numbers_are_compared() {
    let (scene, _, phone) = new_device_after(30).await;
    let vault = scene.vault;
    phone.sync().await.unwrap();
    refused(write(&phone, vault, "too early").await, "unconfirmed");
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
        stopped(write(&phone, vault, "no").await).unwrap(),
        "fork",
        "from now on only an equal number helps"
    );
    assert!(phone.vault_confirm(vault, &code).await.unwrap().confirmed);
    write(&phone, vault, "in time").await.unwrap();
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
    refused(write(&phone, scene.vault, "no").await, "unconfirmed");
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
            write(client, scene.vault, &format!("day {day}"))
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
    refused(write(&phone, scene.vault, "no").await, "unconfirmed");
    assert!(scene.world.liar.stop() > 0);
    phone.sync().await.unwrap();
    write(&phone, scene.vault, "in time").await.unwrap();
    assert_eq!(titles(&phone, scene.vault).await.len(), 2 + 20 + 1);
}

/// A world whose server can be away and come back, with a policy about it.
struct Away {
    scene: Scene,
    clock: Arc<ManualClock>,
}

impl Away {
    async fn set_up(offline_max_days: u64) -> Self {
        let start = World::start_with(|options| options.listen = quiet_address().parse().unwrap());
        let mut world = start.await.unwrap();
        let clock = Arc::new(ManualClock::at(strongroom_client::SystemClock.now_ms()));
        world.clock = clock.clone();
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
            world, bob, vault, ..
        } = self.scene;
        // Every attempt to reach a server that is away would be repeated.
        drop(bob);
        let clock: Arc<dyn Clock> = self.clock.clone();
        let environment = Environment::new(clock, Box::new(SystemRng)).with_retries(0, 1);
        let bob = Client::open_with(&world.home("bob"), environment).unwrap();
        let address = world.server.addr;
        let data = world.folder.path().join("server");
        world.server.stop().await;
        let start_ms = self.clock.now_ms();
        self.clock.advance(days * DAY_MS);
        assert_eq!(titles(&bob, vault).await.len(), 2);
        write(&bob, vault, "queued in time").await.unwrap();
        let records = bob.record_list(vault, "case", &Query::default()).await;
        let record = records.unwrap().records[0].record;
        for set_back in [false, true] {
            match set_back {
                false => self.clock.advance(1),
                true => self.clock.set(start_ms - 2 * DAY_MS),
            }
            let code = "offline_too_long";
            refused(bob.vaults().await, code);
            refused(bob.vault_show(vault).await, code);
            refused(bob.vault_log(vault, 5).await, code);
            let list = bob.record_list(vault, "case", &Query::default()).await;
            refused(list, code);
            refused(bob.record_show(record).await, code);
            refused(bob.record_history(record).await, code);
            refused(bob.files(record, false, false).await, code);
            refused(bob.record_remove(record).await, code);
            refused(write(&bob, vault, "queued too late").await, code);
        }
        self.clock.set(start_ms + days * DAY_MS + 1);
        let options = strongroom_server::ServeOptions::new(&data, address);
        let _server = strongroom_server::start(options).await.unwrap();
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
