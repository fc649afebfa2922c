//! Safety numbers: that nobody stands between two people.

use super::person;
use crate::client::{Client, Engine};
use crate::views::*;
use crate::{ClientError, Result};
use strongroom_vault::safety;
use strongroom_vault::wallet::Compared;

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
        let unknown = || ClientError::not_found("there is no such person in your organisation");
        let known = directory.identity(identity).ok_or_else(unknown)?;
        let me = directory.identity(engine.me()).ok_or_else(unknown)?;
        let [mine, theirs] = [me, known].map(|person| person.public.key_hash());
        let compared = engine.wallet()?.compared(known);
        let number = safety::safety_number(engine.tenant(), mine, theirs);
        Ok(SafetyNumber {
            identity,
            name: known.name.clone(),
            words: safety::in_words(&number),
            number,
            compared: compared == Compared::Yes,
            changed: compared == Compared::FormerKey,
            renewed_ms: known.renewed_ms(),
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
        let directory = engine.directory()?;
        self.save_wallet(engine, &mut |wallet| {
            if let Some(known) = directory.identity(found.identity) {
                wallet.pin(known.public.key_hash(), &found.name);
            }
            Ok(())
        })
        .await?;
        Ok(SafetyNumber {
            compared: true,
            changed: false,
            ..found
        })
    }
}
