//! A page that is closed before any request or any write to the storage.

use crate::scene::{Alone, Disk, carry};
use serde_json::Value;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use strongroom_crypto::SystemRng;
use strongroom_testkit::world::World;
use strongroom_types::Clock;
use strongroom_wasm::{
    Core, CoreError, Http, HttpFailure, Platform, Request, Response, Storage, StorageFailure,
};

/// How many more requests and writes are done before the page is closed.
#[derive(Clone)]
pub struct Fuse(pub Rc<Cell<u32>>);

impl Fuse {
    fn burns(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left == 0
    }
}

pub struct FusedNet {
    client: reqwest::Client,
    origin: String,
    fuse: Fuse,
}

impl Http for FusedNet {
    async fn send(&self, request: Request) -> Result<Response, HttpFailure> {
        if self.fuse.burns() {
            // Nothing comes after it: the page is gone.
            self.fuse.0.set(0);
            return Err(HttpFailure::Offline);
        }
        carry(&self.client, &self.origin, request).await
    }
}

pub struct FusedDisk {
    disk: Disk,
    fuse: Fuse,
}

impl FusedDisk {
    fn check(&self) -> Result<(), StorageFailure> {
        match self.fuse.burns() {
            true => {
                self.fuse.0.set(0);
                Err(StorageFailure {
                    full: false,
                    text: "the page is closed".into(),
                })
            }
            false => Ok(()),
        }
    }
}

impl Storage for FusedDisk {
    type Alone = Alone;

    async fn alone(&self) -> Alone {
        self.disk.alone().await
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StorageFailure> {
        self.disk.get(key).await
    }
    async fn put(&self, key: &str, value: &[u8]) -> Result<(), StorageFailure> {
        self.check()?;
        self.disk.put(key, value).await
    }
    async fn delete(&self, key: &str) -> Result<(), StorageFailure> {
        self.check()?;
        self.disk.delete(key).await
    }
    async fn clear(&self) -> Result<(), StorageFailure> {
        self.check()?;
        self.disk.clear().await
    }
}

struct WorldClock(Arc<dyn Clock>);

impl Clock for WorldClock {
    fn now_ms(&self) -> u64 {
        self.0.now_ms()
    }
}

/// A page over a browser's storage that is closed when its fuse has burnt down.
pub struct Page {
    core: Core<FusedNet, FusedDisk>,
    pub fuse: Fuse,
}

impl Page {
    pub fn over(world: &World, disk: &Disk) -> Self {
        let ca = std::fs::read(&world.server.ca_file).unwrap();
        let ca = reqwest::Certificate::from_pem(&ca).unwrap();
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder()
            .tls_certs_only([ca])
            .no_proxy()
            .build()
            .unwrap();
        let fuse = Fuse(Rc::new(Cell::new(u32::MAX)));
        let platform = Platform::new(
            FusedNet {
                client,
                origin: world.server.url.clone(),
                fuse: fuse.clone(),
            },
            FusedDisk {
                disk: disk.clone(),
                fuse: fuse.clone(),
            },
            &world.server.url,
            "Browser",
            Box::new(WorldClock(world.clock.clone())),
            Box::new(SystemRng),
        );
        Self {
            core: Core::new(platform),
            fuse,
        }
    }

    pub async fn call(&mut self, method: &str, arguments: &Value) -> Result<Value, CoreError> {
        let answer = self.core.call(method, &arguments.to_string()).await?;
        Ok(serde_json::from_str(&answer).unwrap())
    }
}
