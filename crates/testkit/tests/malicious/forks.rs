//! Two people who are shown two histories of one vault for a long time, and then meet: through
//! a later entry, an attestation, compared numbers, or another device of the same person.

use crate::scene::{Scene, titles};
use std::sync::Arc;
use strongroom_client::Client;
use strongroom_format::entry::Kind;
use strongroom_testkit::fork::Fork;
use strongroom_testkit::world::{DAY_MS, World, add, stopped};
use strongroom_types::{ManualClock, VaultId};

/// Alice, who sees the true history, and Bob, who sees another one. Their second devices,
/// `alice_phone` and `bob_phone`, see the true one.
struct Apart {
    world: World,
    clock: Arc<ManualClock>,
    alice: Client,
    alice_phone: Client,
    bob: Client,
    bob_phone: Client,
    vault: VaultId,
    fork: Arc<Fork>,
}

impl Apart {
    async fn begin() -> Self {
        let (scene, clock) = Scene::set_up_with_clock().await;
        let Scene {
            world,
            alice,
            bob,
            vault,
        } = scene;
        let alice_phone = world.login_elsewhere("alice", "phone of a").await.unwrap();
        let bob_phone = world.login_elsewhere("bob", "phone of b").await.unwrap();
        // The first round writes today's attestations, the second reads them.
        for _ in 0..2 {
            for client in [&alice, &alice_phone, &bob_phone, &bob] {
                client.sync().await.unwrap();
            }
        }
        let machine = bob.danger_machine(vault).await.unwrap();
        let split = machine.state().head().unwrap();
        let hers = alice.danger_machine(vault).await.unwrap();
        assert_eq!(hers.state().head(), Some(split));
        let token = bob.danger_session_token().await.unwrap();
        let fork = Fork::begin(&world.liar, vault, token, split);
        Self {
            world,
            clock,
            alice,
            alice_phone,
            bob,
            bob_phone,
            vault,
            fork,
        }
    }

    async fn write(&self, client: &Client, title: &str) {
        add(client, self.vault, title).await.unwrap();
    }

    /// Both write, read and attest day by day, and nothing betrays the server.
    async fn go_on_for(&self, days: u64) {
        for day in 0..days {
            self.clock.advance(DAY_MS);
            for (name, client) in [("alice", &self.alice), ("bob", &self.bob)] {
                self.write(client, &format!("{name} {day}")).await;
                client.sync().await.unwrap();
            }
        }
        for (own, other, client) in [("alice", "bob", &self.alice), ("bob", "alice", &self.bob)] {
            let titles = titles(client, self.vault).await;
            let by = |name| titles.iter().filter(|title| title.contains(name)).count() as u64;
            assert_eq!((by(own), by(other)), (days, 0), "{titles:?}");
            client.vault_verify(self.vault).await.unwrap();
        }
    }
}

/// Each sees their own entries and only theirs. What Alice wrote first after the split could
/// have come late, so it is taken; her next entry names a place that Bob never saw.
#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_betrayed_by_a_later_entry() {
    let apart = Apart::begin().await;
    apart.go_on_for(12).await;
    let hers = apart.fork.others();
    apart.fork.graft(hers[0].clone());
    apart.bob.sync().await.unwrap();
    apart.fork.graft(hers[1].clone());
    assert_eq!(stopped(apart.bob.sync().await).unwrap(), "fork");
    let written = add(&apart.bob, apart.vault, "after").await;
    assert_eq!(stopped(written).unwrap(), "fork", "and nothing is written");
}

/// Alice only reads what her phone writes, and attests it.
#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_betrayed_by_an_attestation() {
    let apart = Apart::begin().await;
    apart.clock.advance(DAY_MS);
    apart.write(&apart.alice_phone, "from the phone").await;
    apart.write(&apart.bob, "from bob").await;
    apart.alice.sync().await.unwrap();
    let device = apart.alice.facts().device;
    let attestation = apart
        .fork
        .others()
        .into_iter()
        .find(|entry| entry.body().kind == Kind::Head && entry.body().device == device)
        .unwrap();
    apart.bob.sync().await.unwrap();
    apart.fork.graft(attestation);
    assert_eq!(stopped(apart.bob.sync().await).unwrap(), "fork");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_betrayed_by_compared_numbers() {
    let apart = Apart::begin().await;
    let before = apart.alice.vault_head_code(apart.vault).await.unwrap();
    apart.go_on_for(3).await;
    let same = apart.bob.vault_confirm(apart.vault, &before.code).await;
    assert!(same.unwrap().confirmed, "up to the split they agree");
    apart.write(&apart.bob, "one more").await;
    let hers = apart.alice.vault_head_code(apart.vault).await.unwrap();
    let his = apart.bob.vault_head_code(apart.vault).await.unwrap();
    assert!(his.index > hers.index);
    let compared = apart.alice.vault_confirm(apart.vault, &his.code).await;
    assert_eq!(stopped(compared).unwrap(), "withheld");
    let compared = apart.bob.vault_confirm(apart.vault, &hers.code).await;
    assert_eq!(stopped(compared).unwrap(), "fork");
    // It is remembered: nothing is written to either history any more.
    let Apart {
        world,
        alice,
        bob,
        vault,
        ..
    } = apart;
    drop((alice, bob));
    for name in ["alice", "bob"] {
        let client = world.reopen(name).unwrap();
        let warnings = client.sync().await.unwrap().warnings;
        assert!(warnings[0].contains("another history"), "{warnings:?}");
        let written = add(&client, vault, "after").await;
        assert_eq!(stopped(written).unwrap(), "fork");
    }
}

/// The server gives the lie up: it has to show Bob that his own entries never were.
#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_betrayed_when_it_ends() {
    let apart = Apart::begin().await;
    apart.go_on_for(2).await;
    apart.world.liar.stop();
    assert_eq!(stopped(apart.bob.sync().await).unwrap(), "fork");
    // Her next entry would have to follow one that Bob was never shown.
    apart.write(&apart.alice, "the true history grows").await;
    stopped(apart.bob.sync().await).unwrap();
    let verified = apart.bob.vault_verify(apart.vault).await;
    stopped(verified).unwrap();
}

/// A device that Bob sets up later finds in his wallet what his first one saw.
#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_betrayed_by_a_new_device() {
    let apart = Apart::begin().await;
    apart.go_on_for(2).await;
    let tablet = apart.world.login_elsewhere("bob", "tablet").await.unwrap();
    assert_eq!(stopped(tablet.sync().await).unwrap(), "fork");
}

/// Two devices that Bob has had all along are kept apart; the wallet is the same one.
#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_betrayed_by_the_wallets_heads() {
    let apart = Apart::begin().await;
    apart.go_on_for(1).await;
    // His laptop has put its place into the wallet; his phone is about to.
    assert_eq!(stopped(apart.bob_phone.sync().await).unwrap(), "fork");

    // The same where the phone is shown less: it learns of the place, and asks for it.
    let apart = Apart::begin().await;
    apart.clock.advance(DAY_MS);
    apart.write(&apart.bob, "one").await;
    apart.write(&apart.bob, "two").await;
    apart.bob.safety_compared("alice").await.unwrap();
    apart.bob_phone.sync().await.unwrap();
    assert_eq!(stopped(apart.bob_phone.sync().await).unwrap(), "rollback");
}
