//! Logging in, in a browser that is known or new.

use super::{NewSession, PendingKit, check_session};
use crate::core::Core;
use crate::engine::DIRECTORY;
use crate::http::Auth;
use crate::platform::{Http, Platform, Storage};
use crate::store::{Facts, Keeper, Known, LocalKeys};
use crate::sync::read_directory;
use crate::{CoreError, Result};
use strongroom_crypto::opaque::ExportKey;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{Secret16, SymmetricKey};
use strongroom_format::codes::{CodeKind, kind_of, read_code};
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::names;
use strongroom_format::person::device_id;
use strongroom_format::transport::Append;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::passphrase::Passphrase;
use strongroom_vault::wallet::log_of_directory;
use strongroom_vault::{
    IntegrityError, RecoveryKit, SlotKeys, Unlocked, Wallet, directory, local, person,
};
use strongroom_wire::{Appended, ProblemCode, SessionCreated, WalletView};
use zeroize::Zeroizing;

/// A known browser's keys after the login opened them.
pub(super) struct Opened {
    pub keys: LocalKeys,
    device_name: String,
    pub directory: Option<DirectoryState>,
}

impl<H: Http, S: Storage> Core<H, S> {
    /// Logs in. A browser that this account was on before is the same device again; another one
    /// is enrolled. Gives the person's name as the directory has it.
    ///
    /// # Errors
    /// `wrong_credentials`; `kit_required` where the browser lacks the device secret; integrity
    /// where wallet or directory do not prove themselves.
    pub(crate) async fn log_in(
        &mut self,
        name: &str,
        passphrase: &Passphrase,
        kit_text: Option<&str>,
    ) -> Result<String> {
        self.end_session().await?;
        let known = self.platform.known().await?;
        let known = known.filter(|known| known.facts.is_of(name));
        let (device_secret, tenant) = device_secret(known.as_ref(), kit_text, name)?;
        let (session, export_key) = self
            .platform
            .opaque_login(name, tenant, passphrase, false)
            .await?;
        if let Some(tenant) = tenant {
            check_session(&session, tenant, session.identity)?;
        }
        let facts = known.map(|known| known.facts);
        if let Some(facts) = &facts {
            check_session(&session, facts.tenant, facts.identity)?;
        }
        let token = Zeroizing::new(session.session_token.clone());
        let entered = self
            .enter_with(&session, &export_key, &device_secret, facts, name)
            .await;
        if entered.is_err() {
            // Nobody is signed in by a login that did not end well.
            self.open = None;
            let auth = Auth::Session(&token);
            let _ = self.platform.send_empty("POST", "/v1/logout", auth).await;
        }
        entered
    }

    async fn enter_with(
        &mut self,
        session: &SessionCreated,
        export_key: &ExportKey,
        device_secret: &Secret16,
        facts: Option<Facts>,
        name: &str,
    ) -> Result<String> {
        let token = Zeroizing::new(session.session_token.clone());
        let auth = Auth::Session(&token);
        let (tenant, identity) = (session.tenant, session.identity);
        let local_key = local::browser_key(export_key.danger_bytes(), device_secret);
        let slot_keys = SlotKeys::passphrase(export_key.danger_bytes(), device_secret);
        let view: WalletView = self.platform.get_json("/v1/wallet", auth).await?;
        let wallet = Wallet::from_bytes(tenant, identity, &view.wallet.0)?
            .open(SlotKind::Passphrase, slot_keys.slot_key())?;
        let opened = match &facts {
            Some(facts) => self.open_known(facts, &local_key, &wallet).await?,
            None => None,
        };
        let mut state = self
            .verified_directory(auth, &wallet, opened.as_ref())
            .await?;
        let newest = state.head().map_or(0, |head| head.index);
        let active = opened.filter(|opened| {
            state.device_active_at(device_id(opened.keys.device.public()), newest)
        });
        let known = active.is_some();
        let (keys, device_name) = match active {
            Some(opened) => (opened.keys, opened.device_name),
            None => {
                let keys = LocalKeys {
                    device: SignSecret::make(&mut self.platform.rng()),
                    cache_key: SymmetricKey::make(&mut self.platform.rng()),
                };
                let identity =
                    wallet.open_identity(SlotKind::Passphrase, slot_keys.identity_key())?;
                let platform = &self.platform;
                enrol(platform, auth, &mut state, &mut |state| {
                    let name = &platform.device_name;
                    Ok(person::enrol_device(state, &identity, &keys.device, name)?)
                })
                .await?;
                (keys, self.platform.device_name.clone())
            }
        };
        let facts = Facts {
            format: 1,
            name: state
                .identity(identity)
                .map_or_else(|| name.to_owned(), |known| known.name.clone()),
            tenant,
            identity,
            device: device_id(keys.device.public()),
            device_name,
            complete: true,
        };
        if known {
            self.platform.set_facts(&facts).await?;
            self.platform.settle_boxes(&facts, &local_key).await?;
        } else {
            self.platform
                .begin_profile(&facts, device_secret, &local_key, &keys)
                .await?;
        }
        let keeper = Keeper {
            cache_key: keys.cache_key.danger_duplicate(),
            owner: facts.owner(),
        };
        let kit = PendingKit::kept(&self.platform, &keeper, &wallet).await?;
        let name = facts.name.clone();
        self.enter(NewSession {
            facts,
            token,
            wallet,
            slot: (
                SlotKind::Passphrase,
                slot_keys.slot_key().danger_duplicate(),
            ),
            keys,
            directory: state,
            kit,
        })
        .await?;
        Ok(name)
    }

    /// What this browser kept, where the login opens it. The wallet must not be older than the
    /// newest that was seen here.
    async fn open_known(
        &self,
        facts: &Facts,
        local_key: &SymmetricKey,
        wallet: &Wallet<Unlocked>,
    ) -> Result<Option<Opened>> {
        match self.platform.local_keys(facts, local_key).await? {
            Some(keys) => self.open_kept(facts, keys, wallet).await.map(Some),
            None => Ok(None),
        }
    }

    /// What lies here under this browser's own keys.
    pub(super) async fn open_kept(
        &self,
        facts: &Facts,
        keys: LocalKeys,
        wallet: &Wallet<Unlocked>,
    ) -> Result<Opened> {
        let keeper = Keeper {
            cache_key: keys.cache_key.danger_duplicate(),
            owner: facts.owner(),
        };
        wallet.check_version(self.platform.wallet_seen(&keeper).await?)?;
        let snapshot = keeper.get(&self.platform, DIRECTORY).await?;
        let directory = snapshot
            .and_then(|snapshot| DirectoryState::from_snapshot(&snapshot).ok())
            .filter(|state| state.tenant() == Some(facts.tenant));
        Ok(Opened {
            keys,
            device_name: facts.device_name.clone(),
            directory,
        })
    }

    /// Reads the directory on from where this browser knows it, or from its first entry; it
    /// must be the wallet's.
    pub(super) async fn verified_directory(
        &self,
        auth: Auth<'_>,
        wallet: &Wallet<Unlocked>,
        opened: Option<&Opened>,
    ) -> Result<DirectoryState> {
        let tenant = wallet.tenant();
        let kept = opened.and_then(|opened| opened.directory.clone());
        let mut state = kept.unwrap_or_else(|| DirectoryState::new(Some(tenant)));
        let before = state.head();
        read_directory(&self.platform, auth, &mut state, before).await?;
        directory::check_known(&state, wallet.head(log_of_directory(tenant)))?;
        wallet.check_against(&state)?;
        Ok(state)
    }
}

/// The device secret, and the tenant where it is known: from the kit, or from this browser.
fn device_secret(
    known: Option<&Known>,
    kit_text: Option<&str>,
    name: &str,
) -> Result<(Secret16, Option<TenantId>)> {
    let text = kit_text.map(str::trim).filter(|text| !text.is_empty());
    if let Some(text) = text {
        if kind_of(text).is_some() {
            let tenant = known.map(|known| known.facts.tenant);
            return Ok((read_code(CodeKind::Device, text)?, tenant));
        }
        let kit = RecoveryKit::from_text(text)?;
        if names::look(&kit.name) != names::look(name) {
            return Err(CoreError::new(
                ErrorClass::Usage,
                "kit_of_other",
                format!("this recovery kit is that of {:?}", kit.name),
            ));
        }
        return Ok((kit.device_secret, Some(kit.tenant)));
    }
    let known = known.ok_or_else(|| {
        CoreError::new(
            ErrorClass::Usage,
            "kit_required",
            "this browser is new to this account",
        )
        .with_hint("give your recovery kit, or the line \"Device secret\" of it")
    })?;
    let secret = Secret16::from_bytes(*known.device_secret.danger_bytes());
    Ok((secret, Some(known.facts.tenant)))
}

/// What is to be written into the directory as it is now.
pub(crate) type MakeEntry<'a> = &'a mut dyn FnMut(&DirectoryState) -> Result<UnverifiedEntry>;

/// Gets an entry into the directory; where others were faster, made again after theirs.
pub(crate) async fn enrol<H: Http, S>(
    platform: &Platform<H, S>,
    auth: Auth<'_>,
    state: &mut DirectoryState,
    make: MakeEntry<'_>,
) -> Result<()> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let entry = make(state)?;
        let body = Append::of(vec![entry]).to_bytes();
        let path = "/v1/directory/entries";
        let sent: Result<Appended> = platform.append(path, body, auth).await;
        let refused = sent.as_ref().err().and_then(CoreError::problem);
        let moved = refused.is_some_and(ProblemCode::directory_moved_on);
        if let Err(error) = &sent
            && !(moved && attempt < 5)
        {
            return Err(error.clone());
        }
        let before = state.head();
        read_directory(platform, auth, state, before).await?;
        if let Ok(appended) = sent {
            return match state.hash_at(appended.first_index) == Some(appended.last_hash) {
                true => Ok(()),
                false => Err(IntegrityError::Fork {
                    index: appended.first_index,
                }
                .into()),
            };
        }
    }
}
