//! A server that lies: each lie stops with exit 5, and nothing of it is taken in.

use crate::scene::{Browser, ada_with_cases, laptop_of_ada, still_world};
use serde_json::json;
use strongroom_client::Client;
use strongroom_format::entry::Kind;
use strongroom_format::transport::PageEntry;
use strongroom_format::wallet::StoredWallet;
use strongroom_testkit::lies::{self, Lie, Log};
use strongroom_testkit::world::{PASSPHRASE, World, add};
use strongroom_types::{Role, VaultId};

struct Scene {
    world: World,
    browser: Browser,
    laptop: Client,
    kit: String,
    vault: String,
    id: VaultId,
}

impl Scene {
    async fn set_up() -> Self {
        let (world, mut browser, kit, vault) = ada_with_cases().await;
        for title in ["First", "Second"] {
            browser.add(&vault, title).await;
        }
        let laptop = laptop_of_ada(&world, &kit).await;
        laptop.sync().await.unwrap();
        let id = vault.parse().unwrap();
        Self {
            world,
            browser,
            laptop,
            kit,
            vault,
            id,
        }
    }

    /// What a browser that reads the log for the first time makes of a lie; the honest server's
    /// records are all there after it.
    async fn caught_by_new_browser(&mut self, lie: Lie) -> String {
        let mut browser = Browser::new(&self.world);
        browser.log_in("ada", Some(&self.kit)).await;
        self.world.liar.tell(lie);
        let records = json!({ "vault": self.vault, "table": "case" });
        let (exit, code) = browser.fails("records", records).await;
        assert!(self.world.liar.stop() > 0);
        assert_eq!(exit, 5, "{code}");
        assert_eq!(browser.titles(&self.vault).await, ["First", "Second"]);
        code
    }
}

fn position(entries: &[PageEntry], kind: Kind) -> usize {
    let found = entries
        .iter()
        .position(|entry| entry.entry.body().kind == kind);
    found.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_logs_stop_a_new_browser() {
    let mut scene = Scene::set_up().await;
    let change = |change: fn(&mut Vec<PageEntry>)| {
        lies::rewrite_log(Log::Vault, move |entries| {
            change(entries);
            true
        })
    };
    let dropped = change(|entries| {
        entries.remove(position(entries, Kind::Record));
    });
    scene.caught_by_new_browser(dropped).await;
    let swapped = change(|entries| {
        let at = position(entries, Kind::Record);
        entries.swap(at, at + 1);
    });
    scene.caught_by_new_browser(swapped).await;
    let forged = change(|entries| {
        let at = position(entries, Kind::Record);
        let other = entries[at + 1].entry.payload().map(<[u8]>::to_vec);
        entries[at].entry = lies::with_payload(&entries[at].entry, other.as_deref());
    });
    assert_eq!(scene.caught_by_new_browser(forged).await, "forged_entry");
    let withheld = change(|entries| {
        let at = position(entries, Kind::Record);
        entries[at].entry = lies::with_payload(&entries[at].entry, None);
    });
    assert_eq!(scene.caught_by_new_browser(withheld).await, "withheld");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_state_stops_a_browser_that_saw_more_also_after_a_reload() {
    let mut scene = Scene::set_up().await;
    let older = |list: &mut strongroom_wire::VaultList| {
        for row in &mut list.vaults {
            row.head_index -= 1;
        }
    };
    let lie = move || rewrite_vaults(older);
    let records = json!({ "vault": scene.vault, "table": "case" });
    scene.world.liar.tell(lie());
    let (exit, code) = scene.browser.fails("records", records.clone()).await;
    assert_eq!((exit, code.as_str()), (5, "rollback"));
    scene.world.liar.stop();
    let mut browser = scene.browser.reload(&scene.world);
    scene.world.liar.tell(lie());
    browser.log_in("ada", None).await;
    let (exit, code) = browser.fails("records", records).await;
    assert_eq!((exit, code.as_str()), (5, "rollback"));
    // The list says so too, and does not fail for the other vaults.
    let vaults = browser.call("vaults", json!({})).await;
    assert_eq!(vaults["vaults"][0]["trouble"]["code"], "rollback");
    assert!(scene.world.liar.stop() > 0);
    assert_eq!(browser.titles(&scene.vault).await.len(), 2);
}

/// Changes the list of vaults.
pub fn rewrite_vaults(
    change: impl Fn(&mut strongroom_wire::VaultList) + Send + Sync + 'static,
) -> Lie {
    lies::rewrite_bytes(
        |path| path == "/v1/vaults",
        move |bytes| {
            let Ok(mut list) = serde_json::from_slice(bytes) else {
                return false;
            };
            change(&mut list);
            *bytes = serde_json::to_vec(&list).unwrap();
            true
        },
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_another_device_put_into_the_wallet_must_be_shown() {
    let mut scene = Scene::set_up().await;
    // The laptop sees more and says so in the wallet; the browser's server stays behind.
    add(&scene.laptop, scene.id, "Third").await.unwrap();
    scene.laptop.vault_create("Makes it save").await.unwrap();
    let lie = lies::truncate_log(Log::Vault, 4);
    let mut browser = Browser::new(&scene.world);
    browser.log_in("ada", Some(&scene.kit)).await;
    scene.world.liar.tell(lie);
    let records = json!({ "vault": scene.vault, "table": "case" });
    let (exit, code) = browser.fails("records", records).await;
    assert_eq!((exit, code.as_str()), (5, "rollback"));
    assert!(scene.world.liar.stop() > 0);
    assert_eq!(browser.titles(&scene.vault).await.len(), 3);
    assert_eq!(scene.browser.titles(&scene.vault).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_wallet_and_an_altered_one_are_refused_at_login() {
    let scene = Scene::set_up().await;
    let old = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let keep = old.clone();
    let look = lies::rewrite_bytes(
        |path| path == "/v1/wallet",
        move |bytes| {
            *keep.lock().unwrap() = bytes.clone();
            false
        },
    );
    scene.world.liar.tell(look);
    let browser = scene.browser.reload(&scene.world);
    let mut browser = browser;
    browser.log_in("ada", None).await;
    scene.world.liar.stop();
    browser.create_vault("Changes the wallet").await;
    let mut browser = browser.reload(&scene.world);
    let stored = old.lock().unwrap().clone();
    assert!(!stored.is_empty());
    let lie = lies::rewrite_bytes(
        |path| path == "/v1/wallet",
        move |bytes| {
            bytes.clone_from(&stored);
            true
        },
    );
    scene.world.liar.tell(lie);
    let login = json!({ "name": "ada", "passphrase": PASSPHRASE });
    assert_eq!(
        browser.fails("log_in", login.clone()).await,
        (5, "rollback".into())
    );
    assert!(!browser.core.signed_in());
    assert!(scene.world.liar.stop() > 0);
    let lie = lies::rewrite_bytes(
        |path| path == "/v1/wallet",
        |bytes| {
            let Ok(mut view) = serde_json::from_slice::<strongroom_wire::WalletView>(bytes) else {
                return false;
            };
            let mut stored = StoredWallet::from_bytes(&view.wallet.0).unwrap();
            *stored.sealed.last_mut().unwrap() ^= 1;
            view.wallet = stored.to_bytes().into();
            *bytes = serde_json::to_vec(&view).unwrap();
            true
        },
    );
    scene.world.liar.tell(lie);
    assert_eq!(browser.fails("log_in", login).await.0, 5);
    assert!(scene.world.liar.stop() > 0);
    browser.log_in("ada", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_browser_only_reads_a_vault_that_no_colleague_attested_lately() {
    let (world, clock) = still_world().await;
    let mut browser = Browser::new(&world);
    let kit = browser.found(&world, "ada").await;
    let vault = browser.create_vault("Cases").await;
    browser.add(&vault, "First").await;
    let laptop = laptop_of_ada(&world, &kit).await;
    let bob = world.join(&laptop, "bob").await.unwrap();
    let id: VaultId = vault.parse().unwrap();
    laptop.vault_invite(id, "bob", Role::Writer).await.unwrap();
    // He has seen the vault: later he can say whether what is shown contains that.
    bob.sync().await.unwrap();
    clock.advance(10 * strongroom_testkit::world::DAY_MS);

    let mut new = Browser::new(&world);
    new.log_in("ada", Some(&kit)).await;
    assert_eq!(new.titles(&vault).await, ["First"]);
    let vaults = new.call("vaults", json!({})).await;
    assert_eq!(vaults["vaults"][0]["read_only"], "unconfirmed");
    let fields = json!({ "title": "Not yet" });
    let arguments = json!({ "vault": vault, "table": "case", "fields": fields });
    assert_eq!(
        new.fails("add_record", arguments).await,
        (4, "vault_unconfirmed".into())
    );
    // The doubt outlives a reload.
    let mut new = new.reload(&world);
    new.log_in("ada", None).await;
    let vaults = new.call("vaults", json!({})).await;
    assert_eq!(vaults["vaults"][0]["read_only"], "unconfirmed");
    drop(bob);
    let bob = world.reopen("bob").unwrap();
    bob.sync().await.unwrap();
    new.call("vaults", json!({})).await;
    new.add(&vault, "Now").await;
    assert_eq!(new.titles(&vault).await, ["First", "Now"]);
}
