//! What a lock keeps others from, beside putting another revision.

use crate::moving::{Page, Source};
use crate::scene::Browser;
use crate::sharing::Pair;
use serde_json::{Value, json};
use std::sync::Arc;
use strongroom_client::SystemClock;
use strongroom_testkit::world::World;
use strongroom_types::{Clock, ManualClock};

/// How long a lock lasts.
const LEASE_MS: u64 = 60 * 60 * 1000;

/// The one file of a vault's records, as this person sees it.
async fn shown(ben: &mut Browser, vault: &str, record: &str) -> Value {
    ben.call("vaults", json!({})).await;
    let of_record = json!({ "vault": vault, "record": record });
    let listed = ben.call("files", of_record).await;
    let files = listed["files"].as_array().unwrap();
    assert_eq!(files.len(), 1);
    files[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_somebody_else_holds_keeps_its_name_place_and_flags() {
    // People and server agree on the time.
    let clock = Arc::new(ManualClock::at(SystemClock.now_ms()));
    let mut world = World::start_at(clock.clone()).await.unwrap();
    world.clock = clock.clone();
    let mut pair = Pair::in_world(world).await;
    let vault = pair.vault.clone();
    let record = pair.ada.add(&vault, "Lease").await;
    let other = pair.ada.add(&vault, "Loan").await;
    pair.let_ben_in("writer").await;
    let Pair {
        world,
        ada,
        mut ben,
        ..
    } = pair;
    let ada = Page::of(&world, ada);
    let upload = json!({ "transfer": "1", "vault": vault, "record": record,
        "name": "deed.pdf", "media_type": "application/pdf" });
    let file = ada.put(upload, &Source::of(b"deed")).await;
    let of_file = json!({ "vault": vault, "file": file });
    let own = ben.create_vault("Own").await;
    let elsewhere = ben.add(&own, "Copy").await;
    // Ben's picture is older than the lock.
    shown(&mut ben, &vault, &record).await;
    ada.call("lease_file", of_file.clone()).await.unwrap();

    let with = |change: Value| {
        let mut arguments = of_file.clone();
        let more = change.as_object().unwrap().clone();
        arguments.as_object_mut().unwrap().extend(more);
        arguments
    };
    for (method, arguments) in [
        ("edit_file", with(json!({ "name": "Mine.pdf" }))),
        ("edit_file", with(json!({ "hidden": true }))),
        ("edit_file", with(json!({ "protected": true }))),
        ("delete_file", of_file.clone()),
    ] {
        let refused = ben.try_call(method, arguments).await.unwrap_err();
        assert_eq!((refused.exit(), refused.code()), (6, "locked"), "{method}");
        assert_eq!(refused.message(), "the file is locked by ada");
    }
    let ben = Page::of(&world, ben);
    for (to_vault, to_record) in [(&vault, &other), (&own, &elsewhere)] {
        let to = with(json!({ "to_vault": to_vault, "to_record": to_record }));
        let refused = ben.transfers.relocate(&to.to_string(), true).await;
        assert_eq!(refused.err().unwrap().code(), "locked");
    }
    let copies = json!({ "vault": own, "record": elsewhere });
    let copies = ben.call("files", copies).await.unwrap();
    assert_eq!(copies["files"], json!([]));
    let of_record = json!({ "vault": vault, "record": record });
    let seen = ben.call("files", of_record.clone()).await.unwrap();
    let seen = &seen["files"][0];
    assert_eq!(
        (&seen["name"], &seen["hidden"], &seen["deleted"]),
        (&json!("deed.pdf"), &json!(false), &json!(false))
    );

    // The holder does as they like; a lock that is over holds nobody up.
    let hide = with(json!({ "hidden": true }));
    ada.call("edit_file", hide).await.unwrap();
    clock.advance(LEASE_MS + 1);
    let rename = with(json!({ "name": "Mine.pdf" }));
    ben.call("edit_file", rename).await.unwrap();
    let seen = ben.call("files", of_record).await.unwrap();
    assert_eq!(seen["files"][0]["name"], "Mine.pdf");
}
