//! Lies about the log of a vault.

use crate::scene::{Scene, file_key, payload_of, position, signed};
use strongroom_client::{Client, Query};
use strongroom_format::entry::{EntryBody, Kind, UnverifiedEntry};
use strongroom_format::transport::PageEntry;
use strongroom_format::vault_payload::{HeadPayload, VaultPayload};
use strongroom_testkit::lies::{self, Log};
use strongroom_testkit::world::{PASSPHRASE, add, passphrase, stopped};
use strongroom_types::{Digest, Role, TenantId};
use strongroom_vault::NewPerson;

#[tokio::test(flavor = "multi_thread")]
async fn dropped_entry() {
    let scene = Scene::set_up().await;
    scene
        .caught_changing_log(|entries| {
            let at = position(entries, Kind::Record);
            entries.remove(at);
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reordered_entries() {
    let scene = Scene::set_up().await;
    scene
        .caught_changing_log(|entries| {
            let at = position(entries, Kind::Record);
            entries.swap(at, at + 1);
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replayed_entry() {
    let scene = Scene::set_up().await;
    scene
        .caught_changing_log(|entries| {
            let again = entries[position(entries, Kind::Record)].clone();
            entries.push(again);
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn swapped_records() {
    let scene = Scene::set_up().await;
    let code = scene
        .caught_changing_log(|entries| {
            let at = position(entries, Kind::Record);
            let (first, second) = (payload_of(&entries[at]), payload_of(&entries[at + 1]));
            entries[at].entry = lies::with_payload(&entries[at].entry, second.as_deref());
            entries[at + 1].entry = lies::with_payload(&entries[at + 1].entry, first.as_deref());
        })
        .await;
    assert_eq!(code, "forged_entry");
}

#[tokio::test(flavor = "multi_thread")]
async fn withheld_payload() {
    let scene = Scene::set_up().await;
    let code = scene
        .caught_changing_log(|entries| {
            let at = position(entries, Kind::Record);
            entries[at].entry = lies::with_payload(&entries[at].entry, None);
        })
        .await;
    assert_eq!(code, "withheld");
}

#[tokio::test(flavor = "multi_thread")]
async fn rollback_of_a_vault() {
    let scene = Scene::set_up().await;
    let lie = lies::truncate_log(Log::Vault, 4);
    assert_eq!(scene.caught_by_replay(lie).await, "rollback");
}

/// A cache that is read anew knows places that it has no entries of. A log that ends before them
/// is refused each time, also when what there was of it has been taken in already.
#[tokio::test(flavor = "multi_thread")]
async fn rollback_while_all_is_read_anew() {
    let scene = Scene::set_up().await;
    scene.bob.danger_set_cache_version(1).await.unwrap();
    let bob = Client::open(&scene.world.home("bob")).unwrap();
    scene.world.liar.tell(lies::truncate_log(Log::Vault, 4));
    let all = Query::default();
    for _ in 0..3 {
        assert_eq!(stopped(bob.sync().await).unwrap(), "rollback");
        let shown = bob.record_list_cached(scene.vault, "case", &all).await;
        assert!(shown.is_err(), "a shortened vault is not shown");
        stopped(add(&bob, scene.vault, "onto a rolled back log").await).unwrap();
    }
    assert!(scene.world.liar.stop() > 0);
    bob.sync().await.unwrap();
    assert_eq!(scene.titles(&bob).await, ["First", "Second"]);
    scene.nothing_lost().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rollback_of_the_directory() {
    let scene = Scene::set_up().await;
    let lie = lies::truncate_log(Log::Directory, 1);
    scene.caught_by_replay(lie).await;
}

/// The server keeps Bob's picture old, lets both write, and later shows Bob Alice's history.
#[tokio::test(flavor = "multi_thread")]
async fn fork() {
    let scene = Scene::set_up().await;
    // A history in which Alice's second record never was, and Bob's own entry took its place.
    let machine = scene.bob.danger_machine(scene.vault).await.unwrap();
    let directory = scene.bob.danger_directory().await.unwrap();
    let seen = machine.state().head().unwrap();
    let head = VaultPayload::Head(HeadPayload {
        index: seen.index,
        hash: seen.hash,
        directory_hash: directory.head().unwrap().hash,
        wallet_version: 1,
        day: 20_000,
    });
    let own = signed(&scene.bob, scene.vault, &head).await;
    scene
        .caught_changing_log(move |entries| {
            let template = entries[0].clone();
            let at = entries
                .iter()
                .rposition(|entry| entry.entry.body().kind == Kind::Record)
                .unwrap();
            entries[at] = PageEntry {
                entry: own.clone(),
                ..template
            };
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ghost_member() {
    let scene = Scene::set_up().await;
    let mut rng = strongroom_crypto::SystemRng;
    let ghost = NewPerson::make("ghost", "nowhere", &mut rng).unwrap();
    let identity = ghost.identity();
    scene
        .caught_changing_log(move |entries| {
            let last = entries.last().unwrap().clone();
            let payload = VaultPayload::Member {
                identity,
                role: Role::Owner,
                generation: 1,
                wrap_hash: Digest::ZERO,
            };
            let body = EntryBody {
                kind: Kind::Member,
                ..last.entry.body().clone()
            };
            let payload = payload.to_bytes(body.tenant, body.vault);
            let entry = UnverifiedEntry::author(
                EntryBody {
                    device: ghost.device_id(),
                    ..body
                },
                payload,
                ghost.device(),
            );
            entries.push(PageEntry { entry, ..last });
        })
        .await;
}

/// A removed member and the server together: the member's later entry is put into the log.
#[tokio::test(flavor = "multi_thread")]
async fn write_after_removal() {
    let scene = Scene::set_up().await;
    let late = signed(&scene.bob, scene.vault, &file_key()).await;
    scene.alice.vault_remove(scene.vault, "bob").await.unwrap();
    let lie = lies::append_to_log(Log::Vault, late);
    let replay = scene.alice.vault_verify(scene.vault);
    let code = scene.world.liar.caught(lie, replay).await.unwrap();
    assert!(
        ["stale_epoch", "ghost_member"].contains(&code.as_str()),
        "{code}"
    );
    scene.alice.vault_verify(scene.vault).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_tenant() {
    let scene = Scene::set_up().await;
    scene
        .caught_changing_log(|entries| {
            let at = position(entries, Kind::Record);
            let body = EntryBody {
                tenant: TenantId::from_bytes([9; 32]),
                ..entries[at].entry.body().clone()
            };
            let original = &entries[at].entry;
            entries[at].entry = UnverifiedEntry::from_parts(
                &body.to_bytes(),
                original.signatures_bytes(),
                original.payload(),
            )
            .unwrap();
        })
        .await;
}

/// Another suite in a body is not even read.
#[tokio::test(flavor = "multi_thread")]
async fn downgraded_suite() {
    let scene = Scene::set_up().await;
    let lie = lies::rewrite_bytes(
        |path| path.ends_with("/entries") && path.contains("/vaults/"),
        |body| {
            // ["ent/1", 1, …: the suite stands right after the label.
            let label = [0x65, b'e', b'n', b't', b'/', b'1', 0x01];
            match body.windows(label.len()).position(|window| window == label) {
                Some(at) => {
                    body[at + label.len() - 1] = 0x00;
                    true
                }
                None => false,
            }
        },
    );
    scene.caught_by_replay(lie).await;
}

/// The server moves Bob's removal before something that he had every right to write.
#[tokio::test(flavor = "multi_thread")]
async fn reordered_removal() {
    let scene = Scene::set_up().await;
    add(&scene.bob, scene.vault, "written in time")
        .await
        .unwrap();
    scene.alice.vault_remove(scene.vault, "bob").await.unwrap();
    let bob = scene.bob.facts().device;
    let lie = lies::rewrite_log(Log::Vault, move |entries| {
        let removal = position(entries, Kind::Remove);
        let his = entries
            .iter()
            .position(|entry| entry.entry.body().device == bob)
            .unwrap();
        let removal = entries.remove(removal);
        entries.insert(his, removal);
        true
    });
    let replay = scene.alice.vault_verify(scene.vault);
    scene.world.liar.caught(lie, replay).await.unwrap();
    let report = scene.alice.vault_verify(scene.vault).await.unwrap();
    assert_eq!((report.members, report.records_opened), (1, 3));
}

/// What a member wrote under the old keys is put behind the entry that began the new ones.
#[tokio::test(flavor = "multi_thread")]
async fn stale_epoch() {
    let scene = Scene::set_up().await;
    let late = signed(&scene.bob, scene.vault, &file_key()).await;
    scene.alice.vault_rekey(scene.vault).await.unwrap();
    let lie = lies::append_to_log(Log::Vault, late);
    assert_eq!(scene.caught_by_replay(lie).await, "stale_epoch");
}

/// A device that its owner revoked writes on, and the server lets it.
#[tokio::test(flavor = "multi_thread")]
async fn write_of_a_revoked_device() {
    let scene = Scene::set_up().await;
    let phone = scene
        .world
        .login_elsewhere("bob", "bob-phone")
        .await
        .unwrap();
    phone.sync().await.unwrap();
    let late = signed(&phone, scene.vault, &file_key()).await;
    let passphrase = passphrase(PASSPHRASE).unwrap();
    scene
        .bob
        .device_revoke(phone.facts().device, &passphrase)
        .await
        .unwrap();
    // Alice's sync renews the vault's keys, with the revocation in view.
    scene.alice.sync().await.unwrap();
    scene.bob.sync().await.unwrap();
    let lie = lies::append_to_log(Log::Vault, late);
    let code = scene.caught_by_replay(lie).await;
    assert!(
        ["revoked_device", "stale_epoch"].contains(&code.as_str()),
        "{code}"
    );
}

/// A true, signed entry of one vault is shown in another one of the same people.
#[tokio::test(flavor = "multi_thread")]
async fn entry_of_another_vault() {
    let scene = Scene::set_up().await;
    let other = scene.alice.vault_create("Other").await.unwrap().vault;
    add(&scene.alice, other, "elsewhere").await.unwrap();
    let stolen = scene.entry_of(other, Kind::Record).await;
    let code = scene
        .caught_changing_log(move |entries| {
            let at = position(entries, Kind::Record);
            entries[at].entry = stolen.entry.clone();
        })
        .await;
    assert_eq!(code, "foreign_tenant");
}

/// A member of a lower role and the server together: what the role forbids is in the log.
#[tokio::test(flavor = "multi_thread")]
async fn role_exceeded() {
    let scene = Scene::set_up().await;
    let record = scene.entry_of(scene.vault, Kind::Record).await;
    let erase = VaultPayload::Erase {
        indexes: vec![record.index],
    };
    let erase = signed(&scene.bob, scene.vault, &erase).await;
    let lie = lies::append_to_log(Log::Vault, erase);
    assert_eq!(scene.caught_by_replay(lie).await, "not_allowed");
}

/// The server goes on showing a day that is over. Alone with the server nobody can see that;
/// it is shown how old the picture is, and the device's own next entry betrays it.
#[tokio::test(flavor = "multi_thread")]
async fn withheld_updates() {
    let scene = Scene::set_up().await;
    let frozen = |path: &str| path == "/v1/vaults";
    scene.world.liar.tell(lies::freeze(frozen));
    scene.bob.sync().await.unwrap();
    add(&scene.alice, scene.vault, "not for bob").await.unwrap();
    assert_eq!(scene.titles(&scene.bob).await.len(), 2);
    // His own entry gets a later place than he can explain, so he reads what lies between.
    add(&scene.bob, scene.vault, "from bob").await.unwrap();
    let code = stopped(scene.bob.sync().await).unwrap();
    assert_eq!(code, "rollback", "the frozen list is older than his log");
    assert!(scene.world.liar.stop() > 0);
    scene.nothing_lost().await;
    assert_eq!(scene.titles(&scene.bob).await.len(), 4);
}
