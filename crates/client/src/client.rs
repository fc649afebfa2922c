//! The client: an opened, logged-in profile.

use crate::cache::Cache;
use crate::environment::{Environment, SharedRng};
use crate::http::Http;
use crate::profile::{ProfileDir, ProfileFacts, ProfileLock};
use crate::{ClientError, Result};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use strongroom_crypto::SymmetricKey;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::directory::DirectoryState;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::{Unlocked, VaultMachine, Wallet, local};
use zeroize::Zeroizing;

/// Names of values in the cache.
pub(crate) mod meta {
    pub const TOKEN: &str = "token";
    pub const DEVICE_SEED: &str = "device_seed";
    pub const SLOT_KEY: &str = "slot_key";
    pub const WALLET: &str = "wallet";
    pub const DIRECTORY: &str = "directory";
    pub const DIRECTORY_SEEN: &str = "directory_seen";
    pub const ACCOUNT: &str = "account";
    pub const FRESH: &str = "fresh_device";
    pub const CONTACT: &str = "contact_ms";
    /// Hash of the identity key that a renewal under way puts in force.
    pub const RENEWAL: &str = "renewal";
}

/// An opened, logged-in profile. Every method takes `&self`; what it does to the profile it
/// does under a lock, so that two commands at once do not disturb each other.
///
/// ```no_run
/// # async fn example() -> Result<(), strongroom_client::ClientError> {
/// use strongroom_client::{Client, NoProgress, PutOptions, Query, Source};
/// let client = Client::open("/home/alice/.strongroom".as_ref())?;
/// let vault = client.resolve_vault("Smith v. Jones").await?;
/// let set = [("title".to_owned(), "First meeting".to_owned())];
/// let record = client.record_add(vault, "case", &set).await?.record;
/// let source = Source::Path("minutes.pdf".as_ref());
/// client.file_put(record, source, &PutOptions::default(), &NoProgress).await?;
/// let query = Query { filter: Some("status = open".into()), ..Query::default() };
/// for line in client.record_list(vault, "case", &query).await?.records {
///     println!("{} {:?}", line.record, line.fields);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    engine: tokio::sync::Mutex<Engine>,
}

/// What needs no lock.
pub(crate) struct Shared {
    pub http: Http,
    pub profile: ProfileDir,
    pub facts: ProfileFacts,
    pub environment: Environment,
    pub device: SignSecret,
}

impl Shared {
    pub fn rng(&self) -> SharedRng {
        self.environment.rng()
    }

    pub fn now_ms(&self) -> TimestampMs {
        self.environment.now_ms()
    }

    /// Days since 1970-01-01.
    pub fn today(&self) -> u64 {
        self.now_ms() / 86_400_000
    }

    pub fn owner(&self) -> local::LocalOwner {
        local::LocalOwner {
            tenant: self.facts.tenant,
            identity: self.facts.identity,
            device: self.facts.device,
        }
    }
}

/// The cache and the replayed states over it.
pub(crate) struct Engine {
    pub cache: Cache,
    me: IdentityId,
    device: DeviceId,
    tenant: TenantId,
    loaded: Option<Loaded>,
    data_version: i64,
    /// Vaults whose log did not prove itself in the last reading: code and message.
    troubles: HashMap<VaultId, (String, String)>,
}

struct Loaded {
    directory: Arc<DirectoryState>,
    wallet: Wallet<Unlocked>,
    machines: HashMap<VaultId, VaultMachine>,
}

/// The engine, held by one command.
pub(crate) struct Guard<'a> {
    engine: tokio::sync::MutexGuard<'a, Engine>,
    _lock: ProfileLock,
}

impl Deref for Guard<'_> {
    type Target = Engine;
    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut Engine {
        &mut self.engine
    }
}

impl Client {
    /// Opens the profile in `home`, which must be logged in.
    ///
    /// # Errors
    /// `not_found` where there is no profile, `logged_out` where nobody is logged in.
    pub fn open(home: &Path) -> Result<Self> {
        Self::open_with(home, Environment::default())
    }

    /// As [`Client::open`], with a clock and randomness of the caller's.
    ///
    /// # Errors
    /// As [`Client::open`].
    pub fn open_with(home: &Path, environment: Environment) -> Result<Self> {
        let profile = ProfileDir::at(home);
        let facts = profile
            .facts()?
            .filter(|facts| facts.complete)
            .ok_or_else(|| {
                ClientError::not_found(format!("there is no profile in {}", home.display()))
                    .with_hint("sign up (strongroom signup) or log in (strongroom login)")
            })?;
        let logged_out = || {
            ClientError::refused("logged_out", format!("{} is logged out", facts.name))
                .with_hint("log in: strongroom login")
        };
        let key = profile.local_key()?.ok_or_else(logged_out)?;
        let slot = profile.local_slot()?.ok_or_else(logged_out)?;
        let owner = local::LocalOwner {
            tenant: facts.tenant,
            identity: facts.identity,
            device: facts.device,
        };
        let damaged = || {
            ClientError::failed("profile", "the profile's files do not belong together")
                .with_hint("log out and log in again")
        };
        let cache_key = local::open(&key, owner, local::LocalPurpose::Cache, &slot)
            .ok()
            .and_then(|key| SymmetricKey::from_slice(&key))
            .ok_or_else(damaged)?;
        let cache = Cache::open(&profile.cache_path(), cache_key)?;
        let http = Http::new(&facts.url, &profile.ca_pem()?, environment.clone())?;
        let token = cache.meta(meta::TOKEN)?.ok_or_else(logged_out)?;
        http.set_token(String::from_utf8(token.to_vec()).ok().map(Zeroizing::new));
        let seed = cache.meta(meta::DEVICE_SEED)?.ok_or_else(logged_out)?;
        let seed: Zeroizing<[u8; 64]> =
            Zeroizing::new(seed.as_slice().try_into().map_err(|_| damaged())?);
        let device = SignSecret::from_seed(&seed);
        let engine = Engine {
            cache,
            me: facts.identity,
            device: facts.device,
            tenant: facts.tenant,
            loaded: None,
            data_version: 0,
            troubles: HashMap::new(),
        };
        Ok(Self {
            shared: Arc::new(Shared {
                http,
                profile,
                facts,
                environment,
                device,
            }),
            engine: tokio::sync::Mutex::new(engine),
        })
    }

    /// The profile's folder.
    pub fn home(&self) -> &Path {
        self.shared.profile.path()
    }

    /// The profile's facts: server, name, ids. Nothing secret.
    pub fn facts(&self) -> &ProfileFacts {
        &self.shared.facts
    }

    /// Takes the profile for one command.
    pub(crate) async fn engine(&self) -> Result<Guard<'_>> {
        let mut engine = self.engine.lock().await;
        let lock = self.shared.profile.lock().await?;
        engine.cache.settle()?;
        let version = engine.cache.data_version()?;
        if version != engine.data_version {
            engine.forget();
            engine.data_version = version;
        }
        Ok(Guard {
            engine,
            _lock: lock,
        })
    }
}

impl Engine {
    /// Drops the replayed states; they are read from the cache again when needed.
    pub fn forget(&mut self) {
        self.loaded = None;
    }

    fn loaded(&mut self) -> Result<&mut Loaded> {
        let loaded = match self.loaded.take() {
            Some(loaded) => loaded,
            None => self.load()?,
        };
        Ok(self.loaded.insert(loaded))
    }

    fn load(&self) -> Result<Loaded> {
        let directory = match self.cache.meta(meta::DIRECTORY)? {
            Some(snapshot) => DirectoryState::from_snapshot(&snapshot)?,
            None => DirectoryState::new(Some(self.tenant)),
        };
        let incomplete = || {
            ClientError::failed("cache", "the local cache is incomplete")
                .with_hint("log out and log in again to make it anew")
        };
        let stored = self.cache.meta(meta::WALLET)?.ok_or_else(incomplete)?;
        let slot_key = self
            .cache
            .meta(meta::SLOT_KEY)?
            .and_then(|key| SymmetricKey::from_slice(&key))
            .ok_or_else(incomplete)?;
        let wallet = Wallet::from_bytes(self.tenant, self.me, &stored)?
            .open(SlotKind::Passphrase, &slot_key)?;
        Ok(Loaded {
            directory: Arc::new(directory),
            wallet,
            machines: HashMap::new(),
        })
    }

    /// The replayed directory.
    pub fn directory(&mut self) -> Result<Arc<DirectoryState>> {
        Ok(Arc::clone(&self.loaded()?.directory))
    }

    /// Puts a newer directory in place and saves it.
    ///
    /// # Errors
    /// Integrity where the first one after a rebuild of the cache does not contain the place
    /// that was seen before it.
    pub fn set_directory(&mut self, directory: DirectoryState) -> Result<()> {
        if self.directory()?.head().is_none() {
            let seen = self.cache.directory_seen()?;
            strongroom_vault::directory::check_known(&directory, seen)?;
        }
        if let Some(head) = directory.head() {
            self.cache.set_directory_seen(head)?;
        }
        self.cache
            .set_meta(meta::DIRECTORY, &directory.to_snapshot())?;
        self.loaded()?.directory = Arc::new(directory);
        Ok(())
    }

    /// The open wallet.
    pub fn wallet(&mut self) -> Result<&mut Wallet<Unlocked>> {
        Ok(&mut self.loaded()?.wallet)
    }

    /// A vault's machine, from its snapshot or new.
    pub fn machine(&mut self, vault: VaultId) -> Result<&mut VaultMachine> {
        let (tenant, me) = (self.tenant, self.me);
        let known = self
            .loaded
            .as_ref()
            .is_some_and(|loaded| loaded.machines.contains_key(&vault));
        let restored = if known {
            None
        } else {
            match self.cache.vault_snapshot(vault)? {
                Some(snapshot) if !snapshot.is_empty() => Some(VaultMachine::restore(&snapshot)?),
                _ => None,
            }
        };
        match self.loaded()?.machines.entry(vault) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                Ok(entry.insert(restored.unwrap_or_else(|| VaultMachine::new(tenant, vault, me))))
            }
        }
    }

    /// Takes a machine out, to work on it while the cache is in use.
    pub fn take_machine(&mut self, vault: VaultId) -> Result<VaultMachine> {
        self.machine(vault)?;
        self.loaded()?
            .machines
            .remove(&vault)
            .ok_or_else(|| ClientError::failed("internal", "a vault's state is in use"))
    }

    /// Puts a machine back.
    pub fn put_machine(&mut self, machine: VaultMachine) -> Result<()> {
        let vault = machine.vault();
        self.loaded()?.machines.insert(vault, machine);
        Ok(())
    }

    /// Reads as if the edits that wait had been sent already. Nothing may be written inside.
    pub fn with_queued<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let laid = self.cache.show_queued(self.tenant, self.me, self.device)?;
        let result = read(self);
        if laid {
            self.cache.hide_queued()?;
        }
        result
    }

    /// Notes that a vault did not prove itself; the others stay in use.
    pub fn set_trouble(&mut self, vault: VaultId, error: &ClientError) {
        let told = (error.code().to_owned(), error.to_string());
        self.troubles.insert(vault, told);
    }

    /// Forgets what was noted before a new reading.
    pub fn clear_trouble(&mut self, vault: VaultId) {
        self.troubles.remove(&vault);
    }

    /// Stops what concerns a vault that did not prove itself; without `vault`, any.
    ///
    /// # Errors
    /// The integrity error that was noted.
    pub fn check_trouble(&self, vault: Option<VaultId>) -> Result<()> {
        let found = match vault {
            Some(vault) => self.troubles.get(&vault),
            None => self.troubles.values().next(),
        };
        match found {
            Some((code, message)) => Err(ClientError::integrity(code.clone(), message.clone())),
            None => Ok(()),
        }
    }

    /// The own identity.
    pub fn me(&self) -> IdentityId {
        self.me
    }

    /// The tenant.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// A person's name, or the beginning of their id.
    pub fn name_of(&mut self, identity: IdentityId) -> String {
        self.directory()
            .ok()
            .and_then(|directory| directory.identity(identity).map(|known| known.name.clone()))
            .unwrap_or_else(|| identity.short())
    }
}
