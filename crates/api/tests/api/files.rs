use crate::support::*;
use strongroom_blobs::Blobs;
use strongroom_crypto::sealed_box;
use strongroom_format::{
    file::PartGeometry,
    vault_payload::{FileAttributesPayload, FilePayload, LeaseAction, LeasePayload, VaultPayload},
};
use strongroom_types::*;
use strongroom_wire::*;

/// Ids of one revision.
#[derive(Clone, Copy)]
pub struct Revision {
    pub file: FileId,
    pub revision: RevisionId,
    pub record: RecordId,
    pub sealed_length: u64,
}

pub struct Scene {
    pub world: World,
    pub ada: Person,
    pub bob: Person,
    pub vault: VaultId,
}

pub async fn scene() -> Scene {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    let vault = world.create_vault(&ada).await;
    world.add_member(&ada, vault, &bob, Role::Writer).await.ok();
    Scene {
        world,
        ada,
        bob,
        vault,
    }
}

pub fn noise(length: u64, seed: u8) -> Vec<u8> {
    (0..length).map(|n| (n % 251) as u8 ^ seed).collect()
}

impl Scene {
    pub fn revision(&self, plain: u64) -> Revision {
        let mut rng = self.world.rng();
        Revision {
            file: FileId::make(&mut rng),
            revision: RevisionId::make(&mut rng),
            record: RecordId::make(&mut rng),
            sealed_length: sealed_box::sealed_len(plain),
        }
    }

    pub async fn start(&self, person: &Person, revision: &Revision) -> Answer {
        let start = UploadStart {
            file: revision.file,
            revision: revision.revision,
            record: revision.record,
            sealed_length: revision.sealed_length,
        };
        let path = format!("/v1/vaults/{}/uploads", self.vault);
        self.world.json("POST", &path, person.token(), &start).await
    }

    pub async fn put(
        &self,
        person: &Person,
        revision: &Revision,
        tree: bool,
        number: u64,
        bytes: Vec<u8>,
    ) -> Answer {
        let crc = format!("{:08x}", crc32c::crc32c(&bytes));
        self.put_with(person, revision, tree, number, bytes, &crc)
            .await
    }

    pub async fn put_with(
        &self,
        person: &Person,
        revision: &Revision,
        tree: bool,
        number: u64,
        bytes: Vec<u8>,
        crc: &str,
    ) -> Answer {
        let kind = if tree { "tree" } else { "parts" };
        let path = format!(
            "/v1/vaults/{}/uploads/{}/{kind}/{number}",
            self.vault, revision.revision
        );
        let length = bytes.len().to_string();
        let headers = [(CHECKSUM_HEADER, crc), ("content-length", length.as_str())];
        self.world
            .send("PUT", &path, person.token(), &headers, bytes)
            .await
    }

    /// All parts of a revision; content and leaves are noise, which the server can't tell.
    pub async fn put_all(&self, person: &Person, revision: &Revision) {
        let geometry = PartGeometry::of(revision.sealed_length).unwrap();
        for number in 0..geometry.part_count {
            let bytes = noise(geometry.part_bytes(number).unwrap(), number as u8);
            self.put(person, revision, false, number, bytes).await.ok();
        }
        for number in 0..geometry.tree_part_count {
            let bytes = noise(geometry.tree_part_bytes(number).unwrap(), 77);
            self.put(person, revision, true, number, bytes).await.ok();
        }
    }

    pub fn payload(&self, revision: &Revision, fence: u64) -> VaultPayload {
        VaultPayload::File(FilePayload {
            file: revision.file,
            revision: revision.revision,
            record: revision.record,
            parents: Vec::new(),
            sealed_length: revision.sealed_length,
            fence,
            key_box: vec![1; 104],
            manifest_box: vec![2; 328],
        })
    }

    pub async fn file(&self, person: &Person, plain: u64) -> Revision {
        let revision = self.revision(plain);
        self.start(person, &revision).await.ok();
        self.put_all(person, &revision).await;
        self.world
            .append(person, self.vault, &self.payload(&revision, 0))
            .await
            .ok();
        revision
    }

    /// Another revision of a file, uploaded but not entered yet.
    pub async fn next_revision(&self, person: &Person, of: &Revision) -> Revision {
        let next = Revision {
            revision: RevisionId::make(&mut self.world.rng()),
            ..*of
        };
        self.start(person, &next).await.ok();
        self.put_all(person, &next).await;
        next
    }

    pub fn content_path(&self, revision: &Revision, what: &str) -> String {
        format!(
            "/v1/vaults/{}/files/{}/revisions/{}/{what}",
            self.vault, revision.file, revision.revision
        )
    }

    pub async fn attributes(
        &self,
        person: &Person,
        revision: &Revision,
        deleted: bool,
        protected: bool,
    ) -> Answer {
        let payload = VaultPayload::FileAttributes(FileAttributesPayload {
            file: revision.file,
            record: revision.record,
            version: VersionId::make(&mut self.world.rng()),
            deleted,
            protected,
            sealed: vec![3; 328],
        });
        self.world.append(person, self.vault, &payload).await
    }

    pub async fn lease(
        &self,
        person: &Person,
        revision: &Revision,
        lease: LeaseId,
        action: LeaseAction,
        fence: u64,
    ) -> Answer {
        let payload = VaultPayload::Lease(LeasePayload {
            file: revision.file,
            lease,
            action,
            expires_ms: self.world.clock.now_ms() + 60_000,
            fence,
        });
        self.world.append(person, self.vault, &payload).await
    }
}

#[tokio::test]
async fn up_and_down_again() {
    let s = scene().await;
    let plain = 9_000_000;
    let revision = s.revision(plain);
    let geometry = PartGeometry::of(revision.sealed_length).unwrap();
    assert_eq!(geometry.part_count, 2);
    let view: UploadView = s.start(&s.ada, &revision).await.json();
    assert_eq!((view.part_count, view.parts_stored.len()), (2, 0));
    let first = noise(geometry.part_bytes(0).unwrap(), 0);
    let last = noise(geometry.part_bytes(1).unwrap(), 1);

    // Wrong checksum, wrong length, no such part, somebody else's upload.
    s.put_with(&s.ada, &revision, false, 0, first.clone(), "00000000")
        .await
        .refused(ProblemCode::ChecksumMismatch);
    s.put(&s.ada, &revision, false, 0, last.clone())
        .await
        .refused(ProblemCode::Incomplete);
    s.put(&s.ada, &revision, false, 2, last.clone())
        .await
        .refused(ProblemCode::Malformed);
    s.put(&s.bob, &revision, false, 1, last.clone())
        .await
        .refused(ProblemCode::NotFound);
    s.world
        .append(&s.ada, s.vault, &s.payload(&revision, 0))
        .await
        .refused(ProblemCode::Incomplete);

    s.put(&s.ada, &revision, false, 1, last.clone()).await.ok();
    s.put(&s.ada, &revision, false, 1, last.clone()).await.ok();
    let other = noise(last.len() as u64, 99);
    s.put(&s.ada, &revision, false, 1, other)
        .await
        .refused(ProblemCode::Conflict);
    let view: UploadView = s.start(&s.ada, &revision).await.json();
    assert_eq!(view.parts_stored, [(1, 2)]);
    s.put(&s.ada, &revision, false, 0, first.clone()).await.ok();
    s.world
        .append(&s.ada, s.vault, &s.payload(&revision, 0))
        .await
        .refused(ProblemCode::Incomplete);
    let tree = noise(geometry.tree_bytes, 5);
    s.put(&s.ada, &revision, true, 0, tree.clone()).await.ok();
    s.world
        .append(&s.bob, s.vault, &s.payload(&revision, 0))
        .await
        .refused(ProblemCode::Incomplete);
    let lie = Revision {
        sealed_length: revision.sealed_length + 1,
        ..revision
    };
    s.world
        .append(&s.ada, s.vault, &s.payload(&lie, 0))
        .await
        .refused(ProblemCode::InvalidEntry);
    s.world
        .append(&s.ada, s.vault, &s.payload(&revision, 0))
        .await
        .ok();

    // A colleague reads it, whole and in ranges.
    let all = [first, last].concat();
    let path = s.content_path(&revision, "content");
    let answer = s.world.get(&path, s.bob.token()).await.ok();
    assert_eq!(answer.headers["content-length"], all.len().to_string());
    assert_eq!(answer.headers["etag"], format!("\"{}\"", revision.revision));
    assert!(answer.body == all);
    let range = |text: &'static str| {
        let (path, world, bob) = (&path, &s.world, &s.bob);
        async move {
            world
                .send("GET", path, bob.token(), &[("range", text)], Vec::new())
                .await
        }
    };
    let middle = range("bytes=8396790-8396809").await;
    assert_eq!(middle.status, 206);
    assert_eq!(
        middle.headers["content-range"],
        format!("bytes 8396790-8396809/{}", all.len())
    );
    assert!(middle.body == all[8_396_790..8_396_810]);
    let outside = range("bytes=99000000-").await;
    assert_eq!(
        outside.headers["content-range"],
        format!("bytes */{}", all.len())
    );
    outside.refused(ProblemCode::RangeNotSatisfiable);
    let tag = format!("\"{}\"", revision.revision);
    let same = s
        .world
        .send(
            "GET",
            &path,
            s.bob.token(),
            &[("if-none-match", &tag)],
            Vec::new(),
        )
        .await;
    assert_eq!((same.status.as_u16(), same.body.len()), (304, 0));
    let leaves = s
        .world
        .get(&s.content_path(&revision, "tree"), s.bob.token())
        .await
        .ok();
    assert!(leaves.body == tree);
    let head = s
        .world
        .send("HEAD", &path, s.bob.token(), &[], Vec::new())
        .await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    s.start(&s.ada, &revision)
        .await
        .refused(ProblemCode::Conflict);
}

#[tokio::test]
async fn an_upload_given_up_leaves_nothing() {
    let s = scene().await;
    let revision = s.revision(1_000);
    s.start(&s.ada, &revision).await.ok();
    s.put_all(&s.ada, &revision).await;
    let path = format!("/v1/vaults/{}/uploads/{}", s.vault, revision.revision);
    s.world
        .send("DELETE", &path, s.bob.token(), &[], Vec::new())
        .await
        .refused(ProblemCode::NotFound);
    s.world
        .send("DELETE", &path, s.ada.token(), &[], Vec::new())
        .await
        .ok();
    s.world
        .get(&path, s.ada.token())
        .await
        .refused(ProblemCode::NotFound);
    assert!(s.world.blobs.revisions().await.unwrap().is_empty());
    let account: AccountView = s.world.get("/v1/account", s.ada.token()).await.json();
    assert_eq!(account.used_bytes, 0);
}

#[tokio::test]
async fn an_erased_file_is_gone() {
    let s = scene().await;
    let file = s.file(&s.bob, 100).await;
    let entries = s.world.entries(&s.ada, s.vault).await;
    let index = entries.last().unwrap().index;
    let erase = VaultPayload::Erase {
        indexes: vec![index],
    };
    s.world
        .append(&s.bob, s.vault, &erase)
        .await
        .refused(ProblemCode::Forbidden);
    let control = VaultPayload::Erase { indexes: vec![1] };
    s.world
        .append(&s.ada, s.vault, &control)
        .await
        .refused(ProblemCode::InvalidEntry);
    s.world.append(&s.ada, s.vault, &erase).await.ok();
    let entries = s.world.entries(&s.ada, s.vault).await;
    assert!(entries[index as usize].entry.payload().is_none());
    s.world
        .get(&s.content_path(&file, "content"), s.ada.token())
        .await
        .refused(ProblemCode::NotFound);
    assert!(s.world.blobs.revisions().await.unwrap().is_empty());
    let account: AccountView = s.world.get("/v1/account", s.bob.token()).await.json();
    assert_eq!(account.used_bytes, 0);
    s.world.vault(&s.ada, s.vault).await;
}
