//! Coming and going: sign up, log in, recover, log out.

mod admission;
mod ceremony;
mod credentials;
mod device_box;
mod devices;
mod login;
mod organisation;
mod recover;
mod renewal;
mod signup;

pub use admission::Admission;
use ceremony::opaque;
pub(crate) use ceremony::opaque_login;
pub use login::LoginRequest;
pub use recover::RecoverRequest;
pub use signup::SignupRequest;

use crate::cache::{Cache, put_meta};
use crate::client::{Client, meta};
use crate::http::{Auth, Http, tls};
use crate::profile::{ProfileDir, ProfileFacts};
use crate::sync::read_directory_from;
use crate::views::WhoAmI;
use crate::{ClientError, Environment, Passphrase, Result};
use device_box::seal_device;
use std::io::Read;
use std::path::Path;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{Secret16, SymmetricKey};
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::person::device_id;
use strongroom_format::transport::Append;
use strongroom_types::*;
use strongroom_vault::local::{LocalOwner, LocalPurpose};
use strongroom_vault::wallet::log_of_directory;
use strongroom_vault::{IntegrityError, RecoveryKit, Unlocked, Wallet, directory, local};
use strongroom_wire::{AccountView, Appended, ProblemCode, ServerInfo};
use zeroize::Zeroizing;

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

/// What a profile says of itself once its device is enrolled. The name is the directory's, and
/// as it was typed only where the directory has none.
fn enrolled_facts(
    http: &Http,
    directory: &DirectoryState,
    (tenant, identity): (TenantId, IdentityId),
    typed_name: String,
    device: &SignSecret,
    device_name: String,
) -> ProfileFacts {
    let known = directory.identity(identity);
    ProfileFacts {
        format: 1,
        url: http.origin(),
        name: known.map_or(typed_name, |known| known.name.clone()),
        tenant,
        identity,
        device: device_id(device.public()),
        device_name,
        complete: true,
    }
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
        let refused = sent.as_ref().err().and_then(ClientError::problem);
        let moved = refused.is_some_and(ProblemCode::directory_moved_on);
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
