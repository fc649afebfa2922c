//! A vault's state in digits: two members with the same digits have been shown the same history.

use super::{Doubt, other_history};
use crate::client::{Client, Engine};
use crate::views::HeadCode;
use crate::{ClientError, Result};
use strongroom_format::entry::Head;
use strongroom_types::*;
use strongroom_vault::wallet::log_of_vault;
use strongroom_vault::{IntegrityError, safety};

impl Client {
    /// The digits of a vault's newest entry, for a colleague to compare or to give to
    /// [`Client::vault_confirm`].
    ///
    /// # Errors
    /// `not_found`; integrity.
    pub async fn vault_head_code(&self, vault: VaultId) -> Result<HeadCode> {
        let mut engine = self.engine().await?;
        self.refresh_if_online(&mut engine).await?;
        let index = self.line(&mut engine, vault)?.head_index;
        self.code_at(&mut engine, vault, index)
    }

    /// Compares a colleague's digits ([`Client::vault_head_code`] on their device, passed on by
    /// another way than the server) with what this device was shown. Equal ones settle every
    /// doubt about the vault's state; it can be written again.
    ///
    /// # Errors
    /// Usage for text that is no such code; integrity (`withheld`, `fork`) where the colleague
    /// has seen something else: the vault stays read-only here then.
    pub async fn vault_confirm(&self, vault: VaultId, code: &str) -> Result<HeadCode> {
        let (index, digits) = safety::read_head_code(code).ok_or_else(|| {
            ClientError::usage("that is not the code of a vault's state")
                .with_hint("it looks like \"41: 12345 67890 …\", twelve groups of five digits; a colleague gets it with strongroom vault safety VAULT --state")
        })?;
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let newest = self.line(engine, vault)?.head_index;
        if index > newest {
            engine.set_doubt(vault, Some(Doubt::OtherHistory))?;
            return Err(IntegrityError::Withheld { index }.into());
        }
        let own = self.code_at(engine, vault, index)?;
        if safety::read_head_code(&own.code).map(|(_, own)| own) != Some(digits) {
            engine.set_doubt(vault, Some(Doubt::OtherHistory))?;
            return Err(other_history(&format!(
                "your colleague has seen another history of this vault than this device, at or before entry {index}"
            )));
        }
        engine.set_doubt(vault, None)?;
        Ok(HeadCode {
            confirmed: true,
            ..own
        })
    }

    fn code_at(&self, engine: &mut Engine, vault: VaultId, index: u64) -> Result<HeadCode> {
        let n = engine.cache.vault(vault)?.map_or(0, |row| row.n);
        let hash = engine
            .cache
            .hash_at(n, index)
            .ok_or_else(|| ClientError::not_found("the vault has no such entry"))?;
        let log = log_of_vault(vault);
        Ok(HeadCode {
            vault,
            index,
            code: safety::write_head_code(engine.tenant(), log, Head { index, hash }),
            confirmed: engine.doubt(vault)?.is_none(),
        })
    }
}
