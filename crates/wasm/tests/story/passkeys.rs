//! Passkeys: what they open, and when not.

use crate::account::{NEW, log_in, scene};
use crate::scene::Browser;
use serde_json::{Value, json};
use strongroom_testkit::world::PASSPHRASE;

pub fn passkey(passphrase: &str, byte: &str) -> Value {
    json!({
        "passphrase": passphrase,
        "credential": format!("credential-{byte}"),
        "name": "Laptop key",
        "prf": byte.repeat(32),
    })
}

pub fn unlock(byte: &str) -> Value {
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
