//! A server in this process and people with their own profiles, all in one temporary folder.

use crate::liar::Liar;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::sync::Arc;
use strongroom_client::{
    Client, Environment, LoginRequest, Passphrase, RecoveryKit, SignupRequest, SystemClock,
};
use strongroom_crypto::SystemRng;
use strongroom_server::{RunningServer, ServeOptions, start};
use strongroom_types::{AccountRole, Clock};
use tempfile::TempDir;

/// The passphrase of everybody in a test.
pub const PASSPHRASE: &str = "correct horse battery staple";
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A server and a place for profiles. Everything is gone when it is dropped.
pub struct World {
    pub folder: TempDir,
    pub server: RunningServer,
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
        let server = start(options).await?;
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

    /// Where a person's profile lies.
    pub fn home(&self, name: &str) -> PathBuf {
        self.folder.path().join("profiles").join(name)
    }

    /// Signs up with the set-up code: the tenant's first administrator, with a confirmed kit.
    pub async fn founder(&self, name: &str) -> Result<Client> {
        let code = self
            .server
            .setup_code
            .clone()
            .context("the server has a tenant already")?;
        Ok(self.signup(name, code).await?.0)
    }

    /// Signs up by an invitation of `administrator`.
    pub async fn join(&self, administrator: &Client, name: &str) -> Result<Client> {
        let invitation = administrator
            .account_invite(AccountRole::Member, DAY_MS)
            .await?;
        Ok(self.signup(name, invitation.code).await?.0)
    }

    /// Signs up with any code; gives the kit too.
    pub async fn signup(&self, name: &str, code: String) -> Result<(Client, RecoveryKit)> {
        let request = SignupRequest {
            home: self.home(name),
            url: self.server.url.clone(),
            code,
            name: name.to_owned(),
            ca_file: self.server.ca_file.clone(),
            passphrase: Passphrase::new(PASSPHRASE)?,
            device_name: "test".to_owned(),
            kit_out: Some(self.kit_file(name)),
        };
        Ok(Client::signup_with(request, self.environment()).await?)
    }

    /// Where a person's recovery kit lies.
    pub fn kit_file(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.kit"))
    }

    /// Opens a person's profile again, as their next command would. Close the client that has
    /// it open first.
    pub fn reopen(&self, name: &str) -> Result<Client> {
        Ok(Client::open_with(&self.home(name), self.environment())?)
    }

    fn environment(&self) -> Environment {
        Environment::new(Arc::clone(&self.clock), Box::new(SystemRng))
    }

    /// Logs in on a new machine, with the device secret from the kit.
    pub async fn login_elsewhere(&self, name: &str, machine: &str) -> Result<Client> {
        let request = LoginRequest {
            home: self.folder.path().join("profiles").join(machine),
            url: self.server.url.clone(),
            name: name.to_owned(),
            ca_file: self.server.ca_file.clone(),
            passphrase: Passphrase::new(PASSPHRASE)?,
            kit_text: Some(std::fs::read_to_string(self.kit_file(name))?),
            device_name: machine.to_owned(),
        };
        Ok(Client::login_with(request, self.environment()).await?)
    }
}

/// Text fields as the CLI would type them.
pub fn set(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
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
