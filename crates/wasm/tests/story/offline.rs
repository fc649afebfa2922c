//! Work without the server: what is read, what waits, and what becomes of it.

use crate::scene::{Browser, Line, ada_with_cases, edit_of, version_of};
use crate::sharing::Pair;
use serde_json::{Value, json};
use strongroom_testkit::world::World;

async fn outbox(browser: &mut Browser) -> Value {
    browser.call("outbox", json!({})).await
}

/// What names a record in a call.
fn record_of(case: &Value) -> Value {
    json!({ "vault": case["vault"], "record": case["record"] })
}

fn waiting(outbox: &Value) -> usize {
    outbox["waiting"].as_array().unwrap().len()
}

/// Reads what is new, as the page does when it is back on the network.
async fn back(browser: &mut Browser) -> Value {
    browser.line.set(Line::Whole);
    browser.call("vaults", json!({})).await;
    outbox(browser).await
}

/// Two pages of one browser that have read the same empty vault, and then lose the network.
async fn two_tabs() -> (World, Browser, Browser, String) {
    let (world, mut first, _, vault) = ada_with_cases().await;
    let mut second = Browser::with_disk(&world, first.disk.clone());
    second.log_in("ada", None).await;
    for tab in [&mut first, &mut second] {
        assert!(tab.titles(&vault).await.is_empty());
        tab.line.set(Line::Cut);
    }
    (world, first, second, vault)
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_without_the_server_are_shown_lie_sealed_and_are_sent_after_a_reload() {
    let (world, mut browser, kit, vault) = ada_with_cases().await;
    browser.add(&vault, "Before").await;
    browser.add(&vault, "Waste").await;

    browser.line.set(Line::Cut);
    assert_eq!(browser.titles(&vault).await, ["Before", "Waste"]);
    let before = browser.case(&vault, "Before").await;
    let first = browser
        .call(
            "edit_record",
            edit_of(&before, json!({ "title": "Changed" })),
        )
        .await;
    let mut again = edit_of(&before, json!({ "client": "Meyer" }));
    again["version"] = first["version"].clone();
    browser.call("edit_record", again).await;
    browser.add(&vault, "Plainly new").await;
    let waste = browser.case(&vault, "Waste").await;
    browser.call("delete_record", version_of(&waste)).await;

    assert_eq!(browser.titles(&vault).await, ["Changed", "Plainly new"]);
    let changed = browser.case(&vault, "Changed").await;
    assert_eq!(changed["fields"]["client"], "Meyer");
    assert_eq!(
        (&changed["unsent"], &changed["conflicts"]),
        (&json!(true), &json!(0))
    );
    let history = browser.call("history", record_of(&changed)).await;
    let unsent: Vec<&Value> = history["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| &version["unsent"])
        .collect();
    assert_eq!(unsent, [true, true, false]);
    let told = outbox(&mut browser).await;
    assert_eq!((&told["offline"], waiting(&told)), (&json!(true), 4));
    assert_eq!(told["waiting"][0]["fields"]["title"], "Changed");
    for value in browser.disk.0.borrow().values() {
        assert!(!value.windows(7).any(|bytes| bytes == b"Plainly"));
    }

    let mut browser = browser.reload(&world);
    browser.log_in("ada", None).await;
    assert_eq!(waiting(&outbox(&mut browser).await), 4);
    let told = back(&mut browser).await;
    assert_eq!((&told["offline"], waiting(&told)), (&json!(false), 0));
    let mut other = Browser::new(&world);
    other.log_in("ada", Some(&kit)).await;
    for browser in [&mut browser, &mut other] {
        assert_eq!(browser.titles(&vault).await, ["Changed", "Plainly new"]);
        let changed = browser.case(&vault, "Changed").await;
        assert_eq!(changed["fields"]["client"], "Meyer");
        assert_eq!(
            (&changed["unsent"], &changed["conflicts"]),
            (&json!(false), &json!(0))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_wrote_meanwhile_is_kept_beside_it() {
    let (world, mut here, kit, vault) = ada_with_cases().await;
    here.add(&vault, "Case").await;
    let mut there = Browser::new(&world);
    there.log_in("ada", Some(&kit)).await;
    let case = there.case(&vault, "Case").await;

    here.line.set(Line::Cut);
    let fields = json!({ "client": "Offline" });
    here.call("edit_record", edit_of(&case, fields)).await;
    let fields = json!({ "client": "Online" });
    there.call("edit_record", edit_of(&case, fields)).await;
    assert_eq!(waiting(&back(&mut here).await), 0);
    for browser in [&mut here, &mut there] {
        let case = browser.case(&vault, "Case").await;
        assert_eq!(case["conflicts"], 1);
        let sides = browser.call("side_by_side", record_of(&case)).await;
        let mut clients: Vec<_> = sides["versions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|version| version["fields"]["client"].as_str().unwrap())
            .collect();
        clients.sort_unstable();
        assert_eq!(clients, ["Offline", "Online"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_written_any_more_stays_readable_and_stops_nothing_else() {
    let mut pair = Pair::set_up().await;
    let vault = pair.vault.clone();
    pair.ada.add(&vault, "Case").await;
    pair.let_ben_in("writer").await;
    let case = pair.ben.case(&vault, "Case").await;
    let own = pair.ben.create_vault("Own").await;

    pair.ben.line.set(Line::Cut);
    let fields = json!({ "client": "Typed by Ben" });
    pair.ben.call("edit_record", edit_of(&case, fields)).await;
    pair.ben.add(&own, "Mine").await;
    pair.let_ben_read_only().await;

    let told = back(&mut pair.ben).await;
    assert_eq!(waiting(&told), 1);
    let stuck = told["waiting"][0].clone();
    assert_eq!(stuck["problem"]["code"], "forbidden");
    assert_eq!(stuck["fields"]["client"], "Typed by Ben");
    assert_eq!(pair.ben.titles(&own).await, ["Mine"]);
    let told = pair.ben.call("send_waiting", json!({})).await;
    assert_eq!(told["waiting"][0]["problem"]["code"], "forbidden");

    let record = json!({ "record": stuck["record"] });
    pair.ben.call("discard_waiting", record).await;
    assert_eq!(waiting(&outbox(&mut pair.ben).await), 0);
    let case = pair.ben.case(&vault, "Case").await;
    assert_eq!(case["unsent"], false);
    assert_ne!(case["fields"]["client"], "Typed by Ben");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_was_lost_is_found_in_the_log() {
    let (_world, mut browser, _, vault) = ada_with_cases().await;
    browser.line.set(Line::AnswersLost);
    browser.add(&vault, "Once").await;
    assert_eq!(waiting(&outbox(&mut browser).await), 1);
    assert_eq!(waiting(&back(&mut browser).await), 0);
    assert_eq!(browser.titles(&vault).await, ["Once"]);
    let case = browser.case(&vault, "Once").await;
    let history = browser.call("history", record_of(&case)).await;
    assert_eq!(history["versions"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_lose_nothing_of_each_other_and_send_nothing_that_was_given_up() {
    let (world, mut first, mut second, vault) = two_tabs().await;
    first.add(&vault, "First").await;
    second.add(&vault, "Second").await;
    let third = first.add(&vault, "Given up").await;
    assert_eq!(waiting(&outbox(&mut second).await), 3);
    assert_eq!(second.titles(&vault).await, ["First", "Given up", "Second"]);
    second
        .call("discard_waiting", json!({ "record": third }))
        .await;
    let mut first = first.reload(&world);
    first.log_in("ada", None).await;
    assert_eq!(waiting(&back(&mut first).await), 0);
    assert_eq!(waiting(&back(&mut second).await), 0);
    for tab in [&mut first, &mut second] {
        assert_eq!(tab.titles(&vault).await, ["First", "Second"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_outlives_a_storage_that_the_browser_cleared_under_the_page() {
    let (_world, mut browser, _, vault) = ada_with_cases().await;
    browser.line.set(Line::Cut);
    browser.add(&vault, "Still here").await;
    browser.disk.0.borrow_mut().clear();
    assert_eq!(waiting(&outbox(&mut browser).await), 1);
    assert_eq!(waiting(&back(&mut browser).await), 0);
    assert_eq!(browser.titles(&vault).await, ["Still here"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_that_write_in_the_same_instant_lose_nothing() {
    let (_world, mut first, mut second, vault) = two_tabs().await;
    futures::join!(first.add(&vault, "First"), second.add(&vault, "Second"));
    assert_eq!(waiting(&outbox(&mut first).await), 2);
    let sent = futures::join!(back(&mut first), back(&mut second));
    assert_eq!((waiting(&sent.0), waiting(&sent.1)), (0, 0));
    for tab in [&mut first, &mut second] {
        assert_eq!(tab.titles(&vault).await, ["First", "Second"]);
    }
}
