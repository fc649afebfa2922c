//! All files of a vault in one list: a page at a time, searched and sorted, with their records.

use crate::moving::{Page, Source};
use crate::scene::{Line, ada_with_cases};
use serde_json::{Value, json};
use strongroom_testkit::world::World;

struct Scene {
    /// Its server lives as long.
    _world: World,
    page: Page,
    vault: String,
}

impl Scene {
    async fn add(&self, table: &str, fields: Value) -> String {
        let add = json!({ "vault": self.vault, "table": table, "fields": fields });
        let added = self.page.call("add_record", add).await.unwrap();
        added["record"].as_str().unwrap().to_owned()
    }

    async fn put(&self, record: &str, name: &str, length: usize) -> String {
        let upload = json!({ "transfer": name, "vault": self.vault, "record": record,
            "name": name, "media_type": "text/plain" });
        self.page.put(upload, &Source::of(&vec![7; length])).await
    }

    async fn query(&self, more: Value, offset: usize, count: usize) -> Value {
        let mut query = json!({ "vault": self.vault, "sort": "name", "locale": "cs" });
        for (name, value) in more.as_object().unwrap() {
            query[name] = value.clone();
        }
        let arguments = json!({ "query": query, "offset": offset, "count": count });
        self.page.call("query_files", arguments).await.unwrap()
    }

    async fn names(&self, more: Value) -> Vec<String> {
        let page = self.query(more, 0, 100).await;
        let rows = page["rows"].as_array().unwrap();
        let name = |row: &Value| row["name"].as_str().unwrap().to_owned();
        rows.iter().map(name).collect()
    }
}

async fn filled() -> Scene {
    let (world, browser, _, vault) = ada_with_cases().await;
    let page = Page::of(&world, browser);
    let scene = Scene {
        _world: world,
        page,
        vault,
    };
    let lease = scene.add("case", json!({ "title": "Přístav lease" })).await;
    let roof = scene.add("case", json!({ "title": "Roof" })).await;
    scene.put(&lease, "zoll.txt", 30).await;
    scene.put(&roof, "čáp.txt", 10).await;
    scene.put(&roof, "plan 10.txt", 20).await;
    scene.put(&lease, "plan 9.txt", 0).await;
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_vault_come_searched_and_sorted_a_page_at_a_time() {
    let scene = filled().await;
    let by = |sort: &str| json!({ "sort": sort });
    let in_czech = ["čáp.txt", "plan 9.txt", "plan 10.txt", "zoll.txt"];
    assert_eq!(scene.names(json!({})).await, in_czech);
    assert_eq!(
        scene.names(by("size")).await,
        ["plan 9.txt", "čáp.txt", "plan 10.txt", "zoll.txt"]
    );
    assert_eq!(
        scene.names(by("record")).await,
        ["plan 9.txt", "zoll.txt", "čáp.txt", "plan 10.txt"]
    );
    assert_eq!(scene.names(by("-changed")).await[0], "plan 9.txt");
    // In the names of files and of records, without case and accents.
    assert_eq!(scene.names(json!({ "search": "CAP" })).await, ["čáp.txt"]);
    assert_eq!(
        scene.names(json!({ "search": "pristav plan" })).await,
        ["plan 9.txt"]
    );
    let page = scene.query(json!({ "search": "plan" }), 1, 1).await;
    assert_eq!((&page["all"], &page["total"]), (&json!(4), &json!(2)));
    let row = &page["rows"][0];
    assert_eq!(
        (&row["name"], &row["title"], &row["table"], &row["vault"]),
        (
            &json!("plan 10.txt"),
            &json!("Roof"),
            &json!("case"),
            &json!(scene.vault)
        )
    );
    assert_eq!(
        (&row["author"], &row["size_bytes"], &row["lease"]),
        (&json!("ada"), &json!(20), &Value::Null)
    );
    let mut wrong = json!({ "query": { "vault": scene.vault, "sort": "colour" } });
    (wrong["offset"], wrong["count"]) = (json!(0), json!(10));
    let refused = scene.page.call("query_files", wrong).await.unwrap_err();
    assert_eq!(refused.exit(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_is_in_the_next_page_without_a_network() {
    let scene = filled().await;
    let page = scene.query(json!({}), 0, 100).await;
    let of = |place: usize| json!({ "vault": scene.vault, "file": page["rows"][place]["file"] });
    scene.page.call("lease_file", of(0)).await.unwrap();
    let mut hide = of(1);
    hide["hidden"] = json!(true);
    scene.page.call("edit_file", hide).await.unwrap();
    scene.page.call("delete_file", of(2)).await.unwrap();
    scene.page.line.set(Line::Cut);
    let page = scene.query(json!({}), 0, 100).await;
    assert_eq!(
        (&page["all"], &page["hidden"], &page["total"]),
        (&json!(3), &json!(1), &json!(2))
    );
    assert_eq!(page["rows"][0]["lease"]["you"], true);
    assert_eq!(page["rows"][1]["name"], "zoll.txt");
    assert_eq!(
        scene.names(json!({ "hidden": true })).await,
        ["čáp.txt", "plan 9.txt", "zoll.txt"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_private_records_are_listed_beside_the_vault_of_their_records() {
    let mut scene = filled().await;
    let diary = scene.add("diary", json!({ "text": "My own\nday" })).await;
    let file = scene.put(&diary, "own.txt", 5).await;
    let page = scene.query(json!({ "search": "own" }), 0, 10).await;
    let row = &page["rows"][0];
    assert_eq!(
        (&row["file"], &row["title"], &row["table"]),
        (&json!(file), &json!("My own"), &json!("diary"))
    );
    assert_ne!(row["vault"], json!(scene.vault));
    // Neither beside another vault, nor in the personal one that keeps it.
    let personal = row["vault"].as_str().unwrap().to_owned();
    let other = json!({ "name": "Elsewhere" });
    let other = scene.page.call("create_vault", other).await.unwrap();
    for vault in [personal, other["vault"].as_str().unwrap().to_owned()] {
        scene.vault = vault;
        assert_eq!(scene.query(json!({}), 0, 10).await["all"], 0);
    }
}
