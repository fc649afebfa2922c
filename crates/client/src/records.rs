//! Records: add, list, show, edit, history, trash, erase.

mod edit;
mod read;
mod write;

use crate::cache::{RecordRow, VersionRow};
use crate::client::{Client, Engine};
use crate::tables::{builtin_tables, table};
use crate::views::*;
use crate::{ClientError, Result};
use strongroom_format::record::Fields;
use strongroom_format::table::TableDefinition;
use strongroom_types::*;
pub(crate) use write::take_batch;

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
            .map(|row| row.vault)
            .ok_or_else(|| ClientError::not_found("there is no such vault"))?;
        self.shared_vault(engine, vault).map(|row| row.vault)
    }
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

fn line_of(row: RecordRow, vault: VaultId, queued: bool) -> RecordLine {
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
        queued,
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
        index: if version.queued { 0 } else { version.index },
        deleted: version.deleted,
        erased: version.damage.as_deref() == Some("erased"),
        current: version.is_head,
        queued: version.queued,
    }
}
