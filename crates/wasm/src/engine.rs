//! One call's hold on the signed-in person's state.

use crate::core::Open;
use crate::http::Auth;
use crate::platform::{Http, Platform, Storage};
use crate::vault::Vault;
use crate::vault_kept;
use crate::{CoreError, Result};
use std::collections::btree_map::Entry;
use strongroom_types::*;

/// See the module. Everything that reads, writes and checks logs is its.
pub(crate) struct Engine<'a, H, S> {
    pub platform: &'a Platform<H, S>,
    pub open: &'a mut Open,
}

/// Name of the kept directory.
pub(crate) const DIRECTORY: &str = "directory";

impl<H: Http, S: Storage> Engine<'_, H, S> {
    pub fn me(&self) -> IdentityId {
        self.open.facts.identity
    }

    pub fn tenant(&self) -> TenantId {
        self.open.facts.tenant
    }

    /// `GET` of a CBOR answer in the person's session.
    pub async fn get_cbor(&self, path: &str) -> Result<Vec<u8>> {
        let auth = Auth::Session(&self.open.token);
        self.platform.get_cbor(path, auth).await
    }

    /// A person's name, or the beginning of their id.
    pub fn name_of(&self, identity: IdentityId) -> String {
        self.open
            .directory
            .identity(identity)
            .map_or_else(|| identity.short(), |known| known.name.clone())
    }

    /// A vault, from the storage where it is not at hand, or new.
    pub async fn vault(&mut self, vault: VaultId) -> Result<&mut Vault> {
        let place = (self.tenant(), vault, self.me());
        if !self.open.vaults.contains_key(&vault) {
            let kept = vault_kept::load(self.platform, &self.open.keeper, place).await?;
            let loaded = kept.unwrap_or_else(|| Vault::new(place.0, place.1, place.2));
            self.open.vaults.insert(vault, loaded);
            self.load_waiting().await?;
            self.show_waiting(vault);
        }
        match self.open.vaults.entry(vault) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => Ok(entry.insert(Vault::new(place.0, place.1, place.2))),
        }
    }

    /// All vaults of which something is known.
    pub async fn known_vaults(&mut self) -> Result<Vec<VaultId>> {
        let mut known = vault_kept::kept_vaults(self.platform, &self.open.keeper).await?;
        known.extend(self.open.vaults.keys());
        known.sort_unstable();
        known.dedup();
        for vault in &known {
            self.vault(*vault).await?;
        }
        Ok(known)
    }

    /// Keeps what changed of a vault.
    pub async fn keep(&mut self, vault: VaultId) -> Result<()> {
        match self.open.vaults.get_mut(&vault) {
            Some(vault) => vault_kept::keep(self.platform, &self.open.keeper, vault).await,
            None => Ok(()),
        }
    }

    /// A vault that is shared with this person and proved itself.
    ///
    /// # Errors
    /// `not_found`; `access_ended` where it was shared with them once; integrity.
    pub async fn shared(&mut self, vault: VaultId) -> Result<&mut Vault> {
        if let Some(error) = self.open.troubles.get(&vault) {
            return Err(error.clone());
        }
        let found = self.vault(vault).await?;
        match (found.gone, found.synced_ms) {
            (true, _) => Err(CoreError::refused(
                "access_ended",
                "this vault is no longer shared with you",
            )
            .with_hint("an owner or manager can let you in again")),
            (false, 0) => Err(CoreError::not_found("there is no such vault")),
            (false, _) => Ok(found),
        }
    }

    /// Drops what is in memory of a vault: what was proven and kept stays.
    pub fn forget(&mut self, vault: VaultId) {
        self.open.vaults.remove(&vault);
    }
}
