//! A server that notes what is asked of it, and a person with a record.

use axum::body::Body;
use axum::extract::Request;
use futures::StreamExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use strongroom_client::{
    Client, FileId, GetOptions, NoProgress, Progress, PutDone, PutOptions, RecordId, Source,
    VaultId,
};
use strongroom_testkit::world::{World, add, cat};

pub const PART: usize = 8 << 20;

/// What the server saw.
#[derive(Clone, Default)]
pub struct Seen {
    /// Where each request for content began.
    pub began: Arc<Mutex<Vec<u64>>>,
    /// Bodies of parts that are being read: their attempt has its place.
    pub reading: Arc<AtomicU64>,
}

impl Seen {
    pub fn take(&self) -> Vec<u64> {
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

pub struct Scene {
    pub world: World,
    pub alice: Arc<Client>,
    pub vault: VaultId,
    pub record: RecordId,
    pub seen: Seen,
    pub out: PathBuf,
}

impl Scene {
    pub async fn set_up() -> Self {
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
        let (alice, vault) = world.own_vault().await.unwrap();
        let record = add(&alice, vault, "files").await.unwrap();
        let alice = Arc::new(alice);
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

    pub fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        self.world.write(name, content).unwrap()
    }

    pub async fn put(&self, path: &Path, options: &PutOptions) -> PutDone {
        self.alice
            .file_put(self.record, Source::Path(path), options, &NoProgress)
            .await
            .unwrap()
    }

    pub async fn content(&self, file: FileId) -> Vec<u8> {
        cat(&self.alice, file).await.unwrap()
    }

    /// Fetches until so many bytes are there, and is killed then.
    pub async fn get_broken(&self, file: FileId, at_bytes: u64) {
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

    pub async fn put_broken(&self, path: &Path, at_bytes: u64) {
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

    pub fn part_file(&self) -> PathBuf {
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
pub struct Killed(u64);

impl Progress for Killed {
    fn advance(&self, bytes: u64) {
        assert!(bytes < self.0, "killed by the test");
    }
}
