//! Changing records: edit, trash and back, erase for good.

use super::readable;
use crate::cache::{EditRow, RecordRow, VersionRow};
use crate::client::{Client, Engine};
use crate::tables::{parse_fields, table};
use crate::views::*;
use crate::{ClientError, Result};
use strongroom_format::record::Fields;
use strongroom_types::limits::TRASH_DELAY_DAYS;
use strongroom_types::*;
use strongroom_vault::tables;

const DAY_MS: u64 = 86_400_000;

impl Client {
    /// Changes fields. The new version replaces the ones that the editor saw: `base`, or those
    /// that this profile showed last. Where others wrote meanwhile, both stay and the answer is
    /// the error `conflict_kept`. With `merge` it replaces all current versions.
    ///
    /// # Errors
    /// Usage for fields that do not fit; conflict where more than one version is current and
    /// neither `base` nor `merge` says which one is meant.
    pub async fn record_edit(
        &self,
        record: RecordId,
        set: &[(String, String)],
        base: Option<&[VersionId]>,
        merge: bool,
    ) -> Result<RecordChange> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        let (row, vault, versions) = self.edited(engine, record)?;
        let definition = table(&row.table)?;
        let changes = parse_fields(definition, set, false)?;
        if row.deleted {
            return Err(
                ClientError::refused("in_trash", "the record is in the trash")
                    .with_hint("restore it first: strongroom record restore"),
            );
        }
        let current: Vec<&VersionRow> = versions.iter().filter(|version| version.is_head).collect();
        let parents: Vec<VersionId> = if merge {
            current.iter().map(|head| head.version).collect()
        } else if let Some(base) = base {
            base.to_vec()
        } else {
            match engine.cache.shown(record)? {
                Some(shown) if !shown.is_empty() => shown,
                _ => current.iter().map(|head| head.version).collect(),
            }
        };
        if parents.len() > 1 && !merge && base.is_none() {
            return Err(ClientError::conflict(
                "conflict",
                format!("the record has {} current versions", parents.len()),
            )
            .with_hint("look at them with record show, then settle with record edit --merge"));
        }
        let known = |id: &VersionId| versions.iter().find(|version| version.version == *id);
        let newest = parents
            .iter()
            .filter_map(known)
            .max_by_key(|version| version.index)
            .ok_or_else(|| ClientError::not_found("the record has no such version"))?;
        if parents.iter().any(|parent| known(parent).is_none()) {
            return Err(ClientError::not_found("the record has no such version"));
        }
        let mut fields = readable(newest)?;
        tables::change(&mut fields, changes);
        let change = self
            .replace(engine, vault, &row, parents, false, fields)
            .await?;
        let after = engine.cache.record(record)?;
        let heads = after.map_or(1, |row| row.heads);
        if !change.queued && heads > 1 && !merge {
            return Err(ClientError::conflict(
                "conflict_kept",
                format!(
                    "someone else changed record {} meanwhile: both versions are kept",
                    record.short()
                ),
            )
            .with_hint("look at them with record show, then settle with record edit --merge"));
        }
        Ok(change)
    }

    /// Puts a record into the trash.
    ///
    /// # Errors
    /// `not_found`, `refused`.
    pub async fn record_remove(&self, record: RecordId) -> Result<RecordChange> {
        self.set_deleted(record, true).await
    }

    /// Takes a record out of the trash.
    ///
    /// # Errors
    /// `not_found`, `refused`.
    pub async fn record_restore(&self, record: RecordId) -> Result<RecordChange> {
        self.set_deleted(record, false).await
    }

    /// A record as it is with the edits that wait: the next edit is based on them.
    fn edited(
        &self,
        engine: &mut Engine,
        record: RecordId,
    ) -> Result<(RecordRow, VaultId, Vec<VersionRow>)> {
        engine.with_queued(|engine| {
            let row = self.record_row(engine, record)?;
            let vault = self.vault_of(engine, row.vault_n)?;
            let versions = engine.cache.versions(row.n)?;
            Ok((row, vault, versions))
        })
    }

    /// Forgets the edits of a record that were made offline and wait to be sent. Returns how
    /// many there were.
    ///
    /// # Errors
    /// `not_found` where none wait.
    pub async fn record_discard(&self, record: RecordId) -> Result<u64> {
        let engine = self.engine().await?;
        match engine.cache.drop_edits(record)? {
            0 => Err(ClientError::not_found(format!(
                "no edit of record {} waits to be sent",
                record.short()
            ))),
            dropped => Ok(dropped),
        }
    }

    async fn set_deleted(&self, record: RecordId, deleted: bool) -> Result<RecordChange> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        let (row, vault, versions) = self.edited(engine, record)?;
        if row.deleted == deleted {
            return Ok(RecordChange {
                record,
                vault,
                version: row.head,
                queued: engine.cache.edit_count(record)? > 0,
            });
        }
        let heads: Vec<&VersionRow> = versions.iter().filter(|version| version.is_head).collect();
        let newest = heads
            .iter()
            .find(|version| version.version == row.head)
            .ok_or_else(|| ClientError::not_found("the record has no current version"))?;
        let fields = readable(newest)?;
        let parents = heads.iter().map(|head| head.version).collect();
        self.replace(engine, vault, &row, parents, deleted, fields)
            .await
    }

    async fn replace(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        row: &RecordRow,
        mut parents: Vec<VersionId>,
        deleted: bool,
        fields: Fields,
    ) -> Result<RecordChange> {
        parents.sort();
        parents.dedup();
        let edit = EditRow {
            n: 0,
            vault,
            table: row.table.clone(),
            record: row.record,
            version: VersionId::make(&mut self.shared.rng()),
            parents,
            deleted,
            fields,
            made_ms: self.shared.now_ms(),
        };
        self.write(engine, vault, vec![edit])
            .await?
            .pop()
            .ok_or_else(|| ClientError::failed("internal", "no version was made"))
    }

    /// Erases a record in the trash for good, its versions and files with it. The log keeps
    /// that there was something, not what. Without `now` it must have been in the trash for
    /// 30 days.
    ///
    /// # Errors
    /// `refused` for anyone below manager, outside the trash, or too early.
    pub async fn record_erase(&self, record: RecordId, now: bool) -> Result<EraseDone> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh(engine).await?;
        let row = self.record_row(engine, record)?;
        let vault = self.vault_of(engine, row.vault_n)?;
        if !row.deleted {
            return Err(
                ClientError::refused("not_in_trash", "the record is not in the trash")
                    .with_hint("remove it first: strongroom record rm"),
            );
        }
        let due_ms = row.updated_ms.saturating_add(TRASH_DELAY_DAYS * DAY_MS);
        if !now && due_ms > self.shared.now_ms() {
            return Err(ClientError::refused(
                "too_early",
                format!("the record has been in the trash for less than {TRASH_DELAY_DAYS} days"),
            )
            .with_hint("wait, or erase it at once with --now"));
        }
        let mut places = engine.cache.erasable(row.vault_n, record.as_bytes())?;
        for file in engine.cache.files_of(row.vault_n, record)? {
            places.extend(engine.cache.erasable(row.vault_n, file.file.as_bytes())?);
        }
        places.sort_unstable();
        places.dedup();
        for part in places.chunks(1_000) {
            self.commit(engine, vault, &mut |making| {
                let append =
                    making
                        .machine
                        .erase(part.to_vec(), making.directory, making.device)?;
                Ok(Some(append))
            })
            .await?;
        }
        self.after_write(engine, vault).await?;
        Ok(EraseDone {
            record,
            entries: places.len() as u64,
        })
    }
}
