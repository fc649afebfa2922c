//! Records as they leave for a file, page by page: all current versions of each, with the fields
//! as they are stored. The page that writes the file never holds a whole vault.

use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::record_read::{damage_of, table};
use crate::table_part::TablePart;
use crate::vault::{Record, Vault};
use crate::{CoreError, Result};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use strongroom_types::*;

/// Most records of one page.
const PAGE_MAX: usize = 2_000;

/// A page of an export.
#[derive(Serialize)]
pub(crate) struct ExportPage {
    /// The vault in which the records lie: for a private table the person's own.
    vault: VaultId,
    name: String,
    records: Vec<ExportRecord>,
    /// Given back as `after`, it brings the next page; absent on the last one.
    next: Option<RecordId>,
}

/// A record with its current versions, the one that lists show first.
#[derive(Serialize)]
struct ExportRecord {
    record: RecordId,
    table: String,
    created_ms: u64,
    heads: Vec<ExportHead>,
}

/// A current version.
#[derive(Serialize)]
struct ExportHead {
    version: VersionId,
    deleted: bool,
    /// `None` where it cannot be read.
    fields: Option<Map<String, Json>>,
    damage: Option<String>,
    author: String,
    changed_ms: u64,
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Records of a table of a vault, in the order of their ids. The first page reads what is new
    /// first; the others go on from it.
    ///
    /// # Errors
    /// `not_found`, `access_ended`.
    pub async fn export_records(
        &mut self,
        vault: VaultId,
        table_name: &str,
        after: Option<RecordId>,
        count: usize,
    ) -> Result<ExportPage> {
        let definition = table(table_name)?;
        if after.is_none() {
            self.refresh_if_possible().await?;
        }
        self.shared(vault).await?;
        let part = TablePart::new(definition, vault);
        let Some(target) = self.vault_of_part(&part).await? else {
            return Ok(nothing(vault));
        };
        self.shared(target).await?;
        let found = self
            .open
            .vaults
            .get(&target)
            .ok_or_else(|| CoreError::not_found("there is no such vault"))?;
        let count = count.clamp(1, PAGE_MAX);
        let mut chosen = found
            .records()
            .filter(|(id, _)| after.is_none_or(|after| *id > after))
            .filter(|(_, record)| {
                let shown = found.shown(record);
                shown.is_some_and(|(_, _, version)| part.has(version))
            });
        let records: Vec<ExportRecord> = chosen
            .by_ref()
            .take(count)
            .map(|(id, record)| self.export_record(found, id, record, &definition.name))
            .collect();
        let more = chosen.next().is_some();
        Ok(ExportPage {
            vault: target,
            name: found.name.clone(),
            next: records.last().map(|last| last.record).filter(|_| more),
            records,
        })
    }

    fn export_record(
        &self,
        vault: &Vault,
        id: RecordId,
        record: &Record,
        table: &str,
    ) -> ExportRecord {
        let shown = vault.shown(record).map(|(index, _, _)| index);
        let others = record.heads.iter().copied().filter(|at| Some(*at) != shown);
        let heads = shown
            .into_iter()
            .chain(others)
            .filter_map(|index| {
                let (line, version) = vault.version(index)?;
                Some(ExportHead {
                    version: version.version,
                    deleted: version.deleted,
                    fields: version.fields().map(|fields| {
                        fields
                            .iter()
                            .map(|(name, value)| (name.clone(), value.to_json()))
                            .collect()
                    }),
                    damage: damage_of(version),
                    author: self.name_of(line.identity),
                    changed_ms: line.appended_ms,
                })
            })
            .collect();
        let first = record.versions.first().and_then(|index| vault.line(*index));
        ExportRecord {
            record: id,
            table: table.to_owned(),
            created_ms: first.map_or(0, |line| line.appended_ms),
            heads,
        }
    }
}

fn nothing(vault: VaultId) -> ExportPage {
    ExportPage {
        vault,
        name: String::new(),
        records: Vec::new(),
        next: None,
    }
}
