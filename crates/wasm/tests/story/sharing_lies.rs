//! A server that lies about people: each lie stops with exit 5, and nothing of it is shown.

use crate::lies::rewrite_vaults;
use crate::scene::Browser;
use crate::sharing::Pair;
use serde_json::{Value, json};
use strongroom_format::directory::DirectoryPayload;
use strongroom_format::entry::{EntryBody, Kind, UnverifiedEntry};
use strongroom_format::transport::PageEntry;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_testkit::lies::{self, Log};
use strongroom_types::{Digest, Role};
use strongroom_vault::NewPerson;

#[tokio::test(flavor = "multi_thread")]
async fn a_swapped_key_in_the_directory_stops_the_sharing_with_it() {
    let mut pair = Pair::set_up().await;
    let evil = NewPerson::make("ben", "test", &mut strongroom_crypto::SystemRng).unwrap();
    let lie = lies::rewrite_log(Log::Directory, move |entries| {
        let found = entries
            .iter()
            .position(|entry| entry.entry.body().kind == Kind::Join);
        let Some(entry) = found.map(|at| &mut entries[at]) else {
            return false;
        };
        let payload = entry.entry.payload().unwrap();
        let Ok(DirectoryPayload::Join {
            invite,
            mut person,
            invite_signatures,
            identity_signatures,
        }) = DirectoryPayload::from_bytes(Kind::Join, payload)
        else {
            return false;
        };
        person.wrap_public = evil.wrap().public().as_bytes().to_vec().into();
        let changed = DirectoryPayload::Join {
            invite,
            person,
            invite_signatures,
            identity_signatures,
        };
        entry.entry = lies::with_payload(&entry.entry, Some(&changed.to_bytes()));
        true
    });
    // A new browser of Ada's reads the directory for the first time.
    let mut new = Browser::new(&pair.world);
    pair.world.liar.tell(lie);
    let login = json!({
        "name": "ada",
        "passphrase": strongroom_testkit::world::PASSPHRASE,
        "kit": pair.ada_kit,
    });
    let (exit, code) = new.fails("log_in", login).await;
    assert!(pair.world.liar.stop() > 0);
    assert_eq!((exit, code.as_str()), (5, "forged_entry"));
    pair.let_ben_in("reader").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_whom_nobody_let_in_stops_the_vault() {
    let mut pair = Pair::set_up().await;
    let ghost = NewPerson::make("ghost", "nowhere", &mut strongroom_crypto::SystemRng).unwrap();
    let lie = lies::rewrite_log(Log::Vault, move |entries| {
        let Some(last) = entries.last().cloned() else {
            return false;
        };
        let payload = VaultPayload::Member {
            identity: ghost.identity(),
            role: Role::Owner,
            generation: 1,
            wrap_hash: Digest::ZERO,
        };
        let body = EntryBody {
            kind: Kind::Member,
            device: ghost.device_id(),
            ..last.entry.body().clone()
        };
        let payload = payload.to_bytes(body.tenant, body.vault);
        let entry = UnverifiedEntry::author(body, payload, ghost.device());
        entries.push(PageEntry { entry, ..last });
        true
    });
    pair.let_ben_in("reader").await;
    pair.world.liar.tell(lie);
    let members = json!({ "vault": pair.vault });
    let (exit, _) = pair.ben.fails("members", members.clone()).await;
    assert!(pair.world.liar.stop() > 0);
    assert_eq!(exit, 5);
    let shown = pair.ben.call("members", members).await;
    assert_eq!(shown["members"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_from_before_a_removal_is_refused() {
    let mut pair = Pair::set_up().await;
    let vault = pair.vault.clone();
    pair.let_ben_in("writer").await;
    pair.ben.add(&vault, "Mine").await;
    let members = json!({ "vault": vault });
    let before = pair.ada.call("members", members.clone()).await;
    let ben = before["members"][1]["identity"].clone();
    let of_ben = json!({ "vault": vault, "identity": ben });
    pair.ada.call("remove_member", of_ben).await;
    // The removal is the newest entry that the server denies.
    let older = rewrite_vaults(|list| {
        for row in &mut list.vaults {
            row.head_index -= 1;
        }
    });
    pair.world.liar.tell(older);
    let (exit, code) = pair.ada.fails("members", members.clone()).await;
    assert!(pair.world.liar.stop() > 0);
    assert_eq!((exit, code.as_str()), (5, "rollback"));
    let shown = pair.ada.call("members", members).await;
    assert_eq!(shown["members"].as_array().unwrap().len(), 1);
    assert_eq!(shown["members"][0]["comparison"], Value::from("never"));
}
