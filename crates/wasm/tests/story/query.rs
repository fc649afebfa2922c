//! Lists a page at a time, marks and views of one's own, and what is new.

use crate::scene::{Browser, edit_of, laptop_of_ada};
use serde_json::{Value, json};
use strongroom_client::Query;
use strongroom_testkit::world::{World, add, set};
use strongroom_types::Role;

async fn filled(world: &World) -> (Browser, String, String) {
    let mut browser = Browser::new(world);
    let kit = browser.found(world, "ada").await;
    let vault = browser.create_vault("Cases").await;
    for (title, status, amount, date) in [
        ("Zoll", "closed", "9.50", "2026-01-05"),
        ("Äpfel & Müller", "open", "10.00", ""),
        ("bau 10", "waiting", "", "2026-02-01"),
        ("Bau 9", "open", "-3", "2025-12-31"),
    ] {
        let fields = json!({ "title": title, "status": status, "amount": amount, "date": date });
        let arguments = json!({ "vault": vault, "table": "case", "fields": fields });
        browser.call("add_record", arguments).await;
    }
    (browser, vault, kit)
}

async fn query(browser: &mut Browser, vault: &str, more: Value) -> Value {
    let mut query = json!({ "vault": vault, "table": "case" });
    for (name, value) in more.as_object().unwrap() {
        query[name] = value.clone();
    }
    let arguments = json!({ "query": query, "offset": 0, "count": 100 });
    browser.call("query_records", arguments).await
}

async fn found(browser: &mut Browser, vault: &str, more: Value) -> Vec<String> {
    let page = query(browser, vault, more).await;
    let rows = page["rows"].as_array().unwrap();
    let title = |row: &Value| row["fields"]["title"].as_str().unwrap().to_owned();
    rows.iter().map(title).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_searched_filtered_and_sorted_a_page_at_a_time() {
    let world = World::start().await.unwrap();
    let (mut browser, vault, _) = filled(&world).await;
    let by = |sort: &str| json!({ "sort": sort, "locale": "de" });
    assert_eq!(
        found(&mut browser, &vault, by("title")).await,
        ["Äpfel & Müller", "Bau 9", "bau 10", "Zoll"]
    );
    // What is empty comes last, whichever way the order goes.
    assert_eq!(
        found(&mut browser, &vault, by("amount")).await,
        ["Bau 9", "Zoll", "Äpfel & Müller", "bau 10"]
    );
    assert_eq!(
        found(&mut browser, &vault, by("-amount")).await,
        ["Äpfel & Müller", "Zoll", "Bau 9", "bau 10"]
    );
    assert_eq!(
        found(&mut browser, &vault, by("status")).await[2..],
        ["bau 10", "Zoll"]
    );
    let search = json!({ "search": "muller", "sort": "title" });
    assert_eq!(
        found(&mut browser, &vault, search).await,
        ["Äpfel & Müller"]
    );
    let labels = json!({ "search": "waiting", "labels": { "status": { "waiting": "wartend" } } });
    assert_eq!(
        found(&mut browser, &vault, labels).await,
        Vec::<String>::new()
    );
    let labels = json!({ "search": "wartend", "labels": { "status": { "waiting": "wartend" } } });
    assert_eq!(found(&mut browser, &vault, labels).await, ["bau 10"]);

    let arguments = json!({
        "query": { "vault": vault, "table": "case", "sort": "title", "filter": "status = open" },
        "offset": 1,
        "count": 1,
    });
    let page = browser.call("query_records", arguments.clone()).await;
    assert_eq!((&page["all"], &page["total"]), (&json!(4), &json!(2)));
    assert_eq!(page["rows"][0]["fields"]["title"], "Bau 9");
    assert_eq!(page["rows"].as_array().unwrap().len(), 1);
    // What is written is in the next page, without asking the server.
    let case = browser.case(&vault, "Zoll").await;
    browser
        .call("edit_record", edit_of(&case, json!({ "status": "open" })))
        .await;
    browser.line.set(crate::scene::Line::Cut);
    let page = browser.call("query_records", arguments.clone()).await;
    assert_eq!(page["total"], 3);
    let mut wrong = arguments;
    wrong["query"]["filter"] = "status = lost".into();
    assert_eq!(browser.fails("query_records", wrong).await.0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_find_what_the_command_line_finds() {
    let world = World::start().await.unwrap();
    let (mut browser, vault, kit) = filled(&world).await;
    let laptop = laptop_of_ada(&world, &kit).await;
    let id = vault.parse().unwrap();
    for filter in [
        "status = open or amount > 9.4",
        "not (date >= 2026-01)",
        "title ~ müll and amount = 10",
        "amount = '' or date < 2026",
        "status != open",
        "title < a",
        "client = ''",
    ] {
        let here = json!({ "filter": filter, "sort": "created" });
        let mut here = found(&mut browser, &vault, here).await;
        let asked = Query {
            filter: Some(filter.to_owned()),
            ..Query::default()
        };
        let there = laptop.record_list(id, "case", &asked).await.unwrap();
        let mut there: Vec<String> = there
            .records
            .iter()
            .map(|line| line.fields["title"].to_json().as_str().unwrap().to_owned())
            .collect();
        here.sort();
        there.sort();
        assert_eq!(here, there, "{filter}");
        assert!(!here.is_empty(), "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_and_views_are_ones_own_and_outlive_a_reload() {
    let world = World::start().await.unwrap();
    let (mut browser, vault, _) = filled(&world).await;
    let case = browser.case(&vault, "Zoll").await;
    let object = case["record"].clone();
    let mark = |change: Value| {
        let mut arguments = json!({ "vault": vault, "object": object });
        for (name, value) in change.as_object().unwrap() {
            arguments[name] = value.clone();
        }
        arguments
    };
    browser
        .call("set_mark", mark(json!({ "star": true })))
        .await;
    let set = browser
        .call(
            "set_mark",
            mark(json!({ "note": "Ask Ben", "flag": "red" })),
        )
        .await;
    assert_eq!(
        set,
        json!({ "star": true, "flag": "red", "note": "Ask Ben" })
    );
    let definition = r#"{"filter":"status = open"}"#;
    let view = json!({ "vault": vault, "table": "case", "name": "Open", "definition": definition });
    let saved = browser.call("save_view", view.clone()).await;

    let mut browser = browser.reload(&world);
    browser.log_in("ada", None).await;
    browser.call("vaults", json!({})).await;
    let starred = json!({ "marked": "star" });
    assert_eq!(found(&mut browser, &vault, starred.clone()).await, ["Zoll"]);
    assert_eq!(
        found(&mut browser, &vault, json!({ "marked": "note" })).await,
        ["Zoll"]
    );
    let place = json!({ "vault": vault, "record": object });
    let row = browser.call("record", place).await;
    assert_eq!(row["mark"]["flag"], "red");
    assert_eq!(row["fields"]["title"], "Zoll");
    let off = json!({ "star": false, "flag": "", "note": "" });
    browser.call("set_mark", mark(off)).await;
    assert_eq!(
        found(&mut browser, &vault, starred).await,
        Vec::<String>::new()
    );
    let marks = browser.call("marks", json!({ "vault": vault })).await;
    assert_eq!(marks["marks"], json!({}));

    let of_table = json!({ "vault": vault, "table": "case" });
    let views = browser.call("views", of_table.clone()).await;
    assert_eq!(views["views"][0]["definition"], definition);
    let mut renamed = view;
    renamed["view"] = saved["view"].clone();
    renamed["name"] = "What is open".into();
    browser.call("save_view", renamed).await;
    let views = browser.call("views", of_table.clone()).await;
    assert_eq!(views["views"].as_array().unwrap().len(), 1);
    assert_eq!(views["views"][0]["name"], "What is open");
    let gone = json!({ "vault": vault, "view": saved["view"] });
    browser.call("delete_view", gone).await;
    let views = browser.call("views", of_table).await;
    assert_eq!(views["views"], json!([]));
    // They are no table of the vault, and no record that is counted.
    let vaults = browser.call("vaults", json!({})).await;
    let personal = vaults["vaults"].as_array().unwrap();
    let personal = personal.iter().find(|v| v["kind"] == "personal").unwrap();
    assert_eq!(personal["records"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_changed_is_counted_until_it_was_shown() {
    let world = World::start().await.unwrap();
    let (mut browser, vault, kit) = filled(&world).await;
    assert_eq!(unread(&mut browser, &vault).await, 0);
    let laptop = laptop_of_ada(&world, &kit).await;
    let ben = world.join(&laptop, "ben").await.unwrap();
    let id = vault.parse().unwrap();
    laptop.vault_invite(id, "ben", Role::Writer).await.unwrap();
    ben.sync().await.unwrap();
    let record = add(&ben, id, "From Ben").await.unwrap();
    add(&ben, id, "Another").await.unwrap();
    let change = set(&[("client", "Meyer")]);
    ben.record_edit(record, &change, None, false).await.unwrap();
    assert_eq!(unread(&mut browser, &vault).await, 2);
    browser.call("mark_seen", json!({ "vault": vault })).await;
    assert_eq!(unread(&mut browser, &vault).await, 0);
    let mut browser = browser.reload(&world);
    browser.log_in("ada", None).await;
    add(&ben, id, "Third").await.unwrap();
    assert_eq!(unread(&mut browser, &vault).await, 1);
}

async fn unread(browser: &mut Browser, vault: &str) -> u64 {
    let vaults = browser.call("vaults", json!({})).await;
    let vaults = vaults["vaults"].as_array().unwrap();
    let vault = vaults.iter().find(|view| view["vault"] == vault).unwrap();
    vault["unread"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_side_by_side_come_with_a_proposal() {
    let world = World::start().await.unwrap();
    let (mut browser, vault, kit) = filled(&world).await;
    let laptop = laptop_of_ada(&world, &kit).await;
    laptop.sync().await.unwrap();
    let seen = browser.case(&vault, "Zoll").await;
    let base = [seen["version"].as_str().unwrap().parse().unwrap()];
    let record = seen["record"].as_str().unwrap().parse().unwrap();
    let fields = json!({ "client": "Meyer", "amount": "20" });
    browser.call("edit_record", edit_of(&seen, fields)).await;
    let theirs = set(&[("client", "Maier"), ("notes", "Call back")]);
    let both = laptop
        .record_edit(record, &theirs, Some(&base), false)
        .await;
    assert_eq!(both.unwrap_err().code(), "conflict_kept");

    let place = json!({ "vault": vault, "record": seen["record"] });
    browser.call("vaults", json!({})).await;
    let sides = browser.call("side_by_side", place.clone()).await;
    assert_eq!(sides["versions"].as_array().unwrap().len(), 2);
    assert_eq!(sides["versions"][0]["fields"]["client"], "Meyer");
    assert_eq!(sides["undecided"], json!(["client"]));
    assert_eq!(sides["proposal"]["amount"], "20");
    assert_eq!(sides["proposal"]["notes"], "Call back");
    let case = browser.case(&vault, "Zoll").await;
    let mut merge = edit_of(&case, sides["proposal"].clone());
    merge["merge"] = true.into();
    browser.call("edit_record", merge).await;
    let sides = browser.call("side_by_side", place).await;
    assert_eq!(sides["versions"].as_array().unwrap().len(), 1);
    assert_eq!(sides["versions"][0]["fields"]["amount"], "20");
}

#[tokio::test(flavor = "multi_thread")]
async fn picked_records_are_changed_in_one_call() {
    let world = World::start().await.unwrap();
    let (mut browser, vault, _) = filled(&world).await;
    let query = json!({ "vault": vault, "table": "case", "filter": "status = open" });
    let arguments = json!({ "query": query, "field": "status" });
    let picked = browser.call("pick_records", arguments).await;
    let picked = picked["records"].as_array().unwrap();
    assert_eq!(picked.len(), 2);
    assert!(picked.iter().all(|one| one["value"] == "open"));
    let only = json!({ "query": query, "only": [picked[0]["record"]] });
    let only = browser.call("pick_records", only).await;
    assert_eq!(only["records"].as_array().unwrap().len(), 1);
    let rows: Vec<Value> = picked
        .iter()
        .map(|one| {
            json!({ "record": one["record"], "version": one["version"], "fields": { "status": "closed" } })
        })
        .collect();
    let arguments = json!({ "vault": vault, "table": "case", "rows": rows });
    browser.call("write_records", arguments).await;
    let closed = found(&mut browser, &vault, json!({ "filter": "status = closed" })).await;
    assert_eq!(closed.len(), 3);
}
