//! A server, with an administrator or a stolen device at its side, that gives a person another
//! identity key. Without the old key's signature it is another person: the client stops with
//! exit code 5, and when the server is honest again nothing is lost.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use strongroom_client::{Client, ClientError, Passphrase};
use strongroom_crypto::SystemRng;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_format::context::{self, RenewalContext};
use strongroom_format::directory::{DirectoryPayload, DirectoryState, IdentityRenewal, NewWrap};
use strongroom_format::entry::{Kind, UnverifiedEntry};
use strongroom_format::person::device_id;
use strongroom_format::signing::{SignatureKind, Signatures, wrap_key_hash};
use strongroom_format::transport::PageEntry;
use strongroom_testkit::lies::{self, Log};
use strongroom_testkit::world::{PASSPHRASE, World, set, stopped};
use strongroom_types::{DeviceId, IdentityId, Role, VaultId};
use strongroom_vault::DirectoryAuthor;

struct Scene {
    world: World,
    alice: Client,
    bob: Client,
    tablet: Client,
    vault: VaultId,
}

impl Scene {
    async fn set_up() -> Self {
        let world = World::start().await.unwrap();
        let alice = world.founder("alice").await.unwrap();
        let bob = world.join(&alice, "bob").await.unwrap();
        let vault = alice.vault_create("Cases").await.unwrap().vault;
        alice
            .vault_invite(vault, "bob", Role::Writer)
            .await
            .unwrap();
        let title = set(&[("title", "kept")]);
        alice.record_add(vault, "case", &title).await.unwrap();
        let tablet = world.login_elsewhere("bob", "tablet").await.unwrap();
        bob.sync().await.unwrap();
        alice.sync().await.unwrap();
        Self {
            world,
            alice,
            bob,
            tablet,
            vault,
        }
    }

    /// Shows everybody who reads the directory from its beginning `entry` as its last one:
    /// Alice's replay and her new machine stop.
    async fn shown(&self, entry: UnverifiedEntry) -> String {
        self.world
            .liar
            .tell(lies::rewrite_log(Log::Directory, move |entries| {
                let last = entries.last().unwrap().clone();
                entries.push(PageEntry {
                    entry: entry.clone(),
                    ..last
                });
                true
            }));
        self.stopped().await
    }

    async fn stopped(&self) -> String {
        let code = stopped(self.alice.vault_verify(self.vault).await).unwrap();
        assert!(self.world.liar.stop() > 0, "the lie was never told");
        self.alice.sync().await.unwrap();
        self.alice.vault_verify(self.vault).await.unwrap();
        self.bob.sync().await.unwrap();
        code
    }

    async fn directory(&self) -> DirectoryState {
        self.alice.danger_directory().await.unwrap()
    }
}

/// A renewal that is right in everything but who signed for the old key.
fn renewal(
    directory: &DirectoryState,
    identity: IdentityId,
    signer: &SignSecret,
    author: &SignSecret,
) -> UnverifiedEntry {
    let mut rng = SystemRng;
    let tenant = directory.tenant().unwrap();
    let known = directory.identity(identity).unwrap();
    let (evil, wrap) = (SignSecret::make(&mut rng), WrapSecret::make(&mut rng));
    let stay: Vec<DeviceId> = vec![device_id(author.public())];
    let generation = known.wrap_generations.last().unwrap().generation + 1;
    let wrap_public = wrap.public().as_bytes().to_vec();
    let key_hash = wrap_key_hash(&wrap_public);
    let seen = directory.head().unwrap();
    let new_public = evil.public().to_bytes();
    let context = context::identity_renewal(&RenewalContext {
        tenant,
        identity,
        old_key_hash: known.public.key_hash(),
        new_public: &new_public,
        generation,
        wrap_key_hash: key_hash,
        stay: &stay,
        renewed_ms: 1,
        directory_index: seen.index,
        directory_hash: seen.hash,
    });
    let certify = |kind, context: &[u8]| Signatures::both(&evil, kind, context);
    let device = context::device(tenant, identity, stay[0]);
    let wrapgen = context::wrap_generation(tenant, identity, generation, key_hash);
    let payload = DirectoryPayload::IdentityRenewal(Box::new(IdentityRenewal {
        identity,
        public: new_public.clone(),
        wrap: NewWrap {
            generation,
            public: wrap_public.into(),
            signatures: certify(SignatureKind::WrapGeneration, &wrapgen),
        },
        stay: vec![(stay[0], certify(SignatureKind::Device, &device))],
        renewed_ms: 1,
        old_signatures: Signatures::both(signer, SignatureKind::RenewalOldKey, &context),
        new_signatures: certify(SignatureKind::RenewalNewKey, &context),
    }));
    DirectoryAuthor::new(directory, author)
        .unwrap()
        .append(&payload)
}

/// Bob's stolen tablet has a certified device key, but not his identity key.
#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_device_renews_without_the_old_key() {
    let scene = Scene::set_up().await;
    let tablet = scene.tablet.danger_device_secret();
    let bob = scene.bob.facts().identity;
    let thief = SignSecret::make(&mut SystemRng);
    let entry = renewal(&scene.directory().await, bob, &thief, &tablet);
    // The real server does not take it, and a client that is shown it stops.
    assert_eq!(scene.shown(entry).await, "forged_entry");
}

/// An administrator may appoint and retire, but not speak for somebody's key.
#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_renews_for_somebody_else() {
    let scene = Scene::set_up().await;
    let administrator = scene.alice.danger_device_secret();
    let bob = scene.bob.facts().identity;
    let evil = SignSecret::make(&mut SystemRng);
    let entry = renewal(&scene.directory().await, bob, &evil, &administrator);
    assert_eq!(scene.shown(entry).await, "not_allowed");
}

/// Bob renews, and the server puts its own key in the place of his new one, on a new machine's
/// way too.
#[tokio::test(flavor = "multi_thread")]
async fn the_new_key_is_exchanged_on_its_way() {
    let scene = Scene::set_up().await;
    let kit = scene.world.folder.path().join("bob-new.kit");
    let [old, new] =
        [PASSPHRASE, "nobody else knows this one"].map(|text| Passphrase::new(text).unwrap());
    scene
        .bob
        .passphrase_change_someone_knows(&old, &new, &kit)
        .await
        .unwrap();
    scene.alice.sync().await.unwrap();
    let lie = || {
        let evil = SignSecret::make(&mut SystemRng);
        lies::rewrite_log(Log::Directory, move |entries| {
            let at = entries
                .iter()
                .position(|entry| entry.entry.body().kind == Kind::IdentityRenewal)
                .unwrap();
            let payload = entries[at].entry.payload().unwrap();
            let read = DirectoryPayload::from_bytes(Kind::IdentityRenewal, payload).unwrap();
            let DirectoryPayload::IdentityRenewal(mut renewal) = read else {
                unreachable!()
            };
            renewal.public = evil.public().to_bytes();
            let payload = DirectoryPayload::IdentityRenewal(renewal).to_bytes();
            entries[at].entry = lies::with_payload(&entries[at].entry, Some(&payload));
            true
        })
    };
    scene.world.liar.tell(lie());
    let elsewhere = scene.world.login_elsewhere("alice", "new-machine").await;
    let error = elsewhere.err().unwrap().downcast::<ClientError>().unwrap();
    assert_eq!(error.exit_code(), 5, "{error}");
    scene.world.liar.tell(lie());
    assert_eq!(scene.stopped().await, "forged_entry");
    let shown = scene.alice.safety_number("bob").await.unwrap();
    assert!(shown.renewed_ms.is_some());
    let directory = scene.directory().await;
    let known = directory.identity(shown.identity).unwrap();
    assert_eq!(known.keys.len(), 2);
}
