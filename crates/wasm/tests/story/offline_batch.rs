//! Many records changed at once without the server: each waits by itself.

use crate::scene::{Browser, Line};
use crate::sharing::Pair;
use serde_json::{Value, json};
use strongroom_testkit::world::World;

/// Changes all of these at once; whatever cannot be sent waits.
async fn change_all(browser: &mut Browser, cases: &[Value], change: Value) -> Vec<Value> {
    let rows: Vec<Value> = cases
        .iter()
        .map(|case| {
            let mut row = change.clone();
            row["record"] = case["record"].clone();
            row["version"] = case["version"].clone();
            row
        })
        .collect();
    let arguments = json!({ "vault": cases[0]["vault"], "table": "case",
        "rows": rows, "may_wait": true });
    let answer = browser.call("write_records", arguments).await;
    answer["written"].as_array().unwrap().clone()
}

async fn fill(browser: &mut Browser, vault: &str, count: usize) -> Vec<Value> {
    let rows: Vec<Value> = (0..count)
        .map(|number| json!({ "fields": { "title": format!("Case {number:03}") } }))
        .collect();
    let arguments = json!({ "vault": vault, "table": "case", "rows": rows });
    browser.call("write_records", arguments).await;
    browser.cases(vault).await
}

/// What waits, before anything is asked of the server.
async fn unsent(browser: &mut Browser) -> Vec<Value> {
    let told = browser.call("outbox", json!({})).await;
    told["waiting"].as_array().unwrap().clone()
}

/// What waits, after the page has asked for what is new.
async fn waiting(browser: &mut Browser) -> Vec<Value> {
    browser.call("vaults", json!({})).await;
    unsent(browser).await
}

fn count(cases: &[Value], fits: impl Fn(&Value) -> bool) -> usize {
    cases.iter().filter(|case| fits(case)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_waits_record_by_record_over_a_reload_and_arrives_with_conflicts_kept() {
    let world = World::start().await.unwrap();
    let mut here = Browser::new(&world);
    let kit = here.found(&world, "ada").await;
    let vault = here.create_vault("Cases").await;
    let cases = fill(&mut here, &vault, 300).await;
    let mut there = Browser::new(&world);
    there.log_in("ada", Some(&kit)).await;
    let theirs = there.case(&vault, "Case 007").await;

    here.line.set(Line::Cut);
    let change = json!({ "fields": { "client": "Offline" } });
    let written = change_all(&mut here, &cases, change).await;
    assert_eq!(count(&written, |one| one["unsent"] == true), 300);
    let changed = here.cases(&vault).await;
    assert!(changed.iter().all(|case| case["unsent"] == true));
    // A second batch follows the first: it is of the versions that wait.
    let trash = json!({ "deleted": true });
    let last = |case: &&Value| case["fields"]["title"].as_str().unwrap() >= "Case 298";
    let last: Vec<Value> = changed.iter().filter(last).cloned().collect();
    change_all(&mut here, &last, trash).await;
    assert_eq!(here.titles(&vault).await.len(), 298);
    let mut here = here.reload(&world);
    here.log_in("ada", None).await;
    assert_eq!(unsent(&mut here).await.len(), 302);

    let online = json!({ "vault": vault, "record": theirs["record"],
        "version": theirs["version"], "fields": { "client": "Online" } });
    there.call("edit_record", online).await;
    assert_eq!(waiting(&mut here).await, Vec::<Value>::new());
    for browser in [&mut here, &mut there] {
        browser.call("vaults", json!({})).await;
        let all = browser.cases(&vault).await;
        assert_eq!(all.len(), 298);
        assert_eq!(count(&all, |case| case["unsent"] == true), 0);
        assert_eq!(count(&all, |case| case["conflicts"] == 1), 1);
        let beside = browser.case(&vault, "Case 007").await;
        assert_eq!(beside["conflicts"], 1);
        let others = |case: &Value| case["record"] != beside["record"];
        let sent = |case: &Value| others(case) && case["fields"]["client"] == "Offline";
        assert_eq!(count(&all, sent), 297);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_answer_was_lost_waits_and_is_not_made_twice() {
    let world = World::start().await.unwrap();
    let mut browser = Browser::new(&world);
    browser.found(&world, "ada").await;
    let vault = browser.create_vault("Cases").await;
    let cases = fill(&mut browser, &vault, 3).await;
    browser.line.set(Line::AppendsLost);
    let change = json!({ "fields": { "client": "Once" } });
    let written = change_all(&mut browser, &cases, change).await;
    assert_eq!(count(&written, |one| one["unsent"] == true), 3);
    browser.line.set(Line::Whole);
    assert_eq!(waiting(&mut browser).await.len(), 0);
    for case in browser.cases(&vault).await {
        let named = json!({ "vault": vault, "record": case["record"] });
        let history = browser.call("history", named).await;
        assert_eq!(history["versions"].as_array().unwrap().len(), 2);
        assert_eq!(case["fields"]["client"], "Once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_sent_of_a_batch_is_listed_record_by_record_and_given_up_so() {
    let mut pair = Pair::set_up().await;
    let vault = pair.vault.clone();
    fill(&mut pair.ada, &vault, 2).await;
    pair.let_ben_in("writer").await;
    let own = pair.ben.create_vault("Own").await;
    let mine = fill(&mut pair.ben, &own, 2).await;
    let shared = pair.ben.cases(&vault).await;

    pair.ben.line.set(Line::Cut);
    let change = json!({ "fields": { "client": "Typed by Ben" } });
    change_all(&mut pair.ben, &shared, change.clone()).await;
    change_all(&mut pair.ben, &mine, change).await;
    pair.let_ben_read_only().await;
    pair.ben.line.set(Line::Whole);
    let stuck = waiting(&mut pair.ben).await;
    assert_eq!(stuck.len(), 2);
    for one in &stuck {
        assert_eq!(one["problem"]["code"], "forbidden");
        assert_eq!(one["fields"]["client"], "Typed by Ben");
    }
    let sent = pair.ben.cases(&own).await;
    assert_eq!(count(&sent, |case| case["unsent"] == false), 2);
    let given_up = json!({ "record": stuck[0]["record"] });
    pair.ben.call("discard_waiting", given_up).await;
    let left = waiting(&mut pair.ben).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["record"], stuck[1]["record"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_wait_than_there_is_room_for_and_the_rest_is_told() {
    let world = World::start().await.unwrap();
    let mut browser = Browser::new(&world);
    browser.found(&world, "ada").await;
    let vault = browser.create_vault("Cases").await;
    let cases = fill(&mut browser, &vault, 600).await;
    browser.line.set(Line::Cut);
    for (client, waits) in [("First", 600), ("Second", 400)] {
        let cases = match client {
            "First" => cases.clone(),
            _ => browser.cases(&vault).await,
        };
        let change = json!({ "fields": { "client": client } });
        let written = change_all(&mut browser, &cases, change).await;
        assert_eq!(count(&written, |one| one["unsent"] == true), waits);
        let told = |one: &Value| one["problem"]["code"] == "too_many_waiting";
        assert_eq!(count(&written, told), 600 - waits);
    }
    let fields = json!({ "title": "One more" });
    let one_more = json!({ "vault": vault, "table": "case", "fields": fields });
    let refused = browser.fails("add_record", one_more).await;
    assert_eq!(refused, (4, "too_many_waiting".into()));
    browser.line.set(Line::Whole);
    assert_eq!(waiting(&mut browser).await.len(), 0);
    let all = browser.cases(&vault).await;
    let second = |case: &Value| case["fields"]["client"] == "Second";
    assert_eq!(count(&all, second), 400);
}
