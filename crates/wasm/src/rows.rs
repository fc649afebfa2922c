//! Lists of a table as the page shows them: searched, filtered and sorted here, handed over a
//! page at a time. A hundred thousand records cross to the page only as far as they are seen.

mod index;
mod order;
mod search;

pub(crate) use index::Indexes;
pub(crate) use order::text_key;
pub(crate) use search::{fits, fold, words};

use crate::engine::Engine;
use crate::own::Mark;
use crate::platform::{Http, Storage};
use crate::record_read::{RecordView, table};
use crate::table_part::TablePart;
use crate::vault::Vault;
use crate::{CoreError, Result};
use index::TableIndex;
use search::Labels;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use strongroom_format::table::TableDefinition;
use strongroom_types::*;
use strongroom_vault::filter::{Filter, FilterError};

/// Most rows of one answer.
const PAGE_MAX: usize = 500;
/// Most records that can be picked at once.
const PICK_MAX: usize = 10_000;

/// What to list.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowQuery {
    vault: VaultId,
    table: String,
    #[serde(default)]
    trash: bool,
    /// Words that all must be somewhere in a record.
    #[serde(default)]
    search: String,
    /// In the language of the command line's `--where`.
    filter: Option<String>,
    /// `field` or `-field`; also `created` and `updated`.
    sort: Option<String>,
    /// The reader's language: texts sort as it has them.
    #[serde(default)]
    locale: String,
    /// What choices are called in it: the search looks at what is seen.
    #[serde(default)]
    labels: Labels,
    /// Only what the person marked themselves.
    marked: Option<Marked>,
}

/// A kind of mark of one's own.
#[derive(Clone, Copy, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Marked {
    Star,
    Flag,
    Note,
}

/// A record in a list, with the person's own mark on it.
#[derive(Serialize)]
pub(crate) struct RowView {
    #[serde(flatten)]
    record: RecordView,
    mark: Option<Mark>,
}

/// A page of a list.
#[derive(Serialize)]
pub(crate) struct RowPage {
    /// Records of the table.
    all: usize,
    /// Those that fit.
    total: usize,
    rows: Vec<RowView>,
}

/// A record and its version, for a change of many.
#[derive(Serialize)]
pub(crate) struct Picked {
    record: RecordId,
    version: VersionId,
    /// What stands in the field that was asked for.
    value: Option<Json>,
}

impl From<FilterError> for CoreError {
    fn from(error: FilterError) -> Self {
        let told = Self::usage(error.message);
        match error.hint {
            Some(hint) => told.with_hint(hint),
            None => told,
        }
    }
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Rows from `offset`, of what is known here: `vaults` reads what is new.
    pub async fn query_records(
        &mut self,
        query: &RowQuery,
        offset: usize,
        count: usize,
    ) -> Result<RowPage> {
        let (Some(target), marks, found) = self.find(query).await? else {
            return Ok(RowPage {
                all: 0,
                total: 0,
                rows: Vec::new(),
            });
        };
        let Some(vault) = self.open.vaults.get(&target) else {
            return Err(CoreError::not_found("there is no such vault"));
        };
        let rows = found
            .records
            .iter()
            .skip(offset)
            .take(count.min(PAGE_MAX))
            .filter_map(|record| self.row(vault, *record, &marks))
            .collect();
        Ok(RowPage {
            all: found.all,
            total: found.records.len(),
            rows,
        })
    }

    /// Every record that fits, with the version that is shown and the value of a field: what a
    /// change of many is made of.
    ///
    /// # Errors
    /// `too_many_picked` beyond what is changed at once.
    pub async fn pick_records(
        &mut self,
        query: &RowQuery,
        only: Option<&BTreeSet<RecordId>>,
        field: Option<&str>,
    ) -> Result<Vec<Picked>> {
        let (Some(target), _, found) = self.find(query).await? else {
            return Ok(Vec::new());
        };
        let vault = self.shared(target).await?;
        let picked: Vec<Picked> = found
            .records
            .into_iter()
            .filter(|record| only.is_none_or(|only| only.contains(record)))
            .filter_map(|record| {
                let (_, _, version) = vault.shown(vault.record(record)?)?;
                let value = field.and_then(|field| Some(version.fields()?.get(field)?.to_json()));
                Some(Picked {
                    record,
                    version: version.version,
                    value,
                })
            })
            .take(PICK_MAX + 1)
            .collect();
        if picked.len() > PICK_MAX {
            return Err(CoreError::refused(
                "too_many_picked",
                format!("at most {PICK_MAX} records can be changed at once"),
            ));
        }
        Ok(picked)
    }

    /// One record as lists show it.
    pub async fn record(&mut self, vault: VaultId, record: RecordId) -> Result<RowView> {
        let marks = self.marks(vault).await?;
        let target = self.vault_of_record(vault, record).await?;
        self.open
            .vaults
            .get(&target)
            .and_then(|found| self.row(found, record, &marks))
            .ok_or_else(|| CoreError::not_found("there is no such record"))
    }

    fn row(
        &self,
        vault: &Vault,
        record: RecordId,
        marks: &BTreeMap<String, Mark>,
    ) -> Option<RowView> {
        let found = vault.record(record)?;
        let (_, line, version) = vault.shown(found)?;
        Some(RowView {
            record: self.view(vault, record, found, line, version),
            mark: marks.get(&record.to_string()).cloned(),
        })
    }

    async fn find(
        &mut self,
        query: &RowQuery,
    ) -> Result<(Option<VaultId>, BTreeMap<String, Mark>, Found)> {
        let definition = table(&query.table)?;
        self.shared(query.vault).await?;
        let marks = self.marks(query.vault).await?;
        let part = TablePart::new(definition, query.vault);
        let Some(target) = self.vault_of_part(&part).await? else {
            return Ok((None, marks, Found::default()));
        };
        let vault = self.shared(target).await?;
        let found = find_in(vault, (definition, &part), query, &marks)?;
        Ok((Some(target), marks, found))
    }
}

#[derive(Default)]
struct Found {
    all: usize,
    records: Vec<RecordId>,
}

fn find_in(
    vault: &mut Vault,
    (definition, part): (&TableDefinition, &TablePart),
    query: &RowQuery,
    marks: &BTreeMap<String, Mark>,
) -> Result<Found> {
    let filter = query.filter.as_deref().filter(|text| !text.is_empty());
    let filter = filter
        .map(|text| Filter::read(definition, text))
        .transpose()?;
    let words = search::words(&query.search);
    let name = format!("{} {} {}", query.table, query.trash, query.vault);
    let mut indexes = std::mem::take(&mut vault.indexes);
    let index = indexes.of(name, vault, &|version| {
        version.deleted == query.trash && part.has(version)
    });
    let found = select(index, vault, definition, query, (&filter, &words), marks);
    vault.indexes = indexes;
    found
}

fn select(
    index: &mut TableIndex,
    vault: &Vault,
    definition: &TableDefinition,
    query: &RowQuery,
    (filter, words): (&Option<Filter>, &[search::Word]),
    marks: &BTreeMap<String, Mark>,
) -> Result<Found> {
    let sort = query.sort.as_deref().unwrap_or("created");
    let order = index.order(vault, definition, sort, &query.locale)?;
    if !words.is_empty() {
        index.fill_texts(vault, definition, &query.labels);
    }
    let fits = |place: &u32| {
        let Some(row) = index.row(*place) else {
            return false;
        };
        let marked = query.marked.is_none_or(|kind| {
            marks
                .get(&row.record.to_string())
                .is_some_and(|mark| kind.is_on(mark))
        });
        let found = || words.is_empty() || search::fits(index.text(*place), words);
        let passes = || match (filter, vault.version(row.shown)) {
            (None, _) => true,
            (Some(filter), Some((_, version))) => {
                version.fields().is_some_and(|fields| filter.holds(fields))
            }
            (Some(_), None) => false,
        };
        marked && found() && passes()
    };
    let records = order
        .iter()
        .filter(|place| fits(place))
        .filter_map(|place| Some(index.row(*place)?.record))
        .collect();
    Ok(Found {
        all: order.len(),
        records,
    })
}

impl Marked {
    fn is_on(self, mark: &Mark) -> bool {
        match self {
            Self::Star => mark.star,
            Self::Flag => mark.flag.is_some(),
            Self::Note => !mark.note.is_empty(),
        }
    }
}
