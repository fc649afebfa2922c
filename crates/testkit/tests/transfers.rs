//! Transfers that are interrupted: downloads go on and believe nothing on the disk, uploads
//! never mix two contents, and a part is not held up by its own earlier attempt.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use axum::body::Body;
use axum::extract::Request;
use futures::{StreamExt, stream};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use strongroom_client::{
    Client, FileId, GetOptions, NoProgress, Progress, PutDone, PutOptions, RecordId, SameName,
    Source, VaultId,
};
use strongroom_testkit::world::{World, set};

const PART: usize = 8 << 20;

fn noise(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed + 1;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

/// What the server saw.
#[derive(Clone, Default)]
struct Seen {
    /// Where each request for content began.
    began: Arc<Mutex<Vec<u64>>>,
    /// Bodies of parts that are being read: their attempt has its place.
    reading: Arc<AtomicU64>,
}

impl Seen {
    fn take(&self) -> Vec<u64> {
        std::mem::take(&mut self.began.lock().unwrap())
    }

    fn note(&self, request: Request) -> Request {
        if request.uri().path().contains("/parts/") {
            let reading = Arc::clone(&self.reading);
            let mut first = true;
            return request.map(|body| {
                Body::from_stream(body.into_data_stream().inspect(move |_| {
                    if std::mem::take(&mut first) {
                        reading.fetch_add(1, Ordering::SeqCst);
                    }
                }))
            });
        }
        if request.uri().path().ends_with("/content") {
            let range = request.headers()["range"].to_str().unwrap();
            let first = range.strip_prefix("bytes=").unwrap();
            let first = first.split('-').next().unwrap().parse().unwrap();
            self.began.lock().unwrap().push(first);
        }
        request
    }
}

struct Scene {
    world: World,
    alice: Arc<Client>,
    vault: VaultId,
    record: RecordId,
    seen: Seen,
    out: PathBuf,
}

impl Scene {
    async fn set_up() -> Self {
        let seen = Seen::default();
        let noted = seen.clone();
        let world = World::start_with(|options| {
            options.wrap_router = Some(Box::new(move |router| {
                router.layer(axum::middleware::from_fn(
                    move |request, next: axum::middleware::Next| {
                        let request = noted.note(request);
                        next.run(request)
                    },
                ))
            }));
        })
        .await
        .unwrap();
        let alice = Arc::new(world.founder("alice").await.unwrap());
        let vault = alice.vault_create("Files").await.unwrap().vault;
        let record = alice
            .record_add(vault, "case", &set(&[("title", "files")]))
            .await
            .unwrap()
            .record;
        let out = world.folder.path().join("out");
        std::fs::create_dir(&out).unwrap();
        Self {
            world,
            alice,
            vault,
            record,
            seen,
            out,
        }
    }

    fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.world.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    async fn put(&self, path: &Path, options: &PutOptions) -> PutDone {
        self.alice
            .file_put(self.record, Source::Path(path), options, &NoProgress)
            .await
            .unwrap()
    }

    async fn content(&self, file: FileId) -> Vec<u8> {
        let mut out = Vec::new();
        self.alice
            .file_cat(file, None, None, &mut out)
            .await
            .unwrap();
        out
    }

    /// Fetches until so many bytes are there, and is killed then.
    async fn get_broken(&self, file: FileId, at_bytes: u64) {
        let (alice, out) = (Arc::clone(&self.alice), self.out.clone());
        let getting = tokio::spawn(async move {
            let options = GetOptions::default();
            alice
                .file_get(file, &out, &options, &Killed(at_bytes))
                .await
                .unwrap();
        });
        assert!(getting.await.unwrap_err().is_panic());
    }

    async fn put_broken(&self, path: &Path, at_bytes: u64) {
        let (alice, record, path) = (Arc::clone(&self.alice), self.record, path.to_owned());
        let putting = tokio::spawn(async move {
            let options = PutOptions::default();
            alice
                .file_put(record, Source::Path(&path), &options, &Killed(at_bytes))
                .await
                .unwrap();
        });
        assert!(putting.await.unwrap_err().is_panic());
    }

    fn part_file(&self) -> PathBuf {
        let names: Vec<PathBuf> = std::fs::read_dir(&self.out)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(names.len(), 1, "{names:?}");
        let name = names[0].file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with('.') && name.ends_with(".part"), "{name}");
        names[0].clone()
    }
}

/// Dies, and what it works for with it, when so many bytes are done.
struct Killed(u64);

impl Progress for Killed {
    fn advance(&self, bytes: u64) {
        assert!(bytes < self.0, "killed by the test");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_goes_on_where_it_was() {
    let scene = Scene::set_up().await;
    let data = noise(5 * PART, 1);
    let path = scene.write("big.bin", &data);
    let file = scene.put(&path, &PutOptions::default()).await.file;
    scene.get_broken(file, 2 * PART as u64 + 1).await;
    let there = std::fs::metadata(scene.part_file()).unwrap().len();
    assert!(there > 2 * PART as u64, "what came is kept");
    assert_eq!(scene.seen.take(), [0]);
    let done = scene
        .alice
        .file_get(file, &scene.out, &GetOptions::default(), &NoProgress)
        .await
        .unwrap();
    assert!(done.bytes_resumed > 2 * PART as u64 - 40_000, "{done:?}");
    let asked = scene.seen.take();
    assert!(
        asked.iter().all(|first| *first > 2 * PART as u64 - 40_000),
        "what is there is not fetched again: {asked:?}"
    );
    assert_eq!(std::fs::read(&done.path).unwrap(), data);
    assert_eq!(std::fs::read_dir(&scene.out).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_on_the_disk_is_not_believed() {
    let scene = Scene::set_up().await;
    let data = noise(5 * PART, 2);
    let path = scene.write("big.bin", &data);
    let file = scene.put(&path, &PutOptions::default()).await.file;
    scene.get_broken(file, 3 * PART as u64).await;
    let part = scene.part_file();
    let mut kept = std::fs::read(&part).unwrap();
    kept[PART + 1_000_000] ^= 1;
    std::fs::write(&part, &kept).unwrap();
    let done = scene
        .alice
        .file_get(file, &scene.out, &GetOptions::default(), &NoProgress)
        .await
        .unwrap();
    let resumed = done.bytes_resumed as usize;
    assert!((PART..=PART + 1_000_000).contains(&resumed), "{resumed}");
    assert_eq!(std::fs::read(&done.path).unwrap(), data);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_revision_meanwhile_begins_anew() {
    let scene = Scene::set_up().await;
    let path = scene.write("big.bin", &noise(5 * PART, 3));
    let file = scene.put(&path, &PutOptions::default()).await.file;
    scene.get_broken(file, 3 * PART as u64).await;
    let data = noise(4 * PART, 4);
    let path = scene.write("big.bin", &data);
    let newer = PutOptions {
        same_name: SameName::NewRevision,
        ..PutOptions::default()
    };
    assert_eq!(scene.put(&path, &newer).await.file, file);
    scene.seen.take();
    let done = scene
        .alice
        .file_get(file, &scene.out, &GetOptions::default(), &NoProgress)
        .await
        .unwrap();
    assert_eq!(done.bytes_resumed, 0);
    assert_eq!(scene.seen.take(), [0]);
    assert_eq!(std::fs::read(&done.path).unwrap(), data);
    assert_eq!(std::fs::read_dir(&scene.out).unwrap().count(), 1);
}

/// The source changes between the kill and the next run, in every way: what arrives is always
/// one content, whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_source_is_never_mixed() {
    let scene = Scene::set_up().await;
    let old = noise(5 * PART, 5);
    for (name, change) in [
        ("longer", 0),
        ("other-time", 1),
        ("same-time-and-size", 2),
        ("behind-what-was-sent", 3),
    ] {
        let path = scene.write(name, &old);
        let before = std::fs::metadata(&path).unwrap().modified().unwrap();
        scene.put_broken(&path, 2 * PART as u64).await;
        let mut new = old.clone();
        match change {
            0 => new.push(1),
            1 => new[100] ^= 1,
            2 => new[100] ^= 1,
            _ => new[5 * PART - 1] ^= 1,
        }
        std::fs::write(&path, &new).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        match change {
            // The same size, time and inode: only the content tells.
            2 | 3 => file.set_modified(before).unwrap(),
            _ => file.set_modified(before + Duration::from_secs(3)).unwrap(),
        }
        let done = scene.put(&path, &PutOptions::default()).await;
        // What was read ahead of what was sent decides in the last case.
        assert!(change == 3 || done.parts_resumed == 0, "{name}");
        assert!(scene.content(done.file).await == new, "{name}");
    }
    let files = scene.alice.files(scene.record, true, false).await.unwrap();
    assert_eq!(files.len(), 4, "no half upload became a file");
    let used = scene.alice.whoami().await.unwrap().used_bytes;
    let sealed: u64 = files.iter().map(|line| line.sealed_bytes).sum();
    assert_eq!(used, sealed, "what was given up takes no room");
}

/// Somebody writes to the source while it is read.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_changes_while_it_is_read_is_read_again() {
    let scene = Scene::set_up().await;
    let old = noise(5 * PART, 6);
    let mut new = old.clone();
    for place in [0, 5 * PART - 1] {
        new[place] ^= 1;
    }
    let path = scene.write("busy.bin", &old);
    struct Writer(Mutex<Option<(PathBuf, Vec<u8>)>>);
    impl Progress for Writer {
        fn advance(&self, bytes: u64) {
            if bytes < PART as u64 {
                return;
            }
            if let Some((path, content)) = self.0.lock().unwrap().take() {
                std::fs::write(&path, content).unwrap();
                let later = std::fs::metadata(&path).unwrap().modified().unwrap();
                let file = std::fs::File::options().write(true).open(&path).unwrap();
                file.set_modified(later + Duration::from_secs(5)).unwrap();
            }
        }
    }
    let writer = Writer(Mutex::new(Some((path.clone(), new.clone()))));
    let options = PutOptions::default();
    let done = scene
        .alice
        .file_put(scene.record, Source::Path(&path), &options, &writer)
        .await
        .unwrap();
    assert!(scene.content(done.file).await == new, "a mixture arrived");
    let files = scene.alice.files(scene.record, true, false).await.unwrap();
    assert_eq!(files.len(), 1);
}

/// The answer of a put was lost after its entry had arrived: the same command says so, and
/// puts nothing twice.
#[tokio::test(flavor = "multi_thread")]
async fn names_are_taken_by_others_only() {
    let scene = Scene::set_up().await;
    let path = scene.write("Caf\u{e9}.txt", b"one");
    let first = scene.put(&path, &PutOptions::default()).await.file;
    let other = scene.write("CAFE\u{301}.TXT", b"two");
    let refused = scene
        .alice
        .file_put(
            scene.record,
            Source::Path(&other),
            &PutOptions::default(),
            &NoProgress,
        )
        .await
        .unwrap_err();
    assert_eq!((refused.exit_code(), refused.code()), (6, "name_taken"));
    let hint = refused.hint().unwrap();
    assert!(hint.contains("--new-revision") && hint.contains("--keep-both"));
    let with = |same_name| PutOptions {
        same_name,
        ..PutOptions::default()
    };
    let newer = scene.put(&other, &with(SameName::NewRevision)).await;
    assert_eq!(newer.file, first);
    assert_eq!(scene.content(first).await, b"two");
    let beside = scene.put(&path, &with(SameName::KeepBoth)).await;
    assert_ne!(beside.file, first);
    let unclear = scene
        .alice
        .file_put(
            scene.record,
            Source::Path(&path),
            &with(SameName::NewRevision),
            &NoProgress,
        )
        .await
        .unwrap_err();
    assert_eq!(unclear.code(), "name_taken");
    // Another record has names of its own, and the trash holds none.
    let elsewhere = scene
        .alice
        .record_add(scene.vault, "case", &set(&[("title", "other")]))
        .await
        .unwrap()
        .record;
    scene
        .alice
        .file_put(
            elsewhere,
            Source::Path(&path),
            &PutOptions::default(),
            &NoProgress,
        )
        .await
        .unwrap();
    // All files of the record, into one folder, and none over another.
    let got = scene
        .alice
        .files_get(scene.record, &scene.out, false, &NoProgress)
        .await
        .unwrap();
    assert_eq!(got.len(), 2);
    for done in &got {
        let expected: &[u8] = if done.file == first { b"two" } else { b"one" };
        assert_eq!(std::fs::read(&done.path).unwrap(), expected);
    }
    let names: Vec<String> = std::fs::read_dir(&scene.out)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .file_name()
                .into_string()
                .unwrap()
                .to_lowercase()
        })
        .collect();
    assert!(names.iter().any(|name| name.contains("(2)")), "{names:?}");
    let again = scene
        .alice
        .files_get(scene.record, &scene.out, false, &NoProgress)
        .await
        .unwrap_err();
    assert_eq!(again.code(), "file_exists");
}

/// The first attempt at a part stands still for ever; the next one does not wait for it, nor
/// for the places that such attempts hold.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_not_held_up_by_its_own_earlier_attempt() {
    let scene = Scene::set_up().await;
    let token = scene.alice.danger_session_token().await.unwrap();
    let ca = std::fs::read(&scene.world.server.ca_file).unwrap();
    // Whoever else installed it: the same one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let http = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
        .http1_only()
        .build()
        .unwrap();
    let base = format!(
        "{}/v1/vaults/{}/uploads",
        scene.world.server.url, scene.vault
    );
    let mut rng = strongroom_crypto::SystemRng;
    let revision = strongroom_types::RevisionId::make(&mut rng);
    let geometry = strongroom_format::file::PartGeometry::of(
        strongroom_format::file::sealed_file_len(400_000_000).unwrap(),
    )
    .unwrap();
    let start = serde_json::json!({
        "file": FileId::make(&mut rng),
        "revision": revision,
        "record": scene.record,
        "sealed_length": strongroom_format::file::sealed_file_len(400_000_000).unwrap(),
    });
    let view: serde_json::Value = http
        .post(&base)
        .bearer_auth(&token)
        .header("idempotency-key", "00".repeat(16))
        .json(&start)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let places = view["parts_in_flight_max"].as_u64().unwrap();
    assert!(places >= 1 && places < geometry.part_count);
    let request = |number: u64, body: reqwest::Body, bytes: &[u8]| {
        http.put(format!("{base}/{revision}/parts/{number}"))
            .bearer_auth(&token)
            .header("idempotency-key", "11".repeat(16))
            .header(
                "strongroom-crc32c",
                format!("{:08x}", crc32c::crc32c(bytes)),
            )
            .header("content-length", bytes.len())
            .body(body)
    };
    let part = |number: u64| vec![7; geometry.part_bytes(number).unwrap() as usize];
    // As many attempts as there are places, each with half a part, and then nothing any more.
    let mut stalled = Vec::new();
    for number in 0..places {
        let bytes = part(number);
        let half = bytes[..1 << 20].to_vec();
        let body = stream::iter([Ok::<_, Infallible>(half)]).chain(stream::pending());
        let sending = request(number, reqwest::Body::wrap_stream(body), &bytes);
        stalled.push(tokio::spawn(sending.send()));
    }
    while scene.seen.reading.load(Ordering::SeqCst) < places {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let sent = async {
        for number in 0..places {
            let bytes = part(number);
            let answer = request(number, bytes.clone().into(), &bytes)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 204);
        }
    };
    // The server gives a body that stands still up after 60 seconds; this must not wait for it.
    tokio::time::timeout(Duration::from_secs(30), sent)
        .await
        .expect("the part waits for its own earlier attempt");
    for sending in stalled {
        let ended = sending.await.unwrap();
        assert!(ended.is_err() || !ended.unwrap().status().is_success());
    }
}
