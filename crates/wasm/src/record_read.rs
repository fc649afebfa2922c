//! Reading records: the list of a table, the history of one.

use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::table_part::TablePart;
use crate::vault::{Line, Record, Vault, Version, is_waiting};
use crate::{CoreError, Result};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use strongroom_format::record::Fields;
use strongroom_format::table::TableDefinition;
use strongroom_types::*;
use strongroom_vault::tables::{builtin_tables, own_tables};

/// A record in a list: the version that is shown.
#[derive(Serialize)]
pub(crate) struct RecordView {
    record: RecordId,
    vault: VaultId,
    version: VersionId,
    fields: Map<String, Json>,
    author: String,
    created_ms: u64,
    changed_ms: u64,
    /// Current versions beside the shown one.
    conflicts: usize,
    deleted: bool,
    damage: Option<String>,
    /// A change of it waits for the server.
    unsent: bool,
}

/// A version of a record.
#[derive(Serialize)]
pub(crate) struct VersionView {
    version: VersionId,
    parents: Vec<VersionId>,
    fields: Map<String, Json>,
    author: String,
    appended_ms: u64,
    deleted: bool,
    erased: bool,
    current: bool,
    damage: Option<String>,
    /// It waits for the server.
    unsent: bool,
}

impl VersionView {
    pub fn is_current(&self) -> bool {
        self.current
    }
}

/// A table by name.
pub(crate) fn table(name: &str) -> Result<&'static TableDefinition> {
    builtin_tables()
        .iter()
        .chain(own_tables())
        .find(|table| table.name == name)
        .ok_or_else(|| CoreError::not_found("there is no such table"))
}

/// What people see of fields: names that begin with an underscore are the client's own.
pub(crate) fn visible(fields: Option<&Fields>) -> Map<String, Json> {
    fields
        .into_iter()
        .flatten()
        .filter(|(name, _)| !name.starts_with('_'))
        .map(|(name, value)| (name.clone(), value.to_json()))
        .collect()
}

pub(crate) fn damage_of(version: &Version) -> Option<String> {
    match (&version.fields, &version.damage) {
        (None, None) => Some("no_key".to_owned()),
        (_, damage) => damage.clone(),
    }
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Records of a table; of a private one, the person's own that were written for this vault.
    pub async fn records(
        &mut self,
        vault: VaultId,
        table_name: &str,
        trash: bool,
    ) -> Result<Vec<RecordView>> {
        let part = TablePart::new(table(table_name)?, vault);
        self.refresh_if_possible().await?;
        self.shared(vault).await?;
        let Some(target) = self.vault_of_part(&part).await? else {
            return Ok(Vec::new());
        };
        self.shared(target).await?;
        let Some(found) = self.open.vaults.get(&target) else {
            return Ok(Vec::new());
        };
        let views = found
            .records()
            .filter_map(|(id, record)| {
                let (_, line, version) = found.shown(record)?;
                let listed = version.deleted == trash && part.has(version);
                listed.then(|| self.view(found, id, record, line, version))
            })
            .collect();
        Ok(views)
    }

    pub(crate) fn view(
        &self,
        vault: &Vault,
        id: RecordId,
        record: &Record,
        line: &Line,
        version: &Version,
    ) -> RecordView {
        let first = record.versions.first().and_then(|index| vault.line(*index));
        let heads = record.heads.iter().filter_map(|index| vault.line(*index));
        RecordView {
            record: id,
            vault: vault.id(),
            version: version.version,
            fields: visible(version.fields()),
            author: self.name_of(line.identity),
            created_ms: first.map_or(line.appended_ms, |line| line.appended_ms),
            changed_ms: heads.map(|line| line.appended_ms).max().unwrap_or(0),
            conflicts: record.heads.len().saturating_sub(1),
            deleted: version.deleted,
            damage: damage_of(version),
            unsent: record.versions.iter().any(|index| is_waiting(*index)),
        }
    }

    /// All versions of a record, newest first.
    pub async fn history(&mut self, vault: VaultId, record: RecordId) -> Result<Vec<VersionView>> {
        self.refresh_if_possible().await?;
        let vault = self.vault_of_record(vault, record).await?;
        let (Some(vault), Some(found)) = (
            self.open.vaults.get(&vault),
            self.open
                .vaults
                .get(&vault)
                .and_then(|vault| vault.record(record)),
        ) else {
            return Err(CoreError::not_found("there is no such record"));
        };
        let first_table = found
            .versions
            .first()
            .and_then(|index| Some(vault.version(*index)?.1.table.clone()));
        let views = found
            .versions
            .iter()
            .rev()
            .filter_map(|index| {
                let (line, version) = vault.version(*index)?;
                let damage = if !found.ignored.contains(index) {
                    damage_of(version)
                } else if Some(&version.table) != first_table.as_ref() {
                    Some("wrong_table".to_owned())
                } else {
                    Some("repeated".to_owned())
                };
                Some(VersionView {
                    version: version.version,
                    parents: version.parents.clone(),
                    fields: visible(version.fields()),
                    author: self.name_of(line.identity),
                    appended_ms: line.appended_ms,
                    deleted: version.deleted,
                    erased: version.damage.as_deref() == Some("erased"),
                    current: found.heads.contains(index),
                    damage,
                    unsent: is_waiting(*index),
                })
            })
            .collect();
        Ok(views)
    }

    /// Where a record that was shown for `vault` lies: there, or in the person's own vault.
    pub async fn vault_of_record(&mut self, vault: VaultId, record: RecordId) -> Result<VaultId> {
        if self.shared(vault).await?.record(record).is_some() {
            return Ok(vault);
        }
        if let Some(personal) = self.find_personal().await?
            && self.shared(personal).await?.record(record).is_some()
        {
            return Ok(personal);
        }
        Err(CoreError::not_found("there is no such record"))
    }
}
