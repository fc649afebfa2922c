//! Change of passphrase and of the recovery kit: ceremonies that open the identity.

use super::device_box::seal_device;
use super::recover::{Hook, put_wallet, register};
use super::signup::{check_absent, write_kit};
use super::{opaque_login, read_kit};
use crate::client::{Client, Engine, meta};
use crate::http::{Auth, tls};
use crate::{ClientError, Passphrase, Result};
use reqwest::Method;
use std::path::Path;
use strongroom_crypto::Secret16;
use strongroom_format::wallet::SlotKind;
use strongroom_vault::rotation::{PassphraseState, PassphraseStep};
use strongroom_vault::{RecoveryKit, SlotKeys, Unlocked, Wallet, kit, person};
use strongroom_wire::{RecoveryConfirm, WalletView};
use zeroize::Zeroizing;

/// What a ceremony opens: the newest wallet and the keys that a passphrase gives.
pub(super) struct Ceremony {
    pub keys: SlotKeys,
    pub wallet: Wallet<Unlocked>,
    pub pending: Option<strongroom_types::CredentialId>,
}

impl Client {
    fn device_secret(&self) -> Result<Secret16> {
        self.shared.profile.device_secret()?.ok_or_else(|| {
            ClientError::failed("profile", "the profile lacks its device secret")
                .with_hint("log in with --kit and your recovery kit")
        })
    }

    /// Proves a passphrase at the server and gives the keys that come from it. The session
    /// that it makes is ended at once.
    pub(super) async fn prove(&self, passphrase: &Passphrase, pending: bool) -> Result<SlotKeys> {
        let facts = &self.shared.facts;
        let (session, export_key) = opaque_login(
            &self.shared.http,
            &self.shared.environment,
            &facts.name,
            Some(facts.tenant),
            passphrase,
            &facts.device_name,
            pending,
        )
        .await?;
        let token = Zeroizing::new(session.session_token);
        let _ = self
            .shared
            .http
            .send_empty(Method::POST, "/v1/logout", Auth::Bearer(&token))
            .await;
        Ok(SlotKeys::passphrase(
            export_key.danger_bytes(),
            &self.device_secret()?,
        ))
    }

    pub(super) async fn stored_wallet(&self) -> Result<WalletView> {
        self.shared.http.get_json("/v1/wallet", Auth::Session).await
    }

    pub(super) fn open_wallet(
        &self,
        view: &WalletView,
        keys: &SlotKeys,
    ) -> Result<Wallet<Unlocked>> {
        let facts = &self.shared.facts;
        Ok(
            Wallet::from_bytes(facts.tenant, facts.identity, &view.wallet.0)?
                .open(SlotKind::Passphrase, keys.slot_key())?,
        )
    }

    /// Opens the newest wallet with a passphrase; it must not be older than ours.
    pub(super) async fn ceremony(
        &self,
        engine: &mut Engine,
        passphrase: &Passphrase,
    ) -> Result<Ceremony> {
        let keys = self.prove(passphrase, false).await?;
        let view = self.stored_wallet().await?;
        let mut wallet = self.open_wallet(&view, &keys)?;
        wallet.succeed(engine.wallet()?)?;
        Ok(Ceremony {
            keys,
            wallet,
            pending: view.pending_credential,
        })
    }

    /// Stores the ceremony's wallet and takes it over.
    pub(super) async fn store_wallet(
        &self,
        engine: &mut Engine,
        wallet: &mut Wallet<Unlocked>,
        recover_auth_hash: Option<strongroom_types::Digest>,
        promote: Option<strongroom_types::CredentialId>,
        slot_key: Option<&SlotKeys>,
    ) -> Result<()> {
        let stored = wallet.seal(&mut self.shared.rng());
        let bytes = stored.to_bytes();
        put_wallet(
            &self.shared.http,
            Auth::Session,
            bytes.clone(),
            recover_auth_hash,
            promote,
        )
        .await?;
        wallet.saved(stored);
        engine.cache.transaction(|connection| {
            crate::cache::put_meta(connection, meta::WALLET, &bytes)?;
            match slot_key {
                Some(keys) => crate::cache::put_meta(
                    connection,
                    meta::SLOT_KEY,
                    keys.slot_key().danger_bytes(),
                ),
                None => Ok(()),
            }
        })?;
        engine.forget();
        Ok(())
    }

    /// Changes the passphrase. It can be stopped at any place and run again; until its last
    /// step the old passphrase works, after it the new one.
    ///
    /// # Errors
    /// `wrong_credentials` for the old passphrase; usage for a new one that is too short.
    pub async fn passphrase_change(&self, old: &Passphrase, new: &Passphrase) -> Result<()> {
        self.passphrase_change_with(old, new, &mut |_| Ok(())).await
    }

    /// As [`Client::passphrase_change`], with a hook before each step.
    ///
    /// # Errors
    /// As [`Client::passphrase_change`], and the hook's.
    pub async fn passphrase_change_with(
        &self,
        old: &Passphrase,
        new: &Passphrase,
        hook: &mut (dyn FnMut(&str) -> Result<()> + Send),
    ) -> Result<()> {
        new.check_strength()?;
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        if old.danger_bytes() == new.danger_bytes() {
            return Err(ClientError::usage(
                "the new passphrase is the same as the old one",
            ));
        }
        let opened = self.ceremony(engine, old).await;
        let ceremony = match opened {
            Ok(ceremony) => ceremony,
            Err(error) if error.code() == "wrong_credentials" => {
                return self.finished_before(engine, new, error).await;
            }
            Err(error) => return Err(error),
        };
        self.change(engine, ceremony, new, hook).await
    }

    /// An earlier run may have got to the end without hearing so.
    async fn finished_before(
        &self,
        engine: &mut Engine,
        new: &Passphrase,
        otherwise: ClientError,
    ) -> Result<()> {
        let Ok(keys) = self.prove(new, false).await else {
            return Err(otherwise);
        };
        let view = self.stored_wallet().await?;
        let mut wallet = self.open_wallet(&view, &keys)?;
        self.tidy(engine, &mut wallet, &keys, new).await
    }

    async fn change(
        &self,
        engine: &mut Engine,
        ceremony: Ceremony,
        new: &Passphrase,
        hook: Hook<'_>,
    ) -> Result<()> {
        let Ceremony {
            keys: old_keys,
            mut wallet,
            mut pending,
        } = ceremony;
        let identity = wallet.open_identity(SlotKind::Passphrase, old_keys.identity_key())?;
        let mut state = PassphraseState {
            pending: pending.is_some(),
            ..PassphraseState::default()
        };
        let mut new_keys: Option<SlotKeys> = None;
        let missing = || ClientError::failed("internal", "a step of the rotation was left out");
        loop {
            match state.next_step() {
                PassphraseStep::Register => {
                    hook("register")?;
                    let (credential, _) = register(
                        &self.shared.http,
                        Auth::Session,
                        &self.shared.environment,
                        new,
                    )
                    .await?;
                    pending = Some(credential);
                    state.pending = true;
                    state.proven = None;
                }
                PassphraseStep::Prove => {
                    hook("prove")?;
                    match self.prove(new, true).await {
                        Ok(keys) => {
                            state.new_slot = !wallet
                                .slots_of_key(SlotKind::Passphrase, keys.slot_key())
                                .is_empty();
                            new_keys = Some(keys);
                            state.proven = Some(true);
                        }
                        Err(error) if error.code() == "wrong_credentials" => {
                            state.proven = Some(false);
                        }
                        Err(error) => return Err(error),
                    }
                }
                PassphraseStep::AddSlot => {
                    hook("add_slot")?;
                    let keys = new_keys.as_ref().ok_or_else(missing)?;
                    wallet.add_slot(
                        SlotKind::Passphrase,
                        keys,
                        &identity,
                        &mut self.shared.rng(),
                    )?;
                    self.store_wallet(engine, &mut wallet, None, None, None)
                        .await?;
                    state.new_slot = true;
                }
                PassphraseStep::Promote => {
                    hook("promote")?;
                    let keys = new_keys.as_ref().ok_or_else(missing)?;
                    self.box_device(new)?;
                    let rng = &mut self.shared.rng();
                    wallet.keep_one_way(SlotKind::Passphrase, keys.slot_key(), rng)?;
                    self.store_wallet(engine, &mut wallet, None, pending, Some(keys))
                        .await?;
                    state.new_is_current = true;
                }
                PassphraseStep::Done => break,
            }
        }
        hook("done")?;
        self.shared.profile.promote_device_next()
    }

    /// Boxes the device key under the new passphrase, beside the old box.
    pub(super) fn box_device(&self, new: &Passphrase) -> Result<()> {
        let sealed = seal_device(
            &self.shared.device,
            self.shared.owner(),
            new,
            &self.device_secret()?,
            &mut self.shared.rng(),
        );
        self.shared.profile.write_device_next(&sealed)
    }

    /// Takes a wallet over whose passphrase was changed by a run that did not hear of it.
    async fn tidy(
        &self,
        engine: &mut Engine,
        wallet: &mut Wallet<Unlocked>,
        keys: &SlotKeys,
        new: &Passphrase,
    ) -> Result<()> {
        self.box_device(new)?;
        self.store_wallet(engine, wallet, None, None, Some(keys))
            .await?;
        self.shared.profile.promote_device_next()
    }

    /// Proves that the recovery kit is in somebody's hands and fits: it must open the wallet.
    ///
    /// # Errors
    /// Usage for a text that is no kit of this account.
    pub async fn kit_confirm(&self, kit_text: &str) -> Result<()> {
        let kit = read_kit(kit_text)?;
        let facts = &self.shared.facts;
        let other = || {
            ClientError::usage("this recovery kit does not open your wallet")
                .with_hint("is it your newest one, and yours?")
        };
        if kit.tenant != facts.tenant {
            return Err(other());
        }
        let view = self.stored_wallet().await?;
        let keys = SlotKeys::recovery(&kit.recovery);
        let wallet = Wallet::from_bytes(facts.tenant, facts.identity, &view.wallet.0)?
            .open(SlotKind::Recovery, keys.slot_key())
            .map_err(|_| other())?;
        wallet.open_identity(SlotKind::Recovery, keys.identity_key())?;
        let body = RecoveryConfirm {
            auth: kit.recover_auth(),
        };
        self.shared
            .http
            .send_json_quiet(
                Method::POST,
                "/v1/account/recovery-confirm",
                Auth::Session,
                &body,
            )
            .await
    }

    /// A kit with a new recovery code. It opens nothing before its slot is in the stored wallet.
    pub(super) fn make_kit(&self, engine: &mut Engine) -> Result<RecoveryKit> {
        let facts = &self.shared.facts;
        let ca = tls::read_ca(&self.shared.profile.ca_pem()?)?;
        Ok(RecoveryKit {
            server_url: facts.url.clone(),
            ca_fingerprint: tls::fingerprint(&ca)
                .parse()
                .map_err(|_| ClientError::failed("internal", "a fingerprint of another length"))?,
            tenant: facts.tenant,
            name: facts.name.clone(),
            recovery: Secret16::make(&mut self.shared.rng()),
            device_secret: self.device_secret()?,
            directory_recovery: None,
            keep_earlier_page: person::is_founder(&*engine.directory()?, facts.identity),
        })
    }

    /// Makes a new recovery kit; the old one ends when the new one is in place. The founder's
    /// directory recovery key stays on the earlier page alone, and the new page says so.
    ///
    /// # Errors
    /// `wrong_credentials`; usage where `out` is there already.
    pub async fn kit_new(
        &self,
        passphrase: &Passphrase,
        out: Option<&Path>,
    ) -> Result<RecoveryKit> {
        if let Some(path) = out {
            check_absent(path)?;
        }
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        let Ceremony {
            keys, mut wallet, ..
        } = self.ceremony(engine, passphrase).await?;
        let identity = wallet.open_identity(SlotKind::Passphrase, keys.identity_key())?;
        let new_kit = self.make_kit(engine)?;
        if let Some(path) = out {
            write_kit(path, &new_kit)?;
        }
        let new_keys = SlotKeys::recovery(&new_kit.recovery);
        wallet.add_slot(
            SlotKind::Recovery,
            &new_keys,
            &identity,
            &mut self.shared.rng(),
        )?;
        self.store_wallet(engine, &mut wallet, None, None, None)
            .await?;
        let rng = &mut self.shared.rng();
        wallet.keep_one_way(SlotKind::Recovery, new_keys.slot_key(), rng)?;
        let hash = kit::recover_auth_hash(&new_kit.recovery);
        self.store_wallet(engine, &mut wallet, Some(hash), None, None)
            .await?;
        if let Some(path) = out {
            let text = Zeroizing::new(std::fs::read_to_string(path)?);
            self.kit_confirm(&text).await?;
        }
        Ok(new_kit)
    }
}
