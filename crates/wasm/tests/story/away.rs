//! A browser that a passkey opens without the server: what it reads, how long, and what becomes
//! of it when the server answers again.

use crate::account::scene;
use crate::passkeys::{passkey, unlock};
use crate::scene::{Browser, Line, edit_of, still_world};
use serde_json::json;
use std::sync::{Arc, Mutex};
use strongroom_testkit::lies;
use strongroom_testkit::world::{DAY_MS, PASSPHRASE, World};
use strongroom_types::Clock;

/// What a passkey needs besides its boxes to open this browser without the server.
const LEFT: [&str; 2] = ["kept/left", "kept/session"];

fn is_left(browser: &Browser) -> bool {
    let disk = browser.disk.0.borrow();
    LEFT.iter().all(|key| disk.contains_key(*key))
}

fn nothing_left(browser: &Browser) -> bool {
    let disk = browser.disk.0.borrow();
    LEFT.iter().all(|key| !disk.contains_key(*key))
}

/// The page is loaded again while the server cannot be reached.
fn reload_away(browser: Browser, world: &World) -> Browser {
    let browser = browser.reload(world);
    browser.line.set(Line::Cut);
    browser
}

/// A browser with a passkey and a record.
async fn with_passkey() -> (World, Browser, String, String) {
    let (world, mut browser, kit, vault) = scene().await;
    browser.call("add_passkey", passkey(PASSPHRASE, "a1")).await;
    (world, browser, kit, vault)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_opens_this_browser_without_the_server_and_what_is_written_is_sent_later() {
    let (world, browser, kit, vault) = with_passkey().await;
    assert!(is_left(&browser));
    let mut browser = reload_away(browser, &world);
    let status = browser.call("status", json!({})).await;
    assert_eq!(status["name"], "ada");
    assert_eq!(
        (&status["server_answers"], &status["signed_in"]),
        (&json!(false), &json!(false))
    );
    // The passphrase needs the server, and another authenticator opens nothing.
    let by_passphrase = json!({ "name": "ada", "passphrase": PASSPHRASE });
    assert_eq!(browser.fails("log_in", by_passphrase).await.1, "offline");
    let mut other = unlock("a1");
    other["prf"] = json!("b2".repeat(32));
    assert_eq!(browser.fails("unlock", other).await.1, "passkey_unknown");

    browser.call("unlock", unlock("a1")).await;
    let status = browser.call("status", json!({})).await;
    assert_eq!(
        (&status["signed_in"], &status["recovery_confirmed"]),
        (&json!(true), &json!(true))
    );
    let listed = browser.call("vaults", json!({})).await;
    assert_eq!(listed["vaults"][0]["name"], "Cases");
    let case = browser.case(&vault, "Lease").await;
    let fields = json!({ "client": "Meyer" });
    browser.call("edit_record", edit_of(&case, fields)).await;
    browser.add(&vault, "On the train").await;
    let outbox = browser.call("outbox", json!({})).await;
    assert_eq!(outbox["offline"], true);
    assert_eq!(outbox["waiting"].as_array().unwrap().len(), 2);
    assert!(outbox["heard_ms"].as_u64().unwrap() <= world.clock.now_ms());

    // Once more on another day: what waits is still there, and goes when the server answers.
    let mut browser = reload_away(browser, &world);
    browser.call("unlock", unlock("a1")).await;
    assert_eq!(browser.titles(&vault).await, ["Lease", "On the train"]);
    browser.line.set(Line::Whole);
    let outbox = browser.call("send_waiting", json!({})).await;
    assert_eq!(outbox["offline"], false);
    assert_eq!(outbox["waiting"], json!([]));
    let mut other = Browser::new(&world);
    other.log_in("ada", Some(&kit)).await;
    assert_eq!(other.titles(&vault).await, ["Lease", "On the train"]);
    assert_eq!(
        other.case(&vault, "Lease").await["fields"]["client"],
        "Meyer"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn time_without_the_server_has_an_end_and_a_clock_that_was_set_back_buys_none() {
    let (world, clock) = still_world().await;
    let mut browser = Browser::new(&world);
    browser.found(&world, "ada").await;
    let vault = browser.create_vault("Cases").await;
    browser.call("add_passkey", passkey(PASSPHRASE, "a1")).await;
    browser.call("vaults", json!({})).await;
    let heard_ms = clock.now_ms();

    let mut browser = reload_away(browser, &world);
    clock.set(heard_ms + 30 * DAY_MS);
    browser.call("unlock", unlock("a1")).await;
    assert!(browser.titles(&vault).await.is_empty());
    let outbox = browser.call("outbox", json!({})).await;
    assert_eq!(outbox["heard_ms"], heard_ms);
    // An open page gets no longer time than a closed one, but keeps what was typed.
    clock.advance(1);
    let drafts = json!({ "text": "half a sentence" });
    for _ in 0..2 {
        assert_eq!(
            browser.fails("vaults", json!({})).await,
            (4, "offline_too_long".into())
        );
        browser.call("keep_drafts", drafts.clone()).await;
    }
    assert_eq!(browser.call("status", json!({})).await["signed_in"], false);
    browser.call("lock", json!({})).await;
    let refused = browser.fails("unlock", unlock("a1")).await;
    assert_eq!(refused, (4, "offline_too_long".into()));
    clock.set(heard_ms - 1);
    let refused = browser.fails("unlock", unlock("a1")).await;
    assert_eq!(refused, (4, "clock_set_back".into()));

    // With the server it opens at any time, and from then on without it again.
    clock.set(heard_ms + 40 * DAY_MS);
    browser.line.set(Line::Whole);
    browser.call("unlock", unlock("a1")).await;
    let given = browser.call("take_drafts", json!({})).await;
    assert_eq!(given["text"], "half a sentence");
    browser.call("vaults", json!({})).await;
    let mut browser = reload_away(browser, &world);
    clock.set(heard_ms + 69 * DAY_MS);
    browser.call("unlock", unlock("a1")).await;

    // The organisation can only make it shorter.
    browser.line.set(Line::Whole);
    let policy = json!({ "image_max_pixels": 0, "offline_max_days": 2 });
    browser.call("set_policy", policy).await;
    let mut browser = reload_away(browser, &world);
    clock.set(heard_ms + 71 * DAY_MS);
    browser.call("unlock", unlock("a1")).await;
    clock.advance(1);
    let mut browser = reload_away(browser, &world);
    let refused = browser.fails("unlock", unlock("a1")).await;
    assert_eq!(refused, (4, "offline_too_long".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_meanwhile_locks_the_page_at_its_return() {
    let (world, browser, kit, vault) = with_passkey().await;
    let mut browser = reload_away(browser, &world);
    browser.call("unlock", unlock("a1")).await;
    browser.add(&vault, "On the train").await;
    let mut other = Browser::new(&world);
    other.log_in("ada", Some(&kit)).await;
    let ended = other.call("end_other_sessions", json!({})).await;
    assert_eq!(ended["ended"], 1);

    browser.line.set(Line::Whole);
    for method in ["send_waiting", "vaults", "outbox"] {
        let refused = browser.fails(method, json!({})).await;
        assert_eq!(refused, (4, "away_ended".into()), "{method}");
    }
    assert!(nothing_left(&browser));
    let records = json!({ "vault": vault, "table": "case" });
    assert_eq!(browser.fails("records", records).await.1, "away_ended");
    // What was typed can still be sealed; nothing else is done, with the server or without.
    let drafts = json!({ "text": "half a sentence" });
    browser.call("keep_drafts", drafts).await;
    browser.call("lock", json!({})).await;
    assert_eq!(browser.call("status", json!({})).await["passkeys"], 0);
    for line in [Line::Cut, Line::Whole] {
        browser.line.set(line);
        let refused = browser.fails("unlock", unlock("a1")).await;
        assert_eq!(refused, (4, "login_required".into()));
    }
    assert_eq!(other.titles(&vault).await, ["Lease"]);

    // The passphrase opens it as the same device, and nothing was lost.
    browser.log_in("ada", None).await;
    let given = browser.call("take_drafts", json!({})).await;
    assert_eq!(given["text"], "half a sentence");
    browser.call("vaults", json!({})).await;
    assert_eq!(other.titles(&vault).await, ["Lease", "On the train"]);
    assert!(is_left(&browser));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_server_closes_the_door_without_the_server_too() {
    let (world, browser, kit, _) = with_passkey().await;
    let mut other = Browser::new(&world);
    other.log_in("ada", Some(&kit)).await;
    other.call("end_other_sessions", json!({})).await;
    let mut browser = browser.reload(&world);
    let refused = browser.fails("unlock", unlock("a1")).await;
    assert_eq!(refused, (4, "unauthenticated".into()));
    assert!(nothing_left(&browser));
    browser.line.set(Line::Cut);
    let refused = browser.fails("unlock", unlock("a1")).await;
    assert_eq!(refused, (4, "login_required".into()));

    // A page that was open when its session ended leaves nothing either.
    browser.line.set(Line::Whole);
    browser.log_in("ada", None).await;
    browser.call("vaults", json!({})).await;
    assert!(is_left(&browser));
    other.call("end_other_sessions", json!({})).await;
    let refused = browser.fails("vaults", json!({})).await;
    assert_eq!(refused, (4, "unauthenticated".into()));
    assert!(nothing_left(&browser));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_or_a_passkey_that_was_taken_away_meanwhile_ends_at_its_return() {
    for takes_device in [true, false] {
        let (world, mut browser, kit, vault) = with_passkey().await;
        let passkeys = browser.call("passkeys", json!({})).await;
        let devices = browser.call("devices", json!({})).await;
        let mut browser = reload_away(browser, &world);
        browser.call("unlock", unlock("a1")).await;
        browser.add(&vault, "Too late").await;
        let mut other = Browser::new(&world);
        other.log_in("ada", Some(&kit)).await;
        if takes_device {
            let device = devices["devices"][0]["device"].clone();
            let revoke = json!({ "device": device, "passphrase": PASSPHRASE });
            other.call("revoke_device", revoke).await;
        } else {
            let slot = passkeys["passkeys"][0]["slot"].clone();
            other.call("remove_passkey", json!({ "slot": slot })).await;
        }
        browser.line.set(Line::Whole);
        let expected = match takes_device {
            true => "device_revoked",
            false => "passkey_removed",
        };
        for _ in 0..2 {
            let refused = browser.fails("send_waiting", json!({})).await;
            assert_eq!(refused, (4, expected.into()));
        }
        assert!(nothing_left(&browser));
        assert_eq!(other.titles(&vault).await, ["Lease"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_wallet_is_refused_at_the_return_and_nothing_is_sent() {
    let (world, mut browser, _, vault) = with_passkey().await;
    let old = Arc::new(Mutex::new(Vec::new()));
    let keep = old.clone();
    world.liar.tell(lies::rewrite_bytes(
        |path| path == "/v1/wallet",
        move |bytes| {
            keep.lock().unwrap().clone_from(bytes);
            false
        },
    ));
    browser.call("passkeys", json!({})).await;
    world.liar.stop();
    browser.create_vault("Changes the wallet").await;

    let mut browser = reload_away(browser, &world);
    browser.call("unlock", unlock("a1")).await;
    browser.add(&vault, "On the train").await;
    let old = old.lock().unwrap().clone();
    assert!(!old.is_empty());
    world.liar.tell(lies::rewrite_bytes(
        |path| path == "/v1/wallet",
        move |bytes| {
            bytes.clone_from(&old);
            true
        },
    ));
    browser.line.set(Line::Whole);
    let refused = browser.fails("send_waiting", json!({})).await;
    assert_eq!(refused, (5, "rollback".into()));
    assert!(world.liar.stop() > 0);
    // The page stays open on what is here, and goes on when the server tells the truth.
    let sent = browser.call("send_waiting", json!({})).await;
    assert_eq!(sent["waiting"], json!([]));
    assert_eq!(browser.titles(&vault).await, ["Lease", "On the train"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_passkey_nothing_is_left_and_with_one_nothing_lies_open() {
    let (world, mut browser, _, _) = scene().await;
    browser.call("vaults", json!({})).await;
    assert!(nothing_left(&browser));
    browser.call("add_passkey", passkey(PASSPHRASE, "a1")).await;
    assert!(is_left(&browser));
    let slot = browser.call("passkeys", json!({})).await["passkeys"][0]["slot"].clone();
    browser
        .call("remove_passkey", json!({ "slot": slot }))
        .await;
    assert!(nothing_left(&browser));
    browser.call("vaults", json!({})).await;
    assert!(nothing_left(&browser));

    // Of a wallet that was altered in the storage, only that it does not open is told: no
    // server has lied.
    browser.call("add_passkey", passkey(PASSPHRASE, "b2")).await;
    let mut browser = reload_away(browser, &world);
    let whole = browser.disk.0.borrow()["kept/left"].clone();
    let mut damaged = whole.clone();
    *damaged.last_mut().unwrap() ^= 1;
    browser
        .disk
        .0
        .borrow_mut()
        .insert("kept/left".into(), damaged);
    let refused = browser.fails("unlock", unlock("b2")).await;
    assert_eq!(refused, (1, "offline".into()));
    browser
        .disk
        .0
        .borrow_mut()
        .insert("kept/left".into(), whole);
    browser.call("unlock", unlock("b2")).await;
    assert_eq!(browser.call("status", json!({})).await["signed_in"], true);
}
