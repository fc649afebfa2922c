//! Copies between vaults are told of, paused, given up and gone on with as uploads are.

use crate::moving::{Page, Source};
use crate::scene::Browser;
use serde_json::{Value, json};
use strongroom_testkit::world::{World, noise};

const PART: usize = 8 << 20;
const PARTS: usize = 6;

/// A file of several parts, and a record of another vault for it.
struct Scene {
    world: World,
    page: Page,
    content: Vec<u8>,
    /// What names the file, and where it goes.
    to: Value,
    there: Value,
    from: Value,
}

impl Scene {
    async fn set_up() -> Self {
        let world = World::start().await.unwrap();
        let mut browser = Browser::new(&world);
        browser.found(&world, "ada").await;
        let vault = browser.create_vault("Cases").await;
        let record = browser.add(&vault, "Lease").await;
        let elsewhere = browser.create_vault("Elsewhere").await;
        let to_record = browser.add(&elsewhere, "There").await;
        let page = Page::of(&world, browser);
        let content = noise((PARTS - 1) * PART + 77, 11);
        let upload = json!({ "transfer": "first", "vault": vault, "record": record,
            "name": "film.mp4", "media_type": "video/mp4" });
        let file = page.put(upload, &Source::of(&content)).await;
        page.net.parts_sent.set(0);
        Self {
            to: json!({ "transfer": "copy", "vault": vault, "file": file,
                "to_vault": elsewhere, "to_record": to_record }),
            there: json!({ "vault": elsewhere, "record": to_record }),
            from: json!({ "vault": vault, "record": record }),
            world,
            page,
            content,
        }
    }

    /// Begins the copy or move, and runs it to its end; how it was told to end.
    async fn relocate(&self, moving: bool) -> Value {
        let to = self.to.to_string();
        let begun = self.page.transfers.relocate(&to, moving).await;
        let started = begun.unwrap().expect("bytes to be moved");
        self.page.transfers.run(started).await;
        self.page.last_told()
    }

    /// Whether the copy, and nothing but it, is where it goes.
    async fn arrived(&self, page: &Page) {
        let files = page.call("files", self.there.clone()).await.unwrap();
        assert_eq!(files["files"].as_array().unwrap().len(), 1);
        let copy = &files["files"][0];
        assert_eq!(copy["name"], "film.mp4");
        let named = json!({ "vault": self.there["vault"], "file": copy["file"] });
        assert!(page.get(named).await.unwrap() == self.content);
        assert!(!page.keeps("kept/upload/"));
    }

    /// How many files the record still has, the trash aside.
    async fn here(&self, page: &Page) -> usize {
        let files = page.call("files", self.from.clone()).await.unwrap();
        let files = files["files"].as_array().unwrap();
        files.iter().filter(|file| file["deleted"] == false).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_tells_how_far_it_is_and_waits_while_it_is_paused() {
    let scene = Scene::set_up().await;
    let page = &scene.page;
    let begun = page.transfers.relocate(&scene.to.to_string(), false).await;
    let pause = (1, "copy".to_owned(), page.transfers.clone());
    *page.net.pause_after_parts.borrow_mut() = Some(pause);
    let before = page.states().len();
    let mut running = std::pin::pin!(page.transfers.run(begun.unwrap().unwrap()));
    let stood_still = tokio::select! {
        () = &mut running => false,
        () = page.net.stands_still(1) => true,
    };
    assert!(stood_still);
    assert!(page.net.parts_sent.get() < PARTS);
    page.transfers.resume("copy").await.unwrap();
    running.await;
    let states = page.states().split_off(before);
    assert_eq!(states.first().unwrap(), "running");
    assert!(states.contains(&"paused".to_owned()));
    let last = page.last_told();
    assert_eq!(
        (&last["transfer"], &last["state"]),
        (&json!("copy"), &json!("done"))
    );
    assert_eq!(last["total_bytes"], json!(scene.content.len()));
    assert_eq!(last["done_bytes"], last["total_bytes"]);
    scene.arrived(page).await;
    assert_eq!(scene.here(page).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_was_broken_off_goes_on_after_a_reload_without_its_file_chosen() {
    let scene = Scene::set_up().await;
    scene.page.net.cut_after_parts.set(Some(2));
    let failed = scene.relocate(true).await;
    assert_eq!(failed["problem"]["code"], "offline");

    let page = scene.page.reload(&scene.world).await;
    let unfinished = page.call("unfinished_uploads", json!({})).await.unwrap();
    let copy = &unfinished["uploads"][0];
    assert_eq!(copy["transfer"], "copy");
    assert_eq!(copy["copies"]["moving"], true);
    assert_eq!(copy["copies"]["file"], scene.to["file"]);
    assert_eq!(scene.here(&page).await, 1);
    let started = page.transfers.resume("copy").await.unwrap().unwrap();
    page.transfers.run(started).await;
    assert_eq!(page.last_told()["state"], "done");
    assert_eq!(page.last_told()["problem"], Value::Null);
    // Nothing was sent twice.
    assert_eq!(page.net.parts_sent.get(), PARTS - 2);
    scene.arrived(&page).await;
    assert_eq!(scene.here(&page).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_failed_is_tried_again_or_given_up() {
    let scene = Scene::set_up().await;
    let page = &scene.page;
    page.net.cut_after_parts.set(Some(1));
    assert_eq!(scene.relocate(false).await["problem"]["code"], "offline");
    page.net.cut_after_parts.set(None);
    let again = page.transfers.resume("copy").await.unwrap().unwrap();
    page.transfers.run(again).await;
    scene.arrived(page).await;

    page.net.parts_sent.set(0);
    page.net.cut_after_parts.set(Some(1));
    assert_eq!(scene.relocate(false).await["state"], "failed");
    page.transfers.cancel("copy").await.unwrap();
    page.net.cut_after_parts.set(None);
    let unfinished = page.call("unfinished_uploads", json!({})).await.unwrap();
    assert_eq!(unfinished["uploads"], json!([]));
    scene.arrived(page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_whose_original_is_protected_meanwhile_says_that_it_is_still_there() {
    let scene = Scene::set_up().await;
    let page = &scene.page;
    let begun = page.transfers.relocate(&scene.to.to_string(), true).await;
    let protect =
        json!({ "vault": scene.to["vault"], "file": scene.to["file"], "protected": true });
    page.call("edit_file", protect).await.unwrap();
    page.transfers.run(begun.unwrap().unwrap()).await;
    let last = page.last_told();
    assert_eq!(last["state"], "done");
    assert_eq!(last["problem"]["code"], "original_kept");
    scene.arrived(page).await;
    assert_eq!(scene.here(page).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_before_a_byte_moves_is_refused_at_once() {
    let scene = Scene::set_up().await;
    let mut to = scene.to.clone();
    to["file"] = scene.there["record"].clone();
    let refused = scene.page.transfers.relocate(&to.to_string(), false).await;
    assert_eq!(refused.err().unwrap().code(), "not_found");
    assert!(!scene.page.keeps("kept/upload/"));
    let unknown = scene.page.transfers.resume("copy").await;
    assert_eq!(unknown.err().unwrap().code(), "not_found");
}
