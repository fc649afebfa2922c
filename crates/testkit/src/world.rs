//! A server in this process and people with their own profiles, all in one temporary folder:
//! the one place where tests set the scene. Alice is the tenant's first administrator, Bob is
//! let in by her; their vault is called [`VAULT`].

mod content;
mod people;
mod server;

pub use content::{VAULT, add, cases, cat, cat_range, noise, put, set, titles};
pub use people::{PASSPHRASE, passphrase};
pub use server::Server;

use crate::liar::Liar;
use crate::process::quiet_address;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::sync::Arc;
use strongroom_client::{Client, Environment, SystemClock};
use strongroom_crypto::SystemRng;
use strongroom_server::ServeOptions;
use strongroom_types::{Clock, ManualClock};
use tempfile::TempDir;

/// A day in milliseconds.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A server and a place for profiles. Everything is gone when it is dropped.
pub struct World {
    pub folder: TempDir,
    pub server: Server,
    pub liar: Arc<Liar>,
    /// The people's clock. The server has its own.
    pub clock: Arc<dyn Clock>,
}

impl World {
    /// Starts an honest server on a free port of the loopback.
    pub async fn start() -> Result<Self> {
        Self::start_with(|_| {}).await
    }

    /// The same with other options (clock, limits).
    pub async fn start_with(change: impl FnOnce(&mut ServeOptions)) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let liar = Liar::honest();
        let mut options =
            ServeOptions::new(folder.path().join("server"), ([127, 0, 0, 1], 0).into());
        options.wrap_router = Some(liar.wrap());
        change(&mut options);
        let server = Server::start(options).await?;
        Ok(Self {
            folder,
            server,
            liar,
            clock: Arc::new(SystemClock),
        })
    }

    /// Starts a server with a clock of the test's own.
    pub async fn start_at(clock: Arc<dyn Clock>) -> Result<Self> {
        Self::start_with(|options| options.clock = clock).await
    }

    /// Starts a server that can go away and come back ([`World::stop`], [`World::restart`]):
    /// nobody else takes its address meanwhile.
    pub async fn start_restartable() -> Result<Self> {
        let address = quiet_address().parse().context("no address")?;
        Self::start_with(|options| options.listen = address).await
    }

    /// The server ends; what people ask of it fails until [`World::restart`].
    pub async fn stop(&mut self) {
        self.server.stop().await;
    }

    /// Starts the server again on its data and its address. Options of its own that it was
    /// started with are forgotten.
    pub async fn restart(&mut self) -> Result<()> {
        self.server.restart(self.liar.wrap()).await
    }

    /// From now on the clock of people who open a profile is the test's, and stands still.
    pub fn hold_clock(&mut self) -> Arc<ManualClock> {
        let clock = Arc::new(ManualClock::at(self.clock.now_ms()));
        self.clock = clock.clone();
        clock
    }

    /// Where a person's profile lies.
    pub fn home(&self, name: &str) -> PathBuf {
        self.folder.path().join("profiles").join(name)
    }

    /// Opens a person's profile again, as their next command would. Close the client that has
    /// it open first.
    pub fn reopen(&self, name: &str) -> strongroom_client::Result<Client> {
        Client::open_with(&self.home(name), self.environment())
    }

    /// The same for somebody who tries to reach the server only once.
    pub fn reopen_impatient(&self, name: &str) -> strongroom_client::Result<Client> {
        Client::open_with(&self.home(name), self.environment().with_retries(0, 1))
    }

    /// The people's clock and the system's randomness.
    pub fn environment(&self) -> Environment {
        Environment::new(Arc::clone(&self.clock), Box::new(SystemRng))
    }

    /// Writes a file into the world's folder, to be put.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }
}

/// The result of something that must be stopped as tampering; gives the stable code.
pub fn stopped<T>(result: strongroom_client::Result<T>) -> Result<String> {
    match result {
        Ok(_) => bail!("the client believed the lie"),
        Err(error) if error.exit_code() == 5 => Ok(error.code().to_owned()),
        Err(error) => bail!(
            "the client failed, but not for integrity: {} ({error})",
            error.code()
        ),
    }
}
