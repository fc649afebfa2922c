//! Moving and copying files between records and vaults.

use super::port::Bulk;
use super::reading::What;
use super::start::{Source, Transfers};
use super::upload::OpenedFile;
use crate::Result;
use crate::files::NewUpload;
use crate::platform::{Http, Storage};
use serde::Deserialize;
use strongroom_types::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Relocate {
    vault: VaultId,
    file: FileId,
    to_vault: Option<VaultId>,
    to_record: RecordId,
}

impl<H: Http + 'static, S: Storage + 'static, B: Bulk + 'static> Transfers<H, S, B> {
    /// Copies a file to a record of any vault under a new key; `moving` takes it away from where
    /// it was. Inside a vault a move is a line in the log.
    ///
    /// # Errors
    /// `not_found`, `protected`, `locked`, `quota_exceeded`, integrity.
    pub async fn relocate(&self, arguments: &str, moving: bool) -> Result<()> {
        let Relocate {
            vault,
            file,
            to_vault,
            to_record,
        } = serde_json::from_str(arguments)?;
        let to_vault = to_vault.unwrap_or(vault);
        if moving {
            let (_alone, mut core) = self.core().await;
            let mut engine = core.engine()?;
            let (from, to) = ((vault, file), (to_vault, to_record));
            if engine.move_within(from, to).await? {
                return Ok(());
            }
        }
        let silent = self.silent();
        let what = What::File {
            vault,
            file,
            revision: None,
        };
        let (_, opened) = self.open(what, &silent).await?;
        let wanted = NewUpload {
            transfer: IdempotencyKey::make(&mut self.platform.rng()).to_string(),
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
        let begun = {
            let (_alone, mut core) = self.core().await;
            core.engine()?.begin_upload(&wanted).await?
        };
        let source = Source::File(OpenedFile(opened));
        let put = self.put(begun, &source, &silent).await;
        let (_alone, mut core) = self.core().await;
        let mut engine = core.engine()?;
        if let Err(error) = put {
            // Nobody could go on with it.
            let _ = engine.abandon_upload(&wanted.transfer).await;
            return Err(error);
        }
        if moving {
            let change = crate::files::Change {
                deleted: Some(true),
                ..Default::default()
            };
            engine.edit_file(vault, file, change).await?;
        }
        Ok(())
    }
}
