//! Recovery, new kit, devices, sessions, drafts, two tabs.

use crate::scene::{Browser, ada_with_cases, laptop_of_ada};
use serde_json::{Value, json};
use strongroom_testkit::world::{PASSPHRASE, World};

pub const NEW: &str = "another long passphrase";

pub fn log_in(passphrase: &str) -> Value {
    json!({ "name": "ada", "passphrase": passphrase })
}

/// Proves the kit that a page shows.
pub async fn confirm_shown(browser: &mut Browser) -> String {
    let shown = browser.call("pending_kit", json!({})).await;
    let kit = shown["kit"].as_str().expect("a kit").to_owned();
    browser.call("confirm_kit", json!({ "text": kit })).await;
    kit
}

pub async fn scene() -> (World, Browser, String, String) {
    let (world, mut browser, kit, vault) = ada_with_cases().await;
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
    let laptop = laptop_of_ada(&world, &kit).await;
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
        let laptop = laptop_of_ada(&world, &kit).await;
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
