//! The malicious server, one lie at a time (the table of rules in the security design). Each
//! test: something true is there, the server lies, the client stops with exit code 5 and
//! says what is wrong, and when the server is honest again nothing is lost.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::sync::Arc;
use strongroom_client::{Client, GetOptions, NoProgress, PutOptions, Query, Source};
use strongroom_format::entry::{EntryBody, Kind, UnverifiedEntry};
use strongroom_format::transport::PageEntry;
use strongroom_format::vault_payload::{VaultPayload, WrapLeaf};
use strongroom_testkit::lies::{self, Log};
use strongroom_testkit::world::{World, set, stopped};
use strongroom_types::{Digest, Role, TenantId, VaultId};
use strongroom_vault::NewPerson;

struct Scene {
    world: World,
    alice: Client,
    bob: Client,
    vault: VaultId,
}

impl Scene {
    /// Alice (owner) and Bob (writer) share a vault with two records; both have synced.
    async fn set_up() -> Self {
        let world = World::start().await.unwrap();
        let alice = world.founder("alice").await.unwrap();
        let bob = world.join(&alice, "bob").await.unwrap();
        let vault = alice.vault_create("Cases").await.unwrap().vault;
        alice
            .vault_invite(vault, "bob", Role::Writer)
            .await
            .unwrap();
        for title in ["First", "Second"] {
            alice
                .record_add(vault, "case", &set(&[("title", title)]))
                .await
                .unwrap();
        }
        bob.sync().await.unwrap();
        Self {
            world,
            alice,
            bob,
            vault,
        }
    }

    async fn titles(&self, client: &Client) -> Vec<String> {
        let list = client
            .record_list(self.vault, "case", &Query::default())
            .await
            .unwrap();
        let mut titles: Vec<String> = list
            .records
            .iter()
            .map(|line| format!("{:?}", line.fields.get("title").unwrap()))
            .collect();
        titles.sort();
        titles
    }

    /// After the lie: the honest server's content is all there for both.
    async fn nothing_lost(&self) {
        self.world.liar.stop();
        self.bob.sync().await.unwrap();
        self.alice.sync().await.unwrap();
        let titles = self.titles(&self.bob).await;
        assert!(titles.len() >= 2, "{titles:?}");
        assert_eq!(titles, self.titles(&self.alice).await);
    }

    /// Bob's full replay against the lie.
    async fn verify_is_stopped(&self) -> String {
        let code = stopped(self.bob.vault_verify(self.vault).await).unwrap();
        assert!(self.world.liar.stop() > 0, "the lie was never told");
        self.nothing_lost().await;
        code
    }
}

fn payload_of(entry: &PageEntry) -> Option<Vec<u8>> {
    entry.entry.payload().map(<[u8]>::to_vec)
}

fn position(entries: &[PageEntry], kind: Kind) -> usize {
    entries
        .iter()
        .position(|entry| entry.entry.body().kind == kind)
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_entry() {
    let scene = Scene::set_up().await;
    scene
        .world
        .liar
        .tell(lies::rewrite_log(Log::Vault, |entries| {
            let at = position(entries, Kind::Record);
            entries.remove(at);
            true
        }));
    scene.verify_is_stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reordered_entries() {
    let scene = Scene::set_up().await;
    scene
        .world
        .liar
        .tell(lies::rewrite_log(Log::Vault, |entries| {
            let at = position(entries, Kind::Record);
            entries.swap(at, at + 1);
            true
        }));
    scene.verify_is_stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replayed_entry() {
    let scene = Scene::set_up().await;
    scene
        .world
        .liar
        .tell(lies::rewrite_log(Log::Vault, |entries| {
            let again = entries[position(entries, Kind::Record)].clone();
            entries.push(again);
            true
        }));
    scene.verify_is_stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn swapped_records() {
    let scene = Scene::set_up().await;
    scene
        .world
        .liar
        .tell(lies::rewrite_log(Log::Vault, |entries| {
            let at = position(entries, Kind::Record);
            let (first, second) = (payload_of(&entries[at]), payload_of(&entries[at + 1]));
            entries[at].entry = lies::with_payload(&entries[at].entry, second.as_deref());
            entries[at + 1].entry = lies::with_payload(&entries[at + 1].entry, first.as_deref());
            true
        }));
    assert_eq!(scene.verify_is_stopped().await, "forged_entry");
}

#[tokio::test(flavor = "multi_thread")]
async fn withheld_payload() {
    let scene = Scene::set_up().await;
    scene
        .world
        .liar
        .tell(lies::rewrite_log(Log::Vault, |entries| {
            let at = position(entries, Kind::Record);
            entries[at].entry = lies::with_payload(&entries[at].entry, None);
            true
        }));
    assert_eq!(scene.verify_is_stopped().await, "withheld");
}

#[tokio::test(flavor = "multi_thread")]
async fn rollback_of_a_vault() {
    let scene = Scene::set_up().await;
    scene.world.liar.tell(lies::truncate_log(Log::Vault, 4));
    assert_eq!(scene.verify_is_stopped().await, "rollback");
}

#[tokio::test(flavor = "multi_thread")]
async fn rollback_of_the_directory() {
    let scene = Scene::set_up().await;
    scene.world.liar.tell(lies::truncate_log(Log::Directory, 1));
    scene.verify_is_stopped().await;
}

/// The server keeps Bob's picture old, lets both write, and later shows Bob Alice's history.
#[tokio::test(flavor = "multi_thread")]
async fn fork() {
    let scene = Scene::set_up().await;
    // A history in which Alice's second record never was, and Bob's own entry took its place.
    let bob = scene.bob.danger_device_secret();
    let machine = scene.bob.danger_machine(scene.vault).await.unwrap();
    let directory = scene.bob.danger_directory().await.unwrap();
    let own = machine
        .author(&directory, &bob)
        .unwrap()
        .append(&VaultPayload::Head(
            strongroom_format::vault_payload::HeadPayload {
                index: machine.state().head().unwrap().index,
                hash: machine.state().head().unwrap().hash,
                directory_hash: directory.head().unwrap().hash,
                wallet_version: 1,
                day: 20_000,
            },
        ));
    scene
        .world
        .liar
        .tell(lies::rewrite_log(Log::Vault, move |entries| {
            let template = entries[0].clone();
            let at = entries
                .iter()
                .rposition(|entry| entry.entry.body().kind == Kind::Record)
                .unwrap();
            entries[at] = PageEntry {
                entry: own.clone(),
                ..template
            };
            true
        }));
    scene.verify_is_stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ghost_member() {
    let scene = Scene::set_up().await;
    let mut rng = strongroom_crypto::SystemRng;
    let ghost = NewPerson::make("ghost", "nowhere", &mut rng).unwrap();
    let identity = ghost.identity();
    scene
        .world
        .liar
        .tell(lies::rewrite_log(Log::Vault, move |entries| {
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
            true
        }));
    scene.verify_is_stopped().await;
}

/// The server swaps a person's keys in the directory for its own.
#[tokio::test(flavor = "multi_thread")]
async fn substituted_key() {
    let scene = Scene::set_up().await;
    let mut rng = strongroom_crypto::SystemRng;
    let evil = Arc::new(NewPerson::make("bob", "test", &mut rng).unwrap());
    scene
        .world
        .liar
        .tell(lies::rewrite_log(Log::Directory, move |entries| {
            let at = position(entries, Kind::Join);
            let payload = payload_of(&entries[at]).unwrap();
            let strongroom_format::directory::DirectoryPayload::Join {
                invite,
                mut person,
                invite_signatures,
                identity_signatures,
            } = strongroom_format::directory::DirectoryPayload::from_bytes(Kind::Join, &payload)
                .unwrap()
            else {
                unreachable!()
            };
            person.wrap_public = evil.wrap().public().as_bytes().to_vec().into();
            let payload = strongroom_format::directory::DirectoryPayload::Join {
                invite,
                person,
                invite_signatures,
                identity_signatures,
            };
            entries[at].entry = lies::with_payload(&entries[at].entry, Some(&payload.to_bytes()));
            true
        }));
    scene.verify_is_stopped().await;
}

/// A second person enters with an invitation that was used.
#[tokio::test(flavor = "multi_thread")]
async fn replayed_invitation() {
    let world = World::start().await.unwrap();
    let alice = world.founder("alice").await.unwrap();
    let invitation = alice
        .account_invite(strongroom_types::AccountRole::Member, 86_400_000)
        .await
        .unwrap();
    world.signup("bob", invitation.code.clone()).await.unwrap();
    let again = world.signup("mallory", invitation.code).await;
    assert!(
        again.is_err(),
        "an invitation is used up by its first joiner"
    );
    assert!(!world.home("mallory").join("local.key").exists());
}

/// The root of trust in an invitation is changed by the server.
#[tokio::test(flavor = "multi_thread")]
async fn altered_invitation() {
    let world = World::start().await.unwrap();
    let alice = world.founder("alice").await.unwrap();
    let invitation = alice
        .account_invite(strongroom_types::AccountRole::Member, 86_400_000)
        .await
        .unwrap();
    world.liar.tell(lies::rewrite_invite(|view| {
        let last = view.root_box.0.len() - 1;
        view.root_box.0[last] ^= 1;
    }));
    let request = world.signup("bob", invitation.code.clone()).await;
    let error = request
        .err()
        .unwrap()
        .downcast::<strongroom_client::ClientError>()
        .unwrap();
    assert_eq!(error.exit_code(), 5, "{error}");
    assert!(world.liar.stop() > 0);
    world.signup("bob", invitation.code).await.unwrap();
}

/// A removed member and the server together: the member's later entry is put into the log.
#[tokio::test(flavor = "multi_thread")]
async fn write_after_removal() {
    let scene = Scene::set_up().await;
    let device = scene.bob.danger_device_secret();
    let machine = scene.bob.danger_machine(scene.vault).await.unwrap();
    let directory = scene.bob.danger_directory().await.unwrap();
    let late = machine
        .author(&directory, &device)
        .unwrap()
        .append(&VaultPayload::FileKey {
            file: strongroom_types::FileId::from_bytes([1; 16]),
            revision: strongroom_types::RevisionId::from_bytes([2; 16]),
            key_box: vec![0; 104],
        });
    scene.alice.vault_remove(scene.vault, "bob").await.unwrap();
    scene
        .world
        .liar
        .tell(lies::rewrite_log(Log::Vault, move |entries| {
            let last = entries.last().unwrap().clone();
            entries.push(PageEntry {
                entry: late.clone(),
                ..last
            });
            true
        }));
    let code = stopped(scene.alice.vault_verify(scene.vault).await).unwrap();
    assert!(scene.world.liar.stop() > 0);
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
        .world
        .liar
        .tell(lies::rewrite_log(Log::Vault, |entries| {
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
            true
        }));
    scene.verify_is_stopped().await;
}

/// Another suite in a body is not even read.
#[tokio::test(flavor = "multi_thread")]
async fn downgraded_suite() {
    let scene = Scene::set_up().await;
    scene.world.liar.tell(lies::rewrite_bytes(
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
    ));
    scene.verify_is_stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ghost_recipient_of_wraps() {
    let scene = Scene::set_up().await;
    scene.world.liar.tell(lies::rewrite_wraps(|wraps| {
        let ghost = WrapLeaf {
            identity: strongroom_types::IdentityId::from_bytes([0xff; 32]),
            generation: 1,
            wrap_hash: Digest::ZERO,
        };
        wraps.leaves.push(ghost);
    }));
    let elsewhere = scene.world.login_elsewhere("alice", "alice-laptop").await;
    let code = match elsewhere {
        Err(error) => error
            .downcast::<strongroom_client::ClientError>()
            .unwrap()
            .code()
            .to_owned(),
        Ok(client) => stopped(client.sync().await).unwrap(),
    };
    assert!(scene.world.liar.stop() > 0, "{code}");
    scene.nothing_lost().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn altered_wallet() {
    let scene = Scene::set_up().await;
    scene.world.liar.tell(lies::rewrite_wallet(|wallet| {
        let middle = wallet.sealed.len() / 2;
        wallet.sealed[middle] ^= 1;
    }));
    let error = scene
        .world
        .login_elsewhere("bob", "bob-phone")
        .await
        .err()
        .unwrap();
    assert!(scene.world.liar.stop() > 0);
    let error = error.downcast::<strongroom_client::ClientError>().unwrap();
    assert_eq!(
        (error.exit_code(), error.code()),
        (5, "altered_wallet"),
        "{error}"
    );
    scene
        .world
        .login_elsewhere("bob", "bob-phone-again")
        .await
        .unwrap();
    scene.nothing_lost().await;
}

/// The server gives an old wallet to a new device; the newer version is attested in the log.
#[tokio::test(flavor = "multi_thread")]
async fn old_wallet() {
    let scene = Scene::set_up().await;
    scene
        .world
        .liar
        .tell(lies::rewrite_wallet(|wallet| wallet.version -= 1));
    let error = scene
        .world
        .login_elsewhere("bob", "bob-phone")
        .await
        .err()
        .unwrap();
    assert!(scene.world.liar.stop() > 0);
    let error = error.downcast::<strongroom_client::ClientError>().unwrap();
    assert_eq!(error.exit_code(), 5, "{error}");
}

/// Files: content of two chunks and a bit.
async fn with_file(scene: &Scene, bytes: usize) -> (strongroom_types::FileId, Vec<u8>) {
    let list = scene
        .alice
        .record_list(scene.vault, "case", &Query::default())
        .await
        .unwrap();
    let content: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
    let path = scene.world.folder.path().join("evidence.bin");
    std::fs::write(&path, &content).unwrap();
    let done = scene
        .alice
        .file_put(
            list.records[0].record,
            Source::Path(&path),
            &PutOptions::default(),
            &NoProgress,
        )
        .await
        .unwrap();
    scene.bob.sync().await.unwrap();
    (done.file, content)
}

async fn get_is_stopped(scene: &Scene, file: strongroom_types::FileId, content: &[u8]) -> String {
    let target = scene.world.folder.path().join("out");
    std::fs::create_dir_all(&target).unwrap();
    let code = stopped(
        scene
            .bob
            .file_get(file, &target, &GetOptions::default(), &NoProgress)
            .await,
    )
    .unwrap();
    assert!(scene.world.liar.stop() > 0, "the lie was never told");
    assert_eq!(
        std::fs::read_dir(&target).unwrap().count(),
        0,
        "nothing is left of a file that was stopped"
    );
    let done = scene
        .bob
        .file_get(file, &target, &GetOptions::default(), &NoProgress)
        .await
        .unwrap();
    assert_eq!(std::fs::read(done.path).unwrap(), content);
    code
}

#[tokio::test(flavor = "multi_thread")]
async fn flipped_bit_in_content() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    scene.world.liar.tell(lies::rewrite_bytes(
        |path| path.ends_with("/content"),
        |body| {
            let middle = body.len() / 2;
            body[middle] ^= 1;
            true
        },
    ));
    assert_eq!(
        get_is_stopped(&scene, file, &content).await,
        "tampered_content"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reordered_chunks() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    scene.world.liar.tell(lies::rewrite_bytes(
        |path| path.ends_with("/content"),
        |body| {
            let (first, second) = body.split_at_mut(16_400);
            first.swap_with_slice(&mut second[..16_400]);
            true
        },
    ));
    get_is_stopped(&scene, file, &content).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_chunks() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    scene.world.liar.tell(lies::rewrite_bytes(
        |path| path.ends_with("/content"),
        |body| {
            body.truncate(body.len() - 16_400);
            true
        },
    ));
    get_is_stopped(&scene, file, &content).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn withheld_part() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    scene
        .world
        .liar
        .tell(lies::deny(|path| path.ends_with("/content")));
    assert_eq!(get_is_stopped(&scene, file, &content).await, "withheld");
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_leaves() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    scene.world.liar.tell(lies::rewrite_bytes(
        |path| path.ends_with("/tree"),
        |body| {
            body[0] ^= 1;
            true
        },
    ));
    get_is_stopped(&scene, file, &content).await;
}

/// The content of one file is given for another of the same length.
#[tokio::test(flavor = "multi_thread")]
async fn swapped_files() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    let (other, _) = with_file(&scene, 100_000).await;
    assert_ne!(file, other);
    let seen: Arc<std::sync::Mutex<Option<Vec<u8>>>> = Arc::default();
    let keep = Arc::clone(&seen);
    scene.world.liar.tell(lies::rewrite_bytes(
        |path| path.ends_with("/content"),
        move |body| {
            *keep.lock().unwrap() = Some(body.clone());
            false
        },
    ));
    let first = scene.world.folder.path().join("first");
    std::fs::create_dir_all(&first).unwrap();
    scene
        .bob
        .file_get(other, &first, &GetOptions::default(), &NoProgress)
        .await
        .unwrap();
    let stolen = seen.lock().unwrap().clone().unwrap();
    scene.world.liar.tell(lies::rewrite_bytes(
        |path| path.ends_with("/content"),
        move |body| {
            body.clone_from(&stolen);
            true
        },
    ));
    get_is_stopped(&scene, file, &content).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_manifest() {
    let scene = Scene::set_up().await;
    let _ = with_file(&scene, 1_000).await;
    scene
        .world
        .liar
        .tell(lies::rewrite_log(Log::Vault, |entries| {
            let at = position(entries, Kind::File);
            let mut payload = payload_of(&entries[at]).unwrap();
            let last = payload.len() - 1;
            payload[last] ^= 1;
            entries[at].entry = lies::with_payload(&entries[at].entry, Some(&payload));
            true
        }));
    scene.verify_is_stopped().await;
}
