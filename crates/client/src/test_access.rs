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

    /// What the cache still holds of a vault: the names of tables with rows of it.
    ///
    /// # Errors
    /// As the cache gives them.
    pub async fn danger_traces(&self, vault: VaultId) -> Result<Vec<&'static str>> {
        let engine = self.engine().await?;
        let Some(row) = engine.cache.vault(vault)? else {
            return Ok(Vec::new());
        };
        let mut traces = Vec::new();
        for (table, sql) in [
            ("entries", "vault_n = ?1"),
            ("sealed", "vault_n = ?1"),
            ("records", "vault_n = ?1"),
            ("versions", "vault_n = ?1"),
            ("tables", "vault_n = ?1"),
            ("columns", "?1 = ?1"),
            ("cells", "?1 = ?1"),
            ("shown", "?1 = ?1"),
            ("files", "vault_n = ?1"),
            ("revisions", "vault_n = ?1"),
            ("leases", "vault_n = ?1"),
            ("links", "vault_n = ?1"),
            ("vaults", "n = ?1 AND (snapshot <> x'' OR name <> '')"),
        ] {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {sql})");
            let there: bool = engine
                .cache
                .connection()
                .query_row(&sql, [row.n], |row| row.get(0))?;
            if there {
                traces.push(table);
            }
        }
        Ok(traces)
    }

    /// Makes the cache look as if a program of another version had made it.
    ///
    /// # Errors
    /// As the cache gives them.
    pub async fn danger_set_cache_version(&self, version: i64) -> Result<()> {
        let engine = self.engine().await?;
        let connection = engine.cache.connection();
        Ok(connection.pragma_update(None, "user_version", version)?)
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
