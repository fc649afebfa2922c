//! What this browser remembers of logs, and what it makes of a picture that nobody vouches for.

use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use strongroom_format::entry::Head;
use strongroom_types::*;
use strongroom_vault::directory;
use strongroom_vault::trust::{self, Doubt, OLD_PICTURE_DAYS};
use strongroom_vault::wallet::{log_of_directory, log_of_vault};

/// Why a vault can only be read here, as a stable code.
pub(crate) fn code_of(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::OldPicture => "unconfirmed",
        Doubt::OtherHistory => "fork",
    }
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Before a vault's first entry is read here: nobody vouches for it yet. Kept before the
    /// first entry, so that a page that is closed in between leaves the doubt standing.
    pub async fn doubt_new(&mut self, vault: VaultId) -> Result<bool> {
        let known = self.vault(vault).await?;
        let new = known.seen.is_none() && known.doubt != Some(Doubt::OtherHistory);
        if new {
            known.doubt = Some(Doubt::OldPicture);
            self.keep(vault).await?;
        }
        Ok(new)
    }

    /// After a vault was read: whether a colleague vouches for its state by now.
    pub async fn judge_picture(&mut self, vault: VaultId) -> Result<()> {
        let today = self.platform.today();
        let known = self.vault(vault).await?;
        let settled = known
            .doubt
            .is_some_and(|doubt| trust::settled(doubt, &known.machine, today));
        if settled {
            known.doubt = None;
            self.keep(vault).await?;
        }
        Ok(())
    }

    /// Stops writes to a vault whose state nobody vouches for.
    ///
    /// # Errors
    /// Refused (`unconfirmed`), or integrity (`fork`).
    pub async fn check_confirmed(&mut self, vault: VaultId) -> Result<()> {
        let Some(doubt) = self.vault(vault).await?.doubt else {
            return Ok(());
        };
        Err(match doubt {
            // Not the server's `unconfirmed`, which is about a kit.
            Doubt::OldPicture => CoreError::refused(
                "vault_unconfirmed",
                format!(
                    "this browser is new to the vault, and no colleague has attested its state in the last {OLD_PICTURE_DAYS} days: it is read-only here until one does"
                ),
            )
            .with_hint("it settles when a colleague next opens the vault on their own device, or when you compare codes with one"),
            Doubt::OtherHistory => CoreError::new(
                ErrorClass::Integrity,
                code_of(doubt),
                "a colleague has seen another history of this vault than this browser",
            ),
        })
    }

    /// Checks that a vault's log, just read, contains the place that the wallet knew of it
    /// before the server was asked.
    pub async fn check_remembered(
        &mut self,
        vault: VaultId,
        remembered: &[(Digest, Head)],
    ) -> Result<()> {
        let log = log_of_vault(vault);
        let Some((_, known)) = remembered.iter().find(|(of, _)| *of == log) else {
            return Ok(());
        };
        self.check_contains(vault, *known).await
    }

    /// Checks that a vault's log as it was read here contains a place.
    pub async fn check_contains(&mut self, vault: VaultId, known: Head) -> Result<()> {
        let found = self.vault(vault).await?;
        let Some(head) = found.machine.state().head() else {
            return Ok(());
        };
        Ok(trust::check_contains(head, known, &|index| {
            found.hash_at(index)
        })?)
    }

    /// Checks that the logs as they were read here contain the wallet's places as far as they
    /// go: before the wallet is stored with their heads.
    pub async fn check_wallet_heads(&mut self) -> Result<()> {
        let heads: Vec<(Digest, Head)> = self.open.wallet.heads().collect();
        for vault in self.known_vaults().await? {
            let log = log_of_vault(vault);
            let Some((_, known)) = heads.iter().find(|(of, _)| *of == log) else {
                continue;
            };
            let head = self.vault(vault).await?.machine.state().head();
            if head.is_some_and(|head| known.index <= head.index) {
                self.check_contains(vault, *known).await?;
            }
        }
        let log = log_of_directory(self.tenant());
        let newest = self.open.directory.head().map_or(0, |head| head.index);
        let known = heads.iter().find(|(of, _)| *of == log).map(|found| found.1);
        let known = known.filter(|known| known.index <= newest);
        Ok(directory::check_known(&self.open.directory, known)?)
    }
}
