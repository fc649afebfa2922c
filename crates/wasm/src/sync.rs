//! Reading logs from a server that is not believed: pages after the last known place, signatures
//! and places verified, each page kept before the next one.

use crate::engine::{DIRECTORY, Engine};
use crate::http::Auth;
use crate::platform::{Http, Platform, Storage};
use crate::{CoreError, Result};
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::Head;
use strongroom_format::transport::{Page, PageEntry, Wraps};
use strongroom_format::{FormatError, LogError};
use strongroom_types::limits::PAGE_MAX_ENTRIES;
use strongroom_types::*;
use strongroom_vault::machine::needed_directory_index;
use strongroom_vault::wallet::{log_of_directory, log_of_vault};
use strongroom_vault::{IntegrityError, Unlocked, VaultMachine, Wallet, directory, trust};
use strongroom_wire::{VaultList, VaultRow};

/// Bytes from the server that are not what they claim to be.
pub(crate) fn malformed(error: FormatError) -> IntegrityError {
    IntegrityError::from_log(0, LogError::Form(error))
}

/// Reads and verifies a directory to its end. `known` is a place that it must contain.
pub(crate) async fn read_directory<H: Http, S>(
    platform: &Platform<H, S>,
    auth: Auth<'_>,
    state: &mut DirectoryState,
    known: Option<Head>,
) -> Result<()> {
    loop {
        let path = match state.head() {
            Some(head) => format!(
                "/v1/directory/entries?after={}&limit={PAGE_MAX_ENTRIES}",
                head.index
            ),
            None => format!("/v1/directory/entries?limit={PAGE_MAX_ENTRIES}"),
        };
        let bytes = platform.get_cbor(&path, auth).await?;
        let page = Page::from_bytes(&bytes).map_err(malformed)?;
        directory::apply_page(state, &page.entries)?;
        let reached = state
            .head()
            .is_some_and(|head| head.index >= page.head.index);
        if reached || page.entries.is_empty() {
            return Ok(directory::finish_sync(state, page.head, known)?);
        }
    }
}

/// Whether a wallet belongs to the directory as it was read.
pub(crate) fn check_wallet(wallet: &Wallet<Unlocked>, state: &DirectoryState) -> Result<()> {
    match wallet.check_against(state) {
        // A wrap key that another device renewed is in a newer wallet.
        Err(IntegrityError::Rollback { .. }) | Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Reads what is new of everything. A vault that does not prove itself is put aside with
    /// its error; the others stay in use.
    pub async fn refresh(&mut self) -> Result<()> {
        self.come_back().await?;
        let remembered: Vec<(Digest, Head)> = self.open.wallet.heads().collect();
        let auth = Auth::Session(&self.open.token);
        let list: VaultList = self.platform.get_json("/v1/vaults", auth).await?;
        let named = Head {
            index: list.directory_index,
            hash: list.directory_hash,
        };
        self.sync_directory(Some(named)).await?;
        for known in self.known_vaults().await? {
            if !list.vaults.iter().any(|row| row.vault == known) {
                self.end_access(known).await?;
            }
        }
        for row in &list.vaults {
            self.open.troubles.remove(&row.vault);
            match self.refresh_judged(row, &remembered).await {
                Err(error) if error.is_integrity() => {
                    self.forget_withheld(row.vault).await?;
                    self.forget(row.vault);
                    self.open.troubles.insert(row.vault, error);
                }
                result => result?,
            }
        }
        if self.open.fresh {
            self.check_wallet_version(&list).await?;
            self.open.fresh = false;
        }
        self.open.heard_ms = self.platform.now_ms();
        self.leave().await
    }

    /// After a login: a wallet older than this person's devices attested is refused. One of them
    /// may have stored a newer one since: it is asked for first.
    async fn check_wallet_version(&mut self, list: &VaultList) -> Result<()> {
        let mut attested = 0;
        for row in &list.vaults {
            let machine = &self.vault(row.vault).await?.machine;
            attested = attested.max(machine.attested_wallet_version());
        }
        if self.open.wallet.version() < attested {
            self.reload_wallet().await?;
        }
        Ok(self.open.wallet.check_version(attested)?)
    }

    /// Reads the directory to its end.
    pub async fn sync_directory(&mut self, named: Option<Head>) -> Result<()> {
        let before = self.open.directory.head();
        let in_wallet = self.open.wallet.head(log_of_directory(self.tenant()));
        if let (Some(named), Some(before)) = (named, before)
            && !trust::goes_on(before, named)?
        {
            return Ok(directory::check_known(&self.open.directory, in_wallet)?);
        }
        let mut state = self.open.directory.clone();
        let auth = Auth::Session(&self.open.token);
        read_directory(self.platform, auth, &mut state, before).await?;
        directory::check_known(&state, in_wallet)?;
        check_wallet(&self.open.wallet, &state)?;
        self.set_directory(state).await
    }

    /// Puts a newer directory in place and keeps it.
    pub async fn set_directory(&mut self, state: DirectoryState) -> Result<()> {
        self.open
            .keeper
            .put(self.platform, DIRECTORY, &state.to_snapshot())
            .await?;
        self.open.directory = state;
        Ok(())
    }

    /// Reads a vault and judges the picture: against the wallet's memory, and by who vouches for
    /// it where this browser is new to it.
    async fn refresh_judged(
        &mut self,
        row: &VaultRow,
        remembered: &[(Digest, Head)],
    ) -> Result<()> {
        let new = self.doubt_new(row.vault).await?;
        self.refresh_vault(row).await?;
        self.check_remembered(row.vault, remembered).await?;
        self.judge_picture(row.vault).await?;
        if new {
            // While nobody vouched for it, nothing was written.
            self.duties(row.vault).await?;
        }
        Ok(())
    }

    async fn refresh_vault(&mut self, row: &VaultRow) -> Result<()> {
        let vault = self.vault(row.vault).await?;
        let named = Head {
            index: row.head_index,
            hash: row.head_hash,
        };
        if let Some(head) = vault.machine.state().head().filter(|_| vault.synced_ms > 0)
            && !trust::goes_on(head, named)?
            && vault.machine.needs_wraps().is_none()
            && !vault.gone
        {
            return self.duties(row.vault).await;
        }
        self.sync_vault(row.vault).await?;
        self.duties(row.vault).await
    }

    /// Reads a vault's log to its end.
    pub async fn sync_vault(&mut self, id: VaultId) -> Result<()> {
        let result = self.read_vault(id).await;
        if result.is_err() {
            self.forget(id);
        }
        result
    }

    async fn read_vault(&mut self, id: VaultId) -> Result<()> {
        // Taken before the server is asked: another device may put later places in meanwhile.
        let in_wallet = self.open.wallet.head(log_of_vault(id));
        let seen_before = self.vault(id).await?.seen;
        let mut tried_wraps = None;
        let head = loop {
            let after = self.vault(id).await?.machine.state().head();
            let path = match after {
                Some(head) => format!(
                    "/v1/vaults/{id}/entries?after={}&limit={PAGE_MAX_ENTRIES}",
                    head.index
                ),
                None => format!("/v1/vaults/{id}/entries?limit={PAGE_MAX_ENTRIES}"),
            };
            let page = Page::from_bytes(&self.get_cbor(&path).await?).map_err(malformed)?;
            let needed = needed_directory_index(&page.entries);
            let known = self.open.directory.head();
            if known.is_none_or(|head| head.index < needed) {
                self.sync_directory(None).await?;
            }
            let last = page.entries.last().map(|entry| entry.index);
            self.take_page(id, page.entries).await?;
            if last.is_none_or(|last| page.head.index <= last) {
                break page.head;
            }
            let epoch = self.vault(id).await?.machine.needs_wraps();
            if epoch.is_some() && epoch != tried_wraps {
                // Early keys spare the second pass; at the end they are asked for again.
                tried_wraps = epoch;
                let _ = self.fetch_wraps(id).await;
            }
        };
        self.vault(id).await?.machine.finish_sync(head)?;
        self.fetch_wraps(id).await?;
        // Also after a reading that was broken off: what it kept may end before these places.
        for known in in_wallet.into_iter().chain(seen_before) {
            self.check_contains(id, known).await?;
        }
        let now_ms = self.platform.now_ms();
        let vault = self.vault(id).await?;
        vault.synced_ms = now_ms.max(1);
        vault.gone = false;
        self.keep(id).await
    }

    /// Verifies entries that continue a log, takes them in and keeps them. On an error the vault
    /// in memory is of no use any more: see [`Engine::forget`].
    pub async fn take_page(&mut self, id: VaultId, entries: Vec<PageEntry>) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let tenant = self.tenant();
        let directory = &self.open.directory;
        let signed = entries
            .into_iter()
            .map(|entry| VaultMachine::verify_entry(entry, tenant, id, directory))
            .collect::<Result<Vec<_>, _>>()?;
        let mut vault = self.take_vault(id).await?;
        let machine =
            std::mem::replace(&mut vault.machine, VaultMachine::new(tenant, id, self.me()));
        let mut machine = machine;
        let verified =
            machine.apply_verified(signed, &self.open.directory, &|index| vault.hash_at(index))?;
        vault.machine = machine;
        vault.take(&verified);
        // An older place than the one seen before stays known until the log has reached it.
        let head = vault.machine.state().head();
        let further = |head: &Head| vault.seen.is_none_or(|seen| seen.index <= head.index);
        if let Some(head) = head.filter(further) {
            vault.seen = Some(head);
        }
        self.open.vaults.insert(id, vault);
        self.keep(id).await
    }

    async fn take_vault(&mut self, id: VaultId) -> Result<crate::vault::Vault> {
        self.vault(id).await?;
        self.open
            .vaults
            .remove(&id)
            .ok_or_else(|| CoreError::failed("internal", "a vault's state is in use"))
    }

    /// Fetches and takes in keys that are missing, and opens what waited for them.
    async fn fetch_wraps(&mut self, id: VaultId) -> Result<()> {
        let Some(epoch) = self.vault(id).await?.machine.needs_wraps() else {
            return Ok(());
        };
        let bytes = self
            .get_cbor(&format!("/v1/vaults/{id}/wraps/{epoch}"))
            .await?;
        let wraps = Wraps::from_bytes(&bytes).map_err(malformed)?;
        let announced = self
            .open
            .directory
            .identity(self.me())
            .and_then(|known| known.wrap_generations.last())
            .map_or(0, |wrap| wrap.generation);
        if self.open.wallet.wrap_seeds().newest().unwrap_or(0) < announced {
            self.reload_wallet().await?;
        }
        let seeds = self.open.wallet.wrap_seeds();
        self.vault(id).await?;
        let directory = &self.open.directory;
        if let Some(vault) = self.open.vaults.get_mut(&id) {
            vault.machine.take_wraps(&wraps, &seeds, directory)?;
            vault.reopen();
        }
        self.keep(id).await
    }
}
