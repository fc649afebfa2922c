//! Making vaults: shared ones, and everybody's own.

use super::vault_name;
use crate::client::{Client, Engine};
use crate::commit::absorb_new;
use crate::views::*;
use crate::{ClientError, Result};
use bytes::Bytes;
use strongroom_format::vault_payload::VaultKind;
use strongroom_types::*;
use strongroom_vault::VaultMachine;

/// Name of everybody's own vault.
const PERSONAL: &str = "personal";

impl Client {
    /// Makes a shared vault.
    ///
    /// # Errors
    /// Usage for the name; conflict where the caller has a vault of that name.
    pub async fn vault_create(&self, name: &str) -> Result<VaultLine> {
        let name = vault_name(name)?;
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let taken = engine
            .cache
            .vaults()?
            .iter()
            .any(|row| !row.gone && row.name == name);
        if taken {
            return Err(ClientError::conflict(
                "name_taken",
                format!("you have a vault named {name:?} already"),
            )
            .with_hint("choose another name"));
        }
        let vault = self.create(engine, VaultKind::Shared, &name).await?;
        self.line(engine, vault)
    }

    async fn create(&self, engine: &mut Engine, kind: VaultKind, name: &str) -> Result<VaultId> {
        let mut attempt = 0;
        let (vault, append, appended) = loop {
            attempt += 1;
            let directory = engine.directory()?;
            let (vault, append) = VaultMachine::create_vault(
                kind,
                name,
                &directory,
                &self.shared.device,
                &mut self.shared.rng(),
            )?;
            let body = Bytes::from(append.to_bytes());
            match self.shared.http.append("/v1/vaults", body).await {
                Ok(appended) => break (vault, append, appended),
                Err(error) if error.exit_code() == 6 && attempt < 3 => {
                    self.refresh(engine).await?;
                }
                Err(error) => return Err(error),
            }
        };
        absorb_new(self, engine, vault, &append.entries, &appended)?;
        let mut done = SyncDone::default();
        self.sync_vault(engine, vault, &mut done).await?;
        self.save_wallet(engine, &mut |wallet| {
            wallet.set_vault_name(vault, name);
            Ok(())
        })
        .await
        .or_else(|error| {
            if error.class() == crate::ErrorClass::Integrity {
                return Err(error);
            }
            tracing::debug!(code = error.code(), "the wallet is saved another time");
            Ok(())
        })?;
        Ok(vault)
    }

    /// The caller's own vault, which nobody else can be let into; made on first use.
    ///
    /// # Errors
    /// `offline` where it has to be made.
    pub async fn personal_vault(&self) -> Result<VaultId> {
        let mut engine = self.engine().await?;
        self.personal(&mut engine).await
    }

    pub(crate) async fn personal(&self, engine: &mut Engine) -> Result<VaultId> {
        if let Some(vault) = self.find_personal(engine)? {
            return Ok(vault);
        }
        self.refresh(engine).await?;
        if let Some(vault) = self.find_personal(engine)? {
            return Ok(vault);
        }
        self.create(engine, VaultKind::Personal, PERSONAL).await
    }

    pub(crate) fn find_personal(&self, engine: &mut Engine) -> Result<Option<VaultId>> {
        for row in engine.cache.vaults()? {
            if !row.gone && engine.machine(row.vault)?.state().kind() == VaultKind::Personal {
                return Ok(Some(row.vault));
            }
        }
        Ok(None)
    }
}
