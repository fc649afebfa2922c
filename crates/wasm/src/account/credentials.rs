//! Change of passphrase and of the recovery kit: ceremonies that open the identity.

use super::PendingKit;
use super::kit::KitView;
use crate::engine::Engine;
use crate::http::Auth;
use crate::platform::{Http, Platform, Storage};
use crate::{CoreError, Result};
use strongroom_crypto::Secret16;
use strongroom_crypto::opaque::ExportKey;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::passphrase::Passphrase;
use strongroom_vault::rotation::{PassphraseState, PassphraseStep};
use strongroom_vault::{RecoveryKit, SlotKeys, Unlocked, Wallet, kit, local, person};
use strongroom_wire::{WalletPut, WalletView};
use zeroize::Zeroizing;

/// What a proven passphrase gives. Wiped on drop.
pub(super) struct Proven {
    pub keys: SlotKeys,
    export_key: ExportKey,
}

/// What a ceremony opens: the newest wallet and the keys that a passphrase gives.
pub(super) struct Ceremony {
    pub keys: SlotKeys,
    pub wallet: Wallet<Unlocked>,
    pub pending: Option<CredentialId>,
}

pub(super) fn step_missing() -> CoreError {
    CoreError::failed("internal", "a step of the rotation was left out")
}

fn is_wrong_passphrase(error: &CoreError) -> bool {
    error.code() == "wrong_credentials"
}

/// Refuses what is no change.
pub(super) fn check_new(old: &Passphrase, new: &Passphrase) -> Result<()> {
    new.check_strength()?;
    match old.danger_bytes() == new.danger_bytes() {
        true => Err(CoreError::new(
            ErrorClass::Usage,
            "same_passphrase",
            "the new passphrase is the same as the old one",
        )),
        false => Ok(()),
    }
}

impl<H: Http, S> Platform<H, S> {
    /// Stores a wallet, and what changes in the same step.
    pub(super) async fn put_wallet(
        &self,
        auth: Auth<'_>,
        wallet: Vec<u8>,
        recover_auth_hash: Option<Digest>,
        promote_credential: Option<CredentialId>,
    ) -> Result<()> {
        let put = WalletPut {
            wallet: wallet.into(),
            recover_auth_hash,
            promote_credential,
        };
        self.send_quiet("PUT", "/v1/wallet", auth, &put).await
    }
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    pub(super) async fn device_secret(&self) -> Result<Secret16> {
        let known = self.platform.known().await?;
        known.map(|known| known.device_secret).ok_or_else(|| {
            CoreError::refused("login_required", "this browser's storage was cleared")
                .with_hint("sign in again with the recovery kit")
        })
    }

    /// Proves a passphrase at the server and gives the keys that come from it. The session that
    /// it makes is ended at once.
    pub(super) async fn prove(&self, passphrase: &Passphrase, pending: bool) -> Result<Proven> {
        let facts = &self.open.facts;
        let (session, export_key) = self
            .platform
            .opaque_login(&facts.name, Some(facts.tenant), passphrase, pending)
            .await?;
        let token = Zeroizing::new(session.session_token);
        let auth = Auth::Session(&token);
        let _ = self.platform.send_empty("POST", "/v1/logout", auth).await;
        let device_secret = self.device_secret().await?;
        Ok(Proven {
            keys: SlotKeys::passphrase(export_key.danger_bytes(), &device_secret),
            export_key,
        })
    }

    pub(super) async fn stored_wallet(&self) -> Result<WalletView> {
        let auth = Auth::Session(&self.open.token);
        self.platform.get_json("/v1/wallet", auth).await
    }

    pub(super) fn open_stored(
        &self,
        view: &WalletView,
        keys: &SlotKeys,
    ) -> Result<Wallet<Unlocked>> {
        Ok(
            Wallet::from_bytes(self.tenant(), self.me(), &view.wallet.0)?
                .open(SlotKind::Passphrase, keys.slot_key())?,
        )
    }

    /// Opens the newest wallet with a passphrase; it must not be older than ours.
    pub(super) async fn ceremony(&mut self, passphrase: &Passphrase) -> Result<Ceremony> {
        let keys = self.prove(passphrase, false).await?.keys;
        let view = self.stored_wallet().await?;
        let mut wallet = self.open_stored(&view, &keys)?;
        wallet.succeed(&self.open.wallet)?;
        Ok(Ceremony {
            keys,
            wallet,
            pending: view.pending_credential,
        })
    }

    /// Stores the ceremony's wallet and takes it over, opened by `keys` where these are new.
    pub(super) async fn store_wallet(
        &mut self,
        wallet: &mut Wallet<Unlocked>,
        recover_auth_hash: Option<Digest>,
        promote: Option<CredentialId>,
        keys: Option<&SlotKeys>,
    ) -> Result<()> {
        let stored = wallet.seal(&mut self.platform.rng());
        let auth = Auth::Session(&self.open.token);
        let bytes = stored.to_bytes();
        self.platform
            .put_wallet(auth, bytes, recover_auth_hash, promote)
            .await?;
        wallet.saved(stored.clone());
        if let Some(keys) = keys {
            self.open.slot = (SlotKind::Passphrase, keys.slot_key().danger_duplicate());
        }
        self.open.wallet = Wallet::from_stored(self.tenant(), self.me(), stored)
            .open(self.open.slot.0, &self.open.slot.1)?;
        self.keep_wallet_version().await
    }

    /// Boxes this browser's keys for a passphrase that is about to be the only one.
    pub(super) async fn box_for(&self, proven: &Proven) -> Result<()> {
        let secret = self.device_secret().await?;
        let local_key = local::browser_key(proven.export_key.danger_bytes(), &secret);
        let keys = (&self.open.device, &self.open.keeper.cache_key);
        self.platform
            .box_beside(&self.open.facts, &local_key, keys)
            .await
    }

    /// Puts these boxes in place.
    pub(super) async fn settle_boxes_for(&self, proven: &Proven) -> Result<()> {
        let secret = self.device_secret().await?;
        let local_key = local::browser_key(proven.export_key.danger_bytes(), &secret);
        self.platform
            .settle_boxes(&self.open.facts, &local_key)
            .await
    }

    /// Changes the passphrase. It can be stopped at any place and begun again; until its last
    /// step the old passphrase works, after it the new one.
    ///
    /// # Errors
    /// `wrong_credentials` for the old passphrase; usage for a new one that is too short.
    pub(crate) async fn change_passphrase(
        &mut self,
        old: &Passphrase,
        new: &Passphrase,
    ) -> Result<()> {
        check_new(old, new)?;
        match self.ceremony(old).await {
            Ok(ceremony) => self.rotate_passphrase(ceremony, new).await,
            Err(error) if is_wrong_passphrase(&error) => self.changed_before(new, error).await,
            Err(error) => Err(error),
        }
    }

    /// An earlier run may have got to the end without hearing so.
    async fn changed_before(&mut self, new: &Passphrase, otherwise: CoreError) -> Result<()> {
        let Ok(proven) = self.prove(new, false).await else {
            return Err(otherwise);
        };
        let view = self.stored_wallet().await?;
        let mut wallet = self.open_stored(&view, &proven.keys)?;
        self.box_for(&proven).await?;
        self.store_wallet(&mut wallet, None, None, Some(&proven.keys))
            .await?;
        self.settle_boxes_for(&proven).await
    }

    async fn rotate_passphrase(&mut self, ceremony: Ceremony, new: &Passphrase) -> Result<()> {
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
        let mut proven: Option<Proven> = None;
        loop {
            match state.next_step() {
                PassphraseStep::Register => {
                    let auth = Auth::Session(&self.open.token);
                    pending = Some(self.platform.register_pending(auth, new).await?);
                    state.pending = true;
                    state.proven = None;
                }
                PassphraseStep::Prove => match self.prove(new, true).await {
                    Ok(found) => {
                        let slot_key = found.keys.slot_key();
                        let slots = wallet.slots_of_key(SlotKind::Passphrase, slot_key);
                        state.new_slot = !slots.is_empty();
                        proven = Some(found);
                        state.proven = Some(true);
                    }
                    Err(error) if is_wrong_passphrase(&error) => state.proven = Some(false),
                    Err(error) => return Err(error),
                },
                PassphraseStep::AddSlot => {
                    let keys = &proven.as_ref().ok_or_else(step_missing)?.keys;
                    let mut rng = self.platform.rng();
                    wallet.add_slot(SlotKind::Passphrase, keys, &identity, &mut rng)?;
                    // The old passphrase still is the one that opens this page's wallet.
                    self.store_wallet(&mut wallet, None, None, Some(&old_keys))
                        .await?;
                    state.new_slot = true;
                }
                PassphraseStep::Promote => {
                    let proven = proven.as_ref().ok_or_else(step_missing)?;
                    self.box_for(proven).await?;
                    let slot_key = proven.keys.slot_key();
                    let rng = &mut self.platform.rng();
                    wallet.keep_one_way(SlotKind::Passphrase, slot_key, rng)?;
                    self.store_wallet(&mut wallet, None, pending, Some(&proven.keys))
                        .await?;
                    state.new_is_current = true;
                }
                PassphraseStep::Done => break,
            }
        }
        self.settle_boxes_for(proven.as_ref().ok_or_else(step_missing)?)
            .await
    }

    /// A kit with a new recovery code. It opens nothing before its slot is in the stored wallet.
    pub(super) async fn make_kit(&self) -> Result<RecoveryKit> {
        let facts = &self.open.facts;
        Ok(RecoveryKit {
            server_url: self.platform.address_for_others().await?,
            ca_fingerprint: self.platform.ca_fingerprint().await?,
            tenant: facts.tenant,
            name: facts.name.clone(),
            recovery: Secret16::make(&mut self.platform.rng()),
            device_secret: self.device_secret().await?,
            directory_recovery: None,
            keep_earlier_page: person::is_founder(&self.open.directory, facts.identity),
        })
    }

    /// Makes a new recovery kit; the old one ends when the new one is in place. It lies here
    /// before it opens anything, and is asked back.
    ///
    /// # Errors
    /// `wrong_credentials`.
    pub(crate) async fn new_kit(&mut self, passphrase: &Passphrase) -> Result<KitView> {
        let Ceremony {
            keys, mut wallet, ..
        } = self.ceremony(passphrase).await?;
        let identity = wallet.open_identity(SlotKind::Passphrase, keys.identity_key())?;
        let new_kit = self.make_kit().await?;
        let pending = PendingKit::new(&new_kit, &mut self.platform.rng());
        pending.keep(self.platform, &self.open.keeper).await?;
        let new_keys = SlotKeys::recovery(&new_kit.recovery);
        let mut rng = self.platform.rng();
        wallet.add_slot(SlotKind::Recovery, &new_keys, &identity, &mut rng)?;
        self.store_wallet(&mut wallet, None, None, Some(&keys))
            .await?;
        let mut rng = self.platform.rng();
        wallet.keep_one_way(SlotKind::Recovery, new_keys.slot_key(), &mut rng)?;
        let hash = kit::recover_auth_hash(&new_kit.recovery);
        self.store_wallet(&mut wallet, Some(hash), None, None)
            .await?;
        let view = pending.view();
        self.open.kit = Some(pending);
        Ok(view)
    }
}
