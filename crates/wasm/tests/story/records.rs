//! Records: written here, read there, and the other way round.

use crate::scene::{Browser, edit_of, laptop_of_ada, still_world, version_of};
use serde_json::json;
use strongroom_client::Client;
use strongroom_testkit::world::{World, add, set, titles};
use strongroom_types::VaultId;

async fn ada(world: &World) -> (Browser, Client, String, VaultId) {
    let mut browser = Browser::new(world);
    let kit = browser.found(world, "ada").await;
    let vault = browser.create_vault("Cases").await;
    let laptop = laptop_of_ada(world, &kit).await;
    let id = vault.parse().unwrap();
    (browser, laptop, vault, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_and_command_line_read_each_others_records() {
    let world = World::start().await.unwrap();
    let (mut browser, laptop, vault, id) = ada(&world).await;
    browser.add(&vault, "From the browser").await;
    laptop.sync().await.unwrap();
    assert_eq!(titles(&laptop, id).await.unwrap(), ["From the browser"]);
    let record = add(&laptop, id, "From the laptop").await.unwrap();
    assert_eq!(browser.titles(&vault).await.len(), 2);

    let case = browser.case(&vault, "From the laptop").await;
    assert_eq!(case["record"], record.to_string());
    assert_eq!(case["fields"]["status"], "open");
    assert_eq!(case["author"], "ada");
    let fields = json!({ "status": "closed", "amount": "12.50" });
    browser.call("edit_record", edit_of(&case, fields)).await;
    let shown = laptop.record_show(record).await.unwrap();
    let fields = &shown.heads[0].fields;
    assert_eq!(fields["status"].to_json(), "closed");
    assert_eq!(fields["amount"].to_json(), "12.50");
    assert_eq!(fields["title"].to_json(), "From the laptop");
    let place = json!({ "vault": vault, "record": record });
    let history = browser.call("history", place).await;
    assert_eq!(history["versions"].as_array().unwrap().len(), 2);
    assert_eq!(history["versions"][0]["current"], true);

    let case = browser.case(&vault, "From the laptop").await;
    browser.call("delete_record", version_of(&case)).await;
    assert_eq!(browser.titles(&vault).await, ["From the browser"]);
    let trash = json!({ "vault": vault, "table": "case", "trash": true });
    let trash = browser.call("records", trash).await;
    let gone = &trash["records"][0];
    assert_eq!(gone["record"], record.to_string());
    browser.call("restore_record", version_of(gone)).await;
    assert_eq!(titles(&laptop, id).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_an_older_version_writes_nothing() {
    let world = World::start().await.unwrap();
    let (mut browser, laptop, vault, _) = ada(&world).await;
    let record = browser.add(&vault, "Lease").await.parse().unwrap();
    let seen = browser.case(&vault, "Lease").await;
    let change = set(&[("client", "Meyer")]);
    laptop.sync().await.unwrap();
    laptop
        .record_edit(record, &change, None, false)
        .await
        .unwrap();
    let edit = edit_of(&seen, json!({ "client": "Maier" }));
    assert_eq!(
        browser.fails("edit_record", edit).await,
        (6, "conflict".into())
    );
    let case = browser.case(&vault, "Lease").await;
    assert_eq!(case["fields"]["client"], "Meyer");
    assert_eq!(case["conflicts"], 0);

    // Two current versions, made by a device that was offline: settled by a merge.
    let base = [seen["version"].as_str().unwrap().parse().unwrap()];
    let both = laptop
        .record_edit(record, &set(&[("client", "Mayr")]), Some(&base), false)
        .await;
    assert_eq!(both.unwrap_err().code(), "conflict_kept");
    let case = browser.case(&vault, "Lease").await;
    assert_eq!(case["conflicts"], 1);
    let mut merge = edit_of(&case, json!({ "client": "Meyer" }));
    merge["merge"] = true.into();
    browser.call("edit_record", merge).await;
    let case = browser.case(&vault, "Lease").await;
    assert_eq!(
        (case["conflicts"].as_u64(), &case["fields"]["client"]),
        (Some(0), &json!("Meyer"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn private_records_lie_in_the_own_vault_and_wrong_fields_are_told() {
    let world = World::start().await.unwrap();
    let (mut browser, laptop, vault, id) = ada(&world).await;
    let tables = browser.call("tables", json!({})).await;
    let diary = tables["tables"].as_array().unwrap();
    let diary = diary.iter().find(|table| table["name"] == "diary").unwrap();
    assert_eq!(diary["private"], true);
    let fields: serde_json::Map<String, serde_json::Value> = diary["fields"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|field| field["required"] == true)
        .map(|field| {
            let value = match field["type"].as_str().unwrap() {
                "date" => "2026-03-01",
                _ => "Note",
            };
            (field["name"].as_str().unwrap().to_owned(), value.into())
        })
        .collect();
    let arguments = json!({ "vault": vault, "table": "diary", "fields": fields });
    browser.call("add_record", arguments).await;
    let listed = json!({ "vault": vault, "table": "diary" });
    let listed = browser.call("records", listed).await;
    let note = &listed["records"][0];
    assert_ne!(note["vault"], vault);
    assert!(note["fields"].get("_vault").is_none());
    let seen = laptop
        .record_list(id, "diary", &strongroom_client::Query::default())
        .await
        .unwrap();
    assert_eq!(seen.total, 1);
    // Given the vault it is about, it is found.
    let mut place = version_of(note);
    place["vault"] = vault.clone().into();
    browser.call("delete_record", place).await;

    for fields in [
        json!({}),
        json!({ "title": "A", "status": "unknown" }),
        json!({ "title": "A", "no such": "x" }),
        json!({ "title": "A", "amount": [1] }),
    ] {
        let arguments = json!({ "vault": vault, "table": "case", "fields": fields });
        assert_eq!(
            browser.fails("add_record", arguments).await,
            (2, "usage".into())
        );
    }
    assert_eq!(browser.fails("records", json!({ "vault": 1 })).await.0, 2);
    assert_eq!(browser.fails("no_such_call", json!({})).await.0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_attests_daily_and_keeps_the_wallet_up_to_date() {
    let (world, clock) = still_world().await;
    let (mut browser, laptop, vault, id) = ada(&world).await;
    browser.add(&vault, "Lease").await;
    let before = laptop.vault_log(id, 100).await.unwrap();
    let heads =
        |log: &[strongroom_client::LogLine]| log.iter().filter(|line| line.kind == "head").count();
    clock.advance(strongroom_testkit::world::DAY_MS);
    browser.add(&vault, "Lease of the next day").await;
    browser.add(&vault, "Another").await;
    let after = laptop.vault_log(id, 100).await.unwrap();
    assert_eq!(heads(&after), heads(&before) + 1);
}
