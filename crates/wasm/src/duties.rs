//! What a member's device owes a vault, done beside a read or a write.

use crate::Result;
use crate::commit::Making;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use std::pin::Pin;
use strongroom_types::*;
use strongroom_vault::Duty;

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Does what this member's device has to do for a vault: renew keys, write a checkpoint.
    /// What could not be done stays due.
    pub async fn duties(&mut self, id: VaultId) -> Result<()> {
        if self.vault(id).await?.doubt.is_some() {
            return Ok(());
        }
        self.vault(id).await?;
        let due = match self.open.vaults.get(&id) {
            Some(vault) => vault.machine.duties(&self.open.directory),
            None => Vec::new(),
        };
        for duty in due {
            match self.duty(id, duty).await {
                Err(error) if error.is_integrity() => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// One duty. Boxed: it commits, and a commit may read and so come to duties again.
    fn duty<'a>(
        &'a mut self,
        id: VaultId,
        duty: Duty,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>> {
        Box::pin(async move {
            self.commit(id, &mut |making: &mut Making<'_>| {
                let machine = &making.vault.machine;
                match duty {
                    Duty::FetchWraps(_) => Ok(None),
                    Duty::RenewKeys(_) if machine.renew_reason(making.directory).is_none() => {
                        Ok(None)
                    }
                    Duty::RenewKeys(_) => machine
                        .renew_keys(making.directory, making.device, making.rng)
                        .map(Some),
                    Duty::Checkpoint => machine
                        .checkpoint(making.directory, making.device)
                        .map(Some),
                }
            })
            .await
        })
    }

    /// Once a day and vault, a device says in the log what it has seen.
    async fn attest_daily(&mut self, id: VaultId) -> Result<()> {
        let (today, device) = (self.platform.today(), self.open.facts.device);
        let machine = &self.vault(id).await?.machine;
        if machine.role().is_none() || machine.own_head_day(device) == Some(today) {
            return Ok(());
        }
        let version = self.open.wallet.version();
        let attested = self
            .commit(id, &mut |making| {
                making
                    .vault
                    .machine
                    .attest_head(making.directory, making.device, version, today)
                    .map(Some)
            })
            .await;
        match attested {
            Err(error) if error.is_integrity() => Err(error),
            // Tomorrow is another day; and the write itself is done.
            _ => Ok(()),
        }
    }

    /// What every call that wrote to a vault does last.
    pub async fn after_write(&mut self, id: VaultId) -> Result<()> {
        self.attest_daily(id).await?;
        self.save_wallet_daily().await
    }

    /// Attests what was read of every vault with colleagues, once a day: people who only read
    /// vouch for others too.
    pub async fn attest_all_daily(&mut self) -> Result<()> {
        for id in self.known_vaults().await? {
            let trouble = self.open.troubles.contains_key(&id);
            let vault = self.vault(id).await?;
            let usable = !trouble && !vault.gone && vault.doubt.is_none();
            if usable && vault.machine.state().members().count() > 1 {
                self.attest_daily(id).await?;
            }
        }
        Ok(())
    }
}
