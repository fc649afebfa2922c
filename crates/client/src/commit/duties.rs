//! What a member's device owes a vault and the wallet, done beside a read or a write.

use super::Making;
use crate::Result;
use crate::client::{Client, Engine};
use crate::views::SyncDone;
use std::pin::Pin;
use strongroom_types::*;
use strongroom_vault::Duty;

impl Client {
    /// Does what this member's device has to do for a vault: renew keys, write a checkpoint.
    pub(crate) async fn duties(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        done: &mut SyncDone,
    ) -> Result<()> {
        if engine.doubt(vault)?.is_some() {
            return Ok(());
        }
        let directory = engine.directory()?;
        for duty in engine.machine(vault)?.duties(&directory) {
            let result = self.duty(engine, vault, duty).await;
            match result {
                Ok(_) => {}
                Err(error) if error.class() == crate::ErrorClass::Integrity => return Err(error),
                Err(error) => done
                    .warnings
                    .push(format!("a duty in a vault could not be done: {error}")),
            }
        }
        Ok(())
    }

    /// One duty. Boxed: it commits, and a commit may read and so come to duties again.
    fn duty<'a>(
        &'a self,
        engine: &'a mut Engine,
        vault: VaultId,
        duty: Duty,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        Box::pin(async move {
            let mut make = |making: &mut Making<'_>| match duty {
                Duty::FetchWraps(_) => Ok(None),
                Duty::RenewKeys(_) => {
                    if making.machine.renew_reason(making.directory).is_none() {
                        return Ok(None);
                    }
                    let append =
                        making
                            .machine
                            .renew_keys(making.directory, making.device, making.rng)?;
                    Ok(Some(append))
                }
                Duty::Checkpoint => {
                    let append = making.machine.checkpoint(making.directory, making.device)?;
                    Ok(Some(append))
                }
            };
            self.commit(engine, vault, &mut make).await.map(drop)
        })
    }

    /// Once a day and vault, a device says in the log what it has seen.
    pub(crate) async fn attest_daily(&self, engine: &mut Engine, vault: VaultId) -> Result<()> {
        let today = self.shared.today();
        let device = self.shared.facts.device;
        let machine = engine.machine(vault)?;
        if machine.role().is_none() || machine.own_head_day(device) == Some(today) {
            return Ok(());
        }
        let version = engine.wallet()?.version();
        let attested = self
            .commit(engine, vault, &mut |making| {
                let append =
                    making
                        .machine
                        .attest_head(making.directory, making.device, version, today)?;
                Ok(Some(append))
            })
            .await;
        match attested {
            Err(error) if error.class() == crate::ErrorClass::Integrity => Err(error),
            Err(error) => {
                tracing::debug!(code = error.code(), "no attestation today yet");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// What every command that wrote to a vault does last.
    pub(crate) async fn after_write(&self, engine: &mut Engine, vault: VaultId) -> Result<()> {
        self.attest_daily(engine, vault).await?;
        self.save_wallet_daily(engine).await
    }
}
