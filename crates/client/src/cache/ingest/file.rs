use super::super::rows::int;
use super::{Ingest, Origin};
use crate::Result;
use rusqlite::{OptionalExtension, params};
use strongroom_format::cbor;
use strongroom_format::file::FileManifest;
use strongroom_format::vault_payload::{FileAttributesPayload, FilePayload, VaultPayload};
use strongroom_types::*;
use strongroom_vault::{VaultError, file};

impl Ingest<'_> {
    pub(super) fn file(
        &mut self,
        origin: &Origin,
        author_n: i64,
        entry: &FilePayload,
        payload: &VaultPayload,
    ) -> Result<()> {
        let opened = file::open_manifest(self.keyring, origin.place, entry).and_then(|manifest| {
            let key = file::open_key(self.keyring, origin.place, entry, &manifest)?;
            Ok((manifest, key))
        });
        let (manifest, key, damage) = match &opened {
            Ok((manifest, key)) => (Some(manifest), Some(key.danger_bytes()), None),
            Err(VaultError::NoKey(_)) => {
                self.wait(origin, payload)?;
                (None, None, None)
            }
            Err(VaultError::Integrity(error)) => (None, None, Some(error.code())),
            Err(_) => (None, None, Some("malformed")),
        };
        let bytes = manifest.map(FileManifest::to_bytes);
        let file_n = self.file_row(entry.file, entry.record)?;
        let filled = self
            .connection
            .prepare_cached(
                "UPDATE revisions SET manifest = ?3, key = ?4, damage = ?5
                 WHERE vault_n = ?1 AND idx = ?2",
            )?
            .execute(params![
                self.vault_n,
                int(origin.index),
                bytes,
                key.map(|key| &key[..]),
                damage
            ])?;
        if filled == 0 {
            self.connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO revisions (vault_n, idx, file_n, revision, parents,
                            is_head, sealed_length, author_n, appended_ms, manifest, key,
                            key_epoch, damage)
                     VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                )?
                .execute(params![
                    self.vault_n,
                    int(origin.index),
                    file_n,
                    entry.revision.as_bytes(),
                    revisions_joined(&entry.parents),
                    int(entry.sealed_length),
                    author_n,
                    int(origin.appended_ms),
                    bytes,
                    key.map(|key| &key[..]),
                    int(origin.place.epoch.0),
                    damage
                ])?;
            for parent in &entry.parents {
                self.connection
                    .prepare_cached(
                        "UPDATE revisions SET is_head = 0 WHERE file_n = ?1 AND revision = ?2",
                    )?
                    .execute(params![file_n, parent.as_bytes()])?;
            }
        }
        self.show_file(file_n)
    }

    fn file_row(&self, file: FileId, record: RecordId) -> Result<i64> {
        let key = params![file.as_bytes(), self.vault_n];
        let mut find = self
            .connection
            .prepare_cached("SELECT n FROM files WHERE file = ?1 AND vault_n = ?2")?;
        if let Some(n) = find.query_row(key, |row| row.get(0)).optional()? {
            return Ok(n);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO files (file, vault_n, record, revision_n) VALUES (?1, ?2, ?3, 0)",
            )?
            .execute(params![file.as_bytes(), self.vault_n, record.as_bytes()])?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Chooses the revision that lists show, and its name where no attributes say another.
    fn show_file(&self, file_n: i64) -> Result<()> {
        let shown: Option<(i64, Option<Vec<u8>>)> = {
            let mut statement = self.connection.prepare_cached(
                "SELECT n, manifest FROM revisions WHERE file_n = ?1 AND is_head = 1
                 ORDER BY idx DESC",
            )?;
            let heads: Vec<(i64, Option<Vec<u8>>)> = statement
                .query_map([file_n], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            let is_copy = |manifest: &Option<Vec<u8>>| {
                manifest
                    .as_deref()
                    .and_then(|bytes| FileManifest::from_bytes(bytes).ok())
                    .is_some_and(|manifest| manifest.conflict)
            };
            heads
                .iter()
                .find(|(_, manifest)| !is_copy(manifest))
                .or(heads.first())
                .cloned()
        };
        let Some((revision_n, manifest)) = shown else {
            return Ok(());
        };
        self.connection
            .prepare_cached("UPDATE files SET revision_n = ?2 WHERE n = ?1")?
            .execute(params![file_n, revision_n])?;
        let name = manifest
            .and_then(|bytes| FileManifest::from_bytes(&bytes).ok())
            .map(|manifest| manifest.name);
        if let Some(name) = name {
            self.connection
                .prepare_cached(
                    "UPDATE files SET name = ?2 WHERE n = ?1 AND (attributes_idx = 0 OR name = '')",
                )?
                .execute(params![file_n, name])?;
        }
        Ok(())
    }

    /// A file key under a newer epoch. It is the same key: needed only where the first one's
    /// epoch can't be opened.
    pub(super) fn file_key(
        &mut self,
        origin: &Origin,
        file: FileId,
        revision: RevisionId,
        key_box: &[u8],
        payload: &VaultPayload,
    ) -> Result<()> {
        let row: Option<(i64, Option<Vec<u8>>, bool)> = self
            .connection
            .prepare_cached(
                "SELECT n, manifest, key IS NULL FROM revisions
                 WHERE revision = ?1 AND vault_n = ?2",
            )?
            .query_row(params![revision.as_bytes(), self.vault_n], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((n, Some(manifest), needed)) = row else {
            return Ok(());
        };
        let manifest = FileManifest::from_bytes(&manifest)?;
        let opened = file::open_rewrapped_key(
            self.keyring,
            origin.place,
            file,
            revision,
            key_box,
            &manifest,
        );
        match opened {
            Ok(key) => {
                if needed {
                    self.connection
                        .prepare_cached(
                            "UPDATE revisions SET key = ?2, damage = NULL WHERE n = ?1",
                        )?
                        .execute(params![n, &key.danger_bytes()[..]])?;
                }
                self.connection
                    .prepare_cached("UPDATE revisions SET key_epoch = ?2 WHERE n = ?1")?
                    .execute(params![n, int(origin.place.epoch.0)])?;
                Ok(())
            }
            Err(VaultError::NoKey(_)) => self.wait(origin, payload),
            // The first key box still counts.
            Err(_) => Ok(()),
        }
    }

    pub(super) fn file_attributes(
        &mut self,
        origin: &Origin,
        entry: &FileAttributesPayload,
        payload: &VaultPayload,
    ) -> Result<()> {
        let attributes = match file::open_attributes(self.keyring, origin.place, entry) {
            Ok(attributes) => Some(attributes),
            Err(VaultError::NoKey(_)) => {
                self.wait(origin, payload)?;
                None
            }
            Err(_) => None,
        };
        let file_n = self.file_row(entry.file, entry.record)?;
        self.connection
            .prepare_cached(
                "UPDATE files SET record = ?2, protected = ?3, deleted = ?4, attributes_idx = ?5,
                        deleted_ms = CASE WHEN ?4 THEN ?6 ELSE 0 END
                 WHERE n = ?1 AND attributes_idx <= ?5",
            )?
            .execute(params![
                file_n,
                entry.record.as_bytes(),
                entry.protected,
                entry.deleted,
                int(origin.index),
                int(origin.appended_ms)
            ])?;
        if let Some(attributes) = attributes {
            self.connection
                .prepare_cached(
                    "UPDATE files SET name = ?2, hidden = ?3 WHERE n = ?1 AND attributes_idx = ?4",
                )?
                .execute(params![
                    file_n,
                    attributes.name,
                    attributes.hidden,
                    int(origin.index)
                ])?;
        }
        Ok(())
    }
}

fn revisions_joined(parents: &[RevisionId]) -> Vec<u8> {
    parents
        .iter()
        .flat_map(|parent| parent.as_bytes().iter().copied())
        .collect()
}

/// Reads a manifest from the cache.
pub(crate) fn manifest_of(bytes: &[u8]) -> Option<FileManifest> {
    // Manifests in the cache were checked when they were opened.
    cbor::from_cbor(bytes, usize::MAX, "file manifest").ok()
}
