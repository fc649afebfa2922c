//! Many records in one call: told row by row, and never made twice.

use crate::scene::{Line, ada_with_cases, laptop_of_ada};
use serde_json::{Value, json};
use strongroom_testkit::world::{set, titles};

fn rows(vault: &str, rows: Value) -> Value {
    json!({ "vault": vault, "table": "case", "rows": rows })
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_written_at_once_and_a_bad_one_leaves_the_others_alone() {
    let (world, mut browser, kit, vault) = ada_with_cases().await;
    let given = json!([
        { "fields": { "title": "Lease", "amount": "12.50" } },
        { "fields": { "amount": "1" } },
        { "fields": { "title": "Loan", "amount": "a lot" } },
        { "fields": { "title": "Will" } },
    ]);
    let answer = browser.call("write_records", rows(&vault, given)).await;
    let written = answer["written"].as_array().unwrap();
    assert_eq!(written.len(), 4);
    assert_eq!(written[0]["conflicts"], 0);
    for place in [1, 2] {
        assert_eq!(written[place]["problem"]["code"], "usage");
        assert!(written[place].get("record").is_none());
    }
    assert_eq!(browser.titles(&vault).await, ["Lease", "Will"]);

    let laptop = laptop_of_ada(&world, &kit).await;
    let id = vault.parse().unwrap();
    laptop.sync().await.unwrap();
    assert_eq!(titles(&laptop, id).await.unwrap(), ["Lease", "Will"]);

    // Changes: one of a version that is no longer current, one that empties what is required.
    let lease = browser.case(&vault, "Lease").await;
    let will = browser.case(&vault, "Will").await;
    let record = will["record"].as_str().unwrap().parse().unwrap();
    laptop
        .record_edit(record, &set(&[("client", "Meyer")]), None, false)
        .await
        .unwrap();
    let change = |of: &Value, fields: Value| json!({ "record": of["record"], "version": of["version"], "fields": fields });
    let given = json!([
        change(&lease, json!({ "client": "Novak", "amount": null })),
        change(&will, json!({ "client": "Novak" })),
        change(&lease, json!({ "title": "" })),
        { "record": lease["record"], "fields": {} },
    ]);
    let answer = browser.call("write_records", rows(&vault, given)).await;
    let written = answer["written"].as_array().unwrap();
    assert_eq!(written[0]["record"], lease["record"]);
    assert_eq!(written[1]["problem"]["code"], "conflict");
    assert_eq!(written[2]["problem"]["code"], "usage");
    assert_eq!(written[3]["problem"]["code"], "usage");
    let lease = browser.case(&vault, "Lease").await;
    assert_eq!(lease["fields"]["client"], "Novak");
    assert!(lease["fields"].get("amount").is_none());
    assert_eq!(
        browser.case(&vault, "Will").await["fields"]["client"],
        "Meyer"
    );

    // Into the trash, and no change there.
    let mut gone = change(&lease, json!({}));
    gone["deleted"] = true.into();
    browser
        .call("write_records", rows(&vault, json!([gone])))
        .await;
    assert_eq!(browser.titles(&vault).await, ["Will"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_answer_was_lost_is_not_made_twice() {
    let (_world, mut browser, _, vault) = ada_with_cases().await;
    let many: Vec<Value> = (0..300)
        .map(|number| json!({ "fields": { "title": format!("Case {:03}", number / 2) } }))
        .collect();
    let arguments = rows(&vault, many.into());
    browser.line.set(Line::AnswersLost);
    let lost = browser.fails("write_records", arguments.clone()).await;
    assert_eq!(lost, (1, "offline".into()));
    browser.line.set(Line::Whole);
    // Rows of the same content are records of their own all the same.
    browser.call("write_records", arguments.clone()).await;
    assert_eq!(browser.titles(&vault).await.len(), 300);
    browser.call("write_records", arguments).await;
    assert_eq!(browser.titles(&vault).await.len(), 600);

    let too_many = vec![json!({ "fields": { "title": "x" } }); 1_001];
    let refused = browser
        .fails("write_records", rows(&vault, too_many.into()))
        .await;
    assert_eq!(refused, (2, "usage".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_every_record_once_with_all_current_versions() {
    let (world, mut browser, kit, vault) = ada_with_cases().await;
    let many: Vec<Value> = (0..25)
        .map(|number| json!({ "fields": { "title": format!("Case {number:02}") } }))
        .collect();
    browser
        .call("write_records", rows(&vault, many.into()))
        .await;
    let record = browser.case(&vault, "Case 07").await;
    let laptop = laptop_of_ada(&world, &kit).await;
    laptop.sync().await.unwrap();
    let id = record["record"].as_str().unwrap().parse().unwrap();
    let seen = [record["version"].as_str().unwrap().parse().unwrap()];
    for client in ["Meyer", "Mayr"] {
        let change = set(&[("client", client)]);
        let _ = laptop.record_edit(id, &change, Some(&seen), false).await;
    }

    let mut found = std::collections::BTreeMap::new();
    let mut after = Value::Null;
    loop {
        let page = json!({ "vault": vault, "table": "case", "after": after, "count": 10 });
        let page = browser.call("export_records", page).await;
        assert_eq!(page["name"], "Cases");
        for record in page["records"].as_array().unwrap() {
            let id = record["record"].as_str().unwrap().to_owned();
            assert!(found.insert(id, record["heads"].clone()).is_none());
        }
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(found.len(), 25);
    let both = &found[record["record"].as_str().unwrap()];
    assert_eq!(both.as_array().unwrap().len(), 2);
    assert_eq!(both[0]["fields"]["title"], "Case 07");

    // What was written about this vault to one's own, and nothing where there is none.
    let diary = json!({ "vault": vault, "table": "diary", "count": 10 });
    let none = browser.call("export_records", diary.clone()).await;
    assert_eq!(none["records"], json!([]));
    let note = json!({ "vault": vault, "table": "diary", "rows": [
        { "fields": { "date": "2026-03-01", "text": "Called" } }] });
    browser.call("write_records", note).await;
    let one = browser.call("export_records", diary).await;
    assert_eq!(one["records"][0]["heads"][0]["fields"]["text"], "Called");
    assert_ne!(one["vault"], vault);
}
