//! A server, with an administrator or a stolen device at its side, that gives a person another
//! identity key. Without the old key's signature it is another person: the client stops with
//! exit code 5, and when the server is honest again nothing is lost.

use crate::scene::{Scene, rewrite_payload};
use strongroom_client::Client;
use strongroom_crypto::SystemRng;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_format::context::{self, RenewalContext};
use strongroom_format::directory::{DirectoryPayload, DirectoryState, IdentityRenewal, NewWrap};
use strongroom_format::entry::{Kind, UnverifiedEntry};
use strongroom_format::person::device_id;
use strongroom_format::signing::{SignatureKind, Signatures, wrap_key_hash};
use strongroom_testkit::lies::{self, Lie, Log};
use strongroom_testkit::world::{PASSPHRASE, passphrase};
use strongroom_types::{DeviceId, IdentityId};
use strongroom_vault::DirectoryAuthor;

/// Bob with a second device beside him and Alice.
async fn with_tablet() -> (Scene, Client) {
    let scene = Scene::set_up().await;
    let tablet = scene.world.login_elsewhere("bob", "tablet").await.unwrap();
    scene.bob.sync().await.unwrap();
    scene.alice.sync().await.unwrap();
    (scene, tablet)
}

/// Alice's replay against a lie about the directory; honest again, it succeeds.
async fn caught(scene: &Scene, lie: Lie) -> String {
    let replay = scene.alice.vault_verify(scene.vault);
    let code = scene.caught(lie, replay).await;
    scene.alice.vault_verify(scene.vault).await.unwrap();
    code
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
    let (scene, tablet) = with_tablet().await;
    let tablet = tablet.danger_device_secret();
    let bob = scene.bob.facts().identity;
    let thief = SignSecret::make(&mut SystemRng);
    let directory = scene.alice.danger_directory().await.unwrap();
    let entry = renewal(&directory, bob, &thief, &tablet);
    // The real server does not take it, and a client that is shown it stops.
    let lie = lies::append_to_log(Log::Directory, entry);
    assert_eq!(caught(&scene, lie).await, "forged_entry");
}

/// An administrator may appoint and retire, but not speak for somebody's key.
#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_renews_for_somebody_else() {
    let (scene, _) = with_tablet().await;
    let administrator = scene.alice.danger_device_secret();
    let bob = scene.bob.facts().identity;
    let evil = SignSecret::make(&mut SystemRng);
    let directory = scene.alice.danger_directory().await.unwrap();
    let entry = renewal(&directory, bob, &evil, &administrator);
    let lie = lies::append_to_log(Log::Directory, entry);
    assert_eq!(caught(&scene, lie).await, "not_allowed");
}

/// Bob renews, and the server puts its own key in the place of his new one, on a new machine's
/// way too.
#[tokio::test(flavor = "multi_thread")]
async fn the_new_key_is_exchanged_on_its_way() {
    let (scene, _) = with_tablet().await;
    let kit = scene.world.kit_file("bob-new");
    let [old, new] =
        [PASSPHRASE, "nobody else knows this one"].map(|text| passphrase(text).unwrap());
    scene
        .bob
        .passphrase_change_someone_knows(&old, &new, &kit)
        .await
        .unwrap();
    scene.alice.sync().await.unwrap();
    let lie = || {
        let evil = SignSecret::make(&mut SystemRng);
        rewrite_payload(Kind::IdentityRenewal, move |payload| {
            let DirectoryPayload::IdentityRenewal(mut renewal) = payload else {
                unreachable!()
            };
            renewal.public = evil.public().to_bytes();
            DirectoryPayload::IdentityRenewal(renewal)
        })
    };
    let login = scene.world.login_elsewhere("alice", "new-machine");
    scene.caught(lie(), login).await;
    assert_eq!(caught(&scene, lie()).await, "forged_entry");
    let shown = scene.alice.safety_number("bob").await.unwrap();
    assert!(shown.renewed_ms.is_some());
    let directory = scene.alice.danger_directory().await.unwrap();
    let known = directory.identity(shown.identity).unwrap();
    assert_eq!(known.keys.len(), 2);
}
