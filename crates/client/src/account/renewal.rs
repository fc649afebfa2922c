//! Somebody knows the passphrase: new passphrase, new kit, new wallet key, new identity key, new
//! wrap key, new keys for the vaults; every other device has to log in anew.

use super::credentials::Ceremony;
use super::enrol;
use super::recover::{Hook, register};
use super::signup::{check_absent, write_kit};
use crate::cache::put_meta;
use crate::client::{Client, Engine, meta};
use crate::http::Auth;
use crate::views::{RenewalDone, SyncDone};
use crate::{ClientError, Passphrase, Result};
use std::path::Path;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_format::directory::DirectoryState;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::rotation::{RenewalState, RenewalStep};
use strongroom_vault::wallet::Compared;
use strongroom_vault::{IdentitySecret, SlotKeys, Unlocked, Wallet, kit, person};
use zeroize::Zeroizing;

/// What a run holds between its steps.
struct Run<'a> {
    new: &'a Passphrase,
    kit_out: &'a Path,
    state: RenewalState,
    wallet: Wallet<Unlocked>,
    /// Before `Promote` by the old passphrase, after it with the next key beside the one in force.
    identity: IdentitySecret,
    pending: Option<CredentialId>,
    keys: Option<SlotKeys>,
    kit_keys: Option<(SlotKeys, Digest)>,
    done: RenewalDone,
}

impl Client {
    /// Somebody knows the passphrase: changes it and makes anew whatever it opened. The new
    /// recovery kit is written to `kit_out`; the old one ends. All other devices and sessions
    /// end. It can be stopped at any place and run again with the same two passphrases: until
    /// the wallet is stored the old passphrase and kit work, from then on the new ones.
    ///
    /// # Errors
    /// `wrong_credentials` for the old passphrase; usage for a new one that is too short, or a
    /// `kit_out` that is there already.
    pub async fn passphrase_change_someone_knows(
        &self,
        old: &Passphrase,
        new: &Passphrase,
        kit_out: &Path,
    ) -> Result<RenewalDone> {
        self.passphrase_change_someone_knows_with(old, new, kit_out, &mut |_| Ok(()))
            .await
    }

    /// As [`Client::passphrase_change_someone_knows`], with a hook before each step.
    ///
    /// # Errors
    /// As [`Client::passphrase_change_someone_knows`], and the hook's.
    pub async fn passphrase_change_someone_knows_with(
        &self,
        old: &Passphrase,
        new: &Passphrase,
        kit_out: &Path,
        hook: &mut (dyn FnMut(&str) -> Result<()> + Send),
    ) -> Result<RenewalDone> {
        new.check_strength()?;
        if old.danger_bytes() == new.danger_bytes() {
            return Err(ClientError::usage(
                "the new passphrase is the same as the old one",
            ));
        }
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        let run = match self.ceremony(engine, old).await {
            Ok(ceremony) => {
                check_absent(kit_out)?;
                self.sync_directory(engine, None).await?;
                begin(ceremony, new, kit_out)?
            }
            Err(error) if error.code() == "wrong_credentials" => {
                self.resume(engine, new, kit_out, error).await?
            }
            Err(error) => return Err(error),
        };
        let done = self.run_renewal(engine, run, hook).await;
        if done.is_err() {
            engine.forget();
        }
        done
    }

    /// A run that was stopped after the new passphrase had become the only one.
    async fn resume<'a>(
        &self,
        engine: &mut Engine,
        new: &'a Passphrase,
        kit_out: &'a Path,
        otherwise: ClientError,
    ) -> Result<Run<'a>> {
        let Ok(keys) = self.prove(new, false).await else {
            return Err(otherwise);
        };
        let view = self.stored_wallet().await?;
        let wallet = self.open_wallet(&view, &keys)?;
        self.box_device(new)?;
        engine.cache.transaction(|connection| {
            put_meta(connection, meta::WALLET, &view.wallet.0)?;
            put_meta(connection, meta::SLOT_KEY, keys.slot_key().danger_bytes())
        })?;
        engine.forget();
        self.sync_directory(engine, None).await?;
        let directory = engine.directory()?;
        let identity = wallet.open_identity(SlotKind::Passphrase, keys.identity_key())?;
        let begun = engine.cache.meta(meta::RENEWAL)?;
        let begun = begun.as_ref().map(|hash| hash.as_slice());
        let Some(state) = RenewalState::resumed(&identity, &directory, begun)? else {
            return Err(ClientError::usage(
                "the passphrase is the new one already, but nothing else was made anew",
            )
            .with_hint("give the present passphrase as the old one, and choose another new one"));
        };
        Ok(Run {
            new,
            kit_out,
            state,
            wallet,
            identity,
            pending: None,
            keys: Some(keys),
            kit_keys: None,
            done: nothing_done(),
        })
    }

    async fn run_renewal(
        &self,
        engine: &mut Engine,
        mut run: Run<'_>,
        hook: Hook<'_>,
    ) -> Result<RenewalDone> {
        loop {
            match run.state.next_step() {
                RenewalStep::Register => {
                    hook("register")?;
                    let shared = &self.shared;
                    let (credential, _) =
                        register(&shared.http, Auth::Session, &shared.environment, run.new).await?;
                    run.pending = Some(credential);
                    run.state.pending = true;
                    run.state.proven = None;
                }
                RenewalStep::Prove => {
                    hook("prove")?;
                    match self.prove(run.new, true).await {
                        Ok(keys) => {
                            run.keys = Some(keys);
                            run.state.proven = Some(true);
                        }
                        Err(error) if error.code() == "wrong_credentials" => {
                            run.state.proven = Some(false);
                        }
                        Err(error) => return Err(error),
                    }
                }
                RenewalStep::WriteKit => {
                    hook("write_kit")?;
                    let new_kit = self.make_kit(engine)?;
                    write_kit(run.kit_out, &new_kit)?;
                    let hash = kit::recover_auth_hash(&new_kit.recovery);
                    run.kit_keys = Some((SlotKeys::recovery(&new_kit.recovery), hash));
                    run.state.kit_written = true;
                }
                RenewalStep::Promote => {
                    hook("promote")?;
                    self.promote_renewal(engine, &mut run).await?;
                    run.state.promoted = true;
                }
                RenewalStep::Renew => {
                    hook("renew")?;
                    self.send_renewal(engine, &run.identity).await?;
                    run.state.in_force = true;
                }
                RenewalStep::NewKeys => {
                    hook("new_keys")?;
                    let synced = self.refresh(engine).await?;
                    run.done.warnings.extend(synced.warnings);
                    run.state.vaults_done = true;
                }
                RenewalStep::Settle => {
                    hook("settle")?;
                    let directory = engine.directory()?;
                    self.save_wallet(engine, &mut |wallet| {
                        let in_force = run.identity.sign_secret(&directory)?;
                        wallet.end_renewal(&run.identity, in_force, &mut self.shared.rng());
                        Ok(())
                    })
                    .await?;
                    run.state.settled = true;
                }
                RenewalStep::Done => break,
            }
        }
        hook("done")?;
        self.shared.profile.promote_device_next()?;
        self.confirm_written_kit(&mut run).await?;
        self.report_renewal(engine, &mut run.done)?;
        engine.cache.remove_meta(meta::RENEWAL)?;
        Ok(run.done)
    }

    /// The write after which nothing opens by the old passphrase or kit.
    async fn promote_renewal(&self, engine: &mut Engine, run: &mut Run<'_>) -> Result<()> {
        let missing = || ClientError::failed("internal", "a step of the renewal was left out");
        let mut rng = self.shared.rng();
        let directory = engine.directory()?;
        let keys = run.keys.as_ref().ok_or_else(missing)?;
        let (kit_keys, recover_auth_hash) = run.kit_keys.as_ref().ok_or_else(missing)?;
        let ways = [(SlotKind::Passphrase, keys), (SlotKind::Recovery, kit_keys)];
        let in_force = run.identity.sign_secret(&directory)?;
        let wallet = &mut run.wallet;
        run.identity = wallet.begin_renewal_of_all(in_force, &directory, &ways, &mut rng)?;
        self.box_device(run.new)?;
        if let Some(next) = run.identity.next_secret(&directory) {
            let hash = next.public().key_hash();
            engine.cache.set_meta(meta::RENEWAL, hash.as_bytes())?;
        }
        self.store_wallet(
            engine,
            &mut run.wallet,
            Some(*recover_auth_hash),
            run.pending,
            Some(keys),
        )
        .await
    }

    /// Puts the wallet's next identity key in force.
    async fn send_renewal(&self, engine: &mut Engine, identity: &IdentitySecret) -> Result<()> {
        let me = engine.me();
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.sync_directory(engine, None).await?;
            let current = engine.directory()?;
            if identity.next_secret(&current).is_none() {
                return Ok(());
            }
            let generation = person::next_wrap_generation(&current, me);
            if engine.wallet()?.wrap_seeds().get(generation).is_none() {
                // Another renewal of the wrap key came between.
                let wrap = WrapSecret::make(&mut self.shared.rng());
                self.save_wallet(engine, &mut |wallet| {
                    wallet.add_wrap_seed(generation, &wrap);
                    Ok(())
                })
                .await?;
            }
            let seeds = engine.wallet()?.wrap_seeds();
            let mut state = DirectoryState::clone(&current);
            let sent = enrol(
                &self.shared.http,
                Auth::Session,
                &mut state,
                &mut |directory| {
                    person::renew_identity_as_begun(
                        directory,
                        identity,
                        &self.shared.device,
                        &seeds,
                        self.shared.now_ms(),
                    )?
                    .ok_or_else(|| {
                        ClientError::conflict("conflict", "the directory changed meanwhile")
                            .with_hint("run the command again")
                    })
                },
            )
            .await;
            engine.set_directory(state)?;
            match sent {
                Ok(_) => return Ok(()),
                Err(error) if error.code() == "conflict" && attempt < 5 => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Confirms the kit at the server; a run that was stopped may have written another one.
    async fn confirm_written_kit(&self, run: &mut Run<'_>) -> Result<()> {
        let confirmed = match std::fs::read_to_string(run.kit_out) {
            Ok(text) => match self.kit_confirm(&Zeroizing::new(text)).await {
                Err(error) if error.class() == crate::ErrorClass::Integrity => return Err(error),
                result => result.is_ok(),
            },
            Err(_) => false,
        };
        run.done.kit_confirmed = confirmed;
        if !confirmed {
            run.done.warnings.push(format!(
                "the recovery kit in {} could not be confirmed: if another run wrote your kit, keep that one; else make a new one with strongroom kit new",
                run.kit_out.display()
            ));
        }
        Ok(())
    }

    fn report_renewal(&self, engine: &mut Engine, done: &mut RenewalDone) -> Result<()> {
        let directory = engine.directory()?;
        let me = engine.me();
        let renewed = person::renewed(&directory, me);
        done.devices_revoked = renewed.devices_revoked;
        done.keep_earlier_page = person::is_founder(&directory, me);
        if renewed.open_invitations > 0 {
            done.warnings.push(
                "invitations in your name are open: withdraw those that you did not make (strongroom account invitations)".to_owned(),
            );
        }
        for row in engine.cache.vaults()? {
            let machine = engine.machine(row.vault)?;
            if row.gone || machine.role().is_none() {
                continue;
            }
            let waits = machine.renew_reason(&directory).is_some();
            let name = match row.name.is_empty() {
                true => row.vault.short(),
                false => row.name,
            };
            match waits {
                true => done.vaults_waiting.push(name),
                false => done.vaults_renewed.push(name),
            }
        }
        Ok(())
    }

    /// Tells of people who were compared and whose key is another one now, and of a renewal of
    /// one's own that was stopped.
    pub(crate) fn tell_renewals(&self, engine: &mut Engine, done: &mut SyncDone) -> Result<()> {
        let directory = engine.directory()?;
        let me = engine.me();
        let wallet = engine.wallet()?;
        if wallet.is_being_renewed() {
            done.warnings.push(
                "the change of your passphrase was stopped before your keys were made anew: run strongroom passphrase change --someone-knows-it again".to_owned(),
            );
        }
        for (identity, known) in directory.identities() {
            let former = identity != me && wallet.compared(known) == Compared::FormerKey;
            if former && known.retired_index.is_none() {
                done.warnings.push(format!(
                    "{} renewed their identity key, signed with the former one; the safety number that you compared has changed: compare it again with strongroom safety {}",
                    known.name, known.name
                ));
            }
        }
        Ok(())
    }
}

fn begin<'a>(ceremony: Ceremony, new: &'a Passphrase, kit_out: &'a Path) -> Result<Run<'a>> {
    let Ceremony {
        keys,
        wallet,
        pending,
    } = ceremony;
    let identity = wallet.open_identity(SlotKind::Passphrase, keys.identity_key())?;
    Ok(Run {
        new,
        kit_out,
        state: RenewalState {
            pending: pending.is_some(),
            ..RenewalState::default()
        },
        wallet,
        identity,
        pending,
        keys: None,
        kit_keys: None,
        done: nothing_done(),
    })
}

fn nothing_done() -> RenewalDone {
    RenewalDone {
        devices_revoked: Vec::new(),
        vaults_renewed: Vec::new(),
        vaults_waiting: Vec::new(),
        kit_confirmed: false,
        keep_earlier_page: false,
        warnings: Vec::new(),
    }
}
