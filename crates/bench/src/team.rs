//! One person with one vault and several devices: what appends are made with.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use strongroom_client::{
    Client, LoginRequest, Passphrase, Query, SignupRequest, TableDefinition, builtin_tables,
};
use strongroom_crypto::{SystemRng, sign::SignSecret};
use strongroom_format::{
    directory::DirectoryState,
    entry::{DeviceTip, UnverifiedEntry},
    record::{Fields, Value},
    vault_payload::VaultPayload,
};
use strongroom_types::{RecordId, VaultId};
use strongroom_vault::{Author, VaultMachine, seal_version};

/// Where the server is and how to begin there.
#[derive(clap::Args, Clone)]
pub struct Place {
    /// `https://localhost:PORT`
    #[arg(long)]
    pub url: String,
    /// The server's authority
    #[arg(long)]
    pub ca_file: PathBuf,
    /// The set-up code of a server without a tenant
    #[arg(long)]
    pub setup_code: String,
    /// An empty folder for profiles
    #[arg(long)]
    pub folder: PathBuf,
}

/// Every passphrase here protects nothing.
const PASSPHRASE: &str = "correct horse battery staple";
const NAME: &str = "Ada";
const TABLE: &str = "case";

/// The person, with a first device.
pub struct Team {
    place: Place,
    first: Client,
    kit: String,
    vault: VaultId,
}

impl Team {
    /// Signs up with a confirmed kit and makes a vault.
    pub async fn found(place: &Place) -> Result<Self> {
        let kit_path = place.folder.join("kit.txt");
        let (first, _) = Client::signup(SignupRequest {
            home: place.folder.join("device-0"),
            url: place.url.clone(),
            code: place.setup_code.clone(),
            name: NAME.to_owned(),
            ca_file: place.ca_file.clone(),
            passphrase: Passphrase::new(PASSPHRASE)?,
            device_name: "device 0".to_owned(),
            kit_out: Some(kit_path.clone()),
        })
        .await
        .context("cannot sign up")?;
        let vault = first.vault_create("bench").await?.vault;
        Ok(Self {
            place: place.clone(),
            first,
            kit: std::fs::read_to_string(kit_path)?,
            vault,
        })
    }

    pub fn vault(&self) -> VaultId {
        self.vault
    }

    pub fn first(&self) -> &Client {
        &self.first
    }

    /// Another device of the same person; it has not synced yet.
    pub async fn device(&self, number: usize) -> Result<Client> {
        Client::login(LoginRequest {
            home: self.place.folder.join(format!("device-{number}")),
            url: self.place.url.clone(),
            name: NAME.to_owned(),
            ca_file: self.place.ca_file.clone(),
            passphrase: Passphrase::new(PASSPHRASE)?,
            kit_text: Some(self.kit.clone()),
            device_name: format!("device {number}"),
        })
        .await
        .with_context(|| format!("cannot log in device {number}"))
    }

    /// The hands of a device: it must have synced.
    pub fn hand(&self, client: &Client) -> Result<Hand> {
        Ok(Hand {
            device: client.danger_device_secret(),
            machine: client.danger_machine(self.vault)?,
            directory: client.danger_directory()?,
            token: client.danger_session_token(),
            tip: None,
            count: 0,
        })
    }

    pub fn url(&self) -> &str {
        &self.place.url
    }

    pub fn ca_file(&self) -> &Path {
        &self.place.ca_file
    }
}

/// Filters as a person would.
pub fn query(filter: &str, sort: Option<&str>) -> Query {
    Query {
        filter: Some(filter.to_owned()),
        sort: sort.map(str::to_owned),
        limit: Some(100),
        ..Query::default()
    }
}

/// The table of all records here.
pub fn table() -> Result<&'static TableDefinition> {
    builtin_tables()
        .iter()
        .find(|table| table.name == TABLE)
        .context("the built-in table")
}

/// What one device writes entries with, without its profile in the way.
pub struct Hand {
    device: SignSecret,
    machine: VaultMachine,
    directory: DirectoryState,
    pub token: String,
    tip: Option<DeviceTip>,
    count: u64,
}

impl Hand {
    /// An entry that is thrown away: the next ones take its place.
    pub fn sample(&self) -> Result<UnverifiedEntry> {
        let mut author = Author::new(self.machine.state(), &self.directory, &self.device)?;
        let payload = seal(&self.machine, &author, 1_000)?;
        Ok(author.append(&payload))
    }

    /// The next entries: new records, sealed and signed.
    pub fn entries(&mut self, count: usize) -> Result<Vec<UnverifiedEntry>> {
        let mut author = Author::new(self.machine.state(), &self.directory, &self.device)?;
        if let Some(tip) = self.tip {
            author = author.with_tip(tip);
        }
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            self.count += 1;
            let payload = seal(&self.machine, &author, self.count)?;
            entries.push(author.append(&payload));
        }
        self.tip = author.tip();
        Ok(entries)
    }
}

fn seal(machine: &VaultMachine, author: &Author<'_>, number: u64) -> Result<VaultPayload> {
    let payload = seal_version(
        machine.keyring(),
        author.place(),
        table()?,
        RecordId::make(&mut SystemRng),
        Vec::new(),
        &fields(number),
        false,
        &mut SystemRng,
    )?;
    Ok(VaultPayload::Record(payload))
}

/// A record like those of an office: five fields, some text.
fn fields(number: u64) -> Fields {
    let status = ["open", "waiting", "closed"]
        .get(number as usize % 3)
        .copied()
        .unwrap_or("open");
    let text = |value: String| Value::Text(value);
    Fields::from([
        ("title".to_owned(), text(format!("Case number {number}"))),
        ("status".to_owned(), text(status.to_owned())),
        ("client".to_owned(), text(format!("Client {}", number % 997))),
        ("amount".to_owned(), text(format!("{}.50", number % 100_000))),
        ("date".to_owned(), text(format!("2026-{:02}-{:02}", 1 + number % 12, 1 + number % 28))),
        ("notes".to_owned(), text("Called back; papers are on their way.".to_owned())),
    ])
}
