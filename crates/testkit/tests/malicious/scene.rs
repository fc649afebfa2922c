//! Two people, a vault, and a server that lies.

use std::sync::{Arc, Mutex};
use strongroom_client::{Client, GetOptions, NoProgress};
use strongroom_format::directory::DirectoryPayload;
use strongroom_format::entry::{Kind, UnverifiedEntry};
use strongroom_format::transport::PageEntry;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_testkit::lies::{self, Lie, Log};
use strongroom_testkit::world::{self, World, add};
use strongroom_types::{FileId, ManualClock, RevisionId, Role, VaultId};

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
        let mut world = World::start().await.unwrap();
        let clock = world.hold_clock();
        (Self::in_world(world).await, clock)
    }

    pub async fn in_world(world: World) -> Self {
        let (alice, bob, vault) = world.shared_vault(Role::Writer).await.unwrap();
        for title in ["First", "Second"] {
            add(&alice, vault, title).await.unwrap();
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

    /// Something that a lie has to stop with exit code 5, tried while the lie is told; after it
    /// the server is honest and nothing is lost. Gives the stable code.
    pub async fn caught<T>(
        &self,
        lie: Lie,
        attempt: impl Future<Output = strongroom_client::Result<T>>,
    ) -> String {
        let code = self.world.liar.caught(lie, attempt).await.unwrap();
        self.nothing_lost().await;
        code
    }

    /// [`Scene::caught`] by Bob's full replay.
    pub async fn caught_by_replay(&self, lie: Lie) -> String {
        self.caught(lie, self.bob.vault_verify(self.vault)).await
    }

    /// The same for a lie that changes the vault's log.
    pub async fn caught_changing_log(
        &self,
        change: impl Fn(&mut Vec<PageEntry>) + Send + Sync + 'static,
    ) -> String {
        let lie = lies::rewrite_log(Log::Vault, move |entries| {
            change(entries);
            true
        });
        self.caught_by_replay(lie).await
    }

    /// The first entry of a kind in a vault's log, as the server shows it to a reader.
    pub async fn entry_of(&self, vault: VaultId, kind: Kind) -> PageEntry {
        let seen: Arc<Mutex<Option<PageEntry>>> = Arc::default();
        let keep = Arc::clone(&seen);
        let look = lies::rewrite_log(Log::Vault, move |entries| {
            let entry = entries[position(entries, kind)].clone();
            *keep.lock().unwrap() = Some(entry);
            false
        });
        self.world.liar.tell(look);
        self.alice.vault_verify(vault).await.unwrap();
        self.world.liar.stop();
        seen.lock().unwrap().clone().unwrap()
    }

    /// [`Scene::caught`] by Bob's download of a file: no byte of it stays on the disk, and the
    /// honest server's answer is the content.
    pub async fn caught_by_download(&self, lie: Lie, file: FileId, content: &[u8]) -> String {
        let out = self.world.folder.path().join("out");
        std::fs::create_dir_all(&out).unwrap();
        let options = GetOptions::default();
        let get = || self.bob.file_get(file, &out, &options, &NoProgress);
        let code = self.world.liar.caught(lie, get()).await.unwrap();
        let left = std::fs::read_dir(&out).unwrap().count();
        assert_eq!(left, 0, "nothing is left of a file that was stopped");
        let done = get().await.unwrap();
        assert_eq!(std::fs::read(done.path).unwrap(), content);
        code
    }
}

/// The titles of all records, sorted.
pub async fn titles(client: &Client, vault: VaultId) -> Vec<String> {
    world::titles(client, vault).await.unwrap()
}

/// An entry that a client's device signs for what it knows of the vault, and does not send.
pub async fn signed(client: &Client, vault: VaultId, payload: &VaultPayload) -> UnverifiedEntry {
    let device = client.danger_device_secret();
    let machine = client.danger_machine(vault).await.unwrap();
    let directory = client.danger_directory().await.unwrap();
    machine.author(&directory, &device).unwrap().append(payload)
}

/// The key of a file that nobody has: something every writer may write.
pub fn file_key() -> VaultPayload {
    VaultPayload::FileKey {
        file: FileId::from_bytes([1; 16]),
        revision: RevisionId::from_bytes([2; 16]),
        key_box: vec![0; 104],
    }
}

/// A lie about the first entry of a kind in the directory's log.
pub fn rewrite_payload(
    kind: Kind,
    change: impl Fn(DirectoryPayload) -> DirectoryPayload + Send + Sync + 'static,
) -> Lie {
    lies::rewrite_log(Log::Directory, move |entries| {
        let at = position(entries, kind);
        let payload = DirectoryPayload::from_bytes(kind, &payload_of(&entries[at]).unwrap());
        let changed = change(payload.unwrap()).to_bytes();
        entries[at].entry = lies::with_payload(&entries[at].entry, Some(&changed));
        true
    })
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
