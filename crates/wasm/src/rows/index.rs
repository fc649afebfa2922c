//! What is known of a table's records beside the records: their order, and the text in which a
//! search looks. Made when it is first asked for, and again when the vault has changed; texts of
//! records that stayed as they were are taken over.

use super::order;
use super::search::{self, Labels};
use crate::Result;
use crate::vault::{Vault, Version};
use std::collections::BTreeMap;
use std::rc::Rc;
use strongroom_format::table::TableDefinition;
use strongroom_types::*;

/// Orders of one table that are remembered at once.
const ORDERS_MAX: usize = 8;

/// The indexes of a vault's tables.
#[derive(Default)]
pub(crate) struct Indexes(BTreeMap<String, TableIndex>);

/// A record of a table.
pub(crate) struct Row {
    pub record: RecordId,
    /// Place of its first version in the log.
    first: u64,
    /// Place of the version that is shown.
    pub shown: u64,
    /// When one of its current versions came last.
    pub changed_ms: u64,
    readable: bool,
}

/// See the module. Rows stand in the order in which the records were made.
#[derive(Default)]
pub(crate) struct TableIndex {
    /// The vault's count of changes when this was made.
    changes: u64,
    rows: Vec<Row>,
    texts: Vec<Box<str>>,
    labels: Labels,
    orders: BTreeMap<String, Rc<Vec<u32>>>,
}

impl Indexes {
    /// The index of a table as the vault is now. `listed` says which records belong to it.
    pub fn of(
        &mut self,
        name: String,
        vault: &Vault,
        listed: &dyn Fn(&Version) -> bool,
    ) -> &mut TableIndex {
        let index = self.0.entry(name).or_default();
        if index.changes != vault.changes() {
            index.rebuild(vault, listed);
        }
        index
    }
}

impl TableIndex {
    fn rebuild(&mut self, vault: &Vault, listed: &dyn Fn(&Version) -> bool) {
        let mut rows: Vec<Row> = vault
            .records()
            .filter_map(|(record, found)| {
                let (shown, line, version) = vault.shown(found)?;
                let heads = found.heads.iter().filter_map(|head| vault.line(*head));
                listed(version).then(|| Row {
                    record,
                    first: found.versions.first().copied().unwrap_or(shown),
                    shown,
                    changed_ms: heads
                        .map(|head| head.appended_ms)
                        .fold(line.appended_ms, u64::max),
                    readable: version.fields.is_some(),
                })
            })
            .collect();
        rows.sort_by_key(|row| row.first);
        let old = std::mem::replace(&mut self.rows, rows);
        let texts = std::mem::take(&mut self.texts);
        if !texts.is_empty() {
            let mut known = old.iter().zip(texts).peekable();
            self.texts = self
                .rows
                .iter()
                .map(|row| {
                    while known.next_if(|(old, _)| old.first < row.first).is_some() {}
                    match known.next_if(|(old, _)| old.first == row.first) {
                        Some((old, text))
                            if (old.shown, old.readable) == (row.shown, row.readable) =>
                        {
                            text
                        }
                        // Empty until it is asked for: a text is never empty.
                        _ => Box::default(),
                    }
                })
                .collect();
        }
        self.orders.clear();
        self.changes = vault.changes();
    }

    /// The row at a place.
    pub fn row(&self, place: u32) -> Option<&Row> {
        self.rows.get(place as usize)
    }

    /// The rows in creation order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The text in which a search looks.
    pub fn text(&self, place: u32) -> &str {
        self.texts.get(place as usize).map_or("", |text| text)
    }

    /// Makes the texts that are missing.
    pub fn fill_texts(&mut self, vault: &Vault, table: &TableDefinition, labels: &Labels) {
        if self.labels != *labels {
            self.labels = labels.clone();
            self.texts.clear();
        }
        self.texts.resize_with(self.rows.len(), Box::default);
        for (row, text) in self.rows.iter().zip(&mut self.texts) {
            if text.is_empty() {
                let fields = vault
                    .version(row.shown)
                    .and_then(|(_, version)| version.fields());
                *text = search::text(table, fields, labels);
            }
        }
    }

    /// The rows' places in an order.
    ///
    /// # Errors
    /// Usage, for a field that there is not.
    pub fn order(
        &mut self,
        vault: &Vault,
        table: &TableDefinition,
        sort: &str,
        locale: &str,
    ) -> Result<Rc<Vec<u32>>> {
        let name = format!("{sort} {locale}");
        if let Some(known) = self.orders.get(&name) {
            return Ok(Rc::clone(known));
        }
        if self.orders.len() >= ORDERS_MAX {
            self.orders.clear();
        }
        let made = Rc::new(order::order(self, vault, table, sort, locale)?);
        self.orders.insert(name, Rc::clone(&made));
        Ok(made)
    }
}
