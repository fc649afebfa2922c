//! Changes of what opens the account, stopped before every request and every write to the storage.

use crate::account::{NEW, confirm_shown, log_in, scene};
use crate::fuse::Page;
use crate::scene::{Browser, Disk};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use strongroom_testkit::world::{PASSPHRASE, World};

fn copy(disk: &Disk) -> Disk {
    Disk::of(disk.0.borrow().clone())
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
