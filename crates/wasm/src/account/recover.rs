//! Coming back with the recovery kit, when the passphrase is forgotten.

use super::credentials::step_missing;
use super::kit::KitView;
use super::login::enrol;
use super::{NewSession, PendingKit};
use crate::Result;
use crate::core::Core;
use crate::http::{Auth, Repeat};
use crate::platform::{Http, Storage};
use crate::store::{Facts, LocalKeys};
use strongroom_crypto::SymmetricKey;
use strongroom_crypto::opaque::ExportKey;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::directory::DirectoryState;
use strongroom_format::person::device_id;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::passphrase::Passphrase;
use strongroom_vault::rotation::{RecoveryState, RecoveryStep};
use strongroom_vault::{IntegrityError, RecoveryKit, SlotKeys, Wallet, kit, local, person};
use strongroom_wire::{Recover, SessionCreated, WalletView};
use zeroize::Zeroizing;

/// The new passphrase as it was proven at the server.
struct NewWay {
    session: SessionCreated,
    export_key: ExportKey,
    keys: SlotKeys,
}

impl<H: Http, S: Storage> Core<H, S> {
    /// Comes back with the recovery kit: enrols this browser, sets a new passphrase, makes a new
    /// kit, which is asked back. Until the last step the old kit works; it can be begun again at
    /// any time.
    ///
    /// # Errors
    /// `wrong_credentials` for a kit of another server or one that was replaced; integrity where
    /// wallet or directory do not prove themselves.
    pub(crate) async fn recover(
        &mut self,
        kit_text: &str,
        passphrase: &Passphrase,
    ) -> Result<KitView> {
        passphrase.check_strength()?;
        let old_kit = RecoveryKit::from_text(kit_text)?;
        self.end_session().await?;
        let body = Recover {
            name: old_kit.name.clone(),
            tenant: Some(old_kit.tenant),
            auth: old_kit.recover_auth(),
            device_name: self.platform.device_name.clone(),
        };
        let path = "/v1/recover";
        let session: SessionCreated = self
            .platform
            .send_json("POST", path, Auth::None, &body, Repeat::Never)
            .await?;
        if session.tenant != old_kit.tenant {
            return Err(IntegrityError::ForeignTenant { index: 0 }.into());
        }
        let token = Zeroizing::new(session.session_token.clone());
        let auth = Auth::Session(&token);
        let recovered = self.recover_in(auth, &session, &old_kit, passphrase).await;
        let _ = self.platform.send_empty("POST", "/v1/logout", auth).await;
        self.enter(recovered?).await?;
        self.pending_kit()
    }

    /// The steps of a recovery, in its short session.
    async fn recover_in(
        &self,
        auth: Auth<'_>,
        session: &SessionCreated,
        old_kit: &RecoveryKit,
        passphrase: &Passphrase,
    ) -> Result<NewSession> {
        let (tenant, me) = (session.tenant, session.identity);
        let view: WalletView = self.platform.get_json("/v1/wallet", auth).await?;
        let old_keys = SlotKeys::recovery(&old_kit.recovery);
        let mut wallet = Wallet::from_bytes(tenant, me, &view.wallet.0)?
            .open(SlotKind::Recovery, old_keys.slot_key())?;
        let identity = wallet.open_identity(SlotKind::Recovery, old_keys.identity_key())?;
        let mut directory = self.verified_directory(auth, &wallet, None).await?;

        let keys = LocalKeys {
            device: SignSecret::make(&mut self.platform.rng()),
            cache_key: SymmetricKey::make(&mut self.platform.rng()),
        };
        let new_kit = self.kit_after(old_kit, &directory, me).await?;
        let new_recovery = SlotKeys::recovery(&new_kit.recovery);
        let pending_kit = PendingKit::new(&new_kit, &mut self.platform.rng());
        let facts = Facts {
            format: 1,
            name: directory
                .identity(me)
                .map_or_else(|| old_kit.name.clone(), |known| known.name.clone()),
            tenant,
            identity: me,
            device: device_id(keys.device.public()),
            device_name: self.platform.device_name.clone(),
            complete: true,
        };
        let mut state = RecoveryState {
            pending: view.pending_credential.is_some(),
            ..RecoveryState::default()
        };
        let mut pending = view.pending_credential;
        let mut new_way: Option<NewWay> = None;
        let mut new_slots: Vec<SlotId> = Vec::new();
        loop {
            match state.next_step() {
                RecoveryStep::EnrolDevice => {
                    let name = &self.platform.device_name;
                    enrol(&self.platform, auth, &mut directory, &mut |directory| {
                        let device = &keys.device;
                        Ok(person::enrol_device(directory, &identity, device, name)?)
                    })
                    .await?;
                    state.enrolled = true;
                }
                RecoveryStep::Register => {
                    pending = Some(self.platform.register_pending(auth, passphrase).await?);
                    state.pending = true;
                    state.proven = None;
                }
                RecoveryStep::Prove => {
                    new_way = self.prove_new(&new_kit, passphrase).await?;
                    state.proven = Some(new_way.is_some());
                }
                RecoveryStep::WriteKit => {
                    let way = new_way.as_ref().ok_or_else(step_missing)?;
                    let secret = &new_kit.device_secret;
                    let local_key = local::browser_key(way.export_key.danger_bytes(), secret);
                    self.prepare(&facts, &new_kit, &local_key, &keys, &pending_kit)
                        .await?;
                    state.kit_written = true;
                }
                RecoveryStep::AddSlots => {
                    let way = new_way.as_ref().ok_or_else(step_missing)?;
                    let stored = {
                        let mut rng = self.platform.rng();
                        let ways = [
                            (SlotKind::Passphrase, &way.keys),
                            (SlotKind::Recovery, &new_recovery),
                        ];
                        for (kind, keys) in ways {
                            new_slots.push(wallet.add_slot(kind, keys, &identity, &mut rng)?);
                        }
                        wallet.seal(&mut rng)
                    };
                    let bytes = stored.to_bytes();
                    self.platform.put_wallet(auth, bytes, None, None).await?;
                    wallet.saved(stored);
                    state.new_slots = true;
                }
                RecoveryStep::Promote => {
                    let stored = {
                        let mut rng = self.platform.rng();
                        wallet.retain_slots(&new_slots)?;
                        wallet.rekey(&mut rng)?;
                        wallet.seal(&mut rng)
                    };
                    let hash = kit::recover_auth_hash(&new_kit.recovery);
                    let bytes = stored.to_bytes();
                    self.platform
                        .put_wallet(auth, bytes, Some(hash), pending)
                        .await?;
                    wallet.saved(stored);
                    state.promoted = true;
                }
                RecoveryStep::Done => break,
            }
        }
        let way = new_way.ok_or_else(step_missing)?;
        Ok(NewSession {
            facts,
            token: Zeroizing::new(way.session.session_token),
            wallet,
            slot: (SlotKind::Passphrase, way.keys.slot_key().danger_duplicate()),
            keys,
            directory,
            kit: Some(pending_kit),
        })
    }

    /// Logs in with the pending passphrase; `None` where another one is pending.
    async fn prove_new(
        &self,
        new_kit: &RecoveryKit,
        passphrase: &Passphrase,
    ) -> Result<Option<NewWay>> {
        let tenant = Some(new_kit.tenant);
        let login = self
            .platform
            .opaque_login(&new_kit.name, tenant, passphrase, true)
            .await;
        match login {
            Ok((session, export_key)) => {
                let secret = &new_kit.device_secret;
                Ok(Some(NewWay {
                    session,
                    keys: SlotKeys::passphrase(export_key.danger_bytes(), secret),
                    export_key,
                }))
            }
            Err(error) if error.code() == "wrong_credentials" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The kit that follows `old`: another recovery code, the rest as it was.
    async fn kit_after(
        &self,
        old: &RecoveryKit,
        directory: &DirectoryState,
        me: IdentityId,
    ) -> Result<RecoveryKit> {
        let server_url = self.platform.address_for_others().await?;
        let ca_fingerprint = self.platform.ca_fingerprint().await?;
        let is_founder = person::is_founder(directory, me);
        let rng = &mut self.platform.rng();
        Ok(old.next(server_url, ca_fingerprint, is_founder, rng))
    }
}
