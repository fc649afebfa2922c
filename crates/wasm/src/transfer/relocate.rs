//! Moving and copying files between records and vaults.

use super::control::{Kind, Transfer};
use super::port::Bulk;
use super::reading::What;
use super::start::{Source, Started, Transfers, no_upload};
use super::upload::OpenedFile;
use crate::files::{Change, CopyOf, NewUpload};
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use serde::Deserialize;
use std::rc::Rc;
use strongroom_types::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Relocate {
    vault: VaultId,
    file: FileId,
    to_vault: Option<VaultId>,
    to_record: RecordId,
    /// The page's name for it, where it wants to be told how far it is.
    transfer: Option<String>,
}

impl<H: Http + 'static, S: Storage + 'static, B: Bulk + 'static> Transfers<H, S, B> {
    /// Copies a file to a record of any vault under a new key; `moving` takes it away from where
    /// it was. Inside a vault a move is a line in the log. With a name of the page's, the bytes
    /// are still to be moved then: as for an upload, by [`Transfers::run`].
    ///
    /// # Errors
    /// `not_found`, `protected`, `locked`, `quota_exceeded`, integrity.
    pub async fn relocate(&self, arguments: &str, moving: bool) -> Result<Option<Started<B>>> {
        let Relocate {
            vault,
            file,
            to_vault,
            to_record,
            transfer,
        } = serde_json::from_str(arguments)?;
        let to_vault = to_vault.unwrap_or(vault);
        if moving {
            let (_alone, mut core) = self.core().await;
            let mut engine = core.engine()?;
            let (from, to) = ((vault, file), (to_vault, to_record));
            if engine.move_within(from, to).await? {
                return Ok(None);
            }
        }
        let told = transfer.is_some();
        let id =
            transfer.unwrap_or_else(|| IdempotencyKey::make(&mut self.platform.rng()).to_string());
        self.check_idle(&id)?;
        let silent = self.silent();
        let what = What::File {
            vault,
            file,
            revision: None,
        };
        let (_, opened) = self.open(what, &silent).await?;
        let wanted = NewUpload {
            transfer: id.clone(),
            vault: to_vault,
            record: to_record,
            name: opened.name.clone(),
            media_type: opened.manifest().media_type.clone(),
            replaces: None,
            // The record may have one of that name: both stay.
            keep_both: true,
            size_bytes: opened.manifest().true_length,
            last_modified_ms: 0,
            thumbnail: self.thumbnail_of(vault, file).await?,
        };
        let of = CopyOf {
            vault,
            file,
            revision: opened.manifest().revision,
            moving,
        };
        let begun = {
            let (_alone, mut core) = self.core().await;
            let mut engine = core.engine()?;
            let begun = engine.begin_upload(&wanted).await?;
            engine.keep_copy_of(&id, of).await?;
            begun
        };
        let source = Rc::new(Source::File(OpenedFile(opened)));
        if told {
            let transfer = self.transfer(&id, Kind::Upload, wanted.size_bytes);
            return Ok(Some(self.started(transfer, source, begun, Some(of))));
        }
        if let Err(error) = self.put(begun, &source, &silent).await {
            // Nobody could go on with it.
            let (_alone, mut core) = self.core().await;
            let _ = core.engine()?.abandon_upload(&id).await;
            return Err(error);
        }
        self.take_away(of, &silent).await?;
        Ok(None)
    }

    /// Takes the original of a copy away, where it is moved.
    ///
    /// # Errors
    /// `original_kept`, integrity.
    pub(super) async fn take_away(&self, of: CopyOf, transfer: &Transfer) -> Result<()> {
        if !of.moving {
            return Ok(());
        }
        let courier = self.courier().await?;
        let taken = courier
            .patiently(transfer, async || {
                let change = Change {
                    deleted: Some(true),
                    ..Change::default()
                };
                let (_alone, mut core) = self.core().await;
                core.engine()?.edit_file(of.vault, of.file, change).await
            })
            .await;
        taken.map_err(|error| match error.is_integrity() {
            true => error,
            false => CoreError::conflict(
                "original_kept",
                format!(
                    "the file was copied, and not taken away: {}",
                    error.message()
                ),
            ),
        })
    }

    /// The bytes of a copy that an earlier page has begun.
    pub(super) async fn source_of_copy(&self, id: &str) -> Result<Rc<Source<B>>> {
        let of = {
            let (_alone, mut core) = self.core().await;
            core.engine()?.copy_of(id).await?.ok_or_else(no_upload)?
        };
        let what = What::File {
            vault: of.vault,
            file: of.file,
            revision: Some(of.revision),
        };
        let (_, opened) = self.open(what, &self.silent()).await?;
        Ok(Rc::new(Source::File(OpenedFile(opened))))
    }
}
