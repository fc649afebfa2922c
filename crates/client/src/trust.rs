//! What a device believes of the picture that the server shows: whether a colleague attested
//! it lately, whether it contains what this person's other devices saw, and for how long it
//! may be used without the server.

mod head_code;

use crate::client::{Client, Engine, meta};
use crate::views::SyncDone;
use crate::{ClientError, Result};
use strongroom_format::entry::Head;
use strongroom_types::*;
use strongroom_vault::IntegrityError;
pub(crate) use strongroom_vault::trust::Doubt;
use strongroom_vault::trust::{self, OLD_PICTURE_DAYS};
use strongroom_vault::wallet::{log_of_directory, log_of_vault};

/// Longest time without the server, in days, whatever the organisation's policy allows.
const OFFLINE_MAX_DAYS: u64 = 90;
const DAY_MS: u64 = 86_400_000;
/// How exactly the time of the last contact is kept.
const CONTACT_STEP_MS: u64 = 3_600_000;

fn doubt_name(vault: VaultId) -> String {
    format!("doubt/{vault}")
}

impl Engine {
    /// Why a vault is read-only here, if it is.
    pub fn doubt(&self, vault: VaultId) -> Result<Option<Doubt>> {
        let kept = self.cache.meta(&doubt_name(vault))?;
        Ok(kept.map(|kept| match kept.as_slice() {
            [1] => Doubt::OldPicture,
            _ => Doubt::OtherHistory,
        }))
    }

    fn set_doubt(&self, vault: VaultId, doubt: Option<Doubt>) -> Result<()> {
        let name = doubt_name(vault);
        match doubt {
            None => self.cache.remove_meta(&name),
            Some(Doubt::OldPicture) => self.cache.set_meta(&name, &[1]),
            Some(Doubt::OtherHistory) => self.cache.set_meta(&name, &[2]),
        }
    }

    /// Stops writes to a vault whose state nobody vouches for.
    ///
    /// # Errors
    /// Refused (`unconfirmed`), or integrity (`fork`) where a colleague's number differed.
    pub fn check_confirmed(&self, vault: VaultId) -> Result<()> {
        match self.doubt(vault)? {
            None => Ok(()),
            Some(Doubt::OldPicture) => Err(ClientError::refused(
                "unconfirmed",
                format!(
                    "this device is new to vault {}, and no colleague has attested its state in the last {OLD_PICTURE_DAYS} days: it is read-only here until that is settled",
                    vault.short()
                ),
            )
            .with_hint(
                "let a colleague run strongroom sync; or compare with one: they run strongroom vault safety VAULT --state, you run strongroom vault confirm VAULT CODE",
            )),
            Some(Doubt::OtherHistory) => Err(other_history(
                "a colleague has seen another history of this vault than this device",
            )),
        }
    }
}

fn other_history(message: &str) -> ClientError {
    ClientError::integrity("fork", message).with_hint(
        "compare the digits once more; if they are right, the server shows two histories: write nothing more here and tell your administrator",
    )
}

impl Client {
    /// Before a vault's first entry is read by this device: nobody vouches for it yet.
    pub(crate) fn doubt_new(&self, engine: &Engine, vault: VaultId) -> Result<bool> {
        let known = engine.cache.vault(vault)?;
        let new = known.is_none_or(|row| row.head.hash == Digest::ZERO);
        if new {
            engine.set_doubt(vault, Some(Doubt::OldPicture))?;
        }
        Ok(new)
    }

    /// After a vault was read: whether a colleague vouches for its state by now.
    pub(crate) fn judge_picture(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        done: &mut SyncDone,
    ) -> Result<()> {
        let Some(doubt) = engine.doubt(vault)? else {
            return Ok(());
        };
        let today = self.shared.today();
        if trust::settled(doubt, engine.machine(vault)?, today) {
            return engine.set_doubt(vault, None);
        }
        let name = engine
            .cache
            .vault(vault)?
            .map(|row| row.name)
            .unwrap_or_default();
        done.warnings.push(match doubt {
            Doubt::OldPicture => format!(
                "vault {name:?} is read-only here: this device is new to it, and no colleague has attested its state in the last {OLD_PICTURE_DAYS} days"
            ),
            Doubt::OtherHistory => format!(
                "vault {name:?} is read-only here: a colleague has seen another history of it"
            ),
        });
        Ok(())
    }

    /// Says in the log of every vault with colleagues, once a day, what this device has seen.
    pub(crate) async fn attest_all_daily(&self, engine: &mut Engine) -> Result<()> {
        for row in engine.cache.vaults()? {
            let usable = !row.gone
                && engine.check_trouble(Some(row.vault)).is_ok()
                && engine.doubt(row.vault)?.is_none();
            if usable && engine.machine(row.vault)?.state().members().count() > 1 {
                self.attest_daily(engine, row.vault).await?;
            }
        }
        Ok(())
    }

    /// Notes that the server was heard.
    pub(crate) fn note_contact(&self, engine: &Engine) -> Result<()> {
        let now_ms = self.shared.now_ms();
        if now_ms.abs_diff(contact_ms(engine)?) > CONTACT_STEP_MS {
            engine
                .cache
                .set_meta(meta::CONTACT, &now_ms.to_be_bytes())?;
        }
        Ok(())
    }

    /// Whether the cache may be used without the server: for as many days as the directory's
    /// policy says, and never for more than 90. A clock that was set back buys no time.
    ///
    /// # Errors
    /// Refused (`offline_too_long`).
    pub(crate) fn check_offline_time(&self, engine: &mut Engine) -> Result<()> {
        let days = offline_days(engine.directory()?.policy().offline_max_days);
        let (now_ms, contact_ms) = (self.shared.now_ms(), contact_ms(engine)?);
        let too_long = now_ms.saturating_sub(contact_ms) > days * DAY_MS;
        let set_back = contact_ms.saturating_sub(now_ms) > DAY_MS;
        let message = match (too_long, set_back) {
            (false, false) => return Ok(()),
            (true, _) => format!("a device works without the server for at most {days} days here"),
            (false, true) => {
                "this device's clock stands before its last contact with the server".to_owned()
            }
        };
        Err(ClientError::refused("offline_too_long", message)
            .with_hint("connect to the server and run strongroom sync"))
    }
}

/// Days without the server: the policy's, 0 for none of its own, at most the compiled-in ones.
fn offline_days(policy: u64) -> u64 {
    match policy {
        0 => OFFLINE_MAX_DAYS,
        days => days.min(OFFLINE_MAX_DAYS),
    }
}

/// When the server was heard last.
fn contact_ms(engine: &Engine) -> Result<u64> {
    let bytes = engine.cache.meta(meta::CONTACT)?;
    Ok(bytes
        .and_then(|bytes| <[u8; 8]>::try_from(bytes.as_slice()).ok())
        .map_or(0, u64::from_be_bytes))
}

/// The places that this person's devices have put into the wallet, for [`check_remembered`]
/// after the next reading. Taken before the server is asked, which must show them all then.
pub(crate) fn remembered(engine: &mut Engine) -> Result<Vec<(Digest, Head)>> {
    Ok(engine.wallet()?.heads().collect())
}

/// Checks that a vault's log, just read, contains the place that the wallet knows of it.
///
/// # Errors
/// `Rollback`, `Fork`: another device of this person was shown more, or something else.
pub(crate) fn check_remembered(
    engine: &mut Engine,
    vault: VaultId,
    remembered: &[(Digest, Head)],
) -> Result<()> {
    let log = log_of_vault(vault);
    let Some((_, known)) = remembered.iter().find(|(of, _)| *of == log) else {
        return Ok(());
    };
    let Some(row) = engine.cache.vault(vault)? else {
        return Ok(());
    };
    same_at(engine, &row, *known)
}

/// Checks that the logs as they were read here contain the wallet's places as far as they go.
///
/// # Errors
/// `Fork`: another device of this person was shown another history.
pub(crate) fn check_wallet_heads(engine: &mut Engine) -> Result<()> {
    let heads = remembered(engine)?;
    for row in engine.cache.vaults()? {
        let log = log_of_vault(row.vault);
        let known = heads.iter().find(|(of, _)| *of == log).map(|found| found.1);
        if let Some(known) = known.filter(|known| known.index <= row.head.index) {
            same_at(engine, &row, known)?;
        }
    }
    let log = log_of_directory(engine.tenant());
    let directory = engine.directory()?;
    for (_, known) in heads.iter().filter(|(of, _)| *of == log) {
        if directory
            .hash_at(known.index)
            .is_some_and(|hash| hash != known.hash)
        {
            return Err(IntegrityError::Fork { index: known.index }.into());
        }
    }
    Ok(())
}

fn same_at(engine: &Engine, row: &crate::cache::VaultRow, known: Head) -> Result<()> {
    // A vault that is read anew after something was withheld has no places for a moment.
    if row.synced_ms == 0 && known.index < row.head.index {
        return Ok(());
    }
    let hash_at = |index| engine.cache.hash_at(row.n, index);
    Ok(trust::check_contains(row.head, known, &hash_at)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_shortens_the_time_offline_and_never_lengthens_it() {
        assert_eq!(offline_days(0), OFFLINE_MAX_DAYS);
        assert_eq!(offline_days(14), 14);
        assert_eq!(offline_days(OFFLINE_MAX_DAYS + 1), OFFLINE_MAX_DAYS);
        assert_eq!(offline_days(u64::MAX), OFFLINE_MAX_DAYS);
    }
}
