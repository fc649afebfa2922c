//! Files of records: put, get, list, revisions, move, copy, trash, flags.

mod get;
mod put;
mod relocate;

pub use put::{PutOptions, SameName};

use crate::cache::{FileRow, RevisionRow};
use crate::client::{Client, Engine};
use crate::views::{FileLine, LeaseView, RevisionView};
use crate::{ClientError, Result};
use strongroom_crypto::SymmetricKey;
use strongroom_format::file::FileManifest;
use strongroom_format::transport::Append;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_types::*;
use strongroom_vault::file::{Attributes, rewrap_key, seal_attributes};

/// How a file is fetched.
#[derive(Clone, Copy, Debug, Default)]
pub struct GetOptions {
    /// Another revision than the current one.
    pub revision: Option<RevisionId>,
    /// Replace a file that is there already.
    pub overwrite: bool,
}

/// A revision that can be read.
pub(crate) struct Readable {
    pub vault: VaultId,
    pub file: FileId,
    pub revision: RevisionId,
    pub name: String,
    pub key: SymmetricKey,
    pub manifest: FileManifest,
}

impl Client {
    /// The files of a record; hidden ones and those in the trash only where asked for.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn files(
        &self,
        record: RecordId,
        hidden: bool,
        trash: bool,
    ) -> Result<Vec<FileLine>> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        let vault_n = self.record_row(engine, record)?.vault_n;
        self.vault_of(engine, vault_n)?;
        let rows = engine.cache.files_of(vault_n, record)?;
        rows.iter()
            .filter(|row| (hidden || !row.hidden) && row.deleted == trash)
            .map(|row| self.file_line(engine, row))
            .collect()
    }

    /// A file.
    ///
    /// # Errors
    /// `not_found`; integrity where its manifest is not what its author signed for.
    pub async fn file_show(&self, file: FileId) -> Result<FileLine> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        let row = self.file_row(engine, file)?;
        self.file_line(engine, &row)
    }

    pub(crate) fn file_row(&self, engine: &Engine, file: FileId) -> Result<FileRow> {
        engine
            .cache
            .file(file)?
            .ok_or_else(|| ClientError::not_found(format!("there is no file {}", file.short())))
    }

    pub(crate) fn lease_view(
        &self,
        engine: &mut Engine,
        row: &FileRow,
    ) -> Result<Option<LeaseView>> {
        let lease = engine.cache.lease(row.vault_n, row.file)?;
        let now_ms = self.shared.now_ms();
        Ok(lease
            .filter(|lease| lease.expires_ms > now_ms)
            .map(|lease| LeaseView {
                file: row.file,
                lease: lease.lease,
                fence: lease.fence,
                holder: engine.name_of(lease.identity),
                identity: lease.identity,
                device: lease.device,
                expires_ms: lease.expires_ms,
                mine: lease.identity == engine.me(),
            }))
    }

    pub(crate) fn file_line(&self, engine: &mut Engine, row: &FileRow) -> Result<FileLine> {
        let vault = self.vault_of(engine, row.vault_n)?;
        let revisions = engine.cache.revisions(row.n)?;
        let shown = revisions
            .iter()
            .find(|revision| revision.revision == row.revision)
            .ok_or_else(|| ClientError::not_found("the file has no revision"))?;
        let heads = revisions.iter().filter(|revision| revision.is_head);
        let copies = heads.clone().any(|head| {
            head.manifest
                .as_ref()
                .is_some_and(|manifest| manifest.conflict)
        });
        Ok(FileLine {
            file: row.file,
            record: row.record,
            vault,
            revision: row.revision,
            name: row.name.clone(),
            media_type: shown
                .manifest
                .as_ref()
                .map(|manifest| manifest.media_type.clone())
                .unwrap_or_default(),
            bytes: shown
                .manifest
                .as_ref()
                .map_or(0, |manifest| manifest.true_length),
            sealed_bytes: shown.sealed_length,
            author: engine.name_of(shown.identity),
            appended_ms: shown.appended_ms,
            revisions: revisions.len() as u64,
            conflict: copies || heads.count() > 1,
            hidden: row.hidden,
            protected: row.protected,
            deleted: row.deleted,
            lease: self.lease_view(engine, row)?,
        })
    }

    /// The revisions of a file, newest first.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn file_revisions(&self, file: FileId) -> Result<Vec<RevisionView>> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        let row = self.file_row(engine, file)?;
        self.vault_of(engine, row.vault_n)?;
        let revisions = engine.cache.revisions(row.n)?;
        Ok(revisions
            .into_iter()
            .map(|revision| revision_view(engine, revision))
            .collect())
    }

    /// A JPEG of at most 256 pixels, where the current revision is an image.
    ///
    /// # Errors
    /// `not_found`, integrity.
    pub async fn file_thumbnail(&self, file: FileId) -> Result<Option<Vec<u8>>> {
        let mut engine = self.engine().await?;
        self.refresh_if_online(&mut engine).await?;
        let readable = self.readable(&engine, file, None)?;
        Ok(readable.manifest.thumbnail.map(Into::into))
    }

    pub(crate) fn readable(
        &self,
        engine: &Engine,
        file: FileId,
        revision: Option<RevisionId>,
    ) -> Result<Readable> {
        let row = self.file_row(engine, file)?;
        let vault = self.vault_of(engine, row.vault_n)?;
        let wanted = revision.unwrap_or(row.revision);
        let found = engine
            .cache
            .revision(row.n, wanted)?
            .ok_or_else(|| ClientError::not_found("the file has no such revision"))?;
        match found.damage.as_deref() {
            Some("erased") => return Err(ClientError::not_found("the revision was erased")),
            Some(code) => {
                return Err(ClientError::integrity(
                    code.to_owned(),
                    "the file's manifest or key is not what its author may have written",
                ));
            }
            None => {}
        }
        match (found.manifest, found.key) {
            (Some(manifest), Some(key)) => Ok(Readable {
                vault,
                file,
                revision: wanted,
                name: row.name,
                key,
                manifest,
            }),
            _ => Err(
                ClientError::refused("no_key", "the keys of this file are not at hand")
                    .with_hint("sync, then try again"),
            ),
        }
    }

    /// Changes what is set of a file: hidden from lists, protected against deletion and
    /// replacement, its name.
    ///
    /// # Errors
    /// `not_found`, `refused`, `locked`.
    pub async fn file_set(
        &self,
        file: FileId,
        hidden: Option<bool>,
        protected: Option<bool>,
        name: Option<&str>,
    ) -> Result<FileLine> {
        let name = match name {
            Some(name) => Some(
                crate::transfer::put_name(name)
                    .ok_or_else(|| ClientError::usage("this is not a name for a file"))?,
            ),
            None => None,
        };
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let row = self.file_row(engine, file)?;
        self.attributes(engine, &row, |attributes| {
            attributes.hidden = hidden.unwrap_or(attributes.hidden);
            attributes.protected = protected.unwrap_or(attributes.protected);
            if let Some(name) = name.clone() {
                attributes.name = name;
            }
        })
        .await?;
        let row = self.file_row(engine, file)?;
        self.file_line(engine, &row)
    }

    /// Puts a file into the trash.
    ///
    /// # Errors
    /// `not_found`; `protected`; `locked` where someone else holds it.
    pub async fn file_remove(&self, file: FileId) -> Result<()> {
        self.set_file_deleted(file, true).await
    }

    /// Takes a file out of the trash.
    ///
    /// # Errors
    /// `not_found`, `refused`.
    pub async fn file_restore(&self, file: FileId) -> Result<()> {
        self.set_file_deleted(file, false).await
    }

    async fn set_file_deleted(&self, file: FileId, deleted: bool) -> Result<()> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let row = self.file_row(engine, file)?;
        if row.deleted == deleted {
            return Ok(());
        }
        if deleted {
            check_unprotected(&row)?;
        }
        self.attributes(engine, &row, |attributes| attributes.deleted = deleted)
            .await
    }

    /// Appends changed attributes of a file.
    pub(crate) async fn attributes(
        &self,
        engine: &mut Engine,
        row: &FileRow,
        change: impl Fn(&mut Attributes) + Send,
    ) -> Result<()> {
        let vault = self.vault_of(engine, row.vault_n)?;
        let mut attributes = Attributes {
            file: row.file,
            record: row.record,
            name: row.name.clone(),
            hidden: row.hidden,
            deleted: row.deleted,
            protected: row.protected,
        };
        change(&mut attributes);
        self.commit(engine, vault, &mut |making| {
            let mut author = making.author()?;
            let payload = seal_attributes(
                making.machine.keyring(),
                author.place(),
                &attributes,
                making.rng,
            )?;
            let entry = author.append(&VaultPayload::FileAttributes(payload));
            Ok(Some(Append::of(vec![entry])))
        })
        .await?;
        self.after_write(engine, vault).await
    }

    /// Puts the keys of a file's current revisions under the vault's newest epoch, where they
    /// are under an older one. A courtesy to later members, never a condition for writing.
    pub(crate) async fn rewrap(&self, engine: &mut Engine, row: &FileRow) -> Result<()> {
        let vault = self.vault_of(engine, row.vault_n)?;
        let epoch = engine.machine(vault)?.state().epoch();
        for revision in engine.cache.revisions(row.n)? {
            let Some(key) = revision.key else { continue };
            if !revision.is_head || revision.key_epoch >= epoch.0 {
                continue;
            }
            self.commit(engine, vault, &mut |making| {
                let mut author = making.author()?;
                let payload = rewrap_key(
                    making.machine.keyring(),
                    author.place(),
                    row.file,
                    revision.revision,
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

/// A new revision does not bring a file back from the trash: who puts it there would not find it.
pub(crate) fn check_not_in_trash(row: &FileRow) -> Result<()> {
    if !row.deleted {
        return Ok(());
    }
    Err(
        ClientError::refused("in_trash", format!("{:?} is in the trash", row.name)).with_hint(
            "take it out first: strongroom file restore FILE; then put again: what was uploaded is not sent twice",
        ),
    )
}

/// A protected file is not deleted, replaced or moved away.
pub(crate) fn check_unprotected(row: &FileRow) -> Result<()> {
    if !row.protected {
        return Ok(());
    }
    Err(
        ClientError::refused("protected", format!("{:?} is protected", row.name))
            .with_hint("lift the protection first: strongroom file set FILE --no-protected"),
    )
}

fn revision_view(engine: &mut Engine, revision: RevisionRow) -> RevisionView {
    let manifest = revision.manifest.as_ref();
    RevisionView {
        revision: revision.revision,
        parents: revision.parents,
        name: manifest
            .map(|manifest| manifest.name.clone())
            .unwrap_or_default(),
        media_type: manifest
            .map(|manifest| manifest.media_type.clone())
            .unwrap_or_default(),
        bytes: manifest.map_or(0, |manifest| manifest.true_length),
        sealed_bytes: revision.sealed_length,
        author: engine.name_of(revision.identity),
        appended_ms: revision.appended_ms,
        conflict: manifest.is_some_and(|manifest| manifest.conflict),
        current: revision.is_head,
        erased: revision.damage.as_deref() == Some("erased"),
    }
}
