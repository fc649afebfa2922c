//! Who is in a vault: letting in, roles, removing, leaving, the vault's name and keys.

mod access;
mod colleagues;
mod members;
mod picture;

use crate::commit::Making;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use strongroom_format::names;
use strongroom_format::transport::Append;
use strongroom_types::*;
use strongroom_vault::VaultError;
use strongroom_wire::VaultList;

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Reads what is new, then gets one control entry into the vault's log.
    async fn control(
        &mut self,
        vault: VaultId,
        make: &mut dyn FnMut(&mut Making<'_>) -> Result<Append, VaultError>,
    ) -> Result<()> {
        self.refresh().await?;
        self.shared(vault).await?;
        self.commit(vault, &mut |making| make(making).map(Some))
            .await?;
        self.after_write(vault).await
    }

    /// Lets a person in. They can read everything from the vault's beginning.
    ///
    /// # Errors
    /// `not_found`, `already_member`, refused where the caller's role does not allow it.
    pub async fn invite_member(
        &mut self,
        vault: VaultId,
        identity: IdentityId,
        role: Role,
    ) -> Result<()> {
        self.refresh().await?;
        if self.is_member(vault, identity).await? {
            return Err(CoreError::conflict(
                "already_member",
                "this person is a member of the vault already",
            ));
        }
        self.control(vault, &mut |making| {
            let Making {
                vault,
                directory,
                device,
                rng,
            } = making;
            vault
                .machine
                .add_member(identity, role, directory, device, *rng)
        })
        .await
    }

    /// Changes a member's role.
    ///
    /// # Errors
    /// `not_found`, refused (the last owner stays owner).
    pub async fn set_member_role(
        &mut self,
        vault: VaultId,
        identity: IdentityId,
        role: Role,
    ) -> Result<()> {
        self.refresh().await?;
        self.check_member(vault, identity).await?;
        self.control(vault, &mut |making| {
            let machine = &making.vault.machine;
            machine.set_role(identity, role, making.directory, making.device)
        })
        .await
    }

    /// Removes a member and renews the vault's keys in the same entry.
    ///
    /// # Errors
    /// `not_found`, refused.
    pub async fn remove_member(&mut self, vault: VaultId, identity: IdentityId) -> Result<()> {
        self.refresh().await?;
        self.check_member(vault, identity).await?;
        self.control(vault, &mut |making| {
            let machine = &making.vault.machine;
            machine.remove_member(identity, making.directory, making.device, making.rng)
        })
        .await
    }

    /// Renews a vault's keys.
    ///
    /// # Errors
    /// Refused below manager.
    pub async fn renew_vault_keys(&mut self, vault: VaultId) -> Result<()> {
        self.control(vault, &mut |making| {
            let machine = &making.vault.machine;
            machine.renew_keys(making.directory, making.device, making.rng)
        })
        .await
    }

    /// Names a vault anew.
    ///
    /// # Errors
    /// Usage for the name; refused below manager.
    pub async fn rename_vault(&mut self, vault: VaultId, name: &str) -> Result<()> {
        let name = names::normalise(name.trim())?;
        self.control(vault, &mut |making| {
            let machine = &making.vault.machine;
            machine.rename(&name, making.directory, making.device, making.rng)
        })
        .await?;
        self.save_wallet_if_possible(&mut |wallet| wallet.set_vault_name(vault, &name))
            .await
    }

    /// Leaves a vault. Its keys are renewed by a manager or owner who stays.
    ///
    /// # Errors
    /// Refused for the last owner.
    pub async fn leave_vault(&mut self, vault: VaultId) -> Result<()> {
        self.refresh().await?;
        self.shared(vault).await?;
        let left = self
            .commit(vault, &mut |making| {
                let machine = &making.vault.machine;
                machine.leave(making.directory, making.device).map(Some)
            })
            .await;
        // Having left, this member cannot read the entry back: that the server no longer shows
        // the vault is the answer.
        let auth = crate::http::Auth::Session(&self.open.token);
        let list: VaultList = self.platform.get_json("/v1/vaults", auth).await?;
        if list.vaults.iter().any(|row| row.vault == vault) {
            return left;
        }
        self.end_access(vault).await
    }

    async fn is_member(&mut self, vault: VaultId, identity: IdentityId) -> Result<bool> {
        let state = self.shared(vault).await?.machine.state();
        Ok(state.member(identity).is_some())
    }

    async fn check_member(&mut self, vault: VaultId, identity: IdentityId) -> Result<()> {
        if self.is_member(vault, identity).await? {
            return Ok(());
        }
        Err(CoreError::not_found(
            "this person is not a member of the vault",
        ))
    }
}
