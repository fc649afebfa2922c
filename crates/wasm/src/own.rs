//! What a person keeps for themselves beside shared records: stars, flags and notes on any object,
//! and views of a table. They are records of private tables in the personal vault, so nobody else
//! can read them, the vault's owner and the administrator included.

use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::vault::Version;
use crate::{CoreError, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use strongroom_format::record::Value;
use strongroom_types::*;
use strongroom_vault::tables::{VAULT_FIELD, own_tables};

const MARK: &str = "mark";
const VIEW: &str = "view";

/// A person's own mark on an object.
#[derive(Clone, Default, Serialize, PartialEq)]
pub(crate) struct Mark {
    pub star: bool,
    pub flag: Option<String>,
    pub note: String,
}

/// A change of a mark; what is absent stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarkChange {
    pub vault: VaultId,
    /// The id of a record, a file or a vault.
    pub object: String,
    star: Option<bool>,
    /// Empty takes it away.
    flag: Option<String>,
    note: Option<String>,
}

/// A saved view of a table.
#[derive(Serialize)]
pub(crate) struct SavedView {
    view: RecordId,
    name: String,
    /// What it narrows, sorts and shows, as the page wrote it.
    definition: String,
}

/// A view to save.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ViewToSave {
    vault: VaultId,
    table: String,
    /// Absent for a new one.
    view: Option<RecordId>,
    name: String,
    definition: String,
}

/// Whether records of a table are a person's own notes, which no list counts.
pub(crate) fn is_own(table: &str) -> bool {
    own_tables().iter().any(|own| own.name == table)
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// The person's marks on objects of a vault, by object. Of what is known here.
    pub async fn marks(&mut self, vault: VaultId) -> Result<BTreeMap<String, Mark>> {
        let rows = self.own_rows(vault, MARK).await?;
        let mark = |version: &Version| {
            let star = matches!(field(version, "star"), Some(Value::Bool(true)));
            let flag = text(version, "flag");
            Mark {
                star,
                flag: (!flag.is_empty()).then_some(flag),
                note: text(version, "note"),
            }
        };
        Ok(rows
            .iter()
            .map(|(_, version)| (text(version, "object"), mark(version)))
            .collect())
    }

    /// Changes the mark on an object. A mark that says nothing is taken away.
    pub async fn set_mark(&mut self, change: MarkChange) -> Result<Mark> {
        self.refresh().await?;
        let vault = change.vault;
        let known = self
            .own_rows(vault, MARK)
            .await?
            .into_iter()
            .find(|(_, version)| text(version, "object") == change.object);
        let before = self.marks(vault).await?;
        let before = before.get(&change.object).cloned().unwrap_or_default();
        let after = Mark {
            star: change.star.unwrap_or(before.star),
            flag: change
                .flag
                .map_or(before.flag, |flag| (!flag.is_empty()).then_some(flag)),
            note: change.note.unwrap_or(before.note),
        };
        let fields = json!({
            "object": change.object,
            "star": after.star.then_some(true),
            "flag": after.flag.as_deref().unwrap_or_default(),
            "note": after.note,
        });
        let empty = after == Mark::default();
        match known {
            Some((record, version)) if empty => self.drop_own(record, version.version).await?,
            None if empty => {}
            known => self.put_own(vault, MARK, known, &fields).await?,
        }
        Ok(after)
    }

    /// The person's views of a table, by name.
    pub async fn views(&mut self, vault: VaultId, table: &str) -> Result<Vec<SavedView>> {
        let rows = self.own_rows(vault, VIEW).await?;
        let mut views: Vec<SavedView> = rows
            .iter()
            .filter(|(_, version)| text(version, "table") == table)
            .map(|(view, version)| SavedView {
                view: *view,
                name: text(version, "name"),
                definition: text(version, "definition"),
            })
            .collect();
        views.sort_by_key(|view| view.name.to_lowercase());
        Ok(views)
    }

    /// Saves a view; gives its id.
    pub async fn save_view(&mut self, view: ViewToSave) -> Result<RecordId> {
        self.refresh().await?;
        let known = match view.view {
            Some(id) => Some(self.own_row(view.vault, VIEW, id).await?),
            None => None,
        };
        let fields = json!({
            "table": view.table,
            "name": view.name.trim(),
            "definition": view.definition,
        });
        if let Some((id, _)) = &known {
            let id = *id;
            self.put_own(view.vault, VIEW, known, &fields).await?;
            return Ok(id);
        }
        let fields = object(&fields);
        self.add_record(view.vault, VIEW, &fields).await
    }

    /// Forgets a view.
    pub async fn delete_view(&mut self, vault: VaultId, view: RecordId) -> Result<()> {
        self.refresh().await?;
        let (record, version) = self.own_row(vault, VIEW, view).await?;
        self.drop_own(record, version.version).await
    }

    async fn put_own(
        &mut self,
        vault: VaultId,
        table: &str,
        known: Option<(RecordId, Version)>,
        fields: &Json,
    ) -> Result<()> {
        let fields = object(fields);
        match known {
            Some((record, version)) => {
                let personal = self.personal_vault().await?;
                self.edit_record(personal, record, version.version, &fields, true)
                    .await?;
            }
            None => {
                let mut fields = fields;
                // A new record takes the first of its choices where none is named.
                fields.retain(|name, value| name == "flag" || !value.is_null() && value != "");
                self.add_record(vault, table, &fields).await?;
            }
        }
        Ok(())
    }

    async fn drop_own(&mut self, record: RecordId, version: VersionId) -> Result<()> {
        let personal = self.personal_vault().await?;
        self.set_deleted(personal, record, version, true).await
    }

    async fn own_row(
        &mut self,
        vault: VaultId,
        table: &str,
        id: RecordId,
    ) -> Result<(RecordId, Version)> {
        let rows = self.own_rows(vault, table).await?;
        rows.into_iter()
            .find(|(record, _)| *record == id)
            .ok_or_else(|| CoreError::not_found("there is no such view"))
    }

    /// Records of an own table that belong to a vault.
    async fn own_rows(&mut self, vault: VaultId, table: &str) -> Result<Vec<(RecordId, Version)>> {
        let Some(personal) = self.find_personal().await? else {
            return Ok(Vec::new());
        };
        let link = Value::Text(vault.to_string());
        let personal = self.shared(personal).await?;
        let rows = personal.records().filter_map(|(id, record)| {
            let (_, _, version) = personal.shown(record)?;
            let listed = version.table == table
                && !version.deleted
                && field(version, VAULT_FIELD) == Some(&link);
            listed.then(|| (id, version.clone()))
        });
        Ok(rows.collect())
    }
}

fn field<'a>(version: &'a Version, name: &str) -> Option<&'a Value> {
    version.fields()?.get(name)
}

fn text(version: &Version, name: &str) -> String {
    match field(version, name) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

fn object(fields: &Json) -> Map<String, Json> {
    fields.as_object().cloned().unwrap_or_default()
}
