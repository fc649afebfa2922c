//! Reading what there is of files: lists, revisions, thumbnails, and what it takes to read one.

use super::kept::name_of_thumbnail;
use super::log::{Found, Revision};
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::vault::Vault;
use crate::{CoreError, Result};
use serde::Serialize;
use strongroom_crypto::SymmetricKey;
use strongroom_format::file::FileManifest;
use strongroom_types::*;
use strongroom_vault::lease::Lease;
use zeroize::Zeroizing;

/// A lock of a file.
#[derive(Serialize)]
pub(crate) struct LeaseView {
    holder: String,
    you: bool,
    until_ms: u64,
}

/// A file in a list.
#[derive(Serialize)]
pub(crate) struct FileView {
    file: FileId,
    record: RecordId,
    revision: RevisionId,
    name: String,
    media_type: String,
    size_bytes: u64,
    author: String,
    changed_ms: u64,
    deleted: bool,
    hidden: bool,
    protected: bool,
    revisions: usize,
    conflict: bool,
    damage: Option<String>,
    thumbnail: bool,
    lease: Option<LeaseView>,
}

/// A revision in a file's history.
#[derive(Serialize)]
pub(crate) struct RevisionView {
    revision: RevisionId,
    name: String,
    size_bytes: u64,
    author: String,
    appended_ms: u64,
    current: bool,
    erased: bool,
    conflict: bool,
    damage: Option<String>,
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

fn damage_of(revision: &Revision) -> Option<String> {
    match (&revision.manifest, &revision.damage) {
        (None, None) => Some("no_key".to_owned()),
        (_, damage) => damage.clone(),
    }
}

/// There is no such file.
pub(super) fn no_file() -> CoreError {
    CoreError::not_found("there is no such file")
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// All files of a record, or of a vault; hidden ones and those in the trash too.
    pub async fn files(
        &mut self,
        vault: VaultId,
        record: Option<RecordId>,
    ) -> Result<Vec<FileView>> {
        self.refresh().await?;
        let target = match record {
            Some(record) => self.vault_of_record(vault, record).await?,
            None => vault,
        };
        self.shared(target).await?;
        let Some(vault) = self.open.vaults.get(&target) else {
            return Ok(Vec::new());
        };
        let mut found: Vec<Found> = vault
            .files
            .all()
            .filter(|found| record.is_none_or(|record| found.record == record))
            .collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found
            .iter()
            .filter_map(|found| self.file_view(vault, found))
            .collect())
    }

    pub(super) fn file_view(&self, vault: &Vault, found: &Found) -> Option<FileView> {
        let (origin, shown) = vault.files.at(found.shown)?;
        let manifest = shown.manifest.as_ref();
        let copies = found.heads.iter().any(|index| {
            let head = vault
                .files
                .at(*index)
                .and_then(|(_, r)| r.manifest.as_ref());
            head.is_some_and(|manifest| manifest.conflict)
        });
        Some(FileView {
            file: found.file,
            record: found.record,
            revision: shown.revision,
            name: found.name.clone(),
            media_type: manifest.map_or_else(String::new, |known| known.media_type.clone()),
            size_bytes: manifest.map_or(0, |known| known.true_length),
            author: self.name_of(origin.identity),
            changed_ms: origin.appended_ms,
            deleted: found.deleted,
            hidden: found.hidden,
            protected: found.protected,
            revisions: found.revisions.len(),
            conflict: copies || found.heads.len() > 1,
            damage: damage_of(shown),
            thumbnail: shown.has_thumbnail,
            lease: self.active_lease(vault, found.file).map(|lease| LeaseView {
                holder: self.name_of(lease.identity),
                you: lease.identity == self.me(),
                until_ms: lease.expires_ms,
            }),
        })
    }

    /// The lock of a file that has not ended.
    pub(super) fn active_lease<'a>(&self, vault: &'a Vault, file: FileId) -> Option<&'a Lease> {
        vault.files.leases.active(file, self.platform.now_ms())
    }

    /// The revisions of a file, newest first.
    pub async fn file_history(
        &mut self,
        vault: VaultId,
        file: FileId,
    ) -> Result<Vec<RevisionView>> {
        self.refresh().await?;
        let (vault, found) = self.file(vault, file).await?;
        let vault = self.open.vaults.get(&vault).ok_or_else(no_file)?;
        let revisions = found.revisions.iter().rev().filter_map(|index| {
            let (origin, revision) = vault.files.at(*index)?;
            let manifest = revision.manifest.as_ref();
            Some(RevisionView {
                revision: revision.revision,
                name: manifest.map_or_else(String::new, |known| known.name.clone()),
                size_bytes: manifest.map_or(0, |known| known.true_length),
                author: self.name_of(origin.identity),
                appended_ms: origin.appended_ms,
                current: found.heads.contains(index),
                erased: revision.damage.as_deref() == Some("erased"),
                conflict: manifest.is_some_and(|known| known.conflict),
                damage: damage_of(revision),
            })
        });
        Ok(revisions.collect())
    }

    /// A file, and the vault it lies in: the one that is named, or the person's own for a file
    /// of a private record.
    pub(super) async fn file(&mut self, vault: VaultId, file: FileId) -> Result<(VaultId, Found)> {
        if let Some(found) = self.shared(vault).await?.files.find(file) {
            return Ok((vault, found));
        }
        if let Some(personal) = self.find_personal().await?
            && let Some(found) = self.shared(personal).await?.files.find(file)
        {
            return Ok((personal, found));
        }
        Err(no_file())
    }

    /// What it takes to read a file.
    pub async fn readable(
        &mut self,
        vault: VaultId,
        file: FileId,
        revision: Option<RevisionId>,
    ) -> Result<Readable> {
        if self.shared(vault).await.is_err() {
            self.refresh().await?;
        }
        let known = match self.file(vault, file).await {
            Ok(known) => known,
            Err(_) => {
                self.refresh().await?;
                self.file(vault, file).await?
            }
        };
        let (vault, found) = known;
        let log = &self.shared(vault).await?.files;
        let place = match revision {
            None => log.at(found.shown),
            Some(revision) => log.revision(revision).filter(|(_, r)| r.file == file),
        };
        let (_, known) =
            place.ok_or_else(|| CoreError::not_found("the file has no such revision"))?;
        match known.damage.as_deref() {
            Some("erased") => return Err(CoreError::not_found("the revision was erased")),
            Some(code) => {
                return Err(CoreError::new(
                    ErrorClass::Integrity,
                    code,
                    "the file's manifest or key is not what its author may have written",
                ));
            }
            None => {}
        }
        match (&known.manifest, log.key_of(known).0) {
            (Some(manifest), Some(key)) => Ok(Readable {
                vault,
                file,
                revision: known.revision,
                name: found.name,
                key: key.danger_duplicate(),
                manifest: manifest.clone(),
            }),
            _ => Err(CoreError::refused(
                "no_key",
                "the keys of this file are not at hand",
            )),
        }
    }

    /// The small picture of a file, where its author made one.
    pub async fn file_thumbnail(
        &mut self,
        vault: VaultId,
        file: FileId,
    ) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let (vault, found) = self.file(vault, file).await?;
        let log = &self.shared(vault).await?.files;
        let Some((_, shown)) = log.at(found.shown).filter(|(_, shown)| shown.has_thumbnail) else {
            return Ok(None);
        };
        let name = name_of_thumbnail(vault, shown.revision);
        self.open.keeper.get(self.platform, &name).await
    }
}
