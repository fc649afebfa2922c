use super::search::Search;
use serde::Serialize;
use std::{collections::BTreeMap, path::Path};

/// A column of the database.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnLine {
    /// `table.column`.
    pub column: String,
    /// Its kind on the list; `None` is a violation.
    pub kind: Option<String>,
    /// Why the server may have it.
    pub why: Option<String>,
    /// Values that are not null.
    pub values: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A field inside a structured value: an entry's payload, a wallet.
#[derive(Debug, Clone, Serialize)]
pub struct FieldLine {
    /// `label.field`.
    pub field: String,
    /// Its kind on the list.
    pub kind: String,
    /// How many were seen.
    pub values: u64,
}

/// Files of one sort.
#[derive(Debug, Clone, Serialize)]
pub struct FileLine {
    /// The pattern on the list.
    pub files: String,
    /// Its kind on the list.
    pub kind: String,
    /// Why the server may have it.
    pub why: String,
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Something that must not be there.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Where: a column, a field, a file.
    pub place: String,
    /// What is wrong.
    pub problem: String,
    /// How often.
    pub times: u64,
}

/// A canary that was found.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The text that was looked for.
    pub canary: String,
    /// Where it lies.
    pub place: String,
    /// How it is written there, outermost layer first: `gzip > UTF-16LE`.
    pub form: String,
}

/// What an audit saw.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Nothing readable that should not be, no canary.
    pub blind: bool,
    /// The folder.
    pub data: String,
    /// Every column.
    pub columns: Vec<ColumnLine>,
    /// Every field inside structured values.
    pub fields: Vec<FieldLine>,
    /// Every sort of file.
    pub files: Vec<FileLine>,
    /// What breaks the list.
    pub violations: Vec<Violation>,
    /// What was looked for.
    pub canaries: Vec<String>,
    /// What was found of it.
    pub hits: Vec<Hit>,
    /// Values and pieces of files searched.
    pub searched_pieces: u64,
    /// Their bytes.
    pub searched_bytes: u64,
    /// Compressed or encoded streams opened inside them.
    pub decoded_streams: u64,
    /// Things that could not be looked at, in words.
    pub notes: Vec<String>,
    #[serde(skip)]
    found: BTreeMap<(String, String), u64>,
    #[serde(skip)]
    seen: BTreeMap<(String, String), u64>,
}

impl Report {
    pub(super) fn new(data: &Path, canaries: &[Vec<u8>]) -> Self {
        Self {
            blind: true,
            data: data.display().to_string(),
            columns: Vec::new(),
            fields: Vec::new(),
            files: Vec::new(),
            violations: Vec::new(),
            canaries: canaries
                .iter()
                .map(|canary| String::from_utf8_lossy(canary).into_owned())
                .collect(),
            hits: Vec::new(),
            searched_pieces: 0,
            searched_bytes: 0,
            decoded_streams: 0,
            notes: Vec::new(),
            found: BTreeMap::new(),
            seen: BTreeMap::new(),
        }
    }

    /// Notes something that must not be there.
    pub(super) fn violation(&mut self, place: &str, problem: impl Into<String>) {
        *self
            .found
            .entry((place.to_owned(), problem.into()))
            .or_default() += 1;
    }

    /// Counts a field inside a structured value.
    pub(super) fn field(&mut self, field: &str, kind: &str) {
        *self
            .seen
            .entry((field.to_owned(), kind.to_owned()))
            .or_default() += 1;
    }

    /// Ends the report.
    pub(super) fn take_hits(&mut self, search: Search) {
        self.searched_pieces = search.pieces;
        self.searched_bytes = search.bytes;
        self.decoded_streams = search.streams;
        for (canary, place, form) in search.into_hits() {
            let canary = self.canaries.get(canary).cloned().unwrap_or_default();
            self.hits.push(Hit {
                canary,
                place,
                form,
            });
        }
        self.hits.sort();
        self.violations = std::mem::take(&mut self.found)
            .into_iter()
            .map(|((place, problem), times)| Violation {
                place,
                problem,
                times,
            })
            .collect();
        self.fields = std::mem::take(&mut self.seen)
            .into_iter()
            .map(|((field, kind), values)| FieldLine {
                field,
                kind,
                values,
            })
            .collect();
        self.blind = self.violations.is_empty() && self.hits.is_empty();
    }
}
