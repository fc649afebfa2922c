//! The list of all files of a vault as the page shows it: searched and sorted here, handed over a
//! page at a time. Read from what is known here, without a network.

use super::read::FileView;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::record_read::table;
use crate::rows::{fits, fold, text_key, words};
use crate::vault::Vault;
use crate::{CoreError, Result};
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use strongroom_format::record::Value;
use strongroom_format::table::FieldType;
use strongroom_types::*;
use strongroom_vault::tables::VAULT_FIELD;

/// Most rows of one answer.
const PAGE_MAX: usize = 500;
/// What is shown of a record's name; a diary has none but its first line.
const TITLE_CHARS: usize = 120;

/// What to list. What is in the trash is listed with its record only.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileQuery {
    vault: VaultId,
    /// Words that all must be in the names of a file and of its record.
    #[serde(default)]
    search: String,
    /// `name`, `record`, `size` or `changed`; with `-` in front the other way.
    sort: String,
    /// The reader's language: texts sort as it has them.
    #[serde(default)]
    locale: String,
    /// Also those that are hidden from lists.
    #[serde(default)]
    hidden: bool,
}

/// A file, and the record that it belongs to.
#[derive(Serialize)]
pub(crate) struct FileRow {
    #[serde(flatten)]
    file: FileView,
    /// Where it lies: files of private records lie in the person's own vault.
    vault: VaultId,
    table: Option<String>,
    /// What its record is called; `None` where that is not readable.
    title: Option<String>,
    record_deleted: bool,
}

/// A page of the list.
#[derive(Serialize)]
pub(crate) struct FilePage {
    /// Files of the vault, hidden ones too.
    all: usize,
    hidden: usize,
    /// Those that fit.
    total: usize,
    rows: Vec<FileRow>,
}

/// What a vault's lists know of its files; made anew when the vault has changed.
#[derive(Default)]
pub(crate) struct FileIndex {
    /// The vault's count of changes when this was made.
    changes: u64,
    files: Rc<Vec<Listed>>,
}

/// A file that is not in the trash.
struct Listed {
    file: FileId,
    name: String,
    /// In which a search looks.
    text: Box<str>,
    hidden: bool,
    size_bytes: u64,
    changed_ms: u64,
    /// The vault beside which its private record was written.
    beside: Option<VaultId>,
    table: Option<String>,
    title: Option<String>,
    record_deleted: bool,
}

impl FileIndex {
    fn of(vault: &mut Vault) -> Rc<Vec<Listed>> {
        if vault.files.index.changes != vault.changes() {
            let files = vault.files.all().filter(|found| !found.deleted);
            let files = files.filter_map(|found| Listed::of(vault, found)).collect();
            vault.files.index = Self {
                changes: vault.changes(),
                files: Rc::new(files),
            };
        }
        Rc::clone(&vault.files.index.files)
    }
}

impl Listed {
    fn of(vault: &Vault, found: super::log::Found) -> Option<Self> {
        let (origin, shown) = vault.files.at(found.shown)?;
        let record = vault
            .record(found.record)
            .and_then(|record| vault.shown(record));
        let version = record.map(|(_, _, version)| version);
        let definition = version.and_then(|version| table(&version.table).ok());
        let fields = version.and_then(|version| version.fields());
        let text_of = |name: &str| match fields?.get(name)? {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        let title: Option<String> = definition.and_then(|table| {
            let required = |kind| {
                let mut fields = table.fields.iter();
                fields.find(|field| field.required && field.field_type == kind)
            };
            let naming = required(FieldType::Text).or_else(|| required(FieldType::LongText))?;
            let text = text_of(&naming.name)?;
            Some(text.lines().next()?.chars().take(TITLE_CHARS).collect())
        });
        let private = definition.is_some_and(|table| table.private);
        let link = private.then(|| text_of(VAULT_FIELD)).flatten();
        let text = format!("{}\n{}", found.name, title.as_deref().unwrap_or_default());
        Some(Self {
            file: found.file,
            text: fold(&text).into_boxed_str(),
            name: found.name,
            hidden: found.hidden,
            size_bytes: shown.manifest.as_ref().map_or(0, |known| known.true_length),
            changed_ms: origin.appended_ms,
            beside: link.and_then(|link| link.parse().ok()),
            table: version.map(|version| version.table.clone()),
            title,
            record_deleted: version.is_some_and(|version| version.deleted),
        })
    }
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Files from `offset` of what fits.
    ///
    /// # Errors
    /// Usage, for an order that there is not.
    pub async fn query_files(
        &mut self,
        query: &FileQuery,
        offset: usize,
        count: usize,
    ) -> Result<FilePage> {
        let mut files = Vec::new();
        let own = FileIndex::of(self.shared(query.vault).await?);
        files.push((query.vault, own));
        if let Some(personal) = self.find_personal().await?
            && personal != query.vault
        {
            files.push((personal, FileIndex::of(self.shared(personal).await?)));
        }
        let mut listed: Vec<(VaultId, &Listed)> = files
            .iter()
            .flat_map(|(vault, files)| files.iter().map(|listed| (*vault, listed)))
            .filter(|(vault, listed)| listed.beside.unwrap_or(*vault) == query.vault)
            .collect();
        let all = listed.len();
        let hidden = listed.iter().filter(|(_, one)| one.hidden).count();
        let words = words(&query.search);
        listed.retain(|(_, one)| (query.hidden || !one.hidden) && fits(&one.text, &words));
        sort(&mut listed, query)?;
        let rows = listed.iter().skip(offset).take(count.min(PAGE_MAX));
        let rows = rows.filter_map(|(vault, one)| {
            let known = self.open.vaults.get(vault)?;
            Some(FileRow {
                file: self.file_view(known, &known.files.find(one.file)?)?,
                vault: *vault,
                table: one.table.clone(),
                title: one.title.clone(),
                record_deleted: one.record_deleted,
            })
        });
        Ok(FilePage {
            all,
            hidden,
            total: listed.len(),
            rows: rows.collect(),
        })
    }
}

fn sort(listed: &mut [(VaultId, &Listed)], query: &FileQuery) -> Result<()> {
    let (by, descending) = match query.sort.strip_prefix('-') {
        Some(by) => (by, true),
        None => (query.sort.as_str(), false),
    };
    let text = |text: &str| text_key(text, &query.locale);
    match by {
        "name" => listed.sort_by_cached_key(|(_, one)| text(&one.name)),
        "record" => listed.sort_by_cached_key(|(_, one)| {
            (
                text(one.title.as_deref().unwrap_or_default()),
                text(&one.name),
            )
        }),
        "size" => listed.sort_by_key(|(_, one)| one.size_bytes),
        "changed" => listed.sort_by_key(|(_, one)| one.changed_ms),
        _ => return Err(CoreError::usage("files have no such order")),
    }
    if descending {
        listed.reverse();
    }
    Ok(())
}
