//! Recovery, change of passphrase, renewal, devices, sessions, passkeys; each change stopped
//! before every request and every write to the storage.

use crate::scene::{Browser, Disk};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use strongroom_crypto::SystemRng;
use strongroom_testkit::world::{PASSPHRASE, World};
use strongroom_types::Clock;
use strongroom_wasm::{
    Core, CoreError, Http, HttpFailure, Platform, Request, Response, Storage, StorageFailure,
};

const NEW: &str = "another long passphrase";

/// How many more requests and writes are done before the page is closed.
#[derive(Clone)]
struct Fuse(Rc<Cell<u32>>);

impl Fuse {
    fn burns(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left == 0
    }
}

struct FusedNet {
    client: reqwest::Client,
    origin: String,
    fuse: Fuse,
}

impl Http for FusedNet {
    async fn send(&self, request: Request) -> Result<Response, HttpFailure> {
        if self.fuse.burns() {
            // Nothing comes after it: the page is gone.
            self.fuse.0.set(0);
            return Err(HttpFailure::Offline);
        }
        let url = format!("{}{}", self.origin, request.path);
        let mut builder = self
            .client
            .request(request.method.parse().unwrap(), url)
            .body(request.body);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value.as_str());
        }
        let response = builder.send().await.map_err(|_| HttpFailure::Offline)?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(|_| HttpFailure::Offline)?;
        Ok(Response {
            status,
            retry_after_seconds: None,
            body: body.to_vec(),
        })
    }
}

struct FusedDisk {
    disk: Disk,
    fuse: Fuse,
}

impl FusedDisk {
    fn check(&self) -> Result<(), StorageFailure> {
        match self.fuse.burns() {
            true => {
                self.fuse.0.set(0);
                Err(StorageFailure {
                    full: false,
                    text: "the page is closed".into(),
                })
            }
            false => Ok(()),
        }
    }
}

impl Storage for FusedDisk {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StorageFailure> {
        self.disk.get(key).await
    }
    async fn put(&self, key: &str, value: &[u8]) -> Result<(), StorageFailure> {
        self.check()?;
        self.disk.put(key, value).await
    }
    async fn delete(&self, key: &str) -> Result<(), StorageFailure> {
        self.check()?;
        self.disk.delete(key).await
    }
    async fn clear(&self) -> Result<(), StorageFailure> {
        self.check()?;
        self.disk.clear().await
    }
}

struct WorldClock(Arc<dyn Clock>);

impl Clock for WorldClock {
    fn now_ms(&self) -> u64 {
        self.0.now_ms()
    }
}

/// A page over a browser's storage that is closed when its fuse has burnt down.
struct Page {
    core: Core<FusedNet, FusedDisk>,
    fuse: Fuse,
}

impl Page {
    fn over(world: &World, disk: &Disk) -> Self {
        let ca = std::fs::read(&world.server.ca_file).unwrap();
        let ca = reqwest::Certificate::from_pem(&ca).unwrap();
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder()
            .tls_certs_only([ca])
            .no_proxy()
            .build()
            .unwrap();
        let fuse = Fuse(Rc::new(Cell::new(u32::MAX)));
        let platform = Platform::new(
            FusedNet {
                client,
                origin: world.server.url.clone(),
                fuse: fuse.clone(),
            },
            FusedDisk {
                disk: disk.clone(),
                fuse: fuse.clone(),
            },
            &world.server.url,
            "Browser",
            Box::new(WorldClock(world.clock.clone())),
            Box::new(SystemRng),
        );
        Self {
            core: Core::new(platform),
            fuse,
        }
    }

    async fn call(&mut self, method: &str, arguments: &Value) -> Result<Value, CoreError> {
        let answer = self.core.call(method, &arguments.to_string()).await?;
        Ok(serde_json::from_str(&answer).unwrap())
    }
}

fn copy(disk: &Disk) -> Disk {
    Disk(Rc::new(RefCell::new(disk.0.borrow().clone())))
}

fn log_in(passphrase: &str) -> Value {
    json!({ "name": "ada", "passphrase": passphrase })
}

/// Proves the kit that a page shows.
async fn confirm_shown(browser: &mut Browser) -> String {
    let shown = browser.call("pending_kit", json!({})).await;
    let kit = shown["kit"].as_str().expect("a kit").to_owned();
    browser.call("confirm_kit", json!({ "text": kit })).await;
    kit
}

async fn scene() -> (World, Browser, String, String) {
    let world = World::start().await.unwrap();
    let mut browser = Browser::new(&world);
    let kit = browser.found(&world, "ada").await;
    let vault = browser.create_vault("Cases").await;
    browser.add(&vault, "Lease").await;
    (world, browser, kit, vault)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_passphrase_is_replaced_with_the_kit() {
    let (world, browser, kit, vault) = scene().await;
    let mut browser = browser.reload(&world);
    let short = json!({ "kit": kit, "passphrase": "short" });
    assert_eq!(browser.fails("recover", short).await.0, 2);
    let recover = json!({ "kit": kit, "passphrase": NEW });
    let shown = browser.call("recover", recover.clone()).await;
    let new_kit = shown["kit"].as_str().unwrap().to_owned();
    assert_ne!(new_kit, kit);
    // It is asked back, also after a reload.
    let status = browser.call("status", json!({})).await;
    assert_eq!(
        (&status["signed_in"], &status["recovery_confirmed"]),
        (&json!(true), &json!(false))
    );
    let mut browser = browser.reload(&world);
    browser.call("log_in", log_in(NEW)).await;
    assert_eq!(confirm_shown(&mut browser).await, new_kit);
    assert_eq!(
        browser.call("status", json!({})).await["recovery_confirmed"],
        true
    );
    assert_eq!(browser.titles(&vault).await, ["Lease"]);
    // The founder's recovery key of the directory stays on the page.
    assert!(new_kit.contains("Directory recovery key: "));
    // The old passphrase and the old kit open nothing any more.
    let mut other = Browser::new(&world);
    assert_eq!(
        other.fails("recover", recover).await,
        (4, "wrong_credentials".into())
    );
    assert_eq!(
        browser.fails("log_in", log_in(PASSPHRASE)).await,
        (4, "wrong_credentials".into())
    );
    other
        .call(
            "recover",
            json!({ "kit": new_kit, "passphrase": PASSPHRASE }),
        )
        .await;
    assert_eq!(other.titles(&vault).await, ["Lease"]);
}

/// Does a change again and again, closed one step later each time, until it gets through; after
/// each stop `check` must find a way in. Gives how often it was stopped.
async fn stopped_everywhere(
    world: &World,
    method: &str,
    arguments: impl Fn(u32) -> (Value, Value),
    disk: &Disk,
    mut check: impl AsyncFnMut(u32, &Disk),
) -> u32 {
    for steps in 0.. {
        let (enter, change) = arguments(steps);
        let mut page = Page::over(world, disk);
        if !enter.is_null() {
            page.call("log_in", &enter).await.unwrap();
        }
        page.fuse.0.set(steps);
        let done = page.call(method, &change).await;
        drop(page);
        check(steps, disk).await;
        if done.is_ok() {
            return steps;
        }
        assert!(steps < 200, "it never ends");
    }
    unreachable!()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_passphrase_can_stop_anywhere() {
    let (world, browser, kit, vault) = scene().await;
    let disk = browser.disk.clone();
    drop(browser);
    // Which of the two works is found out at every stop.
    let current = Rc::new(RefCell::new((PASSPHRASE.to_owned(), NEW.to_owned())));
    let arguments = |_| {
        let (old, new) = current.borrow().clone();
        (log_in(&old), json!({ "old": old, "new": new }))
    };
    let check = async |steps: u32, disk: &Disk| {
        let (old, new) = current.borrow().clone();
        let mut works = Vec::new();
        for passphrase in [&old, &new] {
            // A copy: the same storage is not settled by looking.
            let mut browser = Browser::with_disk(&world, copy(disk));
            let entered = browser.try_call("log_in", log_in(passphrase)).await;
            works.push(entered.is_ok());
            if entered.is_ok() {
                assert_eq!(browser.titles(&vault).await, ["Lease"], "{steps}");
                let devices = browser.call("devices", json!({})).await;
                let devices = devices["devices"].as_array().unwrap().len();
                assert_eq!(devices, 1, "still the same device, {steps}");
            }
        }
        assert_eq!(works.iter().filter(|works| **works).count(), 1, "{steps}");
        if works[1] {
            current.replace((new, old));
        }
    };
    let steps = stopped_everywhere(&world, "change_passphrase", arguments, &disk, check).await;
    assert!(steps >= 8, "{steps}");
    // The kit was not touched by it.
    let mut other = Browser::new(&world);
    other
        .call(
            "recover",
            json!({ "kit": kit, "passphrase": "a third passphrase" }),
        )
        .await;
    assert_eq!(other.titles(&vault).await, ["Lease"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_can_stop_anywhere() {
    let (world, mut browser, kit, vault) = scene().await;
    browser.call("lock", json!({})).await;
    let disk = browser.disk.clone();
    drop(browser);
    let change = json!({ "kit": kit, "passphrase": NEW });
    let arguments = |_| (Value::Null, change.clone());
    let ended = Cell::new(false);
    let check = async |steps: u32, disk: &Disk| {
        // Until the last step the kit is a way in; after it the new passphrase is, and the new
        // kit is shown by it.
        let mut browser = Browser::with_disk(&world, copy(disk));
        if browser.try_call("log_in", log_in(NEW)).await.is_ok() {
            ended.set(true);
            let new_kit = browser.call("pending_kit", json!({})).await;
            assert!(new_kit["kit"].is_string(), "{steps}");
            assert_eq!(browser.titles(&vault).await, ["Lease"], "{steps}");
        } else {
            assert!(!ended.get(), "{steps}");
            let mut other = Browser::new(&world);
            other.log_in("ada", Some(&kit)).await;
            assert_eq!(other.titles(&vault).await, ["Lease"], "{steps}");
        }
    };
    for steps in 0..200 {
        let mut page = Page::over(&world, &disk);
        page.fuse.0.set(steps);
        let (_, change) = arguments(steps);
        let done = page.call("recover", &change).await;
        drop(page);
        check(steps, &disk).await;
        if done.is_ok() || ended.get() {
            assert!(steps >= 10, "{steps}");
            break;
        }
    }
    assert!(ended.get());
    let mut browser = Browser::with_disk(&world, disk);
    browser.call("log_in", log_in(NEW)).await;
    let new_kit = confirm_shown(&mut browser).await;
    let mut other = Browser::new(&world);
    let again = json!({ "kit": new_kit, "passphrase": "a third passphrase" });
    other.call("recover", again).await;
    assert_eq!(other.titles(&vault).await, ["Lease"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_can_stop_anywhere_and_goes_on() {
    for steps in (0..).step_by(3) {
        let (world, browser, kit, vault) = scene().await;
        let disk = browser.disk.clone();
        drop(browser);
        let mut phone = Browser::new(&world);
        phone.log_in("ada", Some(&kit)).await;
        let mut page = Page::over(&world, &disk);
        page.call("log_in", &log_in(PASSPHRASE)).await.unwrap();
        page.fuse.0.set(steps);
        let change = json!({ "old": PASSPHRASE, "new": NEW });
        let done = page.call("renew_all", &change).await;
        drop(page);

        let mut browser = Browser::with_disk(&world, disk);
        let old_works = browser.try_call("log_in", log_in(PASSPHRASE)).await.is_ok();
        if old_works {
            // Nothing had ended: it is begun anew.
            browser.call("renew_all", change).await;
        } else {
            browser.call("log_in", log_in(NEW)).await;
            let status = browser.call("status", json!({})).await;
            if status["renewal_waits"] == true {
                browser
                    .call("finish_renewal", json!({ "passphrase": NEW }))
                    .await;
            }
        }
        let status = browser.call("status", json!({})).await;
        assert_eq!(status["renewal_waits"], false, "{steps}");
        let new_kit = confirm_shown(&mut browser).await;
        assert_ne!(new_kit, kit);
        assert_eq!(browser.titles(&vault).await, ["Lease"], "{steps}");
        // The other device is one no more, and the old ways open nothing.
        let devices = browser.call("devices", json!({})).await;
        let revoked: Vec<bool> = devices["devices"]
            .as_array()
            .unwrap()
            .iter()
            .map(|device| device["revoked"].as_bool().unwrap())
            .collect();
        assert_eq!(revoked, [false, true], "{steps}");
        let mut other = Browser::new(&world);
        let by_old_kit = json!({ "kit": kit, "passphrase": "a third passphrase" });
        assert_eq!(
            other.fails("recover", by_old_kit).await,
            (4, "wrong_credentials".into())
        );
        if done.is_ok() {
            assert!(steps >= 12, "{steps}");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_kit_ends_the_old_one() {
    let (world, mut browser, kit, vault) = scene().await;
    let wrong = json!({ "passphrase": "not that one" });
    assert_eq!(
        browser.fails("new_kit", wrong).await,
        (4, "wrong_credentials".into())
    );
    browser
        .call("new_kit", json!({ "passphrase": PASSPHRASE }))
        .await;
    let new_kit = confirm_shown(&mut browser).await;
    assert!(new_kit.contains("keep the earlier page that has it"));
    browser.add(&vault, "After").await;
    let mut other = Browser::new(&world);
    let by_old = json!({ "kit": kit, "passphrase": NEW });
    assert_eq!(
        other.fails("recover", by_old).await,
        (4, "wrong_credentials".into())
    );
    other
        .call("recover", json!({ "kit": new_kit, "passphrase": NEW }))
        .await;
    assert_eq!(other.titles(&vault).await, ["After", "Lease"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_revoked_and_sessions_end() {
    let (world, mut browser, kit, vault) = scene().await;
    let laptop = world
        .login("ada", "laptop", PASSPHRASE, Some(kit))
        .await
        .unwrap();
    let devices = browser.call("devices", json!({})).await;
    let devices = devices["devices"].as_array().unwrap();
    assert_eq!(devices.len(), 2);
    assert_eq!(devices[0]["current"], true);
    assert_eq!(devices[1]["name"], "laptop");
    assert!(devices[1]["last_seen_ms"].is_u64());
    let own = json!({ "device": devices[0]["device"], "passphrase": PASSPHRASE });
    assert_eq!(browser.fails("revoke_device", own).await.0, 2);
    let revoke = json!({ "device": devices[1]["device"], "passphrase": PASSPHRASE });
    browser.call("revoke_device", revoke.clone()).await;
    assert_eq!(
        browser.fails("revoke_device", revoke).await,
        (6, "revoked_already".into())
    );
    let id = vault.parse().unwrap();
    let title = strongroom_client::Value::Text("Stolen".into());
    let fields = strongroom_client::Fields::from([("title".to_owned(), title)]);
    let written = laptop.record_add_many(id, "case", vec![fields]).await;
    assert!(written.is_err(), "a revoked device writes no more");
    assert_eq!(browser.titles(&vault).await, ["Lease"]);

    let sessions = browser.call("sessions", json!({})).await;
    let sessions = sessions["sessions"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 2, "{sessions:?}");
    let other = sessions.iter().find(|row| row["current"] == false).unwrap();
    let end = json!({ "session": other["session"] });
    browser.call("end_session", end.clone()).await;
    assert_eq!(browser.fails("end_session", end).await.0, 3);
    let mut second = browser_again(&world, &browser);
    second.log_in("ada", None).await;
    assert_eq!(
        browser.call("end_other_sessions", json!({})).await["ended"],
        1
    );
    assert_eq!(
        second.fails("vaults", json!({})).await,
        (4, "unauthenticated".into())
    );
    assert_eq!(second.call("status", json!({})).await["signed_in"], false);
}

/// A second tab of the same browser.
fn browser_again(world: &World, browser: &Browser) -> Browser {
    Browser::with_disk(world, browser.disk.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_revokes_a_device_of_somebody_else() {
    let world = World::start().await.unwrap();
    let mut ada = Browser::new(&world);
    ada.found(&world, "ada").await;
    let founder_code = {
        let laptop_kit = ada
            .call("new_kit", json!({ "passphrase": PASSPHRASE }))
            .await;
        let kit = laptop_kit["kit"].as_str().unwrap().to_owned();
        ada.call("confirm_kit", json!({ "text": kit })).await;
        let laptop = world
            .login("ada", "laptop", PASSPHRASE, Some(kit))
            .await
            .unwrap();
        let day = strongroom_testkit::world::DAY_MS;
        let role = strongroom_types::AccountRole::Member;
        laptop.account_invite(role, day).await.unwrap().code
    };
    let mut bob = Browser::new(&world);
    bob.sign_up("bob", &founder_code).await;
    let mine = bob.call("devices", json!({})).await["devices"][0].clone();
    let revoke = json!({ "device": mine["device"] });
    assert_ne!(
        bob.try_call("revoke_person_device", revoke.clone())
            .await
            .map(drop)
            .err()
            .map(|e| e.exit()),
        None
    );
    ada.call("revoke_person_device", revoke).await;
    let error = bob
        .try_call("create_vault", json!({ "name": "Mine" }))
        .await;
    assert!(error.is_err());
    // It comes back as a new device.
    bob.log_in("bob", None).await;
    bob.create_vault("Mine").await;
}

fn passkey(passphrase: &str, byte: &str) -> Value {
    json!({
        "passphrase": passphrase,
        "credential": format!("credential-{byte}"),
        "name": "Laptop key",
        "prf": byte.repeat(32),
    })
}

fn unlock(byte: &str) -> Value {
    json!({ "credential": format!("credential-{byte}"), "prf": byte.repeat(32) })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_opens_this_browser_while_its_session_lives() {
    let (world, mut browser, _, vault) = scene().await;
    let wrong = passkey("not that one", "a1");
    assert_eq!(
        browser.fails("add_passkey", wrong).await,
        (4, "wrong_credentials".into())
    );
    browser.call("add_passkey", passkey(PASSPHRASE, "a1")).await;
    browser.call("lock", json!({})).await;
    assert_eq!(browser.fails("vaults", json!({})).await.1, "logged_out");
    let question = browser.call("passkey_question", json!({})).await;
    assert_eq!(question["credentials"], json!(["credential-a1"]));
    assert_eq!(question["prf_input"], "strongroom/passkey/1");
    // Another answer of an authenticator opens nothing.
    let mut other = unlock("a1");
    other["prf"] = json!("b2".repeat(32));
    assert_eq!(browser.fails("unlock", other).await.1, "passkey_unknown");
    assert_eq!(
        browser.fails("unlock", unlock("b2")).await.1,
        "passkey_unknown"
    );
    browser.call("unlock", unlock("a1")).await;
    assert_eq!(browser.titles(&vault).await, ["Lease"]);
    browser.add(&vault, "By passkey").await;

    // After a reload too; and the passphrase still works, with the session of its own.
    let mut browser = browser.reload(&world);
    browser.call("unlock", unlock("a1")).await;
    assert_eq!(browser.titles(&vault).await.len(), 2);
    let mut browser = browser.reload(&world);
    browser.log_in("ada", None).await;
    let sessions = browser.call("sessions", json!({})).await;
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1);
    let mut browser = browser.reload(&world);
    browser.call("unlock", unlock("a1")).await;

    // Nothing of it lies open in the storage.
    let token_like = "a1".repeat(32);
    for (key, value) in browser.disk.0.borrow().iter() {
        assert!(
            !String::from_utf8_lossy(value).contains(&token_like),
            "{key}"
        );
    }
    // A change of passphrase leaves it in place; the session's end at the server closes it.
    let change = json!({ "old": PASSPHRASE, "new": NEW });
    browser.call("change_passphrase", change).await;
    let mut browser = browser.reload(&world);
    browser.call("unlock", unlock("a1")).await;
    let sessions = browser.call("sessions", json!({})).await;
    let session = sessions["sessions"][0]["session"].clone();
    browser
        .call("end_session", json!({ "session": session }))
        .await;
    let mut browser = browser.reload(&world);
    assert_eq!(
        browser.fails("unlock", unlock("a1")).await,
        (4, "unauthenticated".into())
    );
    browser.call("log_in", log_in(NEW)).await;
    let mut browser = browser.reload(&world);
    browser.call("unlock", unlock("a1")).await;
    assert_eq!(browser.titles(&vault).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_that_was_taken_away_opens_nothing() {
    let (world, mut browser, kit, vault) = scene().await;
    browser.call("add_passkey", passkey(PASSPHRASE, "a1")).await;
    browser.call("add_passkey", passkey(PASSPHRASE, "b2")).await;
    let listed = browser.call("passkeys", json!({})).await;
    let slots = listed["passkeys"].as_array().unwrap().clone();
    assert_eq!(slots.len(), 2);
    assert_eq!(slots[0]["name"], "Laptop key");
    browser
        .call("remove_passkey", json!({ "slot": slots[0]["slot"] }))
        .await;
    browser.call("lock", json!({})).await;
    assert_eq!(
        browser.fails("unlock", unlock("a1")).await.1,
        "passkey_unknown"
    );
    // The page that a passkey opened does not close its own door.
    browser.call("unlock", unlock("b2")).await;
    let own = json!({ "slot": slots[1]["slot"] });
    assert_eq!(
        browser.fails("remove_passkey", own.clone()).await.1,
        "passkey_in_use"
    );

    // From another browser: its slot is gone, whatever lies here.
    let mut other = Browser::new(&world);
    other.log_in("ada", Some(&kit)).await;
    let there = other.call("passkeys", json!({})).await;
    assert_eq!(there["passkeys"].as_array().unwrap().len(), 1);
    assert!(there["passkeys"][0]["name"].is_null());
    other.call("remove_passkey", own).await;
    let mut browser = browser.reload(&world);
    assert_eq!(
        browser.fails("unlock", unlock("b2")).await,
        (4, "passkey_removed".into())
    );
    browser.log_in("ada", None).await;
    let listed = browser.call("passkeys", json!({})).await;
    assert_eq!(listed["passkeys"], json!([]));
    assert_eq!(browser.call("status", json!({})).await["passkeys"], 0);
    assert_eq!(browser.titles(&vault).await, ["Lease"]);
    // Without a passkey, a lock ends the session.
    browser.call("lock", json!({})).await;
    assert!(!browser.disk.0.borrow().contains_key("kept/session"));

    // Signed out, nothing of a passkey stays.
    browser.log_in("ada", None).await;
    browser.call("add_passkey", passkey(PASSPHRASE, "c3")).await;
    browser.call("sign_out", json!({})).await;
    assert!(browser.disk.0.borrow().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_waits_sealed_and_is_given_back_once() {
    let (world, mut browser, _, _) = scene().await;
    browser
        .call("keep_drafts", json!({ "text": "half a sentence" }))
        .await;
    browser.call("lock", json!({})).await;
    for (key, value) in browser.disk.0.borrow().iter() {
        assert!(!String::from_utf8_lossy(value).contains("half"), "{key}");
    }
    assert_eq!(
        browser.fails("take_drafts", json!({})).await.1,
        "logged_out"
    );
    let mut browser = browser.reload(&world);
    browser.log_in("ada", None).await;
    let taken = browser.call("take_drafts", json!({})).await;
    assert_eq!(taken["text"], "half a sentence");
    let again = browser.call("take_drafts", json!({})).await;
    assert!(again["text"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_of_one_browser_share_its_storage() {
    let (world, mut first, _, vault) = scene().await;
    let mut second = browser_again(&world, &first);
    second.log_in("ada", None).await;
    for round in 0..4 {
        first.add(&vault, &format!("First {round}")).await;
        second.add(&vault, &format!("Second {round}")).await;
        if round % 2 == 0 {
            second.add(&vault, &format!("Second again {round}")).await;
        }
    }
    let expected = first.titles(&vault).await;
    assert_eq!(expected.len(), 11);
    assert_eq!(second.titles(&vault).await, expected);
    for _ in 0..2 {
        let mut third = browser_again(&world, &first);
        third.log_in("ada", None).await;
        assert_eq!(third.titles(&vault).await, expected);
        third.add(&vault, "Third").await;
        let titles = third.titles(&vault).await;
        assert!(titles.len() > expected.len());
        let trash = third.case(&vault, "Third").await;
        third
            .call("delete_record", crate::scene::version_of(&trash))
            .await;
    }
    let devices = first.call("devices", json!({})).await;
    assert_eq!(devices["devices"].as_array().unwrap().len(), 1);
}
