//! Writing versions: sent in batches, or queued where the server cannot be reached.

use crate::cache::EditRow;
use crate::client::{Client, Engine};
use crate::tables::{VAULT_FIELD, parse_fields, table};
use crate::views::*;
use crate::{ClientError, Result};
use strongroom_format::record::{Fields, Value};
use strongroom_format::table::TableDefinition;
use strongroom_format::transport::Append;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_types::*;
use strongroom_vault::record::{self, NewVersion};

/// Versions in one request: below the limit of 256 entries.
const BATCH_MAX: usize = 250;

/// Plaintext in one request, bytes: boxes and padding stay below the limit of 8 MiB.
const BATCH_MAX_BYTES: usize = 4 << 20;

impl Client {
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
        let made_ms = self.shared.now_ms();
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
                    made_ms,
                }
            })
            .collect();
        self.write(engine, target, edits).await
    }

    /// Sends versions, or queues them where the server cannot be reached. What waits goes
    /// first: a version never overtakes the one that it replaces.
    pub(crate) async fn write(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        mut edits: Vec<EditRow>,
    ) -> Result<Vec<RecordChange>> {
        let mut changes = Vec::with_capacity(edits.len());
        let mut offline = !self.flush_before(engine, &edits).await?;
        while !edits.is_empty() {
            let batch = take_batch(&mut edits);
            let queued = offline
                || match self.append_versions(engine, vault, &batch).await {
                    Ok(()) => false,
                    Err(error) if error.is_offline() => true,
                    Err(error) => return Err(error),
                };
            offline = queued;
            if queued {
                engine.check_confirmed(vault)?;
                self.check_offline_time(engine)?;
                engine.cache.set_durable(true)?;
            }
            for edit in batch {
                if queued {
                    engine.cache.put_edit(&edit)?;
                }
                engine.cache.set_shown(edit.record, &[edit.version])?;
                changes.push(RecordChange {
                    record: edit.record,
                    vault,
                    version: edit.version,
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

    /// Sends what waits. Returns whether the server was reached, or nothing waited.
    async fn flush_before(&self, engine: &mut Engine, edits: &[EditRow]) -> Result<bool> {
        if !engine.cache.has_edits()? {
            return Ok(true);
        }
        let mut done = SyncDone::default();
        match self.send_waiting(engine, &mut done).await {
            Ok(()) => {}
            Err(error) if error.is_offline() => return Ok(false),
            Err(error) => return Err(error),
        }
        let stuck = engine.cache.edited()?;
        match edits.iter().find(|edit| stuck.contains(&edit.record)) {
            None => Ok(true),
            Some(edit) => Err(ClientError::refused(
                "edit_waiting",
                format!(
                    "an earlier edit of record {} made offline could not be sent",
                    edit.record.short()
                ),
            )
            .with_hint("sync says why; record discard forgets it")),
        }
    }

    /// Seals and sends versions in one request; those that are in the log already are left out,
    /// whichever try has brought them there.
    pub(crate) async fn append_versions(
        &self,
        engine: &mut Engine,
        vault: VaultId,
        edits: &[EditRow],
    ) -> Result<()> {
        self.commit(engine, vault, &mut |making| {
            let mut author = making.author()?;
            let mut entries = Vec::with_capacity(edits.len());
            for edit in edits {
                if making.cache.has_version(vault, edit.record, edit.version)? {
                    continue;
                }
                let payload = record::seal_named_version(
                    making.machine.keyring(),
                    author.place(),
                    table(&edit.table)?,
                    NewVersion {
                        record: edit.record,
                        parents: edit.parents.clone(),
                        deleted: edit.deleted,
                    },
                    edit.version,
                    &edit.fields,
                    making.rng,
                )?;
                entries.push(author.append(&VaultPayload::Record(payload)));
            }
            Ok((!entries.is_empty()).then(|| Append::of(entries)))
        })
        .await
        .map(drop)
    }
}

/// Takes as many versions off the front as one request may hold.
pub(crate) fn take_batch(edits: &mut Vec<EditRow>) -> Vec<EditRow> {
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
