//! Lies about the content of files.

use crate::scene::{Scene, payload_of, position};
use std::sync::{Arc, Mutex};
use strongroom_client::{GetOptions, NoProgress};
use strongroom_format::entry::Kind;
use strongroom_format::transport::PageEntry;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_testkit::lies::{self, Lie};
use strongroom_testkit::world::{cases, put};
use strongroom_types::FileId;
use strongroom_vault::Place;
use strongroom_vault::file::{FileDetails, FileSealer, NewRevision, open_key, open_manifest};

/// A file in the first record, and its content.
async fn with_file(scene: &Scene, bytes: usize) -> (FileId, Vec<u8>) {
    with_file_named(scene, bytes, "evidence.bin").await
}

async fn with_file_named(scene: &Scene, bytes: usize, name: &str) -> (FileId, Vec<u8>) {
    let list = cases(&scene.alice, scene.vault).await.unwrap();
    let content: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
    let path = scene.world.write(name, &content).unwrap();
    let record = list.records[0].record;
    let done = put(&scene.alice, record, &path).await.unwrap();
    scene.bob.sync().await.unwrap();
    (done.file, content)
}

/// A lie about the sealed bytes below paths with this end.
fn bytes_lie(end: &'static str, change: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Lie {
    let change = move |body: &mut Vec<u8>| {
        change(body);
        true
    };
    lies::rewrite_bytes(move |path| path.ends_with(end), change)
}

#[tokio::test(flavor = "multi_thread")]
async fn flipped_bit_in_content() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    let lie = bytes_lie("/content", |body| {
        let middle = body.len() / 2;
        body[middle] ^= 1;
    });
    let code = scene.caught_by_download(lie, file, &content).await;
    assert_eq!(code, "tampered_content");
}

#[tokio::test(flavor = "multi_thread")]
async fn reordered_chunks() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    let lie = bytes_lie("/content", |body| {
        let (first, second) = body.split_at_mut(16_400);
        first.swap_with_slice(&mut second[..16_400]);
    });
    scene.caught_by_download(lie, file, &content).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_chunks() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    let lie = bytes_lie("/content", |body| body.truncate(body.len() - 16_400));
    scene.caught_by_download(lie, file, &content).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn withheld_part() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    let lie = lies::deny(|path| path.ends_with("/content"));
    let code = scene.caught_by_download(lie, file, &content).await;
    assert_eq!(code, "withheld");
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_leaves() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    let lie = bytes_lie("/tree", |body| body[0] ^= 1);
    scene.caught_by_download(lie, file, &content).await;
}

/// The content of one file is given for another of the same length.
#[tokio::test(flavor = "multi_thread")]
async fn swapped_files() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    let (other, _) = with_file_named(&scene, 100_000, "other.bin").await;
    assert_ne!(file, other);
    let seen: Arc<Mutex<Option<Vec<u8>>>> = Arc::default();
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
    let lie = bytes_lie("/content", move |body| body.clone_from(&stolen));
    scene.caught_by_download(lie, file, &content).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_manifest() {
    let scene = Scene::set_up().await;
    let _ = with_file(&scene, 1_000).await;
    let change = |entries: &mut Vec<PageEntry>| {
        let at = position(entries, Kind::File);
        let mut payload = payload_of(&entries[at]).unwrap();
        let last = payload.len() - 1;
        payload[last] ^= 1;
        entries[at].entry = lies::with_payload(&entries[at].entry, Some(&payload));
    };
    scene.caught_changing_log(change).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_chunk() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    let lie = bytes_lie("/content", |body| body.copy_within(..16_400, 16_400));
    scene.caught_by_download(lie, file, &content).await;
}

/// Who may read a file knows its key, and can seal other bytes under it: authentic for the
/// cipher, but not what the author signed the root of.
#[tokio::test(flavor = "multi_thread")]
async fn content_forged_by_a_reader() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    let entry = scene.entry_of(scene.vault, Kind::File).await.entry;
    let body = entry.body();
    let payload = entry.payload().unwrap();
    let VaultPayload::File(payload) =
        VaultPayload::from_bytes(Kind::File, payload, body.tenant, body.vault).unwrap()
    else {
        unreachable!()
    };
    let place = Place {
        tenant: body.tenant,
        vault: body.vault,
        epoch: body.epoch,
        device: body.device,
        device_seq: body.device_seq,
    };
    let machine = scene.bob.danger_machine(scene.vault).await.unwrap();
    let manifest = open_manifest(machine.keyring(), place, &payload).unwrap();
    let key = open_key(machine.keyring(), place, &payload, &manifest).unwrap();
    let same = NewRevision {
        file: manifest.file,
        revision: manifest.revision,
        record: manifest.record,
        parents: manifest.parents.clone(),
        true_length: manifest.true_length,
    };
    let header = &manifest.header;
    let mut sealer = FileSealer::resume(body.tenant, body.vault, same, key, header).unwrap();
    let (mut forged, mut leaves) = (vec![b'x'; content.len()], Vec::new());
    sealer.seal_part(0, &mut forged, &mut leaves).unwrap();
    let details = FileDetails {
        name: manifest.name.clone(),
        media_type: manifest.media_type.clone(),
        thumbnail: None,
        conflict: manifest.conflict,
        created_ms: manifest.created_ms,
    };
    sealer.finish(details, &mut leaves).unwrap();
    let instead = move |from: &[u8], body: &mut Vec<u8>| {
        assert_eq!(from.len(), body.len(), "the forgery has the same form");
        *body = from.to_vec();
    };
    let lie = lies::all(vec![
        bytes_lie("/content", move |body| instead(&forged, body)),
        bytes_lie("/tree", move |body| instead(&leaves, body)),
    ]);
    let code = scene.caught_by_download(lie, file, &content).await;
    assert_eq!(code, "tampered_content");
}
