use super::signup::{check_absent, write_kit};
use super::{
    NewSession, check_kit, enrol, enrolled_facts, opaque, opaque_login, read_ca_file, read_kit,
    verified_directory,
};
use crate::client::Client;
use crate::http::{Auth, Http, Repeat};
use crate::profile::ProfileDir;
use crate::{ClientError, Environment, Passphrase, Result};
use reqwest::Method;
use std::path::PathBuf;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::wallet::SlotKind;
use strongroom_types::SlotId;
use strongroom_vault::exchange::Registration;
use strongroom_vault::rotation::{RecoveryState, RecoveryStep};
use strongroom_vault::{IntegrityError, RecoveryKit, SlotKeys, Wallet, kit, person};
use strongroom_wire::{
    CredentialFinish, CredentialStart, CredentialStarted, Recover, SessionCreated, WalletPut,
    WalletView,
};
use zeroize::Zeroizing;

/// A recovery with the kit, when the passphrase is forgotten.
pub struct RecoverRequest {
    /// The profile's folder. A profile of the same account there is continued.
    pub home: PathBuf,
    /// `https://HOST:PORT`.
    pub url: String,
    pub name: String,
    /// The server's CA certificate (PEM).
    pub ca_file: PathBuf,
    /// The text of the recovery kit.
    pub kit_text: String,
    pub new_passphrase: Passphrase,
    pub device_name: String,
    /// Where the new kit is written; the old one ends with the last step.
    pub kit_out: Option<PathBuf>,
}

/// Called before each step with its name; an error stops there, as a kill would.
pub(crate) type Hook<'a> = &'a mut (dyn FnMut(&str) -> Result<()> + Send);

impl Client {
    /// Comes back with the recovery kit: enrols this machine, sets a new passphrase, makes a
    /// new kit. Until the last step the old kit works; it can be run again at any time.
    ///
    /// # Errors
    /// `wrong_credentials` for another name or kit; integrity where wallet or directory do not
    /// prove themselves.
    pub async fn recover(request: RecoverRequest) -> Result<(Self, RecoveryKit)> {
        Self::recover_with(request, Environment::default(), &mut |_| Ok(())).await
    }

    /// As [`Client::recover`], with a clock and randomness of the caller's, and a hook before
    /// each step.
    ///
    /// # Errors
    /// As [`Client::recover`], and the hook's.
    pub async fn recover_with(
        request: RecoverRequest,
        environment: Environment,
        hook: &mut (dyn FnMut(&str) -> Result<()> + Send),
    ) -> Result<(Self, RecoveryKit)> {
        request.new_passphrase.check_strength()?;
        let kit = read_kit(&request.kit_text)?;
        let ca_pem = read_ca_file(&request.ca_file)?;
        check_kit(&kit, &ca_pem)?;
        if let Some(path) = &request.kit_out {
            check_absent(path)?;
        }
        let http = Http::new(&request.url, &ca_pem, environment.clone())?;
        let profile = ProfileDir::at(&request.home);
        profile.create()?;
        let lock = profile.lock().await?;
        if let Some(facts) = profile.facts()?.filter(|facts| facts.complete)
            && facts.tenant != kit.tenant
        {
            return Err(super::other_profile(&facts));
        }
        let body = Recover {
            name: request.name.clone(),
            tenant: Some(kit.tenant),
            auth: kit.recover_auth(),
            device_name: request.device_name.clone(),
        };
        let session: SessionCreated = http
            .send_json(
                Method::POST,
                "/v1/recover",
                Auth::None,
                &body,
                Repeat::Unsent,
            )
            .await?;
        if session.tenant != kit.tenant {
            return Err(IntegrityError::ForeignTenant { index: 0 }.into());
        }
        let recovery_token = Zeroizing::new(session.session_token.clone());
        let auth = Auth::Bearer(&recovery_token);
        let view: WalletView = http.get_json("/v1/wallet", auth).await?;
        let old_keys = SlotKeys::recovery(&kit.recovery);
        let mut wallet = Wallet::from_bytes(session.tenant, session.identity, &view.wallet.0)?
            .open(SlotKind::Recovery, old_keys.slot_key())?;
        let identity = wallet.open_identity(SlotKind::Recovery, old_keys.identity_key())?;
        let mut directory = verified_directory(&http, auth, &wallet, session.tenant).await?;

        let mut rng = environment.rng();
        let device = SignSecret::make(&mut rng);
        let is_founder = person::is_founder(&directory, session.identity);
        let new_kit = kit.next(http.origin(), kit.ca_fingerprint, is_founder, &mut rng);
        let new_recovery = SlotKeys::recovery(&new_kit.recovery);
        let mut state = RecoveryState {
            pending: view.pending_credential.is_some(),
            ..RecoveryState::default()
        };
        let mut pending = view.pending_credential;
        let mut proven: Option<(SessionCreated, SlotKeys)> = None;
        let mut new_slots: Vec<SlotId> = Vec::new();
        let mut wallet_bytes = Vec::new();
        loop {
            match state.next_step() {
                RecoveryStep::EnrolDevice => {
                    hook("enrol_device")?;
                    enrol(&http, auth, &mut directory, &mut |directory| {
                        Ok(person::enrol_device(
                            directory,
                            &identity,
                            &device,
                            &request.device_name,
                        )?)
                    })
                    .await?;
                    state.enrolled = true;
                }
                RecoveryStep::Register => {
                    hook("register")?;
                    let (credential, ..) =
                        register(&http, auth, &environment, &request.new_passphrase).await?;
                    pending = Some(credential);
                    state.pending = true;
                    state.proven = None;
                }
                RecoveryStep::Prove => {
                    hook("prove")?;
                    let login = opaque_login(
                        &http,
                        &environment,
                        &request.name,
                        Some(kit.tenant),
                        &request.new_passphrase,
                        &request.device_name,
                        true,
                    )
                    .await;
                    match login {
                        Ok((created, export_key)) => {
                            let keys = SlotKeys::passphrase(
                                export_key.danger_bytes(),
                                &new_kit.device_secret,
                            );
                            proven = Some((created, keys));
                            state.proven = Some(true);
                        }
                        Err(error) if error.code() == "wrong_credentials" => {
                            state.proven = Some(false);
                        }
                        Err(error) => return Err(error),
                    }
                }
                RecoveryStep::WriteKit => {
                    hook("write_kit")?;
                    if let Some(path) = &request.kit_out {
                        write_kit(path, &new_kit)?;
                    }
                    state.kit_written = true;
                }
                RecoveryStep::AddSlots => {
                    hook("add_slots")?;
                    let (_, keys) = proven.as_ref().ok_or_else(unproven)?;
                    new_slots = vec![
                        wallet.add_slot(SlotKind::Passphrase, keys, &identity, &mut rng)?,
                        wallet.add_slot(SlotKind::Recovery, &new_recovery, &identity, &mut rng)?,
                    ];
                    let stored = wallet.seal(&mut rng);
                    put_wallet(&http, auth, stored.to_bytes(), None, None).await?;
                    wallet.saved(stored);
                    state.new_slots = true;
                }
                RecoveryStep::Promote => {
                    hook("promote")?;
                    wallet.retain_slots(&new_slots)?;
                    wallet.rekey(&mut rng)?;
                    let stored = wallet.seal(&mut rng);
                    wallet_bytes = stored.to_bytes();
                    let hash = kit::recover_auth_hash(&new_kit.recovery);
                    put_wallet(&http, auth, wallet_bytes.clone(), Some(hash), pending).await?;
                    wallet.saved(stored);
                    state.promoted = true;
                }
                RecoveryStep::Done => break,
            }
        }
        hook("done")?;
        let (created, keys) = proven.ok_or_else(unproven)?;
        profile.write_ca(&ca_pem)?;
        let facts = enrolled_facts(
            &http,
            &directory,
            (session.tenant, session.identity),
            request.name,
            &device,
            request.device_name,
        );
        let _ = http.send_empty(Method::POST, "/v1/logout", auth).await;
        let opened = NewSession {
            profile,
            environment,
            facts,
            token: Zeroizing::new(created.session_token),
            wallet: wallet_bytes,
            slot_key: keys.slot_key().danger_duplicate(),
            device,
            directory,
        };
        let client = opened.open(&request.new_passphrase, &new_kit.device_secret)?;
        drop(lock);
        if let Some(path) = &request.kit_out {
            let text = Zeroizing::new(std::fs::read_to_string(path)?);
            client.kit_confirm(&text).await?;
        }
        Ok((client, new_kit))
    }
}

fn unproven() -> ClientError {
    ClientError::failed("internal", "a step of the rotation was left out")
}

/// Registers a passphrase as pending.
pub(crate) async fn register(
    http: &Http,
    auth: Auth<'_>,
    environment: &Environment,
    passphrase: &Passphrase,
) -> Result<(
    strongroom_types::CredentialId,
    strongroom_crypto::opaque::ExportKey,
)> {
    let mut rng = environment.rng();
    let (registration, request) = Registration::start(passphrase, &mut rng).map_err(opaque)?;
    let start = CredentialStart {
        opaque_request: request.into(),
    };
    let started: CredentialStarted = http
        .send_json(
            Method::POST,
            "/v1/credentials/start",
            auth,
            &start,
            Repeat::Always,
        )
        .await?;
    let (upload, export_key) = registration
        .finish(&started.opaque_response.0, &mut rng)
        .map_err(opaque)?;
    let finish = CredentialFinish {
        credential: started.credential,
        opaque_upload: upload.into(),
    };
    http.send_json_quiet(Method::POST, "/v1/credentials/finish", auth, &finish)
        .await?;
    Ok((started.credential, export_key))
}

/// Stores a wallet, and what changes in the same step.
pub(crate) async fn put_wallet(
    http: &Http,
    auth: Auth<'_>,
    wallet: Vec<u8>,
    recover_auth_hash: Option<strongroom_types::Digest>,
    promote_credential: Option<strongroom_types::CredentialId>,
) -> Result<()> {
    let put = WalletPut {
        wallet: wallet.into(),
        recover_auth_hash,
        promote_credential,
    };
    http.send_json_quiet(Method::PUT, "/v1/wallet", auth, &put)
        .await
}
