//! Members and roles, names and keys of a vault.

use super::{person, vault_name};
use crate::client::Client;
use crate::http::Auth;
use crate::{ClientError, Result};
use strongroom_format::transport::Append;
use strongroom_types::*;
use strongroom_wire::VaultRow as WireVaultRow;

impl Client {
    async fn control(
        &self,
        vault: VaultId,
        make: &mut (dyn FnMut(&mut crate::commit::Making<'_>) -> Result<Append> + Send),
    ) -> Result<()> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        self.line(engine, vault)?;
        self.commit(engine, vault, &mut |making| make(making).map(Some))
            .await?;
        self.after_write(engine, vault).await
    }

    /// Names a vault anew.
    ///
    /// # Errors
    /// `refused` below manager.
    pub async fn vault_rename(&self, vault: VaultId, name: &str) -> Result<()> {
        let name = vault_name(name)?;
        self.control(vault, &mut |making| {
            Ok(making
                .machine
                .rename(&name, making.directory, making.device, making.rng)?)
        })
        .await
    }

    /// Lets a person in. They can read everything from the vault's beginning.
    ///
    /// # Errors
    /// `not_found` for an unknown name; `refused` where the caller's role does not allow it.
    pub async fn vault_invite(&self, vault: VaultId, name: &str, role: Role) -> Result<()> {
        self.control(vault, &mut |making| {
            let identity = person(making.directory, name)?;
            if making.machine.state().member(identity).is_some() {
                return Err(ClientError::conflict(
                    "already_member",
                    format!("{name} is a member of this vault already"),
                )
                .with_hint("change the role with: strongroom vault role"));
            }
            Ok(making.machine.add_member(
                identity,
                role,
                making.directory,
                making.device,
                making.rng,
            )?)
        })
        .await
    }

    /// Changes a member's role.
    ///
    /// # Errors
    /// `not_found`, `refused` (the last owner stays owner).
    pub async fn vault_role(&self, vault: VaultId, name: &str, role: Role) -> Result<()> {
        self.control(vault, &mut |making| {
            let identity = member(making, name)?;
            Ok(making
                .machine
                .set_role(identity, role, making.directory, making.device)?)
        })
        .await
    }

    /// Removes a member and renews the vault's keys in the same entry.
    ///
    /// # Errors
    /// `not_found`, `refused`.
    pub async fn vault_remove(&self, vault: VaultId, name: &str) -> Result<()> {
        self.control(vault, &mut |making| {
            let identity = member(making, name)?;
            Ok(making.machine.remove_member(
                identity,
                making.directory,
                making.device,
                making.rng,
            )?)
        })
        .await
    }

    /// Renews a vault's keys.
    ///
    /// # Errors
    /// `refused` below manager.
    pub async fn vault_rekey(&self, vault: VaultId) -> Result<Epoch> {
        self.control(vault, &mut |making| {
            Ok(making
                .machine
                .renew_keys(making.directory, making.device, making.rng)?)
        })
        .await?;
        let mut engine = self.engine().await?;
        Ok(engine.machine(vault)?.state().epoch())
    }

    /// Leaves a vault. Its keys are renewed by a manager or owner who stays.
    ///
    /// # Errors
    /// `refused` for the last owner.
    pub async fn vault_leave(&self, vault: VaultId) -> Result<()> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        self.line(engine, vault)?;
        let left = self
            .commit(engine, vault, &mut |making| {
                Ok(Some(making.machine.leave(making.directory, making.device)?))
            })
            .await;
        let still = self.shows(vault).await?;
        // Having left, this member cannot read the entry back: that the server no longer
        // shows the vault is the answer.
        if !still {
            engine.cache.end_access(vault)?;
            engine.forget();
            return Ok(());
        }
        left.map(drop)
    }

    async fn shows(&self, vault: VaultId) -> Result<bool> {
        let list: strongroom_wire::VaultList = self
            .shared
            .http
            .get_json("/v1/vaults", Auth::Session)
            .await?;
        Ok(list
            .vaults
            .iter()
            .any(|row: &WireVaultRow| row.vault == vault))
    }
}

fn member(making: &crate::commit::Making<'_>, name: &str) -> Result<IdentityId> {
    let identity = person(making.directory, name)?;
    if making.machine.state().member(identity).is_none() {
        return Err(ClientError::not_found(format!(
            "{name} is not a member of this vault"
        )));
    }
    Ok(identity)
}
