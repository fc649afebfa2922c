//! Names, flags, trash and place of files: lines of the log that leave the content as it is.

use super::log::Found;
use super::read::no_file;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use strongroom_format::names::put_name;
use strongroom_format::transport::Append;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_types::limits::FILE_NAME_MAX_BYTES;
use strongroom_types::*;
use strongroom_vault::file::{Attributes, rewrap_key, seal_attributes};

/// What is changed of a file.
#[derive(Default)]
pub(crate) struct Change {
    pub name: Option<String>,
    pub hidden: Option<bool>,
    pub protected: Option<bool>,
    pub deleted: Option<bool>,
    pub record: Option<RecordId>,
}

/// The name under which a file is put. Slashes tell folders, each part is a name of its own.
pub(super) fn name_with_folders(name: &str) -> Result<String> {
    let wrong = || CoreError::usage("this is not a name for a file");
    let parts: Option<Vec<String>> = name.split('/').map(put_name).collect();
    let name = parts.ok_or_else(wrong)?.join("/");
    match name.len() <= FILE_NAME_MAX_BYTES {
        true => Ok(name),
        false => Err(wrong()),
    }
}

/// A protected file is not deleted, replaced or moved away.
pub(super) fn check_unprotected(found: &Found) -> Result<()> {
    if !found.protected {
        return Ok(());
    }
    Err(CoreError::refused("protected", "the file is protected")
        .with_hint("lift the protection first"))
}

/// A new revision does not bring a file back from the trash: who puts it there would not find it.
pub(super) fn check_not_in_trash(found: &Found) -> Result<()> {
    if !found.deleted {
        return Ok(());
    }
    Err(CoreError::refused("in_trash", "the file is in the trash").with_hint("take it out first"))
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Changes what is said of a file beside its content.
    ///
    /// # Errors
    /// `locked` where somebody else holds the file; `protected`.
    pub async fn edit_file(&mut self, vault: VaultId, file: FileId, change: Change) -> Result<()> {
        self.refresh().await?;
        let (vault, found) = self.file(vault, file).await?;
        if change.deleted == Some(true) || change.record.is_some() {
            check_unprotected(&found)?;
        }
        let attributes = Attributes {
            file,
            record: change.record.unwrap_or(found.record),
            name: match &change.name {
                Some(name) => name_with_folders(name)?,
                None => found.name.clone(),
            },
            hidden: change.hidden.unwrap_or(found.hidden),
            deleted: change.deleted.unwrap_or(found.deleted),
            protected: change.protected.unwrap_or(found.protected),
        };
        let same = attributes.record == found.record
            && attributes.name == found.name
            && (attributes.hidden, attributes.deleted, attributes.protected)
                == (found.hidden, found.deleted, found.protected);
        if same {
            return Ok(());
        }
        // The server refuses it too, but names nobody: the holder is in the log, just read.
        self.own_lease(vault, file)?;
        self.commit(vault, &mut |making| {
            let mut author = making.author()?;
            let payload = seal_attributes(
                making.vault.machine.keyring(),
                author.place(),
                &attributes,
                making.rng,
            )?;
            let entry = author.append(&VaultPayload::FileAttributes(payload));
            Ok(Some(Append::of(vec![entry])))
        })
        .await?;
        self.after_write(vault).await
    }

    /// Hangs a file on another record of the same vault. Tells whether that was possible; a file
    /// of another vault is encrypted anew.
    pub async fn move_within(
        &mut self,
        (vault, file): (VaultId, FileId),
        (to_vault, to_record): (VaultId, RecordId),
    ) -> Result<bool> {
        self.refresh().await?;
        let (from, found) = self.file(vault, file).await?;
        check_unprotected(&found)?;
        // Before it is encrypted anew elsewhere: it could not be taken away from here.
        self.own_lease(from, file)?;
        let to = self.vault_of_record(to_vault, to_record).await?;
        if from != to {
            return Ok(false);
        }
        let change = Change {
            record: Some(to_record),
            ..Change::default()
        };
        self.edit_file(from, file, change).await?;
        Ok(true)
    }

    /// Puts the keys of a file's current revisions under the vault's newest epoch, where they
    /// are under an older one. A courtesy to later members, never a condition for writing.
    pub(super) async fn rewrap(&mut self, vault: VaultId, file: FileId) -> Result<()> {
        let found = self.vault(vault).await?;
        let epoch = found.machine.state().epoch();
        let heads = found.files.find(file).ok_or_else(no_file)?.heads;
        for index in heads {
            let log = &self.vault(vault).await?.files;
            let Some((_, revision)) = log.at(index) else {
                continue;
            };
            let (Some(key), under) = log.key_of(revision) else {
                continue;
            };
            if under >= epoch {
                continue;
            }
            let (key, revision) = (key.danger_duplicate(), revision.revision);
            self.commit(vault, &mut |making| {
                let mut author = making.author()?;
                let payload = rewrap_key(
                    making.vault.machine.keyring(),
                    author.place(),
                    file,
                    revision,
                    &key,
                    making.rng,
                )?;
                Ok(Some(Append::of(vec![author.append(&payload)])))
            })
            .await?;
        }
        Ok(())
    }
}
