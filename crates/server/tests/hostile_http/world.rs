//! A server in this process, with a clock that moves only when told to.

use crate::wire::{Answer, Request, Wire, client_config};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use strongroom_crypto::{DangerSeededRng, Secret16, sha256};
use strongroom_format::codes::{CodeKind, write_code};
use strongroom_server::{RateLimits, RunningServer, ServeOptions, SystemClock, start};
use strongroom_store::{
    TenantStore,
    sqlite::{SqliteOptions, SqliteStore},
};
use strongroom_types::*;
use strongroom_wire::{CBOR_MEDIA_TYPE, Readiness};

pub struct World {
    server: Option<RunningServer>,
    folder: tempfile::TempDir,
    pub clock: Arc<ManualClock>,
    pub wire: Wire,
    seeds: AtomicU64,
    change: Box<dyn Fn(&mut ServeOptions) + Send + Sync>,
}

/// One address stands for a whole hostile world here; it must not lock itself out.
pub fn forgiving(options: &mut ServeOptions) {
    options.domain.lock_out.address_failures = u32::MAX;
    options.rates = RateLimits::NONE;
    options.limits.per_address = 0;
}

impl World {
    pub async fn new() -> Self {
        Self::with(forgiving).await
    }

    pub async fn with(change: impl Fn(&mut ServeOptions) + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(SystemClock.now_ms()));
        let data = folder.path().join("data");
        let server = Self::start(data, &clock, &change).await;
        Self {
            wire: Wire::new(server.addr, &server.ca_pem),
            server: Some(server),
            folder,
            clock,
            seeds: AtomicU64::new(1),
            change: Box::new(change),
        }
    }

    async fn start(
        data: PathBuf,
        clock: &Arc<ManualClock>,
        change: &dyn Fn(&mut ServeOptions),
    ) -> RunningServer {
        let mut options = ServeOptions::new(data, "127.0.0.1:0".parse().unwrap());
        options.clock = clock.clone();
        change(&mut options);
        start(options).await.unwrap()
    }

    pub fn setup_code(&self) -> String {
        let server = self.server.as_ref().unwrap();
        server.setup_code.clone().unwrap()
    }

    /// A client with HTTP/2, as far as it lets itself be misused.
    pub fn http2(&self) -> reqwest::Client {
        let server = self.server.as_ref().unwrap();
        reqwest::Client::builder()
            .tls_backend_preconfigured(client_config(&server.ca_pem, &[b"h2"]))
            .no_proxy()
            .http2_prior_knowledge()
            .build()
            .unwrap()
    }

    pub fn url(&self) -> String {
        self.server.as_ref().unwrap().url.clone()
    }

    /// Stops the server, puts a set-up code for one more tenant into its database, and starts
    /// it again.
    pub async fn another_setup_code(&mut self) -> String {
        self.server.take().unwrap().stop().await;
        let data = self.folder.path().join("data");
        let key = std::fs::read(data.join("keys/database.key")).unwrap();
        let key: [u8; 32] = key.try_into().unwrap();
        let secret = Secret16::make(&mut self.rng());
        {
            let path = data.join("strongroom.db");
            let store = SqliteStore::open(&path, &key, SqliteOptions::default()).unwrap();
            let hash = sha256(secret.danger_bytes());
            store
                .put_setup_code(hash, self.clock.now_ms())
                .await
                .unwrap();
        }
        let server = Self::start(data, &self.clock, &self.change).await;
        self.wire = Wire::new(server.addr, &server.ca_pem);
        self.server = Some(server);
        write_code(CodeKind::Setup, &secret)
    }

    pub fn rng(&self) -> DangerSeededRng {
        DangerSeededRng::new(self.seeds.fetch_add(1, Ordering::SeqCst) + 1_000)
    }

    pub fn key(&self) -> String {
        IdempotencyKey::make(&mut self.rng()).to_string()
    }

    pub async fn ask(&self, request: &Request) -> Answer {
        self.wire.ask(request).await
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.ask(&Request::new("GET", path).bearer(token)).await
    }

    /// A write with a fresh key.
    pub fn write(&self, method: &str, path: &str, token: &str) -> Request {
        let request = Request::new(method, path).header("idempotency-key", self.key());
        if token.is_empty() {
            request
        } else {
            request.bearer(token)
        }
    }

    pub fn json(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: &impl serde::Serialize,
    ) -> Request {
        self.write(method, path, token)
            .body("application/json", serde_json::to_vec(body).unwrap())
    }

    pub fn cbor(&self, path: &str, token: &str, body: Vec<u8>) -> Request {
        self.write("POST", path, token).body(CBOR_MEDIA_TYPE, body)
    }

    /// The server can still write, by a probe that is not remembered from before.
    pub async fn assert_ready(&self) {
        self.clock.advance(1_000);
        let readiness: Readiness = self.ask(&Request::new("GET", "/readyz")).await.json();
        assert!(readiness.ready);
    }
}
