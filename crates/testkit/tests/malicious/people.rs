//! Lies about people: their keys, invitations and wallets.

use crate::scene::{Scene, rewrite_payload};
use strongroom_format::directory::DirectoryPayload;
use strongroom_format::entry::Kind;
use strongroom_format::vault_payload::WrapLeaf;
use strongroom_testkit::lies;
use strongroom_testkit::world::{DAY_MS, World, stopped};
use strongroom_types::{AccountRole, Digest, IdentityId};
use strongroom_vault::NewPerson;

/// The server swaps a person's keys in the directory for its own.
#[tokio::test(flavor = "multi_thread")]
async fn substituted_key() {
    let scene = Scene::set_up().await;
    let mut rng = strongroom_crypto::SystemRng;
    let evil = NewPerson::make("bob", "test", &mut rng).unwrap();
    let lie = rewrite_payload(Kind::Join, move |payload| {
        let DirectoryPayload::Join {
            invite,
            mut person,
            invite_signatures,
            identity_signatures,
        } = payload
        else {
            unreachable!()
        };
        person.wrap_public = evil.wrap().public().as_bytes().to_vec().into();
        DirectoryPayload::Join {
            invite,
            person,
            invite_signatures,
            identity_signatures,
        }
    });
    scene.caught_by_replay(lie).await;
}

/// A second person enters with an invitation that was used.
#[tokio::test(flavor = "multi_thread")]
async fn replayed_invitation() {
    let world = World::start().await.unwrap();
    let alice = world.founder("alice").await.unwrap();
    let invitation = alice
        .account_invite(AccountRole::Member, DAY_MS)
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
        .account_invite(AccountRole::Member, DAY_MS)
        .await
        .unwrap();
    let lie = lies::rewrite_invite(|view| {
        let last = view.root_box.0.len() - 1;
        view.root_box.0[last] ^= 1;
    });
    let signup = world.signup("bob", invitation.code.clone());
    world.liar.caught(lie, signup).await.unwrap();
    world.signup("bob", invitation.code).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ghost_recipient_of_wraps() {
    let scene = Scene::set_up().await;
    let lie = lies::rewrite_wraps(|wraps| {
        let ghost = WrapLeaf {
            identity: IdentityId::from_bytes([0xff; 32]),
            generation: 1,
            wrap_hash: Digest::ZERO,
        };
        wraps.leaves.push(ghost);
    });
    let login = async {
        let laptop = scene.world.login_elsewhere("alice", "alice-laptop").await?;
        laptop.sync().await
    };
    scene.caught(lie, login).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn altered_wallet() {
    let scene = Scene::set_up().await;
    let lie = lies::rewrite_wallet(|wallet| {
        let middle = wallet.sealed.len() / 2;
        wallet.sealed[middle] ^= 1;
    });
    let login = scene.world.login_elsewhere("bob", "bob-phone");
    assert_eq!(scene.caught(lie, login).await, "altered_wallet");
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
    let lie = lies::rewrite_wallet(|wallet| wallet.version -= 1);
    let login = scene.world.login_elsewhere("bob", "bob-phone");
    scene.caught(lie, login).await;
}

/// The server keeps a wallet and gives it to a new device after it was replaced; Bob's devices
/// have attested a newer one.
#[tokio::test(flavor = "multi_thread")]
async fn replayed_wallet() {
    let (scene, clock) = Scene::set_up_with_clock().await;
    let wallet = lies::freeze(|path| path == "/v1/wallet");
    scene.world.liar.tell(wallet);
    // The first login lets the server keep the wallet of that day.
    scene.world.login_elsewhere("bob", "tablet").await.unwrap();
    clock.advance(DAY_MS);
    scene.bob.sync().await.unwrap();
    scene.alice.sync().await.unwrap();
    let phone = scene.world.login_elsewhere("bob", "phone").await.unwrap();
    assert_eq!(stopped(phone.sync().await).unwrap(), "rollback");
    assert!(scene.world.liar.stop() > 0);
    scene.nothing_lost().await;
}

/// The organisation's policy comes from the directory alone; the server cannot loosen it.
#[tokio::test(flavor = "multi_thread")]
async fn altered_policy() {
    let scene = Scene::set_up().await;
    let mut policy = scene.alice.policy().await.unwrap();
    policy.offline_max_days = 3;
    scene.alice.policy_set(policy).await.unwrap();
    scene.bob.sync().await.unwrap();
    let lie = rewrite_payload(Kind::DirectoryPolicy, |policy| {
        let DirectoryPayload::Policy {
            image_max_pixels,
            min_suite,
            ..
        } = policy
        else {
            unreachable!()
        };
        DirectoryPayload::Policy {
            image_max_pixels,
            offline_max_days: 0,
            min_suite,
        }
    });
    assert_eq!(scene.caught_by_replay(lie).await, "forged_entry");
    assert_eq!(scene.bob.policy().await.unwrap().offline_max_days, 3);
}
