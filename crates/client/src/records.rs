//! Records: add, list, show, edit, history, trash, erase.

use crate::cache::{EditRow, RecordRow, VersionRow};
use crate::client::{Client, Engine};
use crate::query::{Query, select};
use crate::tables::{VAULT_FIELD, builtin_tables, parse_fields, table};
use crate::views::*;
use crate::{ClientError, Result};
use strongroom_format::record::{Fields, Value};
use strongroom_format::table::TableDefinition;
use strongroom_format::transport::Append;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_types::limits::TRASH_DELAY_DAYS;
use strongroom_types::*;
use strongroom_vault::record::{self, NewVersion};

/// Versions in one request: below the limit of 256 entries.
const BATCH_MAX: usize = 250;
/// Plaintext in one request, bytes: boxes and padding stay below the limit of 8 MiB.
const BATCH_MAX_BYTES: usize = 4 << 20;
const DAY_MS: u64 = 86_400_000;

impl Client {
    /// The tables of the built-in app.
    pub fn tables(&self) -> &'static [TableDefinition] {
        builtin_tables()
    }

    /// A table by name.
    ///
    /// # Errors
    /// Usage, naming the tables there are.
    pub fn table(&self, name: &str) -> Result<&'static TableDefinition> {
        table(name)
    }

    /// Adds a record of fields as a person typed them. Records of a private table go to the
    /// caller's personal vault, linked to `vault`. Offline, the record is queued.
    ///
    /// # Errors
    /// Usage for fields that do not fit the table; `refused` without the right to write.
    pub async fn record_add(
        &self,
        vault: VaultId,
        table_name: &str,
        set: &[(String, String)],
    ) -> Result<RecordChange> {
        let definition = table(table_name)?;
        let fields = parse_fields(definition, set, true)?;
        let mut changes = self.add(vault, definition, vec![fields]).await?;
        changes
            .pop()
            .ok_or_else(|| ClientError::failed("internal", "no record was made"))
    }

    /// Adds many records, in requests of up to 250.
    ///
    /// # Errors
    /// As [`Client::record_add`]; what was sent before an error stays.
    pub async fn record_add_many(
        &self,
        vault: VaultId,
        table_name: &str,
        records: Vec<Fields>,
    ) -> Result<Vec<RecordChange>> {
        let definition = table(table_name)?;
        for fields in &records {
            definition.check(fields)?;
        }
        self.add(vault, definition, records).await
    }

    async fn add(
        &self,
        vault: VaultId,
        definition: &TableDefinition,
        records: Vec<Fields>,
    ) -> Result<Vec<RecordChange>> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.known_vault(engine, vault).await?;
        let target = if definition.private {
            self.personal(engine).await?
        } else {
            vault
        };
        let mut rng = self.shared.rng();
        let edits: Vec<EditRow> = records
            .into_iter()
            .map(|mut fields| {
                if definition.private {
                    fields.insert(VAULT_FIELD.to_owned(), Value::Text(vault.to_string()));
                }
                EditRow {
                    n: 0,
                    vault: target,
                    table: definition.name.clone(),
                    record: RecordId::make(&mut rng),
                    version: VersionId::make(&mut rng),
                    parents: Vec::new(),
                    deleted: false,
                    fields,
                }
            })
            .collect();
        self.write(engine, target, edits).await
    }

    /// Sends versions, or queues them where the server cannot be reached.
    async fn write(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        mut edits: Vec<EditRow>,
    ) -> Result<Vec<RecordChange>> {
        let mut changes = Vec::with_capacity(edits.len());
        while !edits.is_empty() {
            let batch = take_batch(&mut edits);
            let (versions, sent) = self.try_versions(engine, vault, &batch).await;
            let queued = match sent {
                Ok(()) => false,
                Err(error) if error.is_offline() => true,
                Err(error) => return Err(error),
            };
            if queued {
                engine.cache.set_durable(true)?;
            }
            for (place, edit) in batch.into_iter().enumerate() {
                let version = versions.get(place).copied().unwrap_or(edit.version);
                if queued {
                    let edit = EditRow {
                        version,
                        ..edit.clone()
                    };
                    engine.cache.put_edit(&edit, self.shared.now_ms())?;
                } else {
                    engine.cache.set_shown(edit.record, &[version])?;
                }
                changes.push(RecordChange {
                    record: edit.record,
                    vault,
                    version,
                    queued,
                });
            }
            if queued {
                engine.cache.set_durable(false)?;
            }
        }
        if changes.iter().all(|change| !change.queued) {
            self.after_write(engine, vault).await?;
        }
        Ok(changes)
    }

    /// Seals and sends versions in one request.
    pub(crate) async fn append_versions(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        edits: &[EditRow],
    ) -> Result<Vec<VersionId>> {
        let (versions, sent) = self.try_versions(engine, vault, edits).await;
        sent.map(|()| versions)
    }

    async fn try_versions(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        edits: &[EditRow],
    ) -> (Vec<VersionId>, Result<()>) {
        let mut versions = Vec::new();
        let sent = self
            .commit(engine, vault, &mut |making| {
                let mut author = making.author()?;
                versions.clear();
                let mut entries = Vec::with_capacity(edits.len());
                for edit in edits {
                    let payload = record::seal_version(
                        making.machine.keyring(),
                        author.place(),
                        table(&edit.table)?,
                        NewVersion {
                            record: edit.record,
                            parents: edit.parents.clone(),
                            deleted: edit.deleted,
                        },
                        &edit.fields,
                        making.rng,
                    )?;
                    versions.push(payload.version);
                    entries.push(author.append(&VaultPayload::Record(payload)));
                }
                Ok(Some(Append::of(entries)))
            })
            .await;
        (versions, sent.map(drop))
    }

    /// Lists records of a table. For a private table: the caller's own ones of this vault.
    ///
    /// # Errors
    /// Usage for a filter or sort field that does not fit the table.
    pub async fn record_list(
        &self,
        vault: VaultId,
        table_name: &str,
        query: &Query,
    ) -> Result<RecordList> {
        let definition = table(table_name)?;
        let mut engine = self.engine().await?;
        self.refresh_if_online(&mut engine).await?;
        self.list_cached(&mut engine, vault, definition, query)
    }

    /// Lists records from the cache alone: fast, and possibly behind the server.
    ///
    /// # Errors
    /// As [`Client::record_list`].
    pub async fn record_list_cached(
        &self,
        vault: VaultId,
        table_name: &str,
        query: &Query,
    ) -> Result<RecordList> {
        let definition = table(table_name)?;
        let mut engine = self.engine().await?;
        self.list_cached(&mut engine, vault, definition, query)
    }

    fn list_cached(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        definition: &TableDefinition,
        query: &Query,
    ) -> Result<RecordList> {
        let link_text = vault.to_string();
        let (target, link) = if definition.private {
            match self.find_personal(engine)? {
                Some(personal) => (personal, Some((VAULT_FIELD, link_text.as_str()))),
                None => (vault, None),
            }
        } else {
            (vault, None)
        };
        engine.check_trouble(Some(target))?;
        let row = engine
            .cache
            .vault(target)?
            .filter(|row| !row.gone)
            .ok_or_else(|| ClientError::not_found("there is no such vault"))?;
        let Some(table_n) = engine.cache.table_n(row.n, &definition.name)? else {
            // Nothing to find, but a wrong filter is still wrong.
            if let Some(filter) = &query.filter {
                crate::query::parse(filter)?;
            }
            return Ok(RecordList {
                records: Vec::new(),
                total: 0,
            });
        };
        let (found, total) = select(&engine.cache, table_n, definition, query, link)?;
        let mut records = Vec::with_capacity(found.len());
        for n in found {
            if let Some(row) = engine.cache.record_by_n(n)? {
                records.push(line_of(row, target));
            }
        }
        // What a list shows is seen too: the next edit is based on it.
        for shown in engine.cache.all_shown()? {
            let listed = records.iter().find(|line| line.record == shown);
            if let Some(line) = listed.filter(|line| !line.conflict) {
                engine.cache.set_shown(shown, &[line.version])?;
            }
        }
        Ok(RecordList { records, total })
    }

    /// A record with its current versions. What it shows is what the next edit is based on.
    ///
    /// # Errors
    /// `not_found`; integrity where a current version was not what its author signed for.
    pub async fn record_show(&self, record: RecordId) -> Result<RecordView> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        let row = self.record_row(engine, record)?;
        let vault = self.vault_of(engine, row.vault_n)?;
        let versions = engine.cache.versions(row.n)?;
        let heads: Vec<&VersionRow> = versions.iter().filter(|version| version.is_head).collect();
        if let Some(damage) = heads.iter().find_map(|head| head.damage.as_deref())
            && damage != "erased"
        {
            return Err(damaged(damage));
        }
        let ids: Vec<VersionId> = heads.iter().map(|head| head.version).collect();
        engine.cache.set_shown(record, &ids)?;
        let queued = engine
            .cache
            .edits()?
            .iter()
            .filter(|edit| edit.record == record)
            .count() as u64;
        let heads: Vec<VersionView> = heads
            .into_iter()
            .map(|head| view_of(engine, head))
            .collect();
        Ok(RecordView {
            record,
            vault,
            table: row.table,
            conflict: heads.len() > 1,
            deleted: row.deleted,
            created_ms: row.created_ms,
            files: engine.cache.file_count(record)?,
            heads,
            queued,
        })
    }

    /// All versions of a record, newest first.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn record_history(&self, record: RecordId) -> Result<Vec<VersionView>> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        let row = self.record_row(engine, record)?;
        self.vault_of(engine, row.vault_n)?;
        let versions = engine.cache.versions(row.n)?;
        Ok(versions
            .iter()
            .map(|version| view_of(engine, version))
            .collect())
    }

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
        let row = self.record_row(engine, record)?;
        self.vault_of(engine, row.vault_n)?;
        let definition = table(&row.table)?;
        let changes = parse_fields(definition, set, false)?;
        if row.deleted {
            return Err(
                ClientError::refused("in_trash", "the record is in the trash")
                    .with_hint("restore it first: strongroom record restore"),
            );
        }
        let versions = engine.cache.versions(row.n)?;
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
        fields.extend(changes);
        fields.retain(|_, value| *value != Value::Null);
        let vault = self.vault_of(engine, row.vault_n)?;
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

    async fn set_deleted(&self, record: RecordId, deleted: bool) -> Result<RecordChange> {
        let mut engine = self.engine().await?;
        let engine = &mut *engine;
        self.refresh_if_online(engine).await?;
        let row = self.record_row(engine, record)?;
        let vault = self.vault_of(engine, row.vault_n)?;
        if row.deleted == deleted {
            return Ok(RecordChange {
                record,
                vault,
                version: row.head,
                queued: false,
            });
        }
        let versions = engine.cache.versions(row.n)?;
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
        for file in engine.cache.files_of(record)? {
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

    pub(crate) fn record_row(&self, engine: &Engine, record: RecordId) -> Result<RecordRow> {
        engine
            .cache
            .record(record)?
            .ok_or_else(|| ClientError::not_found(format!("there is no record {}", record.short())))
    }

    /// The vault of a row; one that the server took away is not found.
    pub(crate) fn vault_of(&self, engine: &Engine, vault_n: i64) -> Result<VaultId> {
        let vault = engine
            .cache
            .vault_by_n(vault_n)?
            .filter(|row| !row.gone)
            .map(|row| row.vault)
            .ok_or_else(|| ClientError::not_found("the vault is no longer shared with you"))?;
        engine.check_trouble(Some(vault))?;
        Ok(vault)
    }
}

fn take_batch(edits: &mut Vec<EditRow>) -> Vec<EditRow> {
    let mut bytes = 0;
    let mut count = 0;
    for edit in edits.iter().take(BATCH_MAX) {
        bytes += edit
            .fields
            .iter()
            .map(|(name, value)| {
                name.len()
                    + match value {
                        Value::Text(text) => text.len(),
                        _ => 9,
                    }
            })
            .sum::<usize>()
            + 512;
        if count > 0 && bytes > BATCH_MAX_BYTES {
            break;
        }
        count += 1;
    }
    let rest = edits.split_off(count);
    std::mem::replace(edits, rest)
}

fn readable(version: &VersionRow) -> Result<Fields> {
    match (&version.fields, &version.damage) {
        (Some(fields), None) => Ok(fields.clone()),
        (_, Some(damage)) if damage != "erased" => Err(damaged(damage)),
        (None, Some(_)) => Err(ClientError::not_found("the record was erased")),
        _ => Err(ClientError::refused(
            "no_key",
            "the keys of this record are not at hand",
        )),
    }
}

fn damaged(code: &str) -> ClientError {
    ClientError::integrity(
        code,
        "a version of this record is not what its author may have written",
    )
}

fn visible(fields: Option<Fields>) -> Fields {
    let mut fields = fields.unwrap_or_default();
    fields.retain(|name, _| !name.starts_with('_'));
    fields
}

fn line_of(row: RecordRow, vault: VaultId) -> RecordLine {
    RecordLine {
        record: row.record,
        vault,
        table: row.table,
        version: row.head,
        fields: visible(row.fields),
        conflict: row.heads > 1,
        deleted: row.deleted,
        created_ms: row.created_ms,
        updated_ms: row.updated_ms,
    }
}

fn view_of(engine: &mut Engine, version: &VersionRow) -> VersionView {
    VersionView {
        version: version.version,
        parents: version.parents.clone(),
        fields: visible(version.fields.clone()),
        author: engine.name_of(version.identity),
        identity: version.identity,
        appended_ms: version.appended_ms,
        index: version.index,
        deleted: version.deleted,
        erased: version.damage.as_deref() == Some("erased"),
        current: version.is_head,
    }
}
