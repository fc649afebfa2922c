//! Reading logs from a server that is not believed: pages after the last known place,
//! signatures on all cores, places in order, each page in one transaction.

mod directory;
mod page;

use crate::cache::Ingest;
use crate::client::{Client, Engine, meta};
use crate::http::Auth;
use crate::trust::{check_remembered, remembered};
use crate::views::{LogGrew, SyncDone};
use crate::{ClientError, Result};
pub(crate) use directory::{read_directory, read_directory_from};
use page::fetch_page;
pub(crate) use page::{take_page, verify};
use std::sync::Arc;
use strongroom_format::entry::Head;
use strongroom_format::transport::{Page, Wraps};
use strongroom_format::{FormatError, LogError};
use strongroom_types::*;
use strongroom_vault::machine::needed_directory_index;
use strongroom_vault::wallet::log_of_vault;
use strongroom_vault::{IntegrityError, trust};
use strongroom_wire::{VaultList, VaultRow};

impl Client {
    /// Brings the cache up to date and sends what waits.
    ///
    /// # Errors
    /// `offline`; integrity where the server's logs do not prove what they say.
    pub async fn sync(&self) -> Result<SyncDone> {
        let mut engine = self.engine().await?;
        let mut done = self.refresh(&mut engine).await?;
        engine.check_trouble(None)?;
        self.tell_renewals(&mut engine, &mut done)?;
        self.send_waiting(&mut engine, &mut done).await?;
        self.save_wallet_daily(&mut engine).await?;
        self.attest_all_daily(&mut engine).await?;
        Ok(done)
    }

    /// As [`Client::sync`], but not to reach the server is no error.
    ///
    /// # Errors
    /// As [`Client::sync`], `offline` excepted.
    pub async fn sync_if_online(&self) -> Result<Option<SyncDone>> {
        match self.sync().await {
            Ok(done) => Ok(Some(done)),
            Err(error) if error.is_offline() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads what is new. On an error the replayed states are dropped: only what was proven
    /// and saved stays.
    pub(crate) async fn refresh(&self, engine: &mut Engine) -> Result<SyncDone> {
        let result = self.refresh_all(engine).await;
        if result.is_err() {
            engine.forget();
        }
        result
    }

    /// As [`Client::refresh`]; offline, the cache has to do, as long as the organisation's
    /// policy lets it.
    pub(crate) async fn refresh_if_online(&self, engine: &mut Engine) -> Result<bool> {
        match self.refresh(engine).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_offline() => {
                self.check_offline_time(engine)?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    async fn refresh_all(&self, engine: &mut Engine) -> Result<SyncDone> {
        let mut done = SyncDone::default();
        let remembered = remembered(engine)?;
        let list: VaultList = self
            .shared
            .http
            .get_json("/v1/vaults", Auth::Session)
            .await?;
        let named = Head {
            index: list.directory_index,
            hash: list.directory_hash,
        };
        done.directory_entries += self.sync_directory(engine, Some(named)).await?;
        for known in engine.cache.vaults()? {
            if list.vaults.iter().any(|row| row.vault == known.vault) {
                continue;
            }
            if let Some(ended) = engine.cache.end_access(known.vault)? {
                engine.forget();
                done.vaults_gone.push(known.vault);
                done.warnings.push(ended.in_words(known.vault));
            }
        }
        for row in &list.vaults {
            engine.clear_trouble(row.vault);
            let read = self.refresh_judged(engine, row, &remembered, &mut done);
            match read.await {
                Err(error) if error.class() == crate::ErrorClass::Integrity => {
                    engine.set_trouble(row.vault, &error);
                    self.forget_withheld(engine, row.vault)?;
                    engine.forget();
                }
                result => result?,
            }
        }
        self.note_contact(engine)?;
        if engine.cache.meta(meta::FRESH)?.is_some() {
            self.check_wallet_version(engine, &list).await?;
            engine.cache.remove_meta(meta::FRESH)?;
        }
        Ok(done)
    }

    /// A device that has just been set up refuses a wallet older than its person's devices
    /// attested. One of them may have stored a newer one since the login: it is asked for first.
    async fn check_wallet_version(&self, engine: &mut Engine, list: &VaultList) -> Result<()> {
        let mut attested = 0;
        for row in &list.vaults {
            attested = attested.max(engine.machine(row.vault)?.attested_wallet_version());
        }
        if engine.wallet()?.version() < attested {
            self.reload_wallet(engine).await?;
        }
        Ok(engine.wallet()?.check_version(attested)?)
    }

    /// A payload that was withheld may come when the server is asked again from the start: what
    /// was read is dropped, only the place that was seen stays.
    fn forget_withheld(&self, engine: &mut Engine, vault: VaultId) -> Result<()> {
        let withheld = engine.machine(vault)?.state().withheld().next().is_some();
        if withheld {
            engine.cache.reset_vault(vault)?;
        }
        Ok(())
    }

    /// Reads a vault and judges the picture: against the wallet's memory, and by who vouches
    /// for it where this device is new to it.
    async fn refresh_judged(
        &self,
        engine: &mut Engine,
        row: &VaultRow,
        remembered: &[(Digest, Head)],
        done: &mut SyncDone,
    ) -> Result<()> {
        let new = self.doubt_new(engine, row.vault)?;
        self.refresh_vault(engine, row, done).await?;
        check_remembered(engine, row.vault, remembered)?;
        self.judge_picture(engine, row.vault, done)?;
        if new {
            // While nobody vouched for it, nothing was written.
            self.duties(engine, row.vault, done).await?;
        }
        Ok(())
    }

    async fn refresh_vault(
        &self,
        engine: &mut Engine,
        row: &VaultRow,
        done: &mut SyncDone,
    ) -> Result<()> {
        let now_ms = self.shared.now_ms();
        let known = engine.cache.vault(row.vault)?;
        let named = Head {
            index: row.head_index,
            hash: row.head_hash,
        };
        if let Some(known) = &known
            && known.synced_ms > 0
            && !trust::goes_on(known.head, named)?
            && engine.machine(row.vault)?.needs_wraps().is_none()
        {
            if now_ms.saturating_sub(known.synced_ms) > 60_000 || known.gone {
                engine.cache.touch_vault(row.vault, now_ms)?;
            }
            return self.duties(engine, row.vault, done).await;
        }
        let entries = self.sync_vault(engine, row.vault, done).await?;
        done.vaults += 1;
        done.entries += entries;
        self.duties(engine, row.vault, done).await
    }

    /// Reads a vault's log to its end. Returns how many entries were new.
    pub(crate) async fn sync_vault(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        done: &mut SyncDone,
    ) -> Result<u64> {
        // as it is now: what another device adds meanwhile need not be in what is read
        let in_wallet = engine.wallet()?.head(log_of_vault(vault));
        let mut after = engine.machine(vault)?.state().head().map(|head| head.index);
        let mut count = 0;
        let mut fetched = fetch_page(&self.shared, vault, after).await?;
        let mut tried_wraps = None;
        loop {
            let page = Page::from_bytes(&fetched).map_err(malformed)?;
            let last = page.entries.last().map(|entry| entry.index);
            let more = last.filter(|last| page.head.index > *last);
            let next = more.map(|last| {
                let shared = Arc::clone(&self.shared);
                tokio::spawn(async move { fetch_page(&shared, vault, Some(last)).await })
            });
            let needed = needed_directory_index(&page.entries);
            if engine
                .directory()?
                .head()
                .is_none_or(|head| head.index < needed)
            {
                self.sync_directory(engine, None).await?;
            }
            count += page.entries.len() as u64;
            let head = page.head;
            take_page(&self.shared, engine, vault, page.entries, done)?;
            after = last.or(after);
            if let Some(next) = next {
                let epoch = engine.machine(vault)?.needs_wraps();
                if epoch.is_some() && epoch != tried_wraps {
                    // Early keys spare the second pass; at the end they are asked for again.
                    tried_wraps = epoch;
                    let _ = self.fetch_wraps(engine, vault).await;
                }
                fetched = next.await.map_err(|error| {
                    ClientError::failed("internal", "reading a page was interrupted")
                        .with_source(error)
                })??;
                continue;
            }
            engine.machine(vault)?.finish_sync(head)?;
            break;
        }
        self.fetch_wraps(engine, vault).await?;
        // Whatever was read already: a log that ends before a place once seen is refused again
        // at every reading, not only when the loss is noticed first.
        let row = engine.cache.vault(vault)?;
        let (n, seen_before) = row.map_or((0, None), |row| (row.n, Some(row.head)));
        for known in in_wallet.into_iter().chain(seen_before) {
            let machine = engine.take_machine(vault)?;
            let checked = machine.check_known(known, &|index| engine.cache.hash_at(n, index));
            engine.put_machine(machine)?;
            checked?;
        }
        Ok(count)
    }

    /// Fetches and takes in keys that are missing, and opens what waited for them.
    async fn fetch_wraps(&self, engine: &mut Engine, vault: VaultId) -> Result<()> {
        let Some(epoch) = engine.machine(vault)?.needs_wraps() else {
            return Ok(());
        };
        let path = format!("/v1/vaults/{vault}/wraps/{epoch}");
        let bytes = self.shared.http.get_cbor(&path, Auth::Session).await?;
        let wraps = Wraps::from_bytes(&bytes).map_err(malformed)?;
        let me = self.shared.facts.identity;
        let directory = engine.directory()?;
        let announced = directory
            .identity(me)
            .and_then(|known| known.wrap_generations.last())
            .map_or(0, |wrap| wrap.generation);
        if engine.wallet()?.wrap_seeds().newest().unwrap_or(0) < announced {
            self.reload_wallet(engine).await?;
        }
        let seeds = engine.wallet()?.wrap_seeds();
        let mut machine = engine.take_machine(vault)?;
        let taken = machine.take_wraps(&wraps, &seeds, &directory);
        let saved = taken.map_err(ClientError::from).and_then(|()| {
            engine.cache.transaction(|connection| {
                let mut ingest = Ingest::begin(connection, vault, machine.keyring())?;
                ingest.reopen(self.shared.facts.tenant, vault)?;
                match machine.state().head() {
                    Some(head) => ingest.finish(head, &machine.snapshot(), self.shared.now_ms()),
                    None => Ok(()),
                }
            })
        });
        engine.put_machine(machine)?;
        saved
    }

    /// Tells of logs that grow, until the connection ends.
    ///
    /// # Errors
    /// `offline`, `unauthenticated`.
    pub async fn events(&self, on: &mut (dyn FnMut(LogGrew) + Send)) -> Result<()> {
        let mut events = self.shared.http.events().await?;
        while let Some(event) = events.next().await? {
            on(LogGrew {
                log: event.log,
                index: event.index,
            });
        }
        Ok(())
    }
}

/// Bytes from the server that are not what they claim to be.
pub(crate) fn malformed(error: FormatError) -> IntegrityError {
    IntegrityError::from_log(0, LogError::Form(error))
}
