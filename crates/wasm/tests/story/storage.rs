//! What a reload keeps, and what lies open in the storage.

use crate::scene::{Browser, Disk, ada_with_cases, laptop_of_ada};
use serde_json::json;
use strongroom_testkit::world::{PASSPHRASE, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_reads_only_what_is_new_and_finds_the_same_records() {
    let (world, mut browser, _, vault) = ada_with_cases().await;
    for number in 0..5 {
        browser.add(&vault, &format!("Case {number}")).await;
    }
    let before = browser.cases(&vault).await;
    let mut browser = browser.reload(&world);
    // A server that shows an empty log to who reads it from the start is never asked to.
    let lie = strongroom_testkit::lies::truncate_log(strongroom_testkit::lies::Log::Vault, 0);
    world.liar.tell(lie);
    browser.log_in("ada", None).await;
    assert_eq!(browser.cases(&vault).await, before);
    assert_eq!(world.liar.stop(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_storage_shows_no_names_or_values_and_opens_by_nothing_else() {
    let world = World::start().await.unwrap();
    let mut browser = Browser::new(&world);
    browser.found(&world, "ada").await;
    let vault = browser.create_vault("Harbour project").await;
    browser.add(&vault, "Plaintext canary").await;
    for (key, value) in browser.disk.0.borrow().iter() {
        let text = String::from_utf8_lossy(value);
        for needle in ["canary", "Harbour", PASSPHRASE, "SR-RECOVER"] {
            assert!(!text.contains(needle), "{needle} in {key}");
        }
    }
    // Values put in each other's place, or damaged, are not taken for what they are not: the
    // browser reads anew.
    let disk = browser.disk.0.borrow().clone();
    let segment = format!("kept/vault/{vault}/0");
    let state = format!("kept/vault/{vault}");
    assert!(disk.contains_key(&segment) && disk.contains_key(&state));
    for (damaged, by) in [(&segment, &state), (&state, &segment)] {
        let mut other = disk.clone();
        other.insert(damaged.clone(), disk[by].clone());
        let mut browser = Browser::with_disk(&world, Disk::of(other));
        browser.log_in("ada", None).await;
        assert_eq!(browser.titles(&vault).await, ["Plaintext canary"]);
    }
    // Without the lines that are counted, too.
    let mut other = disk.clone();
    other.remove(&segment);
    let mut browser = Browser::with_disk(&world, Disk::of(other));
    browser.log_in("ada", None).await;
    assert_eq!(browser.titles(&vault).await, ["Plaintext canary"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_passphrase_makes_the_browser_a_new_device_and_loses_nothing() {
    let (world, mut browser, kit, vault) = ada_with_cases().await;
    browser.add(&vault, "Lease").await;
    let laptop = laptop_of_ada(&world, &kit).await;
    let old = strongroom_testkit::world::passphrase(PASSPHRASE).unwrap();
    let new = strongroom_testkit::world::passphrase("another long passphrase").unwrap();
    laptop.passphrase_change(&old, &new).await.unwrap();
    let mut browser = browser.reload(&world);
    let arguments = json!({ "name": "ada", "passphrase": "another long passphrase" });
    browser.call("log_in", arguments).await;
    assert_eq!(browser.titles(&vault).await, ["Lease"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_entries_fill_several_segments_and_survive_a_reload() {
    let (world, mut browser, kit, vault) = ada_with_cases().await;
    let laptop = laptop_of_ada(&world, &kit).await;
    let id = vault.parse().unwrap();
    let record = |number: u32| {
        let title = strongroom_client::Value::Text(format!("Case {number:04}"));
        strongroom_client::Fields::from([("title".to_owned(), title)])
    };
    let records = (0..1_200).map(record).collect();
    laptop.record_add_many(id, "case", records).await.unwrap();
    let titles = browser.titles(&vault).await;
    assert_eq!(titles.len(), 1_200);
    let segment = format!("kept/vault/{vault}/2");
    assert!(browser.disk.0.borrow().contains_key(&segment));
    let mut browser = browser.reload(&world);
    browser.log_in("ada", None).await;
    browser.add(&vault, "One more").await;
    assert_eq!(browser.titles(&vault).await.len(), 1_201);
}
