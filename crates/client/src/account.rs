//! Coming and going: sign up, log in, recover, log out.

mod ceremony;
mod credentials;
mod devices;
mod organisation;
mod recover;
mod renewal;
mod signup;

pub(crate) use ceremony::{Registration, opaque_login};
pub use recover::RecoverRequest;
pub use signup::SignupRequest;

use crate::cache::{Cache, put_meta};
use crate::client::{Client, meta};
use crate::http::{Auth, Http, tls};
use crate::profile::{ProfileDir, ProfileFacts};
use crate::sync::read_directory_from;
use crate::views::WhoAmI;
use crate::{ClientError, Environment, Passphrase, Result};
use reqwest::Method;
use std::io::Read;
use std::path::{Path, PathBuf};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{Rng, Secret16, SymmetricKey};
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::person::device_id;
use strongroom_format::transport::Append;
use strongroom_format::wallet::SlotKind;
use strongroom_format::{context, names};
use strongroom_types::*;
use strongroom_vault::local::{LocalOwner, LocalPurpose};
use strongroom_vault::wallet::log_of_directory;
use strongroom_vault::{
    IntegrityError, RecoveryKit, SlotKeys, Unlocked, Wallet, directory, local, person,
};
use strongroom_wire::{AccountView, Appended, ProblemCode, ServerInfo, WalletView};
use zeroize::Zeroizing;

/// A login.
pub struct LoginRequest {
    /// The profile's folder.
    pub home: PathBuf,
    /// `https://HOST:PORT`.
    pub url: String,
    pub name: String,
    /// The server's CA certificate (PEM).
    pub ca_file: PathBuf,
    pub passphrase: Passphrase,
    /// On a machine without this account's device secret: the text of the recovery kit, where
    /// it is printed.
    pub kit_text: Option<String>,
    /// What the device list shows, for example `laptop`.
    pub device_name: String,
}

/// What a login, sign-up or recovery leaves behind to be saved.
struct NewSession {
    profile: ProfileDir,
    environment: Environment,
    facts: ProfileFacts,
    token: Zeroizing<String>,
    wallet: Vec<u8>,
    slot_key: SymmetricKey,
    device: SignSecret,
    directory: DirectoryState,
}

impl NewSession {
    /// Saves everything so that a kill at any place leaves a profile that can log in.
    fn open(self, passphrase: &Passphrase, device_secret: &Secret16) -> Result<Client> {
        let mut rng = self.environment.rng();
        let owner = LocalOwner {
            tenant: self.facts.tenant,
            identity: self.facts.identity,
            device: self.facts.device,
        };
        self.profile.write_device_secret(device_secret)?;
        let sealed = seal_device(&self.device, owner, passphrase, device_secret, &mut rng);
        self.profile.write_device_box(&sealed)?;
        self.profile.write_facts(&ProfileFacts {
            complete: false,
            ..self.facts.clone()
        })?;
        let (mut cache, fresh) = match open_cache(&self.profile, owner)? {
            Some(cache) => (cache, false),
            None => {
                self.profile.remove_session()?;
                let cache_key = SymmetricKey::make(&mut rng);
                let local_key = SymmetricKey::make(&mut rng);
                let slot = local::seal(
                    &local_key,
                    owner,
                    LocalPurpose::Cache,
                    cache_key.danger_bytes(),
                    &mut rng,
                );
                let cache = Cache::open(&self.profile.cache_path(), cache_key)?;
                self.profile.write_local(&local_key, &slot)?;
                (cache, true)
            }
        };
        cache.set_durable(true)?;
        let snapshot = self.directory.to_snapshot();
        let seed = self.device.danger_seed();
        cache.transaction(|connection| {
            put_meta(connection, meta::TOKEN, self.token.as_bytes())?;
            put_meta(connection, meta::DEVICE_SEED, &seed[..])?;
            put_meta(connection, meta::SLOT_KEY, self.slot_key.danger_bytes())?;
            put_meta(connection, meta::WALLET, &self.wallet)?;
            put_meta(connection, meta::DIRECTORY, &snapshot)?;
            if fresh {
                put_meta(connection, meta::FRESH, b"1")?;
            }
            Ok(())
        })?;
        drop(cache);
        self.profile.write_facts(&ProfileFacts {
            complete: true,
            ..self.facts
        })?;
        Client::open_with(self.profile.path(), self.environment)
    }
}

/// The cache of a profile that is logged in, if it opens.
fn open_cache(profile: &ProfileDir, owner: LocalOwner) -> Result<Option<Cache>> {
    let (Some(key), Some(slot)) = (profile.local_key()?, profile.local_slot()?) else {
        return Ok(None);
    };
    let opened = local::open(&key, owner, LocalPurpose::Cache, &slot)
        .ok()
        .and_then(|key| SymmetricKey::from_slice(&key));
    Ok(opened.and_then(|key| Cache::open(&profile.cache_path(), key).ok()))
}

impl Client {
    /// Logs in. A machine that this account was on before is the same device again; another
    /// one is enrolled.
    ///
    /// # Errors
    /// `wrong_credentials`; usage where the machine lacks the device secret; integrity where
    /// wallet or directory do not prove themselves.
    pub async fn login(request: LoginRequest) -> Result<Self> {
        Self::login_with(request, Environment::default()).await
    }

    /// As [`Client::login`], with a clock and randomness of the caller's.
    ///
    /// # Errors
    /// As [`Client::login`].
    pub async fn login_with(request: LoginRequest, environment: Environment) -> Result<Self> {
        let ca_pem = read_ca_file(&request.ca_file)?;
        let http = Http::new(&request.url, &ca_pem, environment.clone())?;
        let profile = ProfileDir::at(&request.home);
        profile.create()?;
        let lock = profile.lock().await?;
        let facts = profile.facts()?;
        if let Some(facts) = &facts {
            let same = facts.url == http.origin()
                && names::look(&facts.name) == names::look(&request.name);
            if facts.complete && !same {
                return Err(other_profile(facts));
            }
        }
        let device_secret = device_secret(&profile, request.kit_text.as_deref(), &ca_pem)?;
        let (session, export_key) = opaque_login(
            &http,
            &environment,
            &request.name,
            facts.as_ref().filter(|f| f.complete).map(|f| f.tenant),
            &request.passphrase,
            &request.device_name,
            false,
        )
        .await?;
        if let Some(facts) = facts.as_ref().filter(|facts| facts.complete)
            && (facts.tenant, facts.identity) != (session.tenant, session.identity)
        {
            return Err(IntegrityError::ForeignTenant { index: 0 }.into());
        }
        let token = Zeroizing::new(session.session_token);
        let auth = Auth::Bearer(&token);
        let view: WalletView = http.get_json("/v1/wallet", auth).await?;
        let keys = SlotKeys::passphrase(export_key.danger_bytes(), &device_secret);
        let wallet = Wallet::from_bytes(session.tenant, session.identity, &view.wallet.0)?
            .open(SlotKind::Passphrase, keys.slot_key())?;
        let mut directory = verified_directory(&http, auth, &wallet, session.tenant).await?;
        let head = directory.head().map_or(0, |head| head.index);
        let known = facts.as_ref().and_then(|facts| {
            let owner = LocalOwner {
                tenant: session.tenant,
                identity: session.identity,
                device: facts.device,
            };
            let device = open_device(&profile, owner, &request.passphrase, &device_secret)
                .or_else(|| cached_device(&profile, owner))?;
            directory
                .device_active_at(facts.device, head)
                .then_some((device, facts.device_name.clone()))
        });
        let (device, device_name) = match known {
            Some(known) => known,
            None => {
                let device = SignSecret::make(&mut environment.rng());
                let identity = wallet.open_identity(SlotKind::Passphrase, keys.identity_key())?;
                enrol(&http, auth, &mut directory, &mut |directory| {
                    Ok(person::enrol_device(
                        directory,
                        &identity,
                        &device,
                        &request.device_name,
                    )?)
                })
                .await?;
                (device, request.device_name.clone())
            }
        };
        profile.write_ca(&ca_pem)?;
        let name = directory
            .identity(session.identity)
            .map_or(request.name, |known| known.name.clone());
        let facts = ProfileFacts {
            format: 1,
            url: http.origin(),
            name,
            tenant: session.tenant,
            identity: session.identity,
            device: device_id(device.public()),
            device_name,
            complete: true,
        };
        let [slot_key, _] = copies(&keys);
        let session = NewSession {
            profile,
            environment,
            facts,
            token,
            wallet: view.wallet.0,
            slot_key,
            device,
            directory,
        };
        let client = session.open(&request.passphrase, &device_secret)?;
        drop(lock);
        Ok(client)
    }

    /// Ends the session at the server and removes cache and local key. The device key stays,
    /// boxed under the passphrase, so that the next login is the same device.
    ///
    /// # Errors
    /// Conflict while edits made offline were not sent.
    pub async fn logout(self) -> Result<()> {
        let mut engine = self.engine().await?;
        if !engine.cache.edits()?.is_empty() {
            let mut done = crate::views::SyncDone::default();
            let sent = self.send_waiting(&mut engine, &mut done).await;
            if sent.is_err() || !engine.cache.edits()?.is_empty() {
                return Err(ClientError::conflict(
                    "edits_waiting",
                    "edits made offline were not sent yet and would be lost",
                )
                .with_hint("run strongroom sync while the server can be reached, then log out"));
            }
        }
        let ended = self
            .shared
            .http
            .send_empty(Method::POST, "/v1/logout", Auth::Session)
            .await;
        if let Err(error) = ended {
            // The token is gone from here in any case; the server lets it expire.
            tracing::warn!(
                code = error.code(),
                "the session could not be ended at the server"
            );
        }
        self.shared.profile.remove_session()
    }

    /// Who the profile belongs to and what the server says of the account. Offline, what was
    /// known last.
    ///
    /// # Errors
    /// `unauthenticated` where the session has ended.
    pub async fn whoami(&self) -> Result<WhoAmI> {
        let mut engine = self.engine().await?;
        let fetched: Result<AccountView> = self
            .shared
            .http
            .get_json("/v1/account", Auth::Session)
            .await;
        let (view, online) = match fetched {
            Ok(view) => {
                let known = serde_json::to_vec(&view)?;
                engine.cache.set_meta(meta::ACCOUNT, &known)?;
                (view, true)
            }
            Err(error) if error.is_offline() => {
                let known = engine.cache.meta(meta::ACCOUNT)?.ok_or(error)?;
                (serde_json::from_slice(&known)?, false)
            }
            Err(error) => return Err(error),
        };
        let facts = &self.shared.facts;
        if (view.tenant, view.identity) != (facts.tenant, facts.identity) {
            return Err(IntegrityError::ForeignTenant { index: 0 }.into());
        }
        let directory = engine.directory()?;
        let known = directory.identity(facts.identity);
        Ok(WhoAmI {
            url: facts.url.clone(),
            account: view.account,
            tenant: facts.tenant,
            identity: facts.identity,
            device: facts.device,
            device_name: facts.device_name.clone(),
            name: known.map_or_else(|| facts.name.clone(), |known| known.name.clone()),
            account_role: known.map_or(view.account_role.0, |known| known.account_role),
            file_max_bytes: view.quota.file_max_bytes,
            total_max_bytes: view.quota.total_max_bytes,
            used_bytes: view.used_bytes,
            recovery_confirmed: view.recovery_confirmed,
            online,
        })
    }
}

/// What anybody may know of a server, over a connection that the CA file vouches for.
///
/// # Errors
/// `offline`, `wrong_ca`.
pub async fn server_info(url: &str, ca_file: &Path) -> Result<ServerInfo> {
    let ca_pem = read_ca_file(ca_file)?;
    Http::new(url, &ca_pem, Environment::default())?
        .get_json("/v1/server", Auth::None)
        .await
}

fn copies(keys: &SlotKeys) -> [SymmetricKey; 2] {
    [
        keys.slot_key().danger_duplicate(),
        keys.identity_key().danger_duplicate(),
    ]
}

pub(crate) fn read_ca_file(path: &Path) -> Result<Vec<u8>> {
    let file = std::fs::File::open(path).map_err(|error| {
        ClientError::usage(format!("the CA file {} cannot be read", path.display()))
            .with_hint(
                "use the file that the server names as its CA, for example strongroom-data/ca.pem",
            )
            .with_source(error)
    })?;
    let mut pem = Vec::new();
    file.take(tls::CA_FILE_MAX_BYTES).read_to_end(&mut pem)?;
    Ok(pem)
}

fn other_profile(facts: &ProfileFacts) -> ClientError {
    ClientError::usage(format!(
        "this folder holds the profile of {} at {}",
        facts.name, facts.url
    ))
    .with_hint("choose another folder with --home or STRONGROOM_HOME")
}

pub(crate) fn read_kit(text: &str) -> Result<RecoveryKit> {
    RecoveryKit::from_text(text)
        .map_err(|error| ClientError::usage(error.to_string()).with_source(error))
}

/// Refuses a kit of another server before anything of it is used.
fn check_kit(kit: &RecoveryKit, ca_pem: &[u8]) -> Result<()> {
    if kit.ca_fingerprint.to_string() == tls::fingerprint(&tls::read_ca(ca_pem)?) {
        return Ok(());
    }
    Err(
        ClientError::usage("the recovery kit names another CA than the CA file")
            .with_hint("use the kit and the CA file of the same server"),
    )
}

fn device_secret(profile: &ProfileDir, kit_text: Option<&str>, ca_pem: &[u8]) -> Result<Secret16> {
    if let Some(text) = kit_text {
        let kit = read_kit(text)?;
        check_kit(&kit, ca_pem)?;
        return Ok(Secret16::from_bytes(*kit.device_secret.danger_bytes()));
    }
    profile.device_secret()?.ok_or_else(|| {
        ClientError::usage("this machine does not have the device secret of this account yet")
            .with_hint("log in with --kit and your recovery kit, where it is printed")
    })
}

fn local_box_key(
    passphrase: &Passphrase,
    salt: &[u8; 16],
    device_secret: &Secret16,
) -> SymmetricKey {
    let store = device_secret.derive(&context::slot_key("local"));
    local::local_key(passphrase.danger_bytes(), salt, store.danger_bytes())
}

/// The device key under passphrase and device secret: salt, then box.
pub(crate) fn seal_device(
    device: &SignSecret,
    owner: LocalOwner,
    passphrase: &Passphrase,
    device_secret: &Secret16,
    rng: &mut dyn Rng,
) -> Vec<u8> {
    let mut salt = [0; 16];
    rng.fill_bytes(&mut salt);
    let key = local_box_key(passphrase, &salt, device_secret);
    let mut bytes = salt.to_vec();
    bytes.extend(local::seal(
        &key,
        owner,
        LocalPurpose::Device,
        &device.danger_seed()[..],
        rng,
    ));
    bytes
}

/// The device key of this machine, if it opens and is the owner's.
fn open_device(
    profile: &ProfileDir,
    owner: LocalOwner,
    passphrase: &Passphrase,
    device_secret: &Secret16,
) -> Option<SignSecret> {
    profile.device_boxes().ok()?.iter().find_map(|bytes| {
        let (salt, sealed) = bytes.split_first_chunk::<16>()?;
        let key = local_box_key(passphrase, salt, device_secret);
        let seed = local::open(&key, owner, LocalPurpose::Device, sealed).ok()?;
        let seed = Zeroizing::new(<[u8; 64]>::try_from(seed.as_slice()).ok()?);
        let device = SignSecret::from_seed(&seed);
        (device_id(device.public()) == owner.device).then_some(device)
    })
}

/// The device key of a profile that is still logged in: after a change of passphrase on another
/// device the box does not open by the new one.
fn cached_device(profile: &ProfileDir, owner: LocalOwner) -> Option<SignSecret> {
    let cache = open_cache(profile, owner).ok()??;
    let seed = cache.meta(meta::DEVICE_SEED).ok()??;
    let seed = Zeroizing::new(<[u8; 64]>::try_from(seed.as_slice()).ok()?);
    let device = SignSecret::from_seed(&seed);
    (device_id(device.public()) == owner.device).then_some(device)
}

/// Reads the directory from its first entry; it must be the wallet's.
async fn verified_directory(
    http: &Http,
    auth: Auth<'_>,
    wallet: &Wallet<Unlocked>,
    tenant: TenantId,
) -> Result<DirectoryState> {
    let mut state = DirectoryState::new(Some(tenant));
    let known = wallet.head(log_of_directory(tenant));
    read_directory_from(http, auth, &mut state, known).await?;
    directory::check_known(&state, known)?;
    wallet.check_against(&state)?;
    Ok(state)
}

/// Gets an entry into the directory; where others were faster, it is made again. The state is
/// read to the end that contains it.
pub(crate) async fn enrol(
    http: &Http,
    auth: Auth<'_>,
    state: &mut DirectoryState,
    make: &mut (dyn FnMut(&DirectoryState) -> Result<UnverifiedEntry> + Send),
) -> Result<Appended> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let entry = make(state)?;
        let body = Append::of(vec![entry]).to_bytes();
        let path = "/v1/directory/entries";
        let sent = http.append_as(path, body.into(), auth).await;
        let moved = matches!(
            sent.as_ref().err().and_then(ClientError::problem),
            Some(ProblemCode::StaleControl | ProblemCode::InvalidEntry | ProblemCode::Conflict)
        );
        if sent.is_err() && !(moved && attempt < 5) {
            return sent;
        }
        let before = state.head();
        read_directory_from(http, auth, state, before).await?;
        if let Ok(appended) = sent {
            if state.hash_at(appended.first_index) != Some(appended.last_hash) {
                return Err(IntegrityError::Fork {
                    index: appended.first_index,
                }
                .into());
            }
            return Ok(appended);
        }
    }
}
