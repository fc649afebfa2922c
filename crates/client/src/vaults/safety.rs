//! Safety numbers: that nobody stands between two people.

use super::person;
use crate::Result;
use crate::client::{Client, Engine};
use crate::views::*;
use strongroom_vault::safety;

impl Client {
    /// The digits that two people compare to be sure that nobody stands between them.
    ///
    /// # Errors
    /// `not_found` for an unknown name.
    pub async fn safety_number(&self, name: &str) -> Result<SafetyNumber> {
        let mut engine = self.engine().await?;
        self.refresh_if_online(&mut engine).await?;
        self.safety(&mut engine, name)
    }

    fn safety(&self, engine: &mut Engine, name: &str) -> Result<SafetyNumber> {
        let directory = engine.directory()?;
        let identity = person(&directory, name)?;
        let compared = engine
            .wallet()?
            .pins()
            .iter()
            .any(|(pinned, _)| *pinned == identity);
        Ok(SafetyNumber {
            identity,
            name: engine.name_of(identity),
            number: safety::safety_number(engine.tenant(), engine.me(), identity),
            compared,
        })
    }

    /// Remembers in the wallet that the digits were compared.
    ///
    /// # Errors
    /// As [`Client::safety_number`].
    pub async fn safety_compared(&self, name: &str) -> Result<SafetyNumber> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let found = self.safety(engine, name)?;
        self.save_wallet(engine, &mut |wallet| {
            wallet.pin(found.identity, &found.name);
            Ok(())
        })
        .await?;
        Ok(SafetyNumber {
            compared: true,
            ..found
        })
    }
}
