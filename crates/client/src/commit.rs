//! Writing to a vault: author, journal, send; on a state that moved on, read and author again.

mod duties;
mod waiting;
mod wallet;

use crate::cache::{Cache, Ingest, Origin};
use crate::client::{Client, Engine};
use crate::sync::verify;
use crate::views::SyncDone;
use crate::{ClientError, Result};
use bytes::Bytes;
use strongroom_crypto::Rng;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::transport::{Append, PageEntry};
use strongroom_types::*;
use strongroom_vault::{Author, IntegrityError, VaultMachine};
use strongroom_wire::{Appended, ProblemCode};

/// What a write is made from.
pub(crate) struct Making<'a> {
    pub machine: &'a VaultMachine,
    /// As it is after the latest reading: what an earlier try has brought into the log is here.
    pub cache: &'a Cache,
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
        engine.check_confirmed(vault)?;
        self.resend(engine, Some(vault)).await?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let append = {
                let directory = engine.directory()?;
                let machine = engine.take_machine(vault)?;
                let mut rng = self.shared.rng();
                let append = make(&mut Making {
                    machine: &machine,
                    cache: &engine.cache,
                    directory: &directory,
                    device: &self.shared.device,
                    rng: &mut rng,
                });
                engine.put_machine(machine)?;
                append
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
        let mut done = SyncDone::default();
        crate::sync::take_page(
            &self.shared,
            engine,
            vault,
            placed(entries, appended),
            &mut done,
        )?;
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
    error.problem().is_some_and(ProblemCode::log_moved_on)
}

/// How often a write is authored again when others were faster.
fn attempts(error: &ClientError) -> u32 {
    error.problem().map_or(1, ProblemCode::write_attempts)
}

/// Entries at the places that the server gave them.
fn placed(entries: &[UnverifiedEntry], appended: &Appended) -> Vec<PageEntry> {
    entries
        .iter()
        .zip(appended.first_index..)
        .map(|(entry, index)| PageEntry {
            index,
            appended_ms: appended.appended_ms,
            entry: entry.clone(),
        })
        .collect()
}

/// Takes a new vault's first entries in, which the server has.
pub(crate) fn absorb_new(
    client: &Client,
    engine: &mut Engine,
    vault: VaultId,
    entries: &[UnverifiedEntry],
    appended: &Appended,
) -> Result<()> {
    let directory = engine.directory()?;
    let placed = placed(entries, appended);
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
