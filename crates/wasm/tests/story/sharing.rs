//! Sharing between browsers: who is let in, what they may, what is left after removal.

use crate::scene::{Browser, still_world};
use serde_json::{Value, json};
use strongroom_testkit::world::{DAY_MS, PASSPHRASE, World, passphrase};
use strongroom_types::{AccountRole, Role, VaultId};

/// Two people in browsers, and a vault of the first one.
pub struct Pair {
    pub world: World,
    pub ada: Browser,
    pub ben: Browser,
    pub ada_kit: String,
    pub vault: String,
}

impl Pair {
    pub async fn set_up() -> Self {
        Self::in_world(World::start().await.unwrap()).await
    }

    pub async fn in_world(world: World) -> Self {
        let mut ada = Browser::new(&world);
        let ada_kit = ada.found(&world, "ada").await;
        let code = invitation(&mut ada).await["code"].clone();
        let mut ben = Browser::new(&world);
        ben.sign_up("ben", code.as_str().unwrap()).await;
        let vault = ada.create_vault("Cases").await;
        Self {
            world,
            ada,
            ben,
            ada_kit,
            vault,
        }
    }

    async fn ben_id(&mut self) -> Value {
        let people = self.ada.call("colleagues", json!({})).await;
        let people = people["colleagues"].as_array().unwrap();
        let ben = people.iter().find(|person| person["name"] == "ben");
        ben.unwrap()["identity"].clone()
    }

    pub async fn let_ben_in(&mut self, role: &str) {
        let identity = self.ben_id().await;
        let arguments = json!({ "vault": self.vault, "identity": identity, "role": role });
        self.ada.call("invite_member", arguments).await;
    }

    pub async fn let_ben_read_only(&mut self) {
        let identity = self.ben_id().await;
        let arguments = json!({ "vault": self.vault, "identity": identity, "role": "reader" });
        self.ada.call("set_member_role", arguments).await;
    }

    fn of_vault(&self) -> Value {
        json!({ "vault": self.vault })
    }
}

async fn invitation(browser: &mut Browser) -> Value {
    let arguments = json!({ "account_role": "member", "valid_ms": DAY_MS });
    browser.call("invite_colleague", arguments).await
}

async fn member(browser: &mut Browser, vault: &str, name: &str) -> Value {
    let members = browser.call("members", json!({ "vault": vault })).await;
    let members = members["members"].as_array().unwrap();
    let found = members.iter().find(|member| member["name"] == name);
    found.expect("the member").clone()
}

async fn safety(browser: &mut Browser, name: &str) -> Value {
    let people = browser.call("colleagues", json!({})).await;
    let people = people["colleagues"].as_array().unwrap().clone();
    let person = people.iter().find(|person| person["name"] == name);
    let identity = person.unwrap()["identity"].clone();
    let arguments = json!({ "identity": identity });
    browser.call("safety_number", arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_becomes_a_writer_and_is_removed_and_the_history_says_so() {
    let mut pair = Pair::set_up().await;
    let vault = pair.vault.clone();
    pair.ada.add(&vault, "Before").await;
    pair.let_ben_in("reader").await;
    assert_eq!(pair.ben.titles(&vault).await, ["Before"]);
    let add = json!({ "vault": vault, "table": "case", "fields": { "title": "Mine" } });
    assert_eq!(
        pair.ben.fails("add_record", add.clone()).await,
        (4, "forbidden".into())
    );
    let identity = pair.ben_id().await;
    let again = json!({ "vault": vault, "identity": identity, "role": "writer" });
    assert_eq!(
        pair.ada.fails("invite_member", again.clone()).await,
        (6, "already_member".into())
    );
    pair.ada.call("set_member_role", again).await;
    pair.ben.call("add_record", add).await;
    assert_eq!(pair.ada.titles(&vault).await, ["Before", "Mine"]);
    let ben = member(&mut pair.ada, &vault, "ben").await;
    assert_eq!(ben["role"], "writer");
    assert_eq!(ben["let_in_by"], "ada");
    assert!(ben["since_ms"].as_u64().unwrap() > 0);

    let of_ben = json!({ "vault": vault, "identity": identity });
    // Writers remove nobody.
    let ada_id = member(&mut pair.ben, &vault, "ada").await["identity"].clone();
    let of_ada = json!({ "vault": vault, "identity": ada_id });
    assert_eq!(
        pair.ben.fails("remove_member", of_ada).await,
        (4, "forbidden".into())
    );
    pair.ada.call("remove_member", of_ben.clone()).await;
    assert_eq!(
        pair.ada.fails("remove_member", of_ben).await,
        (3, "not_found".into())
    );
    pair.ada.add(&vault, "After").await;
    let records = json!({ "vault": vault, "table": "case" });
    assert_eq!(
        pair.ben.fails("records", records).await,
        (4, "access_ended".into())
    );

    let history = pair.ada.call("access_history", pair.of_vault()).await;
    let told: Vec<(String, Value, Value)> = history["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            let what = event["what"].as_str().unwrap().to_owned();
            (what, event["person"].clone(), event["role"].clone())
        })
        .collect();
    let wanted = [
        ("removed", json!("ben"), Value::Null),
        ("role", json!("ben"), json!("writer")),
        ("let_in", json!("ben"), json!("reader")),
        ("created", json!("ada"), json!("owner")),
    ];
    let wanted: Vec<(String, Value, Value)> = wanted
        .into_iter()
        .map(|(what, person, role)| (what.to_owned(), person, role))
        .collect();
    assert_eq!(told, wanted);
    // The same after a reload, from what was kept.
    let mut ada = pair.ada.reload(&pair.world);
    ada.log_in("ada", None).await;
    let kept = ada.call("access_history", json!({ "vault": vault })).await;
    assert_eq!(kept["events"], history["events"]);
    assert_eq!(ada.titles(&vault).await, ["After", "Before", "Mine"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_out_and_a_manager_who_stays_renews_the_keys() {
    let mut pair = Pair::set_up().await;
    let vault = pair.vault.clone();
    pair.let_ben_in("manager").await;
    let leave = pair.of_vault();
    assert_eq!(
        pair.ada.fails("leave_vault", leave.clone()).await,
        (4, "rule".into())
    );
    let rename = json!({ "vault": vault, "name": "Old cases" });
    pair.ben.call("rename_vault", rename).await;
    let vaults = pair.ada.call("vaults", json!({})).await;
    assert_eq!(vaults["vaults"][0]["name"], "Old cases");
    pair.ben.call("leave_vault", leave).await;
    let vaults = pair.ben.call("vaults", json!({})).await;
    assert_eq!(vaults["vaults"], json!([]));
    // Nothing but new keys is valid now; the next reading makes them.
    pair.ada.add(&vault, "Afterwards").await;
    let history = pair.ada.call("access_history", pair.of_vault()).await;
    let what: Vec<&str> = history["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["what"].as_str().unwrap())
        .collect();
    assert_eq!(
        what,
        ["keys_renewed", "left", "renamed", "let_in", "created"]
    );
    // Let in again, Ben reads everything.
    pair.let_ben_in("writer").await;
    assert_eq!(pair.ben.titles(&vault).await, ["Afterwards"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_colleague_is_out_of_the_vault_and_the_history_says_why() {
    let mut pair = Pair::set_up().await;
    let vault = pair.vault.clone();
    pair.let_ben_in("writer").await;
    pair.ben.titles(&vault).await;
    let laptop = pair
        .world
        .login("ada", "laptop", PASSPHRASE, Some(pair.ada_kit.clone()))
        .await
        .unwrap();
    laptop.account_retire("ben").await.unwrap();
    let history = pair.ada.call("access_history", pair.of_vault()).await;
    assert_eq!(history["events"][0]["what"], "retired");
    assert_eq!(history["events"][0]["person"], "ben");
    let people = pair.ada.call("colleagues", json!({})).await;
    assert_eq!(people["colleagues"][1]["retired"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn safety_numbers_are_equal_on_both_sides_and_a_renewed_key_is_told() {
    let mut pair = Pair::set_up().await;
    let at_ada = safety(&mut pair.ada, "ben").await;
    let at_ben = safety(&mut pair.ben, "ada").await;
    assert_eq!(at_ada["number"], at_ben["number"]);
    assert_eq!(at_ada["words"], at_ben["words"]);
    assert_eq!(at_ada["words"].as_array().unwrap().len(), 20);

    // The command line says the same number, and it is remembered that it was compared.
    let laptop = pair
        .world
        .login("ada", "laptop", PASSPHRASE, Some(pair.ada_kit.clone()))
        .await
        .unwrap();
    let there = laptop.safety_number("ben").await.unwrap();
    assert_eq!(at_ada["number"], json!(there.number));
    assert_eq!(at_ada["words"], json!(there.words));
    let compared = |view: &Value, compared: bool| json!({ "identity": view["identity"], "number": view["number"], "compared": compared });
    let mut wrong = compared(&at_ada, true);
    wrong["number"] = json!(["00000"; 12].join(" "));
    assert_eq!(
        pair.ada.fails("set_compared", wrong).await,
        (6, "number_changed".into())
    );
    let marked = pair.ada.call("set_compared", compared(&at_ada, true)).await;
    assert_eq!(marked["comparison"], "compared");
    let mut ada = pair.ada.reload(&pair.world);
    ada.log_in("ada", None).await;
    assert_eq!(safety(&mut ada, "ben").await["comparison"], "compared");
    assert!(laptop.sync().await.is_ok());
    let unmarked = ada.call("set_compared", compared(&at_ada, false)).await;
    assert_eq!(unmarked["comparison"], "never");
    ada.call("set_compared", compared(&at_ada, true)).await;

    // A colleague on the command line renews everything: the number is another one.
    let invited = invitation(&mut ada).await;
    let code = invited["code"].as_str().unwrap().to_owned();
    let (carol, _) = pair.world.signup("carol", code).await.unwrap();
    let before = safety(&mut ada, "carol").await;
    ada.call("set_compared", compared(&before, true)).await;
    let kit = pair.world.home("carol").join("kit.txt");
    let (old, new) = (passphrase(PASSPHRASE), passphrase("another one altogether"));
    carol
        .passphrase_change_someone_knows(&old.unwrap(), &new.unwrap(), &kit)
        .await
        .unwrap();
    let after = safety(&mut ada, "carol").await;
    assert_eq!(after["comparison"], "changed");
    assert_ne!(after["number"], before["number"]);
    assert!(after["renewed_ms"].as_u64().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_a_link_listed_withdrawn_and_only_for_administrators() {
    let mut pair = Pair::set_up().await;
    let made = invitation(&mut pair.ada).await;
    let (link, code) = (
        made["link"].as_str().unwrap(),
        made["code"].as_str().unwrap(),
    );
    let ca = strongroom_client::server_info(&pair.world.server.url, &pair.world.server.ca_file);
    ca.await.unwrap();
    assert!(link.starts_with(&format!("{}/join#{code}&ca=", pair.world.server.url)));
    let native = pair
        .world
        .login("ada", "laptop", PASSPHRASE, Some(pair.ada_kit.clone()))
        .await
        .unwrap()
        .account_invite(AccountRole::Member, DAY_MS)
        .await
        .unwrap();
    assert!(link.ends_with(&native.ca_fingerprint), "{link}");
    assert_eq!(
        native.link.split_once("&ca=").map(|(_, ca)| ca),
        Some(native.ca_fingerprint.as_str())
    );

    let listed = pair.ada.call("invitations", json!({})).await;
    let listed = listed["invitations"].as_array().unwrap();
    let open = |id: &Value| {
        let found = listed.iter().find(|row| row["invite"] == *id);
        !found.unwrap()["closed"].as_bool().unwrap()
    };
    assert!(open(&made["invite"]));
    assert_eq!(listed.iter().filter(|row| row["closed"] == true).count(), 1);
    let of_invite = json!({ "invite": made["invite"] });
    assert_eq!(
        pair.ben
            .fails("withdraw_invitation", of_invite.clone())
            .await,
        (4, "forbidden".into())
    );
    assert_eq!(
        pair.ben.fails("invitations", json!({})).await,
        (4, "forbidden".into())
    );
    pair.ada.call("withdraw_invitation", of_invite).await;
    let mut late = Browser::new(&pair.world);
    let sign_up = json!({ "code": code, "name": "late", "passphrase": PASSPHRASE });
    let (exit, _) = late.fails("sign_up", sign_up).await;
    assert!(exit == 4 || exit == 5, "{exit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleagues_code_ends_the_doubt_and_another_one_stops_the_vault() {
    let (world, clock) = still_world().await;
    let mut pair = Pair::in_world(world).await;
    let vault = pair.vault.clone();
    pair.ada.add(&vault, "First").await;
    let invited = invitation(&mut pair.ada).await;
    let code = invited["code"].as_str().unwrap().to_owned();
    let (carol, _) = pair.world.signup("carol", code).await.unwrap();
    let id: VaultId = vault.parse().unwrap();
    let laptop = pair
        .world
        .login("ada", "laptop", PASSPHRASE, Some(pair.ada_kit.clone()))
        .await
        .unwrap();
    laptop
        .vault_invite(id, "carol", Role::Writer)
        .await
        .unwrap();
    clock.advance(10 * DAY_MS);

    let mut new = Browser::new(&pair.world);
    new.log_in("ada", Some(&pair.ada_kit)).await;
    let picture = new.call("picture", json!({ "vault": vault })).await;
    assert_eq!(picture["read_only"], "unconfirmed");
    // Carol's device attests what it has seen as soon as it syncs; this one only shows its code.
    let theirs = carol.vault_head_code(id).await.unwrap().code;
    let confirm = |code: &str| json!({ "vault": vault, "code": code });
    assert_eq!(
        new.fails("confirm_picture", confirm("nonsense")).await,
        (2, "no_head_code".into())
    );
    let last = theirs.chars().last().unwrap();
    let other = if last == '1' { "2" } else { "1" };
    let wrong = format!("{}{other}", &theirs[..theirs.len() - 1]);
    assert_eq!(
        new.fails("confirm_picture", confirm(&wrong)).await,
        (5, "fork".into())
    );
    let mut new = new.reload(&pair.world);
    new.log_in("ada", None).await;
    let vaults = new.call("vaults", json!({})).await;
    assert_eq!(vaults["vaults"][0]["read_only"], "fork");
    let fields = json!({ "title": "Not now" });
    let add = json!({ "vault": vault, "table": "case", "fields": fields });
    assert_eq!(new.fails("add_record", add).await, (5, "fork".into()));
    // A code of an entry that this browser was never shown.
    let later = format!("99:{}", theirs.split_once(':').unwrap().1);
    assert_eq!(
        new.fails("confirm_picture", confirm(&later)).await,
        (5, "withheld".into())
    );
    let confirmed = new.call("confirm_picture", confirm(&theirs)).await;
    assert_eq!(confirmed["read_only"], Value::Null);
    assert_eq!(confirmed["code"], json!(theirs));
    new.add(&vault, "Now").await;
}
