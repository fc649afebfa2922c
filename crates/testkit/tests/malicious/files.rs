//! Lies about the content of files.

use crate::scene::{Scene, payload_of, position};
use std::sync::{Arc, Mutex};
use strongroom_client::{GetOptions, NoProgress, PutOptions, Query, Source};
use strongroom_format::entry::{Kind, UnverifiedEntry};
use strongroom_format::vault_payload::VaultPayload;
use strongroom_testkit::lies::{self, Log};
use strongroom_testkit::world::stopped;
use strongroom_types::FileId;
use strongroom_vault::Place;
use strongroom_vault::file::{FileDetails, FileSealer, NewRevision, open_key, open_manifest};

/// Files: content of two chunks and a bit.
async fn with_file(scene: &Scene, bytes: usize) -> (FileId, Vec<u8>) {
    with_file_named(scene, bytes, "evidence.bin").await
}

async fn with_file_named(scene: &Scene, bytes: usize, name: &str) -> (FileId, Vec<u8>) {
    let list = scene
        .alice
        .record_list(scene.vault, "case", &Query::default())
        .await
        .unwrap();
    let content: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
    let path = scene.world.folder.path().join(name);
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

async fn get_is_stopped(scene: &Scene, file: FileId, content: &[u8]) -> String {
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

#[tokio::test(flavor = "multi_thread")]
async fn repeated_chunk() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    scene.world.liar.tell(lies::rewrite_bytes(
        |path| path.ends_with("/content"),
        |body| {
            body.copy_within(..16_400, 16_400);
            true
        },
    ));
    get_is_stopped(&scene, file, &content).await;
}

/// Who may read a file knows its key, and can seal other bytes under it: authentic for the
/// cipher, but not what the author signed the root of.
#[tokio::test(flavor = "multi_thread")]
async fn content_forged_by_a_reader() {
    let scene = Scene::set_up().await;
    let (file, content) = with_file(&scene, 100_000).await;
    let seen: Arc<Mutex<Option<UnverifiedEntry>>> = Arc::default();
    let keep = Arc::clone(&seen);
    scene
        .world
        .liar
        .tell(lies::rewrite_log(Log::Vault, move |entries| {
            let at = position(entries, Kind::File);
            *keep.lock().unwrap() = Some(entries[at].entry.clone());
            false
        }));
    scene.bob.vault_verify(scene.vault).await.unwrap();
    let entry = seen.lock().unwrap().clone().unwrap();
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
        true
    };
    scene.world.liar.tell(lies::all(vec![
        lies::rewrite_bytes(
            |path| path.ends_with("/content"),
            move |body| instead(&forged, body),
        ),
        lies::rewrite_bytes(
            |path| path.ends_with("/tree"),
            move |body| instead(&leaves, body),
        ),
    ]));
    assert_eq!(
        get_is_stopped(&scene, file, &content).await,
        "tampered_content"
    );
}
