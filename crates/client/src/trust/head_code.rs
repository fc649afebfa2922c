//! A vault's state in digits: two members with the same digits have been shown the same history.

use super::{Doubt, other_history};
use crate::client::{Client, Engine};
use crate::views::HeadCode;
use crate::{ClientError, Result};
use strongroom_format::entry::Head;
use strongroom_types::*;
use strongroom_vault::wallet::log_of_vault;
use strongroom_vault::{IntegrityError, safety};

/// Twelve groups of five digits.
const DIGITS: usize = 60;

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
        let (index, digits) = parse(code).ok_or_else(|| {
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
        if parse(&own.code).map(|(_, own)| own) != Some(digits) {
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
        let number = safety::head_number(engine.tenant(), log, Head { index, hash });
        Ok(HeadCode {
            vault,
            index,
            code: format!("{index}: {number}"),
            confirmed: engine.doubt(vault)?.is_none(),
        })
    }
}

/// `INDEX: DIGITS`, with any spaces or hyphens between the digits.
fn parse(code: &str) -> Option<(u64, String)> {
    let (index, number) = code.trim().split_once(':')?;
    let index = index.trim().parse().ok()?;
    let spaces = |c: &char| !c.is_whitespace() && *c != '-';
    let digits: String = number.chars().filter(spaces).collect();
    let whole = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    whole.then_some((index, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_with_and_without_spaces() {
        let digits = "0123456789".repeat(6);
        let spaced = ["01234 56789"; 6].join(" ");
        assert_eq!(parse(&format!("41:{digits}")), Some((41, digits.clone())));
        assert_eq!(
            parse(&format!(" 41: {spaced}\n")),
            Some((41, digits.clone()))
        );
        assert_eq!(parse(&digits), None);
        assert_eq!(parse("41: 12345"), None);
        assert_eq!(parse(&format!("x:{digits}")), None);
        assert_eq!(parse(&format!("1:{digits}0")), None);
    }
}
