//! Writing to a vault: author, send, take in; on a state that moved on, read and author again.

use crate::engine::Engine;
use crate::http::Auth;
use crate::platform::{Http, Storage};
use crate::vault::Vault;
use crate::{CoreError, Result};
use strongroom_crypto::Rng;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::transport::{Append, PageEntry};
use strongroom_types::*;
use strongroom_vault::{Author, IntegrityError, VaultError};
use strongroom_wire::{Appended, ProblemCode};

/// What a write is made from.
pub(crate) struct Making<'a> {
    /// As it is after the latest reading: what an earlier try has brought into the log is here.
    pub vault: &'a Vault,
    pub directory: &'a DirectoryState,
    pub device: &'a SignSecret,
    pub rng: &'a mut dyn Rng,
}

impl<'a> Making<'a> {
    /// An author at the log's present end.
    pub fn author(&self) -> Result<Author<'a>, VaultError> {
        self.vault.machine.check_can_write()?;
        self.vault.machine.author(self.directory, self.device)
    }
}

/// Makes a request for the log's present state; `None` where there is nothing left to do.
pub(crate) type Make<'a> = &'a mut dyn FnMut(&mut Making<'_>) -> Result<Option<Append>, VaultError>;

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Gets a request into the log of a vault. `make` is called again whenever the state moved
    /// on.
    pub async fn commit(&mut self, id: VaultId, make: Make<'_>) -> Result<()> {
        self.check_confirmed(id).await?;
        self.come_back().await?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let made = self.make(id, make).await?;
            let append = match made {
                Ok(Some(append)) => append,
                Ok(None) => return Ok(()),
                // Perhaps only our picture is old.
                Err(error) if attempt == 1 && error.may_be_old_picture() => {
                    self.refresh_for(id).await?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let path = format!("/v1/vaults/{id}/entries");
            let auth = Auth::Session(&self.open.token);
            match self.platform.append(&path, append.to_bytes(), auth).await {
                Ok(appended) => return self.absorb(id, append.entries, &appended).await,
                Err(error) if moved_on(&error, attempt) => self.refresh_for(id).await?,
                Err(error) => return Err(error),
            }
        }
    }

    async fn make(
        &mut self,
        id: VaultId,
        make: &mut dyn FnMut(&mut Making<'_>) -> Result<Option<Append>, VaultError>,
    ) -> Result<Result<Option<Append>, VaultError>> {
        self.vault(id).await?;
        let vault = self
            .open
            .vaults
            .get(&id)
            .ok_or_else(|| CoreError::not_found("there is no such vault"))?;
        Ok(make(&mut Making {
            vault,
            directory: &self.open.directory,
            device: &self.open.device,
            rng: &mut self.platform.rng(),
        }))
    }

    async fn refresh_for(&mut self, id: VaultId) -> Result<()> {
        self.refresh().await?;
        self.shared(id).await.map(drop)
    }

    /// Takes own entries in at the places that the server gave them. Where others came between,
    /// everything is read from the server.
    async fn absorb(
        &mut self,
        id: VaultId,
        entries: Vec<UnverifiedEntry>,
        appended: &Appended,
    ) -> Result<()> {
        let state = self.vault(id).await?.machine.state();
        let last = appended.first_index + (entries.len() as u64).saturating_sub(1);
        if state.next_index() == appended.first_index && state.head().is_some() {
            let placed = (appended.first_index..)
                .zip(entries)
                .map(|(index, entry)| PageEntry {
                    index,
                    appended_ms: appended.appended_ms,
                    entry,
                })
                .collect();
            let taken = self.take_page(id, placed).await;
            if taken.is_err() {
                self.forget(id);
            }
            taken?;
        } else {
            self.sync_vault(id).await?;
        }
        let vault = self.vault(id).await?;
        if vault.hash_at(last) != Some(appended.last_hash) {
            self.forget(id);
            return Err(IntegrityError::Fork { index: last }.into());
        }
        // After an entry that began a new epoch, the own wrap comes from the server like
        // everybody's.
        if vault.machine.needs_wraps().is_some() {
            self.sync_vault(id).await?;
        }
        Ok(())
    }
}

/// Whether the server refused because its log is further than ours, and it is worth trying again.
fn moved_on(error: &CoreError, attempt: u32) -> bool {
    error
        .problem()
        .is_some_and(|code: ProblemCode| code.log_moved_on() && attempt < code.write_attempts())
}
