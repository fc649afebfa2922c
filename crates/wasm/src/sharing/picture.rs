//! A vault's state as a code that two members compare: what ends the doubt about a first picture,
//! or proves that the server shows two histories.

use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::trust::code_of;
use crate::{CoreError, Result};
use serde::Serialize;
use strongroom_format::entry::Head;
use strongroom_types::*;
use strongroom_vault::trust::Doubt;
use strongroom_vault::wallet::log_of_vault;
use strongroom_vault::{IntegrityError, safety};

/// A vault's state in digits.
#[derive(Serialize)]
pub(crate) struct PictureView {
    /// The entry up to which two people with this code have been shown the same history.
    index: u64,
    /// `INDEX: ` and twelve groups of five digits.
    code: String,
    /// Why this browser only reads the vault.
    read_only: Option<&'static str>,
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// The code of a vault's newest entry.
    ///
    /// # Errors
    /// `not_found`; integrity.
    pub async fn picture(&mut self, vault: VaultId) -> Result<PictureView> {
        self.refresh().await?;
        let head = self.shared(vault).await?.machine.state().head();
        let head = head.ok_or_else(|| CoreError::not_found("there is no such vault"))?;
        self.picture_at(vault, head).await
    }

    async fn picture_at(&mut self, id: VaultId, head: Head) -> Result<PictureView> {
        let tenant = self.tenant();
        let vault = self.vault(id).await?;
        Ok(PictureView {
            index: head.index,
            code: safety::write_head_code(tenant, log_of_vault(id), head),
            read_only: vault.doubt.map(code_of),
        })
    }

    /// Compares a colleague's code, passed on by another way than the server, with what this
    /// browser was shown. An equal one settles every doubt; another one leaves the vault
    /// read-only here.
    ///
    /// # Errors
    /// Usage for text that is no such code; integrity (`withheld`, `fork`).
    pub async fn confirm_picture(&mut self, id: VaultId, code: &str) -> Result<PictureView> {
        let (index, digits) = safety::read_head_code(code).ok_or_else(|| {
            CoreError::new(
                ErrorClass::Usage,
                "no_head_code",
                "that is not the code of a vault's state",
            )
        })?;
        self.refresh().await?;
        let vault = self.shared(id).await?;
        let Some(hash) = vault.hash_at(index) else {
            self.set_doubt(id, Some(Doubt::OtherHistory)).await?;
            return Err(IntegrityError::Withheld { index }.into());
        };
        let head = Head { index, hash };
        let own = self.picture_at(id, head).await?;
        if safety::read_head_code(&own.code).map(|(_, own)| own) != Some(digits) {
            self.set_doubt(id, Some(Doubt::OtherHistory)).await?;
            return Err(IntegrityError::Fork { index }.into());
        }
        self.set_doubt(id, None).await?;
        // What waited for somebody to vouch is due now.
        self.duties(id).await?;
        self.picture_at(id, head).await
    }

    async fn set_doubt(&mut self, id: VaultId, doubt: Option<Doubt>) -> Result<()> {
        self.vault(id).await?.doubt = doubt;
        self.keep(id).await
    }
}
