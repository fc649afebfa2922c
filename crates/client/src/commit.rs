//! Writing to a vault: author, journal, send; on a state that moved on, read and author again.

use crate::cache::{EditRow, Ingest, Origin, OutboxRow};
use crate::client::{Client, Engine, meta};
use crate::http::Auth;
use crate::sync::verify;
use crate::views::SyncDone;
use crate::{ClientError, Result};
use bytes::Bytes;
use reqwest::Method;
use std::pin::Pin;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{Rng, SymmetricKey};
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::transport::{Append, PageEntry};
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::wallet::{log_of_directory, log_of_vault};
use strongroom_vault::{Author, Duty, IntegrityError, Unlocked, VaultMachine, Wallet};
use strongroom_wire::{Appended, ProblemCode, WalletPut, WalletView};

/// How often a write is authored again when others were faster.
const ATTEMPTS: u32 = 12;

/// What a write is made from.
pub(crate) struct Making<'a> {
    pub machine: &'a VaultMachine,
    pub directory: &'a DirectoryState,
    pub device: &'a SignSecret,
    pub rng: &'a mut dyn Rng,
}

impl<'a> Making<'a> {
    /// An author at the log's present end.
    pub fn author(&self) -> Result<Author<'a>> {
        self.machine.check_can_write()?;
        Ok(self.machine.author(self.directory, self.device)?)
    }
}

impl Client {
    /// Makes a request and gets it into the log of `vault`. `make` is called again whenever
    /// the state moved on; it answers `None` where there is nothing left to do.
    pub(crate) async fn commit(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        make: &mut (dyn FnMut(&mut Making<'_>) -> Result<Option<Append>> + Send),
    ) -> Result<Option<Appended>> {
        engine.check_trouble(Some(vault))?;
        self.resend(engine, Some(vault)).await?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let append = {
                let directory = engine.directory()?;
                let machine = engine.machine(vault)?;
                let mut rng = self.shared.rng();
                make(&mut Making {
                    machine,
                    directory: &directory,
                    device: &self.shared.device,
                    rng: &mut rng,
                })
            };
            let append = match append {
                Ok(Some(append)) => append,
                Ok(None) => return Ok(None),
                // Perhaps only our picture is old.
                Err(error) if attempt == 1 && is_state(&error) => {
                    self.refresh(engine).await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            match self.send_append(engine, vault, &append).await {
                Ok(appended) => return Ok(Some(appended)),
                Err(error) if moved_on(&error) && attempt < attempts(&error) => {
                    tracing::debug!(attempt, code = error.code(), "the log moved on");
                    if attempt > 2 {
                        let pause = self.shared.environment.pause_ms(attempt.min(4) - 2);
                        tokio::time::sleep(std::time::Duration::from_millis(pause / 4)).await;
                    }
                    self.refresh(engine).await?;
                    engine.check_trouble(Some(vault))?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Journals and sends one request, and takes it in when the server has it.
    async fn send_append(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        append: &Append,
    ) -> Result<Appended> {
        let body = append.to_bytes();
        let row = engine.cache.put_outbox(vault, &body)?;
        let path = format!("/v1/vaults/{vault}/entries");
        match self.shared.http.append(&path, Bytes::from(body)).await {
            Ok(appended) => {
                self.absorb(engine, vault, &append.entries, &appended)
                    .await?;
                engine.cache.drop_outbox(row)?;
                Ok(appended)
            }
            // It may have arrived: the same bytes are sent again by the next command.
            Err(error) if error.is_offline() => Err(error),
            Err(error) => {
                engine.cache.drop_outbox(row)?;
                Err(error)
            }
        }
    }

    /// Takes own entries in at the places that the server gave them. Where others came
    /// between, everything is read from the server.
    async fn absorb(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        entries: &[UnverifiedEntry],
        appended: &Appended,
    ) -> Result<()> {
        let next = engine.machine(vault)?.state().next_index();
        if next != appended.first_index || engine.machine(vault)?.state().head().is_none() {
            let mut done = SyncDone::default();
            let result = self.sync_vault(engine, vault, &mut done).await;
            if result.is_err() {
                engine.forget();
            }
            result?;
            let n = engine.cache.vault(vault)?.map_or(0, |row| row.n);
            let last = appended.first_index + entries.len() as u64 - 1;
            if engine.cache.hash_at(n, last) != Some(appended.last_hash) {
                return Err(IntegrityError::Fork { index: last }.into());
            }
            return Ok(());
        }
        let placed: Vec<PageEntry> = entries
            .iter()
            .zip(appended.first_index..)
            .map(|(entry, index)| PageEntry {
                index,
                appended_ms: appended.appended_ms,
                entry: entry.clone(),
            })
            .collect();
        let mut done = SyncDone::default();
        crate::sync::take_page(&self.shared, engine, vault, placed, &mut done)?;
        let head = engine.machine(vault)?.state().head();
        if head.map(|head| head.hash) != Some(appended.last_hash) {
            engine.forget();
            return Err(IntegrityError::Fork {
                index: appended.first_index,
            }
            .into());
        }
        self.take_own_keys(engine, vault).await
    }

    /// After an entry that began a new epoch, the own wrap comes from the server like
    /// everybody's.
    async fn take_own_keys(&self, engine: &mut Engine, vault: VaultId) -> Result<()> {
        if engine.machine(vault)?.needs_wraps().is_some() {
            let mut done = SyncDone::default();
            self.sync_vault(engine, vault, &mut done).await?;
        }
        Ok(())
    }

    /// Sends signed requests again whose answer never came. They are idempotent by content.
    pub(crate) async fn resend(&self, engine: &mut Engine, only: Option<VaultId>) -> Result<()> {
        let waiting: Vec<OutboxRow> = engine
            .cache
            .outbox()?
            .into_iter()
            .filter(|row| only.is_none_or(|vault| vault == row.vault))
            .collect();
        for row in waiting {
            let path = format!("/v1/vaults/{}/entries", row.vault);
            let sent = self
                .shared
                .http
                .append(&path, Bytes::from(row.request.clone()))
                .await;
            match sent {
                Ok(_) => {
                    engine.cache.drop_outbox(row.n)?;
                    let mut done = SyncDone::default();
                    self.sync_vault(engine, row.vault, &mut done).await?;
                }
                Err(error) if error.is_offline() => return Err(error),
                // The state moved on before it arrived. Queued edits are sealed anew; the rest
                // was never reported as done.
                Err(error) => {
                    tracing::debug!(code = error.code(), "an unanswered request is void");
                    engine.cache.drop_outbox(row.n)?;
                }
            }
        }
        Ok(())
    }

    /// Sends what waits: unanswered requests, then edits that were made offline.
    pub(crate) async fn send_waiting(
        &self,
        engine: &mut Engine,
        done: &mut SyncDone,
    ) -> Result<()> {
        self.resend(engine, None).await?;
        for edit in engine.cache.edits()? {
            // It arrived with the request that was never answered.
            if engine.cache.has_version(edit.record, edit.version)? {
                done.edits_sent += 1;
                let row = engine.cache.record(edit.record)?;
                if row.is_some_and(|row| row.heads > 1) && !done.conflicts.contains(&edit.record) {
                    done.conflicts.push(edit.record);
                }
                engine.cache.drop_edit(edit.n)?;
                continue;
            }
            match self.send_edit(engine, &edit).await {
                Ok(conflict) => {
                    done.edits_sent += 1;
                    if conflict && !done.conflicts.contains(&edit.record) {
                        done.conflicts.push(edit.record);
                    }
                    engine.cache.drop_edit(edit.n)?;
                }
                Err(error) if error.is_offline() => return Err(error),
                Err(error) => done.warnings.push(format!(
                    "an edit of record {} made offline could not be sent and stays queued: {error}",
                    edit.record.short()
                )),
            }
        }
        Ok(())
    }

    async fn send_edit(&self, engine: &mut Engine, edit: &EditRow) -> Result<bool> {
        self.append_versions(engine, edit.vault, std::slice::from_ref(edit))
            .await?;
        let row = engine.cache.record(edit.record)?;
        Ok(row.is_some_and(|row| row.heads > 1))
    }

    /// Does what this member's device has to do for a vault: renew keys, write a checkpoint.
    pub(crate) async fn duties(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        done: &mut SyncDone,
    ) -> Result<()> {
        let directory = engine.directory()?;
        for duty in engine.machine(vault)?.duties(&directory) {
            let result = self.duty(engine, vault, duty).await;
            match result {
                Ok(_) => {}
                Err(error) if error.class() == crate::ErrorClass::Integrity => return Err(error),
                Err(error) => done
                    .warnings
                    .push(format!("a duty in a vault could not be done: {error}")),
            }
        }
        Ok(())
    }

    /// One duty. Boxed: it commits, and a commit may read and so come to duties again.
    fn duty<'a>(
        &'a self,
        engine: &'a mut Engine,
        vault: VaultId,
        duty: Duty,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        Box::pin(async move {
            let mut make = |making: &mut Making<'_>| match duty {
                Duty::FetchWraps(_) => Ok(None),
                Duty::RenewKeys(_) => {
                    if making.machine.renew_reason(making.directory).is_none() {
                        return Ok(None);
                    }
                    let append =
                        making
                            .machine
                            .renew_keys(making.directory, making.device, making.rng)?;
                    Ok(Some(append))
                }
                Duty::Checkpoint => {
                    let append = making.machine.checkpoint(making.directory, making.device)?;
                    Ok(Some(append))
                }
            };
            self.commit(engine, vault, &mut make).await.map(drop)
        })
    }

    /// Once a day and vault, a device says in the log what it has seen.
    pub(crate) async fn attest_daily(&self, engine: &mut Engine, vault: VaultId) -> Result<()> {
        let today = self.shared.today();
        let device = self.shared.facts.device;
        let machine = engine.machine(vault)?;
        if machine.role().is_none() || machine.own_head_day(device) == Some(today) {
            return Ok(());
        }
        let version = engine.wallet()?.version();
        let attested = self
            .commit(engine, vault, &mut |making| {
                let append =
                    making
                        .machine
                        .attest_head(making.directory, making.device, version, today)?;
                Ok(Some(append))
            })
            .await;
        match attested {
            Err(error) if error.class() == crate::ErrorClass::Integrity => Err(error),
            Err(error) => {
                tracing::debug!(code = error.code(), "no attestation today yet");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// What every command that wrote to a vault does last.
    pub(crate) async fn after_write(&self, engine: &mut Engine, vault: VaultId) -> Result<()> {
        self.attest_daily(engine, vault).await?;
        self.save_wallet_daily(engine).await
    }

    /// Puts the heads of all logs into the wallet, once a day.
    pub(crate) async fn save_wallet_daily(&self, engine: &mut Engine) -> Result<()> {
        if engine.wallet()?.day() == self.shared.today() {
            return Ok(());
        }
        match self.save_wallet(engine, &mut |_| Ok(())).await {
            Err(error) if error.class() == crate::ErrorClass::Integrity => Err(error),
            Err(error) => {
                tracing::debug!(code = error.code(), "the wallet is saved another time");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Changes the wallet and stores it with the newest heads; if another device was faster,
    /// its wallet is opened and the change made there.
    pub(crate) async fn save_wallet(
        &self,
        engine: &mut Engine,
        change: &mut (dyn FnMut(&mut Wallet<Unlocked>) -> Result<()> + Send),
    ) -> Result<()> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let heads = known_heads(engine)?;
            let today = self.shared.today();
            let mut rng = self.shared.rng();
            let wallet = engine.wallet()?;
            for (log, head) in &heads {
                wallet.merge_head(*log, *head)?;
            }
            wallet.set_day(today);
            change(wallet)?;
            let stored = wallet.seal(&mut rng);
            let bytes = stored.to_bytes();
            let put = WalletPut {
                wallet: bytes.clone().into(),
                recover_auth_hash: None,
                promote_credential: None,
            };
            let sent = self
                .shared
                .http
                .send_json_quiet(Method::PUT, "/v1/wallet", Auth::Session, &put)
                .await;
            match sent {
                Ok(()) => {
                    engine.wallet()?.saved(stored);
                    return engine.cache.set_meta(meta::WALLET, &bytes);
                }
                Err(error) if error.problem() == Some(ProblemCode::Conflict) && attempt < 5 => {
                    self.reload_wallet(engine).await?;
                }
                Err(error) => {
                    engine.forget();
                    return Err(error);
                }
            }
        }
    }

    /// Reads the wallet from the server. It must know everything that ours knows: heads are
    /// merged by verified maximum.
    pub(crate) async fn reload_wallet(&self, engine: &mut Engine) -> Result<()> {
        let view: WalletView = self
            .shared
            .http
            .get_json("/v1/wallet", Auth::Session)
            .await?;
        let facts = &self.shared.facts;
        let slot_key = engine
            .cache
            .meta(meta::SLOT_KEY)?
            .and_then(|key| SymmetricKey::from_slice(&key));
        let locked = Wallet::from_bytes(facts.tenant, facts.identity, &view.wallet.0)?;
        let opened = slot_key.and_then(|key| locked.open(SlotKind::Passphrase, &key).ok());
        let Some(mut newer) = opened else {
            return Err(ClientError::refused(
                "login_required",
                "the wallet does not open any more: the passphrase was changed on another device, or the wallet was altered",
            )
            .with_hint("log out and log in again"));
        };
        let ours = engine.wallet()?;
        if newer.version() < ours.version() {
            return Err(IntegrityError::Rollback {
                known: ours.version(),
                found: newer.version(),
            }
            .into());
        }
        newer.merge_from(ours)?;
        *ours = newer;
        engine.cache.set_meta(meta::WALLET, &view.wallet.0)
    }
}

/// Heads of all logs that were verified.
fn known_heads(engine: &mut Engine) -> Result<Vec<(Digest, strongroom_format::entry::Head)>> {
    let mut heads: Vec<_> = engine
        .cache
        .vaults()?
        .into_iter()
        .filter(|row| row.synced_ms > 0)
        .map(|row| (log_of_vault(row.vault), row.head))
        .collect();
    if let Some(head) = engine.directory()?.head() {
        heads.push((log_of_directory(engine.tenant()), head));
    }
    Ok(heads)
}

/// Whether an error of our own making may be due to an old picture.
fn is_state(error: &ClientError) -> bool {
    matches!(
        error.code(),
        "stale" | "rekey_required" | "no_key" | "forbidden" | "rule" | "not_found"
    )
}

/// Whether the server refused because its log is further than ours.
fn moved_on(error: &ClientError) -> bool {
    use ProblemCode::*;
    matches!(
        error.problem(),
        Some(StaleControl | InvalidEntry | Conflict | RekeyRequired)
    )
}

/// A rule that is broken twice will be broken again.
fn attempts(error: &ClientError) -> u32 {
    match error.problem() {
        Some(ProblemCode::InvalidEntry) => 3,
        _ => ATTEMPTS,
    }
}

/// Takes a new vault's first entries in, which the server has.
pub(crate) fn absorb_new(
    client: &Client,
    engine: &mut Engine,
    vault: VaultId,
    entries: &[UnverifiedEntry],
    appended: &Appended,
) -> Result<()> {
    let placed: Vec<PageEntry> = entries
        .iter()
        .zip(appended.first_index..)
        .map(|(entry, index)| PageEntry {
            index,
            appended_ms: appended.appended_ms,
            entry: entry.clone(),
        })
        .collect();
    let directory = engine.directory()?;
    let signed = verify(placed, client.shared.facts.tenant, vault, &directory)?;
    let mut machine = engine.take_machine(vault)?;
    let verified = machine.apply_verified(signed, &directory, &|_| None)?;
    engine.cache.transaction(|connection| {
        let mut ingest = Ingest::begin(connection, vault, machine.keyring())?;
        for entry in &verified {
            ingest.take(&Origin::of(entry), entry.payload.as_ref())?;
        }
        match machine.state().head() {
            Some(head) => ingest.finish(head, &machine.snapshot(), client.shared.now_ms()),
            None => Ok(()),
        }
    })?;
    engine.put_machine(machine)
}
