//! Logging in on a machine that is known or new, and logging out.

use super::device_box::{cached_device, open_device};
use super::{
    NewSession, check_kit, enrol, enrolled_facts, opaque_login, other_profile, read_ca_file,
    read_kit, verified_directory,
};
use crate::client::Client;
use crate::http::{Auth, Http};
use crate::profile::ProfileDir;
use crate::{ClientError, Environment, Passphrase, Result};
use reqwest::Method;
use std::path::PathBuf;
use strongroom_crypto::Secret16;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::names;
use strongroom_format::wallet::SlotKind;
use strongroom_vault::local::LocalOwner;
use strongroom_vault::{IntegrityError, SlotKeys, Wallet, person};
use strongroom_wire::WalletView;
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
        let facts = enrolled_facts(
            &http,
            &directory,
            (session.tenant, session.identity),
            request.name,
            &device,
            device_name,
        );
        let slot_key = keys.slot_key().danger_duplicate();
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
