//! Somebody knows the passphrase: new passphrase, new kit, new wallet key, new identity key, new
//! wrap key, new keys for the vaults; every other device and passkey ends.

use super::PendingKit;
use super::credentials::{Ceremony, Proven, check_new, step_missing};
use super::login::enrol;
use crate::engine::Engine;
use crate::http::Auth;
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use serde::Serialize;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::passphrase::Passphrase;
use strongroom_vault::rotation::{RenewalState, RenewalStep};
use strongroom_vault::{IdentitySecret, SlotKeys, Unlocked, Wallet, kit, person};

/// Name of the kept hash of the key that a renewal puts in force.
const RENEWAL: &str = "renewal";

/// What was made anew, and what waits for others.
#[derive(Default, Serialize)]
pub(crate) struct RenewalDone {
    devices_revoked: Vec<String>,
    vaults_renewed: Vec<String>,
    /// Vaults whose keys a manager or owner has to renew.
    vaults_waiting: Vec<String>,
    /// Invitations in the person's name are open: they may be somebody else's.
    open_invitations: usize,
}

/// What a run holds between its steps.
struct Run<'a> {
    new: &'a Passphrase,
    state: RenewalState,
    wallet: Wallet<Unlocked>,
    /// Before `Promote` by the old passphrase, after it with the next key beside the one in force.
    identity: IdentitySecret,
    pending: Option<CredentialId>,
    proven: Option<Proven>,
    kit: Option<(PendingKit, SlotKeys, Digest)>,
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Somebody knows the passphrase: changes it and makes anew whatever it opened. It can be
    /// stopped at any place: until the wallet is stored the old passphrase and kit work; from
    /// then on the new ones, and [`Self::finish_renewal`] goes on.
    ///
    /// # Errors
    /// `wrong_credentials` for the old passphrase; usage for a new one that is too short.
    pub(crate) async fn renew_all(
        &mut self,
        old: &Passphrase,
        new: &Passphrase,
    ) -> Result<RenewalDone> {
        check_new(old, new)?;
        match self.ceremony(old).await {
            Ok(ceremony) => {
                self.sync_directory(None).await?;
                let run = begin(ceremony, new)?;
                self.run_renewal(run).await
            }
            // The first run may have got further than it heard.
            Err(error) if error.code() == "wrong_credentials" => {
                match self.finish_renewal(new).await {
                    Err(other) if other.code() == "wrong_credentials" => Err(error),
                    result => result,
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Goes on with a renewal that was stopped after the new passphrase had become the only one.
    ///
    /// # Errors
    /// `wrong_credentials`; usage where none was begun.
    pub(crate) async fn finish_renewal(&mut self, passphrase: &Passphrase) -> Result<RenewalDone> {
        let proven = self.prove(passphrase, false).await?;
        let view = self.stored_wallet().await?;
        let wallet = self.open_stored(&view, &proven.keys)?;
        self.box_for(&proven).await?;
        self.open.slot = (
            SlotKind::Passphrase,
            proven.keys.slot_key().danger_duplicate(),
        );
        self.open.wallet = self.open_stored(&view, &proven.keys)?;
        self.keep_wallet_version().await?;
        self.sync_directory(None).await?;
        let identity = wallet.open_identity(SlotKind::Passphrase, proven.keys.identity_key())?;
        let begun = self.open.keeper.get(self.platform, RENEWAL).await?;
        let begun = begun.as_ref().map(|hash| hash.as_slice());
        let Some(state) = RenewalState::resumed(&identity, &self.open.directory, begun)? else {
            return Err(CoreError::new(
                ErrorClass::Usage,
                "nothing_to_renew",
                "the passphrase is the new one already, but nothing else was made anew",
            )
            .with_hint("give the present passphrase as the old one, and choose another new one"));
        };
        let run = Run {
            new: passphrase,
            state,
            wallet,
            identity,
            pending: None,
            proven: Some(proven),
            kit: None,
        };
        self.run_renewal(run).await
    }

    async fn run_renewal(&mut self, mut run: Run<'_>) -> Result<RenewalDone> {
        loop {
            match run.state.next_step() {
                RenewalStep::Register => {
                    let auth = Auth::Session(&self.open.token);
                    run.pending = Some(self.platform.register_pending(auth, run.new).await?);
                    run.state.pending = true;
                    run.state.proven = None;
                }
                RenewalStep::Prove => match self.prove(run.new, true).await {
                    Ok(proven) => {
                        run.proven = Some(proven);
                        run.state.proven = Some(true);
                    }
                    Err(error) if error.code() == "wrong_credentials" => {
                        run.state.proven = Some(false);
                    }
                    Err(error) => return Err(error),
                },
                RenewalStep::WriteKit => {
                    let new_kit = self.make_kit().await?;
                    let pending = PendingKit::new(&new_kit, &mut self.platform.rng());
                    pending.keep(self.platform, &self.open.keeper).await?;
                    let hash = kit::recover_auth_hash(&new_kit.recovery);
                    run.kit = Some((pending, SlotKeys::recovery(&new_kit.recovery), hash));
                    run.state.kit_written = true;
                }
                RenewalStep::Promote => {
                    self.promote_renewal(&mut run).await?;
                    run.state.promoted = true;
                }
                RenewalStep::Renew => {
                    self.send_renewal(&run.identity).await?;
                    run.state.in_force = true;
                }
                RenewalStep::NewKeys => {
                    self.refresh().await?;
                    run.state.vaults_done = true;
                }
                RenewalStep::Settle => {
                    let directory = self.open.directory.clone();
                    let in_force = run.identity.sign_secret(&directory)?;
                    let (identity, platform) = (&run.identity, self.platform);
                    self.save_wallet(&mut |wallet| {
                        wallet.end_renewal(identity, in_force, &mut platform.rng());
                    })
                    .await?;
                    run.state.settled = true;
                }
                RenewalStep::Done => break,
            }
        }
        let proven = run.proven.as_ref().ok_or_else(step_missing)?;
        self.settle_boxes_for(proven).await?;
        let done = self.report_renewal().await?;
        self.open.keeper.delete(self.platform, RENEWAL).await?;
        Ok(done)
    }

    /// The write after which nothing opens by the old passphrase, kit or passkeys.
    async fn promote_renewal(&mut self, run: &mut Run<'_>) -> Result<()> {
        let proven = run.proven.as_ref().ok_or_else(step_missing)?;
        let (pending_kit, kit_keys, recover_auth_hash) = run.kit.take().ok_or_else(step_missing)?;
        let ways = [
            (SlotKind::Passphrase, &proven.keys),
            (SlotKind::Recovery, &kit_keys),
        ];
        let (wallet, directory) = (&mut run.wallet, &self.open.directory);
        let in_force = run.identity.sign_secret(directory)?;
        let mut rng = self.platform.rng();
        run.identity = wallet.begin_renewal_of_all(in_force, directory, &ways, &mut rng)?;
        self.box_for(proven).await?;
        if let Some(next) = run.identity.next_secret(&self.open.directory) {
            let hash = next.public().key_hash();
            let keeper = &self.open.keeper;
            keeper.put(self.platform, RENEWAL, hash.as_bytes()).await?;
        }
        self.store_wallet(
            &mut run.wallet,
            Some(recover_auth_hash),
            run.pending,
            Some(&proven.keys),
        )
        .await?;
        self.open.kit = Some(pending_kit);
        // Their slots are gone.
        self.platform.forget_passkeys(&self.open.keeper).await
    }

    /// Puts the wallet's next identity key in force.
    async fn send_renewal(&mut self, identity: &IdentitySecret) -> Result<()> {
        let me = self.me();
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.sync_directory(None).await?;
            if identity.next_secret(&self.open.directory).is_none() {
                return Ok(());
            }
            let generation = person::next_wrap_generation(&self.open.directory, me);
            if self.open.wallet.wrap_seeds().get(generation).is_none() {
                // Another renewal of the wrap key came between.
                let wrap = WrapSecret::make(&mut self.platform.rng());
                self.save_wallet(&mut |wallet| wallet.add_wrap_seed(generation, &wrap))
                    .await?;
            }
            let seeds = self.open.wallet.wrap_seeds();
            let mut state = self.open.directory.clone();
            let auth = Auth::Session(&self.open.token);
            let (device, now_ms) = (&self.open.device, self.platform.now_ms());
            let sent = enrol(self.platform, auth, &mut state, &mut |directory| {
                person::renew_identity_as_begun(directory, identity, device, &seeds, now_ms)?
                    .ok_or_else(|| {
                        CoreError::conflict("conflict", "the directory changed meanwhile")
                            .with_hint("try again")
                    })
            })
            .await;
            self.set_directory(state).await?;
            match sent {
                Err(error) if error.code() == "conflict" && attempt < 5 => {}
                result => return result,
            }
        }
    }

    async fn report_renewal(&mut self) -> Result<RenewalDone> {
        let me = self.me();
        let renewed = person::renewed(&self.open.directory, me);
        let mut done = RenewalDone {
            devices_revoked: renewed.devices_revoked,
            open_invitations: renewed.open_invitations,
            ..RenewalDone::default()
        };
        for id in self.known_vaults().await? {
            let Some(vault) = self.open.vaults.get(&id) else {
                continue;
            };
            if vault.gone || vault.machine.role().is_none() {
                continue;
            }
            let name = match vault.name.is_empty() {
                true => id.short(),
                false => vault.name.clone(),
            };
            match vault.machine.renew_reason(&self.open.directory) {
                Some(_) => done.vaults_waiting.push(name),
                None => done.vaults_renewed.push(name),
            }
        }
        Ok(done)
    }
}

fn begin(ceremony: Ceremony, new: &Passphrase) -> Result<Run<'_>> {
    let Ceremony {
        keys,
        wallet,
        pending,
    } = ceremony;
    let identity = wallet.open_identity(SlotKind::Passphrase, keys.identity_key())?;
    Ok(Run {
        new,
        state: RenewalState {
            pending: pending.is_some(),
            ..RenewalState::default()
        },
        wallet,
        identity,
        pending,
        proven: None,
        kit: None,
    })
}
