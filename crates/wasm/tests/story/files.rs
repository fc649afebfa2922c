//! Files: put in the browser and read on the command line, and the other way round; broken off
//! and gone on with; and a server that lies about their bytes.

use crate::moving::{Page, Source};
use crate::scene::{Browser, Line, ada_with_cases, laptop_of_ada};
use serde_json::{Value, json};
use strongroom_client::Client;
use strongroom_testkit::lies;
use strongroom_testkit::world::{World, cat, noise, put};
use strongroom_types::{FileId, RecordId};

const PART: usize = 8 << 20;

struct Scene {
    world: World,
    page: Page,
    laptop: Client,
    vault: String,
    record: String,
}

impl Scene {
    async fn set_up() -> Self {
        let (world, mut browser, kit, vault) = ada_with_cases().await;
        let record = browser.add(&vault, "Lease").await;
        let laptop = laptop_of_ada(&world, &kit).await;
        laptop.sync().await.unwrap();
        Self {
            page: Page::of(&world, browser),
            world,
            laptop,
            vault,
            record,
        }
    }

    fn record(&self) -> RecordId {
        self.record.parse().unwrap()
    }

    fn upload(&self, transfer: &str, name: &str) -> Value {
        json!({ "transfer": transfer, "vault": self.vault, "record": self.record,
            "name": name, "media_type": "application/pdf" })
    }

    async fn files(&self) -> Vec<Value> {
        let arguments = json!({ "vault": self.vault, "record": self.record });
        let listed = self.page.call("files", arguments).await.unwrap();
        listed["files"].as_array().unwrap().clone()
    }

    fn of(&self, file: &str) -> Value {
        json!({ "vault": self.vault, "file": file })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_every_size_go_both_ways() {
    let scene = Scene::set_up().await;
    for length in [0, 1, 16_384, 100_000, PART, 2 * PART + 12_345] {
        let content = noise(length, length as u32);
        let name = format!("{length}.pdf");
        let arguments = scene.upload(&name, &name);
        let file = scene.page.put(arguments, &Source::of(&content)).await;
        scene.laptop.sync().await.unwrap();
        let id: FileId = file.parse().unwrap();
        assert!(cat(&scene.laptop, id).await.unwrap() == content, "{length}");
        assert!(scene.page.get(scene.of(&file)).await.unwrap() == content);
        for (offset, count) in [(0, 10), (16_380, 10), (PART - 5, 70_000), (length, 1)] {
            let mut arguments = scene.of(&file);
            arguments["offset"] = offset.into();
            arguments["length"] = count.into();
            let range = scene.page.read(arguments).await.unwrap();
            let end = content.len().min(offset + count);
            assert!(range == content[offset.min(end)..end], "{length} {offset}");
        }
    }
    let content = noise(300_000, 5);
    let path = scene.world.write("from the laptop.txt", &content).unwrap();
    let made = put(&scene.laptop, scene.record(), &path).await.unwrap();
    let files = scene.files().await;
    assert_eq!(files.len(), 7);
    let row = files
        .iter()
        .find(|row| row["name"] == "from the laptop.txt");
    let row = row.unwrap();
    assert_eq!(row["file"], made.file.to_string());
    assert_eq!(
        (&row["author"], &row["size_bytes"]),
        (&json!("ada"), &json!(300_000))
    );
    let read = scene
        .page
        .get(scene.of(row["file"].as_str().unwrap()))
        .await;
    assert!(read.unwrap() == content);
    // After a reload everything of files is there again, without reading the log anew.
    let before = scene.files().await;
    let page = scene.page.reload(&scene.world).await;
    let arguments = json!({ "vault": scene.vault, "record": scene.record });
    let listed = page.call("files", arguments).await.unwrap();
    assert_eq!(listed["files"], json!(before));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_was_broken_off_goes_on_and_nothing_is_sent_twice() {
    let scene = Scene::set_up().await;
    let content = noise(5 * PART + 77, 1);
    let source = Source::of(&content);
    scene.page.net.cut_after_parts.set(Some(2));
    let arguments = scene.upload("one", "big.pdf");
    let failed = scene.page.try_put(arguments, &source).await.unwrap_err();
    assert_eq!(failed["problem"]["code"], "offline");
    assert_eq!(failed["state"], "failed");
    let sent = scene.page.net.parts_sent.replace(0);
    assert_eq!(sent, 2);

    // The page is loaded again.
    let page = scene.page.reload(&scene.world).await;
    let unfinished = page.call("unfinished_uploads", json!({})).await.unwrap();
    let upload = &unfinished["uploads"][0];
    assert_eq!(
        (&upload["transfer"], &upload["name"]),
        (&json!("one"), &json!("big.pdf"))
    );
    assert!(upload["sent_bytes"].as_u64().unwrap() >= 2 * PART as u64);
    // Another file is not taken for it.
    let other = Source::of(&content[1..]);
    assert_eq!(
        page.resume("one", &other).await.unwrap_err()["code"],
        "source_changed"
    );
    let file = page.resume("one", &source).await.unwrap();
    assert_eq!(page.net.parts_sent.get() + sent, 6);
    assert!(page.get(scene.of(&file)).await.unwrap() == content);
    let unfinished = page.call("unfinished_uploads", json!({})).await.unwrap();
    assert_eq!(unfinished["uploads"], json!([]));
    assert!(!page.keeps("kept/upload/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_with_other_bytes_is_never_sealed_under_the_same_key() {
    let scene = Scene::set_up().await;
    let content = noise(3 * PART, 2);
    let source = Source::of(&content);
    scene.page.net.cut_after_parts.set(Some(1));
    let arguments = scene.upload("one", "big.pdf");
    assert!(scene.page.try_put(arguments, &source).await.is_err());
    let before = scene.page.net.revisions.borrow().clone();
    // As long and as old as before, but other bytes in the part that was sent already.
    let mut changed = content.clone();
    changed[5] ^= 1;
    let page = scene.page.reload(&scene.world).await;
    let file = page.resume("one", &Source::of(&changed)).await.unwrap();
    assert!(page.get(scene.of(&file)).await.unwrap() == changed);
    let after = page.net.revisions.borrow().clone();
    assert_eq!((before.len(), after.len()), (1, 1));
    assert!(
        before.is_disjoint(&after),
        "another revision, so another key"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_does_not_put_a_file_twice() {
    let scene = Scene::set_up().await;
    let source = Source::of(b"once");
    let page = &scene.page;
    let started = page.begin(scene.upload("one", "a.txt"), &source).await;
    page.line.set(Line::AppendsLost);
    {
        // The page is closed while it waits for the server to come back.
        let mut running = std::pin::pin!(page.transfers.run(started.unwrap()));
        let closed = tokio::select! {
            () = &mut running => false,
            () = page.net.waits() => true,
        };
        assert!(closed);
    }
    let page = page.reload(&scene.world).await;
    page.resume("one", &source).await.unwrap();
    let arguments = json!({ "vault": scene.vault, "record": scene.record });
    let listed = page.call("files", arguments).await.unwrap();
    assert_eq!(listed["files"].as_array().unwrap().len(), 1);
    assert_eq!(listed["files"][0]["revisions"], 1);

    // While the page stays, it finds out by itself.
    page.line.set(Line::AppendsLost);
    page.put(scene.upload("two", "b.txt"), &source).await;
    page.line.set(Line::Whole);
    let all = page.call("files", json!({ "vault": scene.vault })).await;
    assert_eq!(all.unwrap()["files"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_changed_byte_of_a_file_is_released() {
    let mut scene = Scene::set_up().await;
    let content = noise(PART + 100_000, 3);
    let source = Source::of(&content);
    let file = scene.page.put(scene.upload("one", "a.bin"), &source).await;
    let other = noise(PART + 100_000, 4);
    let second = scene
        .page
        .put(scene.upload("two", "b.bin"), &Source::of(&other))
        .await;
    let rows = scene.files().await;
    let revision = |file: &str| {
        let row = rows.iter().find(|row| row["file"] == file).unwrap();
        row["revision"].as_str().unwrap().to_owned()
    };
    let token_path = |file: &str, what: &str| {
        let revision = revision(file);
        format!(
            "/v1/vaults/{}/files/{file}/revisions/{revision}/{what}",
            scene.vault
        )
    };
    let content_path = token_path(&file, "content");
    let tree_path = token_path(&file, "tree");
    let second_content = scene
        .page
        .net
        .fetch_raw(&token_path(&second, "content"))
        .await;
    type Change = Box<dyn Fn(&mut Vec<u8>) -> bool + Send + Sync>;
    let lies: Vec<(&str, String, Change)> = vec![
        (
            "a changed byte",
            content_path.clone(),
            Box::new(|body| {
                body[70_000] ^= 1;
                true
            }),
        ),
        (
            "cut off",
            content_path.clone(),
            Box::new(|body| {
                body.truncate(body.len() - 1);
                true
            }),
        ),
        (
            "swapped chunks",
            content_path.clone(),
            Box::new(|body| {
                let (one, two) = body.split_at_mut(16_400);
                one.swap_with_slice(&mut two[..16_400]);
                true
            }),
        ),
        (
            "another file's bytes",
            content_path,
            Box::new(move |body| {
                let length = body.len().min(second_content.len());
                body[..length].copy_from_slice(&second_content[..length]);
                true
            }),
        ),
        (
            "a changed leaf",
            tree_path.clone(),
            Box::new(|body| {
                body[33] ^= 1;
                true
            }),
        ),
        (
            "leaves missing",
            tree_path,
            Box::new(|body| {
                body.truncate(body.len() - 32);
                true
            }),
        ),
    ];
    for (what, path, change) in lies {
        // Nothing of it is at hand from an honest reading.
        let page = scene.page.reload(&scene.world).await;
        scene
            .world
            .liar
            .tell(lies::rewrite_bytes(move |asked| asked == path, change));
        let mut arguments = scene.of(&file);
        let got = page.get(arguments.clone()).await;
        let got = got.expect_err(what);
        assert_eq!((got.exit(), got.code()), (5, "tampered_content"), "{what}");
        arguments["offset"] = 65_536.into();
        arguments["length"] = 50_000.into();
        let got = page.read(arguments).await.expect_err(what);
        assert_eq!(got.exit(), 5, "{what}");
        assert!(scene.world.liar.stop() > 0);
        assert!(page.get(scene.of(&file)).await.unwrap() == content);
        scene.page = page;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_flags_trash_revisions_and_moves() {
    let scene = Scene::set_up().await;
    let page = &scene.page;
    let file = page
        .put(scene.upload("one", "a.pdf"), &Source::of(b"first"))
        .await;
    let taken = page
        .try_put(scene.upload("two", "A.PDF"), &Source::of(b"other"))
        .await;
    assert_eq!(taken.unwrap_err()["code"], "name_taken");
    let mut replaces = scene.upload("three", "a.pdf");
    replaces["replaces"] = json!(file);
    assert_eq!(page.put(replaces, &Source::of(b"second")).await, file);
    let history = page.call("file_history", scene.of(&file)).await.unwrap();
    let history = history["revisions"].as_array().unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(
        (&history[0]["current"], &history[1]["current"]),
        (&json!(true), &json!(false))
    );
    let mut old = scene.of(&file);
    old["revision"] = history[1]["revision"].clone();
    assert_eq!(page.get(old).await.unwrap(), b"first");
    assert_eq!(page.get(scene.of(&file)).await.unwrap(), b"second");

    let mut edit = scene.of(&file);
    edit["name"] = json!("letters/2026/b.pdf");
    edit["hidden"] = json!(true);
    edit["protected"] = json!(true);
    page.call("edit_file", edit).await.unwrap();
    let row = &scene.files().await[0];
    assert_eq!(row["name"], "letters/2026/b.pdf");
    assert_eq!(
        (&row["hidden"], &row["protected"]),
        (&json!(true), &json!(true))
    );
    let refused = page.call("delete_file", scene.of(&file)).await.unwrap_err();
    assert_eq!(refused.code(), "protected");
    let mut edit = scene.of(&file);
    edit["protected"] = json!(false);
    page.call("edit_file", edit).await.unwrap();
    page.call("delete_file", scene.of(&file)).await.unwrap();
    assert_eq!(scene.files().await[0]["deleted"], true);
    page.call("restore_file", scene.of(&file)).await.unwrap();

    let fields = json!({ "title": "Other" });
    let add = json!({ "vault": scene.vault, "table": "case", "fields": fields });
    let other = page.call("add_record", add).await.unwrap()["record"].clone();
    let mut to = scene.of(&file);
    to["to_record"] = other.clone();
    page.transfers
        .relocate(&to.to_string(), true)
        .await
        .unwrap();
    assert!(scene.files().await.is_empty());

    // Into another vault it is encrypted anew.
    let made = page
        .call("create_vault", json!({ "name": "Elsewhere" }))
        .await
        .unwrap();
    let vault = made["vault"].clone();
    let add = json!({ "vault": vault, "table": "case", "fields": { "title": "There" } });
    let record = page.call("add_record", add).await.unwrap()["record"].clone();
    let mut to = scene.of(&file);
    to["to_vault"] = vault.clone();
    to["to_record"] = record.clone();
    page.transfers
        .relocate(&to.to_string(), true)
        .await
        .unwrap();
    let listed = json!({ "vault": vault, "record": record });
    let there = page.call("files", listed).await.unwrap()["files"][0].clone();
    assert_eq!(there["name"], "letters/2026/b.pdf");
    let there = json!({ "vault": vault, "file": there["file"] });
    assert_eq!(page.get(there).await.unwrap(), b"second");
    let all = page
        .call("files", json!({ "vault": scene.vault }))
        .await
        .unwrap();
    assert_eq!(all["files"][0]["deleted"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn locks_are_seen_and_a_link_opens_without_an_account() {
    let scene = Scene::set_up().await;
    let page = &scene.page;
    let content = noise(200_000, 9);
    let file = page
        .put(scene.upload("one", "deed.pdf"), &Source::of(&content))
        .await;
    page.call("lease_file", scene.of(&file)).await.unwrap();
    let lease = scene.files().await[0]["lease"].clone();
    assert_eq!(
        (&lease["holder"], &lease["you"]),
        (&json!("ada"), &json!(true))
    );
    page.call("release_file", scene.of(&file)).await.unwrap();
    assert!(scene.files().await[0]["lease"].is_null());

    let mut make = scene.of(&file);
    make["max_downloads"] = json!(2);
    make["passphrase"] = json!("open sesame please");
    let made = page.call("create_link", make).await.unwrap();
    let (link, url) = (made["link"].clone(), made["url"].as_str().unwrap());
    let secret = url.rsplit('#').next().unwrap();
    let stranger = Page::of(&scene.world, Browser::new(&scene.world));
    let held = json!({ "link": link, "secret": secret });
    let needs = stranger.call("link_needs", held.clone()).await.unwrap();
    assert_eq!(
        (&needs["passphrase"], &needs["uses_left"]),
        (&json!(true), &json!(2))
    );
    let open = |passphrase: &str| {
        let mut held = held.clone();
        held["passphrase"] = json!(passphrase);
        held.to_string()
    };
    let refused = stranger.transfers.open_link(&held.to_string()).await;
    assert_eq!(refused.unwrap_err().code(), "passphrase_needed");
    let refused = stranger.transfers.open_link(&open("not this one")).await;
    assert_eq!(refused.unwrap_err().code(), "wrong_credentials");
    // The one use that the wrong passphrase cost is the one that the right one opens.
    let needs = stranger.call("link_needs", held.clone()).await.unwrap();
    assert_eq!(needs["uses_left"], 1);
    let refused = stranger.transfers.open_link(&held.to_string()).await;
    assert_eq!(refused.unwrap_err().code(), "passphrase_needed");
    let opened = stranger
        .transfers
        .open_link(&open("open sesame please"))
        .await;
    let opened: Value = serde_json::from_str(&opened.unwrap()).unwrap();
    assert_eq!(opened["name"], "deed.pdf");
    let what = json!({ "opened": opened["opened"] });
    assert!(stranger.get(what).await.unwrap() == content);
    let needs = stranger.call("link_needs", held.clone()).await.unwrap();
    assert_eq!(needs["uses_left"], 1);
    // The last use is mistyped, too, and still opens.
    let refused = stranger.transfers.open_link(&open("nor this one")).await;
    assert_eq!(refused.unwrap_err().code(), "wrong_credentials");
    let last = stranger
        .transfers
        .open_link(&open("open sesame please"))
        .await;
    assert!(last.is_ok());
    let gone = stranger
        .transfers
        .open_link(&open("open sesame please"))
        .await;
    assert_eq!(gone.unwrap_err().code(), "gone");

    let links = page.call("links", scene.of(&file)).await.unwrap();
    assert_eq!(links["links"][0]["ended"], false);
    let end = json!({ "vault": scene.vault, "link": link });
    page.call("end_link", end).await.unwrap();
    let links = page.call("links", scene.of(&file)).await.unwrap();
    assert_eq!(links["links"][0]["ended"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_upload_waits_and_a_cancelled_one_is_forgotten() {
    let scene = Scene::set_up().await;
    let page = &scene.page;
    let source = Source::of(&noise(8 * PART, 6));
    let started = page.begin(scene.upload("one", "a.bin"), &source).await;
    let pause = (1, "one".to_owned(), page.transfers.clone());
    *page.net.pause_after_parts.borrow_mut() = Some(pause);
    let mut running = std::pin::pin!(page.transfers.run(started.unwrap()));
    let stood_still = tokio::select! {
        () = &mut running => false,
        () = page.net.stands_still(1) => true,
    };
    assert!(stood_still);
    assert!(page.net.parts_sent.get() < 8);
    // The core answers meanwhile.
    assert!(scene.files().await.is_empty());
    page.transfers.resume("one").await.unwrap();
    running.await;
    let states = page.states();
    assert!(states.contains(&"paused".to_owned()));
    assert_eq!(states.last().unwrap(), "done");
    assert_eq!(scene.files().await.len(), 1);
    page.net.pause_after_parts.take();

    page.net.parts_sent.set(0);
    page.net.cut_after_parts.set(Some(1));
    let failed = page.try_put(scene.upload("two", "b.bin"), &source).await;
    assert_eq!(failed.unwrap_err()["problem"]["code"], "offline");
    page.net.cut_after_parts.set(None);
    page.transfers.cancel("two").await.unwrap();
    let unfinished = page.call("unfinished_uploads", json!({})).await.unwrap();
    assert_eq!(unfinished["uploads"], json!([]));
    assert!(!page.keeps("kept/upload/"));
}
