//! A small client that signs what it is told to, right or wrong.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use strongroom_api::ApiConfig;
use strongroom_blobs::MemoryBlobs;
use strongroom_crypto::{
    DangerSeededRng, Rng, Secret16,
    opaque::{ClientLogin, ClientRegistration, Identifiers, ServerSetup},
    sha256,
    sign::SignSecret,
    wrap::WrapSecret,
};
use strongroom_domain::{Disk, Disks, Domain, DomainConfig, DomainParts, OPAQUE_CONTEXT};
use strongroom_format::{
    codes::{CodeKind, write_code},
    context,
    directory::{DirectoryPayload, DirectoryState},
    entry::{EntryBody, Kind, UnverifiedEntry},
    person::{self, Person as PersonPayload},
    signing::{SignatureKind, Signatures, wrap_key_hash},
    transport::{Append, Page, PageEntry, WrapFor},
    vault_log::{SignedEntry, VaultState},
    vault_payload::{Renewal, VaultKind, VaultPayload, WrapLeaf, wraps_root},
    wallet::{Slot, SlotKind, StoredWallet},
};
use strongroom_store::{
    Store,
    sqlite::{SqliteOptions, SqliteStore},
};
use strongroom_types::*;
use strongroom_wire::*;
use tower::ServiceExt;

mod people;
mod vaults;

pub use people::*;

pub const START_MS: u64 = 1_800_000_000_000;
/// A server.
pub struct World {
    pub router: Router,
    pub store: Arc<dyn Store>,
    pub blobs: Arc<MemoryBlobs>,
    pub clock: Arc<ManualClock>,
    pub folder: tempfile::TempDir,
    counter: AtomicU64,
}

/// A disk for the database with room, and one for files with little.
pub struct TwoDisks;

impl Disks for TwoDisks {
    fn disks(&self) -> Vec<Disk> {
        let disk = |database, free_bytes| Disk {
            database,
            files: !database,
            free_bytes,
            total_bytes: 100 << 30,
        };
        vec![disk(true, 60 << 30), disk(false, 2 << 30)]
    }
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(
            self.status.is_success(),
            "{}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    #[track_caller]
    pub fn json<T: DeserializeOwned>(self) -> T {
        serde_json::from_slice(&self.ok().body).unwrap()
    }

    #[track_caller]
    pub fn refused(self, code: ProblemCode) -> Problem {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        assert_eq!(self.status.as_u16(), code.status(), "{text}");
        assert_eq!(self.headers["content-type"], PROBLEM_MEDIA_TYPE);
        let problem: Problem = serde_json::from_str(&text).unwrap();
        assert_eq!(problem.code, code, "{text}");
        problem
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(DomainConfig::default())
    }

    pub fn with(config: DomainConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Arc::new(MemoryBlobs::default());
        let clock = Arc::new(ManualClock::at(START_MS));
        let (router, store) = Self::open(folder.path(), &blobs, &clock, config);
        Self {
            router,
            store,
            blobs,
            clock,
            folder,
            counter: AtomicU64::new(1),
        }
    }

    pub fn open(
        folder: &Path,
        blobs: &Arc<MemoryBlobs>,
        clock: &Arc<ManualClock>,
        config: DomainConfig,
    ) -> (Router, Arc<dyn Store>) {
        Self::open_limited(folder, blobs, clock, config, SqliteOptions::default())
    }

    pub fn open_limited(
        folder: &Path,
        blobs: &Arc<MemoryBlobs>,
        clock: &Arc<ManualClock>,
        config: DomainConfig,
        options: SqliteOptions,
    ) -> (Router, Arc<dyn Store>) {
        let path = folder.join("test.db");
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path, &[7; 32], options).unwrap());
        let domain = Domain::new(DomainParts {
            store: store.clone(),
            blobs: blobs.clone(),
            disks: Arc::new(TwoDisks),
            clock: clock.clone(),
            rng: Box::new(DangerSeededRng::new(clock.now_ms())),
            opaque: ServerSetup::make(&mut DangerSeededRng::new(1)),
            config,
        });
        let config = ApiConfig {
            event_keep_alive: std::time::Duration::from_millis(50),
            ..ApiConfig::default()
        };
        (strongroom_api::router(domain, config), store)
    }

    pub fn rng(&self) -> DangerSeededRng {
        DangerSeededRng::new(self.counter.fetch_add(1, Ordering::SeqCst) + 1_000)
    }

    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng().fill_bytes(&mut bytes);
        bytes
    }

    pub fn key(&self) -> String {
        IdempotencyKey::make(&mut self.rng()).to_string()
    }

    /// Sends a request; writes get an idempotency key.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if method != "GET" && !headers.iter().any(|(name, _)| *name == "idempotency-key") {
            request = request.header("idempotency-key", self.key());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self
            .router
            .clone()
            .oneshot(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), 1 << 30)
            .await
            .unwrap()
            .to_vec();
        Answer {
            status,
            headers,
            body,
        }
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send("GET", path, token, &[], Vec::new()).await
    }

    pub async fn json(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &impl Serialize,
    ) -> Answer {
        let body = serde_json::to_vec(body).unwrap();
        self.send(
            method,
            path,
            token,
            &[("content-type", "application/json")],
            body,
        )
        .await
    }

    pub async fn cbor(&self, path: &str, token: Option<&str>, body: Vec<u8>) -> Answer {
        self.send(
            "POST",
            path,
            token,
            &[("content-type", CBOR_MEDIA_TYPE)],
            body,
        )
        .await
    }
}
