//! Signing up, the kit, coming back.

use crate::scene::{Browser, ada_with_cases};
use serde_json::json;
use strongroom_testkit::world::{DAY_MS, PASSPHRASE, World};
use strongroom_types::AccountRole;

#[tokio::test(flavor = "multi_thread")]
async fn founder_signs_up_confirms_the_kit_and_comes_back() {
    let world = World::start().await.unwrap();
    let mut browser = Browser::new(&world);
    let status = browser.call("status", json!({})).await;
    assert_eq!(status["needs_setup"], true);
    assert_eq!(status["device_known"], false);
    let code = world.server.setup_code.clone().unwrap();
    let sign_up = json!({ "code": code, "name": "Ada", "passphrase": PASSPHRASE });
    let shown = browser.call("sign_up", sign_up).await;
    let kit = shown["kit"].as_str().unwrap().to_owned();
    let status = browser.call("status", json!({})).await;
    assert_eq!(status["needs_setup"], false);
    assert_eq!(status["recovery_confirmed"], false);

    // The page is closed before the kit is printed: it is shown again after the next login.
    let mut browser = browser.reload(&world);
    browser.log_in("ada", None).await;
    let again = browser.call("pending_kit", json!({})).await;
    assert_eq!(again["kit"], kit);
    let code = kit
        .lines()
        .find_map(|line| line.strip_prefix("Recovery code: "));
    let groups: Vec<&str> = code
        .unwrap()
        .strip_prefix("SR-RECOVER-")
        .unwrap()
        .split('-')
        .collect();
    let answer: Vec<&str> = again["check"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| groups[n.as_u64().unwrap() as usize - 1])
        .collect();
    let wrong = json!({ "text": "AAAA BBBB CCCC" });
    assert_eq!(
        browser.fails("confirm_kit", wrong).await,
        (2, "kit_mismatch".into())
    );
    browser
        .call("confirm_kit", json!({ "text": answer.join(" ") }))
        .await;
    let status = browser.call("status", json!({})).await;
    assert_eq!(status["recovery_confirmed"], true);
    assert_eq!(status["name"], "Ada");
    let none = browser.call("pending_kit", json!({})).await;
    assert!(none["kit"].is_null());
    browser.call("lock", json!({})).await;
    assert_eq!(
        browser.fails("vaults", json!({})).await,
        (4, "logged_out".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_browser_needs_the_kit_and_shows_the_same_records() {
    let (world, mut first, kit, vault) = ada_with_cases().await;
    first.add(&vault, "Harbour lease").await;

    let mut second = Browser::new(&world);
    let without = json!({ "name": "ada", "passphrase": PASSPHRASE });
    assert_eq!(
        second.fails("log_in", without).await,
        (2, "kit_required".into())
    );
    let wrong = json!({ "name": "ada", "passphrase": "not that one", "kit": kit });
    assert_eq!(
        second.fails("log_in", wrong).await,
        (4, "wrong_credentials".into())
    );
    assert_eq!(
        second.call("status", json!({})).await["device_known"],
        false
    );
    second.log_in("ada", Some(&kit)).await;
    assert_eq!(second.titles(&vault).await, ["Harbour lease"]);
    second.add(&vault, "Second").await;
    assert_eq!(first.titles(&vault).await, ["Harbour lease", "Second"]);

    // Without the kit from now on, and as the same device.
    let mut second = second.reload(&world);
    second.log_in("ada", None).await;
    assert_eq!(second.titles(&vault).await, ["Harbour lease", "Second"]);
    let elsewhere = world
        .login("ada", "laptop", PASSPHRASE, Some(kit.clone()))
        .await
        .unwrap();
    let devices = elsewhere.devices().await.unwrap();
    assert_eq!(devices.len(), 3, "{devices:?}");

    // Signed out, the browser is nobody's.
    second.call("sign_out", json!({})).await;
    assert!(second.disk.0.borrow().is_empty());
    let without = json!({ "name": "ada", "passphrase": PASSPHRASE });
    assert_eq!(
        second.fails("log_in", without).await,
        (2, "kit_required".into())
    );
    let device_secret = kit
        .lines()
        .find_map(|line| line.strip_prefix("Device secret: "));
    second.log_in("ada", device_secret).await;
    assert_eq!(second.titles(&vault).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_lets_a_second_person_in_and_both_see_one_vault() {
    let world = World::start().await.unwrap();
    let alice = world.founder("alice").await.unwrap();
    let invitation = alice
        .account_invite(AccountRole::Member, DAY_MS)
        .await
        .unwrap();
    let mut bob = Browser::new(&world);
    bob.sign_up("bob", &invitation.code).await;
    let vault = alice.vault_create("Cases").await.unwrap().vault;
    alice
        .vault_invite(vault, "bob", strongroom_types::Role::Writer)
        .await
        .unwrap();
    let vaults = bob.call("vaults", json!({})).await;
    assert_eq!(vaults["vaults"][0]["name"], "Cases");
    assert_eq!(vaults["vaults"][0]["role"], "writer");
    assert_eq!(vaults["vaults"][0]["members"], 2);
    let members = bob.call("members", json!({ "vault": vault })).await;
    assert_eq!(members["members"][0]["name"], "alice");
    assert_eq!(members["members"][1]["you"], true);
    // Access ends: it is said, and nothing that was read stays.
    bob.add(&vault.to_string(), "Mine").await;
    alice.vault_remove(vault, "bob").await.unwrap();
    let records = json!({ "vault": vault, "table": "case" });
    assert_eq!(
        bob.fails("records", records).await,
        (4, "access_ended".into())
    );
    let segments = format!("kept/vault/{vault}/");
    assert!(
        !bob.disk
            .0
            .borrow()
            .keys()
            .any(|key| key.starts_with(&segments))
    );
}
