//! Writing many records of a table at once: one request for all of them, and for each an answer
//! of its own. A row that does not fit leaves the others alone. Without the server each row waits
//! by itself, where the page asks for that.

use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::record_read::table;
use crate::record_write::{Edit, Named, read_fields, readable};
use crate::vault::Vault;
use crate::waiting::too_many_waiting;
use crate::{CoreError, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use strongroom_format::record::{Fields, Value};
use strongroom_format::table::TableDefinition;
use strongroom_types::*;
use strongroom_vault::tables::{self, VAULT_FIELD};

/// Versions in one request: below the limit of [`limits::APPEND_MAX_ENTRIES`].
const BATCH_MAX: usize = 250;

/// Plaintext in one request, bytes: boxes and padding stay below the limit of 8 MiB.
const BATCH_MAX_BYTES: usize = 4 << 20;

/// What an entry costs beside its fields, bytes.
const ENTRY_OVERHEAD_BYTES: usize = 512;

/// Rows of one call; the page shows progress between its calls.
const CALL_MAX_ROWS: usize = 1_000;

/// Most writes of batches that are remembered until it is known whether they arrived.
const UNANSWERED_MAX: usize = CALL_MAX_ROWS * 2;

/// A row as the page gives it: a new record, or a change of one that it saw.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// Absent for a new record.
    record: Option<RecordId>,
    /// The version that was seen; needed with `record`.
    version: Option<VersionId>,
    /// For a change, only what changes.
    #[serde(default)]
    fields: Map<String, Json>,
    /// Puts the record into the trash, or takes it out.
    deleted: Option<bool>,
}

/// What became of a row.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Written {
    Done {
        record: RecordId,
        version: VersionId,
        /// Versions that stand beside it, because somebody wrote at the same moment.
        conflicts: usize,
        /// It waits in this browser for the server.
        unsent: bool,
    },
    Failed {
        problem: CoreError,
    },
}

/// What is done with rows while the server does not answer.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Away {
    /// The call fails, and is made again later.
    Fail,
    /// Each row waits as a change of its own.
    Wait,
}

/// A version on its way, and the row that it came from.
struct Sending {
    place: usize,
    named: Named,
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Writes rows of a table. What of it is written, is told row by row.
    ///
    /// # Errors
    /// Where nothing was written: `offline` for example, unless rows may wait. The same call again
    /// then makes nothing twice.
    pub async fn write_records(
        &mut self,
        vault: VaultId,
        table_name: &str,
        rows: Vec<Row>,
        away: Away,
    ) -> Result<Vec<Written>> {
        if rows.len() > CALL_MAX_ROWS {
            return Err(CoreError::usage(format!(
                "more than {CALL_MAX_ROWS} rows in one call"
            )));
        }
        let definition = table(table_name)?;
        match away {
            Away::Wait => self.refresh_if_possible().await?,
            Away::Fail => {
                self.refresh().await?;
                self.send_waiting(false).await?;
            }
        }
        self.shared(vault).await?;
        let target = match definition.private {
            true => self.personal_vault().await?,
            false => vault,
        };
        let mut answers: Vec<Option<Written>> = Vec::new();
        let mut edits = Vec::new();
        for (place, row) in rows.into_iter().enumerate() {
            let sent = &self.open.unanswered;
            let was_sent = |edit: &Edit| sent.iter().any(|sent| sent.edit == *edit);
            let found = self.open.vaults.get(&target);
            match found.map(|found| make_edit(found, definition, vault, row, &was_sent)) {
                Some(Ok(edit)) => {
                    edits.push((place, edit));
                    answers.push(None);
                }
                Some(Err(problem)) => answers.push(Some(Written::Failed { problem })),
                None => return Err(CoreError::not_found("there is no such vault")),
            }
        }
        let named = self.name_versions(edits);
        // What a row replaces has to be in the log before it.
        let (held_up, mut sending): (Vec<_>, Vec<_>) = named
            .into_iter()
            .partition(|sent| self.waits(sent.named.record));
        self.wait_each(held_up, &mut answers).await?;
        let mut wrote = false;
        while !sending.is_empty() {
            let batch = take_batch(&mut sending);
            let versions = batch.iter().map(|sent| &sent.named);
            match self.append_versions(target, versions).await {
                Ok(()) => {
                    wrote = true;
                    self.tell_done(target, &batch, &mut answers).await?;
                }
                Err(error) if error.is_offline() && away == Away::Wait => {
                    self.open.offline = true;
                    let rest = batch.into_iter().chain(sending.drain(..)).collect();
                    self.wait_each(rest, &mut answers).await?;
                }
                Err(error) => {
                    if error.is_offline() {
                        self.remember(batch);
                    }
                    if !wrote {
                        return Err(error);
                    }
                    // What came before is in the log: the caller has to know which rows.
                    for answer in answers.iter_mut().filter(|answer| answer.is_none()) {
                        *answer = Some(Written::Failed {
                            problem: error.clone(),
                        });
                    }
                    sending.clear();
                }
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// Lets rows wait, each as a change of its own. Those for which there is no room are told.
    async fn wait_each(
        &mut self,
        rows: Vec<Sending>,
        answers: &mut [Option<Written>],
    ) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut taken: Vec<(usize, RecordId, VersionId)> = Vec::with_capacity(rows.len());
        let mut waiting = Vec::with_capacity(rows.len());
        let room = self.room_to_wait().await?;
        for (count, Sending { place, named }) in rows.into_iter().enumerate() {
            if count < room {
                taken.push((place, named.record, named.version));
                waiting.push(named);
            } else if let Some(answer) = answers.get_mut(place) {
                let problem = too_many_waiting();
                *answer = Some(Written::Failed { problem });
            }
        }
        let target = waiting.first().map(|named| named.edit.vault);
        self.wait_all(waiting).await?;
        let found = target.and_then(|target| self.open.vaults.get(&target));
        for (place, record, version) in taken {
            if let Some(answer) = answers.get_mut(place) {
                *answer = Some(Written::Done {
                    record,
                    version,
                    conflicts: found.map_or(0, |found| beside(found, record)),
                    unsent: true,
                });
            }
        }
        Ok(())
    }

    /// Gives each version its ids: those under which it was sent before, or new ones.
    fn name_versions(&mut self, edits: Vec<(usize, Edit)>) -> Vec<Sending> {
        let mut rng = self.platform.rng();
        let unanswered = &mut self.open.unanswered;
        edits
            .into_iter()
            .map(|(place, edit)| {
                let sent = unanswered.iter().position(|sent| sent.edit == edit);
                let (record, version) = match sent.map(|at| unanswered.remove(at)) {
                    Some(sent) => (sent.record, sent.version),
                    None => (
                        edit.record.unwrap_or_else(|| RecordId::make(&mut rng)),
                        VersionId::make(&mut rng),
                    ),
                };
                let named = Named {
                    edit,
                    record,
                    version,
                };
                Sending { place, named }
            })
            .collect()
    }

    fn remember(&mut self, batch: Vec<Sending>) {
        let unanswered = &mut self.open.unanswered;
        let room = UNANSWERED_MAX.saturating_sub(unanswered.len());
        unanswered.extend(batch.into_iter().take(room).map(|sent| sent.named));
    }

    async fn tell_done(
        &mut self,
        vault: VaultId,
        batch: &[Sending],
        answers: &mut [Option<Written>],
    ) -> Result<()> {
        let after = self.shared(vault).await?;
        for Sending { place, named } in batch {
            if let Some(answer) = answers.get_mut(*place) {
                *answer = Some(Written::Done {
                    record: named.record,
                    version: named.version,
                    conflicts: beside(after, named.record),
                    unsent: false,
                });
            }
        }
        Ok(())
    }
}

/// How many current versions stand beside the newest of a record.
fn beside(found: &Vault, record: RecordId) -> usize {
    let heads = found.record(record).map_or(1, |record| record.heads.len());
    heads.saturating_sub(1)
}

/// Makes a version of a row. A change must be of a current version, unless it was sent already.
fn make_edit(
    found: &Vault,
    definition: &TableDefinition,
    vault: VaultId,
    row: Row,
    was_sent: &dyn Fn(&Edit) -> bool,
) -> Result<Edit> {
    let given = read_fields(definition, &row.fields)?;
    let table = definition.name.clone();
    let Some(record) = row.record else {
        let mut fields = given;
        tables::complete(definition, &mut fields)?;
        if definition.private {
            fields.insert(VAULT_FIELD.to_owned(), Value::Text(vault.to_string()));
        }
        return Ok(Edit {
            vault: found.id(),
            table,
            record: None,
            parents: Vec::new(),
            deleted: false,
            fields,
        });
    };
    let seen = row
        .version
        .ok_or_else(|| CoreError::usage("a change names the version that it changes"))?;
    let unknown = || CoreError::not_found("the record has no such version");
    let base = found.place_of(record, seen).ok_or_else(unknown)?;
    let (_, base) = found.version(base).ok_or_else(unknown)?;
    if base.table != definition.name {
        return Err(unknown());
    }
    if base.deleted && row.deleted != Some(false) {
        let message = "the record is in the trash";
        return Err(CoreError::refused("in_trash", message).with_hint("restore it first"));
    }
    let mut fields = readable(base)?;
    tables::change(&mut fields, given);
    check(definition, &fields)?;
    let edit = Edit {
        vault: found.id(),
        table,
        record: Some(record),
        parents: vec![seen],
        deleted: row.deleted.unwrap_or(base.deleted),
        fields,
    };
    let current = found
        .record(record)
        .into_iter()
        .flat_map(|record| &record.heads)
        .filter_map(|index| found.version(*index))
        .any(|(_, version)| version.version == seen);
    if !current && !was_sent(&edit) {
        return Err(CoreError::conflict(
            "conflict",
            "someone else changed this record meanwhile; nothing was written",
        )
        .with_hint("look at the newer version, then change it again"));
    }
    Ok(edit)
}

/// What the client itself keeps in a record is no field of its table.
fn check(definition: &TableDefinition, fields: &Fields) -> Result<()> {
    let visible = fields
        .iter()
        .filter(|(name, _)| !name.starts_with('_'))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Ok(definition.check(&visible)?)
}

/// Takes as many versions off the front as one request may hold.
fn take_batch(sending: &mut Vec<Sending>) -> Vec<Sending> {
    let count = batch_size(sending.iter().map(|sent| &sent.named.edit));
    let rest = sending.split_off(count);
    std::mem::replace(sending, rest)
}

/// How many of these, from the first one, one request may hold.
pub(crate) fn batch_size<'a>(edits: impl Iterator<Item = &'a Edit>) -> usize {
    let mut bytes = 0;
    let mut count = 0;
    for edit in edits.take(BATCH_MAX) {
        bytes += plain_bytes(&edit.fields) + ENTRY_OVERHEAD_BYTES;
        if count > 0 && bytes > BATCH_MAX_BYTES {
            break;
        }
        count += 1;
    }
    count
}

fn plain_bytes(fields: &Fields) -> usize {
    let value_bytes = |value: &Value| match value {
        Value::Text(text) => text.len(),
        _ => 9,
    };
    fields
        .iter()
        .map(|(name, value)| name.len() + value_bytes(value))
        .sum()
}
