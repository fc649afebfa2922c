//! For tests that play a malicious member: keys and states as they stand in the profile.

use crate::client::{Client, meta};
use crate::{ClientError, Result};
use strongroom_crypto::sign::SignSecret;
use strongroom_format::directory::DirectoryState;
use strongroom_types::VaultId;
use strongroom_vault::VaultMachine;

impl Client {
    /// The device's signing key.
    pub fn danger_device_secret(&self) -> SignSecret {
        SignSecret::from_seed(&self.shared.device.danger_seed())
    }

    /// A vault's state as the cache has it.
    ///
    /// # Errors
    /// `not_found` for a vault that was never read.
    pub async fn danger_machine(&self, vault: VaultId) -> Result<VaultMachine> {
        let engine = self.engine().await?;
        let snapshot = engine
            .cache
            .vault_snapshot(vault)?
            .ok_or_else(|| ClientError::not_found("there is no such vault"))?;
        Ok(VaultMachine::restore(&snapshot)?)
    }

    /// The directory as the cache has it.
    ///
    /// # Errors
    /// As the cache gives them.
    pub async fn danger_directory(&self) -> Result<DirectoryState> {
        let mut engine = self.engine().await?;
        Ok(DirectoryState::clone(&*engine.directory()?))
    }

    /// The session's bearer token.
    ///
    /// # Errors
    /// As the cache gives them.
    pub async fn danger_session_token(&self) -> Result<String> {
        let engine = self.engine().await?;
        let token = engine.cache.meta(meta::TOKEN)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&token).into_owned())
    }
}
