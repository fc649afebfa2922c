//! One person with one vault and several devices, without profiles: what appends are made with.

use crate::wire::Connection;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use strongroom_crypto::{
    Secret16, SystemRng,
    opaque::{ClientRegistration, Identifiers},
    sha256,
    sign::SignSecret,
};
use strongroom_format::{
    directory::DirectoryState,
    entry::{DeviceTip, UnverifiedEntry},
    record::{Fields, Value},
    table::TableDefinition,
    transport::{Append, Page, Wraps},
    vault_payload::{VaultKind, VaultPayload},
    wallet::SlotKind,
};
use strongroom_types::{IdentityId, RecordId, TenantId, VaultId};
use strongroom_vault::{
    Author, DirectoryRecovery, IdentitySecret, NewPerson, RecoveryKit, SlotKeys, Unlocked,
    VaultMachine, Wallet, kit,
    person::enrol_device,
    record::{NewVersion, seal_version},
};
use strongroom_wire::{
    RecoveryConfirm, SessionCreated, SignupFinish, SignupProof, SignupStart, SignupStarted,
};

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

/// It protects nothing.
pub const PASSPHRASE: &str = "correct horse battery staple";
pub const NAME: &str = "Ada";

/// The person. All devices write under one session, as the server allows: it looks at whose
/// they are.
pub struct Team {
    place: Place,
    token: String,
    tenant: TenantId,
    identity: IdentityId,
    directory: DirectoryState,
    devices: Vec<SignSecret>,
    vault: VaultId,
    /// The vault as it was made; every hand begins there.
    machine: Vec<u8>,
    /// The recovery kit's text, with which profiles log in.
    pub kit: String,
}

impl Team {
    /// Signs up, proves the kit, enrols devices, makes a vault.
    pub fn found(place: &Place, devices: usize) -> Result<Self> {
        let mut connection = Connection::open(&place.url, &place.ca_file, "")?;
        let signed_up = sign_up(&mut connection, place).context("cannot sign up")?;
        let mut team = Self {
            place: place.clone(),
            token: signed_up.token,
            tenant: signed_up.tenant,
            identity: signed_up.identity.identity(),
            directory: signed_up.directory,
            devices: vec![signed_up.device],
            vault: VaultId::ZERO,
            machine: Vec::new(),
            kit: signed_up.kit,
        };
        for number in 1..devices {
            team.enrol(&mut connection, &signed_up.identity, number)
                .context("cannot enrol a device")?;
        }
        team.make_vault(&mut connection, &signed_up.wallet)
            .context("cannot make a vault")?;
        Ok(team)
    }

    fn enrol(
        &mut self,
        connection: &mut Connection,
        identity: &IdentitySecret,
        number: usize,
    ) -> Result<()> {
        let device = SignSecret::make(&mut SystemRng);
        let name = format!("device {number}");
        let entry = enrol_device(&self.directory, identity, &device, &name)?;
        let append = Append::of(vec![entry.clone()]);
        connection.post("/v1/directory/entries", &append.to_bytes())?;
        self.directory.apply(&entry)?;
        self.devices.push(device);
        Ok(())
    }

    fn make_vault(&mut self, connection: &mut Connection, wallet: &Wallet<Unlocked>) -> Result<()> {
        let device = self.devices.first().context("a first device")?;
        let (vault, append) = VaultMachine::create_vault(
            VaultKind::Shared,
            "bench",
            &self.directory,
            device,
            &mut SystemRng,
        )?;
        connection.post("/v1/vaults", &append.to_bytes())?;
        let page = connection.get(&format!("/v1/vaults/{vault}/entries"))?;
        let page = Page::from_bytes(page)?;
        let mut machine = VaultMachine::new(self.tenant, vault, self.identity);
        let directory = self.directory.head();
        let hash_at = |index| {
            directory
                .filter(|head| head.index == index)
                .map(|head| head.hash)
        };
        machine.apply_page(page.entries, &self.directory, &hash_at)?;
        machine.finish_sync(page.head)?;
        if let Some(epoch) = machine.needs_wraps() {
            let wraps = connection.get(&format!("/v1/vaults/{vault}/wraps/{}", epoch.0))?;
            let wraps = Wraps::from_bytes(wraps)?;
            machine.take_wraps(&wraps, &wallet.wrap_seeds(), &self.directory)?;
        }
        self.machine = machine.snapshot().to_vec();
        self.vault = vault;
        Ok(())
    }

    /// Reads what came to the directory since, another device for example: entries must not
    /// name an older directory than the log has seen.
    pub fn catch_up(&mut self) -> Result<()> {
        let after = self.directory.head().context("a directory")?.index;
        let mut connection = self.connect()?;
        let page = connection.get(&format!("/v1/directory/entries?after={after}"))?;
        for entry in Page::from_bytes(page)?.entries {
            self.directory.apply(&entry.entry)?;
        }
        Ok(())
    }

    /// The address that entries are posted to.
    pub fn entries_path(&self) -> String {
        format!("/v1/vaults/{}/entries", self.vault)
    }

    /// A new connection with the person's session.
    pub fn connect(&self) -> Result<Connection> {
        Connection::open(&self.place.url, &self.place.ca_file, &self.token)
    }

    pub fn vault(&self) -> VaultId {
        self.vault
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The hands of all devices.
    pub fn into_hands(mut self) -> Result<(Self, Vec<Hand>)> {
        let devices = std::mem::take(&mut self.devices);
        let mut hands = Vec::with_capacity(devices.len());
        for device in devices {
            hands.push(Hand {
                device,
                machine: VaultMachine::restore(&self.machine)?,
                directory: self.directory.clone(),
                table: table()?,
                tip: None,
                count: 0,
            });
        }
        Ok((self, hands))
    }
}

struct SignedUp {
    token: String,
    tenant: TenantId,
    identity: IdentitySecret,
    device: SignSecret,
    directory: DirectoryState,
    wallet: Wallet<Unlocked>,
    kit: String,
}

/// The steps of `Client::signup`, without a profile.
fn sign_up(connection: &mut Connection, place: &Place) -> Result<SignedUp> {
    let rng = &mut SystemRng;
    let proof = SignupProof::Setup {
        code: place.setup_code.clone(),
    };
    let passphrase = PASSPHRASE.as_bytes();
    let (registration, request) = ClientRegistration::start(passphrase, rng)?;
    let start = SignupStart {
        proof: proof.clone(),
        name: NAME.to_owned(),
        opaque_request: request.into(),
    };
    let started: SignupStarted = connection.post_json("/v1/signup/start", &start)?;
    let (upload, export_key) = registration.finish(
        passphrase,
        &started.opaque_response.0,
        &Identifiers::default(),
        rng,
    )?;

    let person = NewPerson::make(NAME, "device 0", rng)?;
    let directory_recovery = DirectoryRecovery::make(rng);
    let genesis = person.found(&directory_recovery, rng);
    let tenant = TenantId::from_bytes(*genesis.body_hash().as_bytes());
    let (recovery, device_secret) = (Secret16::make(rng), Secret16::make(rng));
    let by_passphrase = SlotKeys::passphrase(export_key.danger_bytes(), &device_secret);
    let by_recovery = SlotKeys::recovery(&recovery);
    let slots = [
        (SlotKind::Passphrase, &by_passphrase),
        (SlotKind::Recovery, &by_recovery),
    ];
    let mut wallet = Wallet::create(tenant, &person, &slots, 0, rng)?;
    let stored = wallet.seal(rng);
    let finish = SignupFinish {
        proof,
        signup: started.signup,
        opaque_upload: upload.into(),
        entry: genesis.to_bytes().into(),
        wallet: stored.to_bytes().into(),
        recover_auth_hash: kit::recover_auth_hash(&recovery),
    };
    let session: SessionCreated = connection.post_json("/v1/signup/finish", &finish)?;
    connection.log_in(&session.session_token);
    let confirm = RecoveryConfirm {
        auth: kit::recover_auth(&recovery),
    };
    let () = connection.post_json("/v1/account/recovery-confirm", &confirm)?;
    wallet.saved(stored);
    let mut directory = DirectoryState::new(Some(tenant));
    directory.apply(&genesis)?;
    let kit = RecoveryKit {
        server_url: place.url.clone(),
        ca_fingerprint: fingerprint(&place.ca_file)?,
        tenant,
        name: NAME.to_owned(),
        recovery,
        device_secret,
        directory_recovery: None,
        keep_earlier_page: false,
    };
    Ok(SignedUp {
        token: session.session_token,
        tenant,
        identity: wallet.open_identity(SlotKind::Recovery, by_recovery.identity_key())?,
        device: person.into_device(),
        directory,
        wallet,
        kit: kit.to_text().to_string(),
    })
}

fn fingerprint(ca_file: &Path) -> Result<strongroom_types::Digest> {
    use rustls_pki_types::{CertificateDer, pem::PemObject};
    let certificate = CertificateDer::from_pem_file(ca_file)?;
    Ok(sha256(&certificate))
}

/// The table of all records here: that of `apps/builtin/tables/case.json`.
pub fn table() -> Result<TableDefinition> {
    Ok(TableDefinition::from_json(include_str!(
        "../../../apps/builtin/tables/case.json"
    ))?)
}

/// What one device writes entries with, without its profile in the way.
pub struct Hand {
    device: SignSecret,
    machine: VaultMachine,
    directory: DirectoryState,
    table: TableDefinition,
    tip: Option<DeviceTip>,
    count: u64,
}

impl Hand {
    /// An entry that is thrown away: the next ones take its place.
    pub fn sample(&self) -> Result<UnverifiedEntry> {
        let mut author = Author::new(self.machine.state(), &self.directory, &self.device)?;
        let payload = seal(&self.machine, &author, &self.table, 1_000)?;
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
            let payload = seal(&self.machine, &author, &self.table, self.count)?;
            entries.push(author.append(&payload));
        }
        self.tip = author.tip();
        Ok(entries)
    }
}

fn seal(
    machine: &VaultMachine,
    author: &Author<'_>,
    table: &TableDefinition,
    number: u64,
) -> Result<VaultPayload> {
    let payload = seal_version(
        machine.keyring(),
        author.place(),
        table,
        NewVersion {
            record: RecordId::make(&mut SystemRng),
            parents: Vec::new(),
            deleted: false,
        },
        &fields(number),
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
        (
            "client".to_owned(),
            text(format!("Client {}", number % 997)),
        ),
        (
            "amount".to_owned(),
            text(format!("{}.50", number % 100_000)),
        ),
        (
            "date".to_owned(),
            text(format!(
                "2026-{:02}-{:02}",
                1 + number % 12,
                1 + number % 28
            )),
        ),
        (
            "notes".to_owned(),
            text("Called back; papers are on their way.".to_owned()),
        ),
    ])
}
