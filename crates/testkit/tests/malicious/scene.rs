//! Two people, a vault, and a server that lies.

use std::sync::Arc;
use strongroom_client::{Client, Query, SystemClock};
use strongroom_format::entry::Kind;
use strongroom_format::transport::PageEntry;
use strongroom_testkit::world::{World, set, stopped};
use strongroom_types::{Clock, ManualClock, Role, VaultId};

pub const DAY_MS: u64 = 86_400_000;

/// A world whose people have a clock that stands still.
pub async fn world_with_clock() -> (World, Arc<ManualClock>) {
    let mut world = World::start().await.unwrap();
    let clock = Arc::new(ManualClock::at(SystemClock.now_ms()));
    world.clock = clock.clone();
    (world, clock)
}

pub struct Scene {
    pub world: World,
    pub alice: Client,
    pub bob: Client,
    pub vault: VaultId,
}

impl Scene {
    /// Alice (owner) and Bob (writer) share a vault with two records; both have synced.
    pub async fn set_up() -> Self {
        Self::in_world(World::start().await.unwrap()).await
    }

    /// The same with a clock that the test moves.
    pub async fn set_up_with_clock() -> (Self, Arc<ManualClock>) {
        let (world, clock) = world_with_clock().await;
        (Self::in_world(world).await, clock)
    }

    pub async fn in_world(world: World) -> Self {
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

    pub async fn titles(&self, client: &Client) -> Vec<String> {
        titles(client, self.vault).await
    }

    /// After the lie: the honest server's content is all there for both.
    pub async fn nothing_lost(&self) {
        self.world.liar.stop();
        self.bob.sync().await.unwrap();
        self.alice.sync().await.unwrap();
        let titles = self.titles(&self.bob).await;
        assert!(titles.len() >= 2, "{titles:?}");
        assert_eq!(titles, self.titles(&self.alice).await);
    }

    /// Bob's full replay against the lie.
    pub async fn verify_is_stopped(&self) -> String {
        let code = stopped(self.bob.vault_verify(self.vault).await).unwrap();
        assert!(self.world.liar.stop() > 0, "the lie was never told");
        self.nothing_lost().await;
        code
    }
}

/// The titles of all records, sorted.
pub async fn titles(client: &Client, vault: VaultId) -> Vec<String> {
    let list = client
        .record_list(vault, "case", &Query::default())
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

pub fn payload_of(entry: &PageEntry) -> Option<Vec<u8>> {
    entry.entry.payload().map(<[u8]>::to_vec)
}

pub fn position(entries: &[PageEntry], kind: Kind) -> usize {
    entries
        .iter()
        .position(|entry| entry.entry.body().kind == kind)
        .unwrap()
}
