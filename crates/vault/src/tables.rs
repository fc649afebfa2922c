//! The tables of the small built-in app, compiled in from `apps/builtin/tables`.

use std::sync::OnceLock;
use strongroom_format::record::{Fields, Value};
use strongroom_format::table::{FieldError, TableDefinition};

/// Links a private record to the vault for which it was written. Names that begin with an
/// underscore belong to the client and are in no table definition.
pub const VAULT_FIELD: &str = "_vault";

const SOURCES: [&str; 3] = [
    include_str!("../../../apps/builtin/tables/case.json"),
    include_str!("../../../apps/builtin/tables/person.json"),
    include_str!("../../../apps/builtin/tables/diary.json"),
];

/// What a person keeps for themselves beside the tables: private, and never shown as a table.
const OWN_SOURCES: [&str; 2] = [
    include_str!("../../../apps/builtin/own/mark.json"),
    include_str!("../../../apps/builtin/own/view.json"),
];

/// The tables that every vault has.
pub fn builtin_tables() -> &'static [TableDefinition] {
    static TABLES: OnceLock<Vec<TableDefinition>> = OnceLock::new();
    TABLES.get_or_init(|| read(&SOURCES))
}

/// The tables of a person's own marks and views; their records lie in the personal vault.
pub fn own_tables() -> &'static [TableDefinition] {
    static TABLES: OnceLock<Vec<TableDefinition>> = OnceLock::new();
    TABLES.get_or_init(|| read(&OWN_SOURCES))
}

fn read(sources: &[&str]) -> Vec<TableDefinition> {
    sources
        .iter()
        .filter_map(|source| TableDefinition::from_json(source).ok())
        .collect()
}

/// Makes typed fields those of a new record: a choice that nobody named takes the first of its
/// choices, what is empty is left out.
///
/// # Errors
/// The first field that is unknown, missing or wrong.
pub fn complete(table: &TableDefinition, fields: &mut Fields) -> Result<(), FieldError> {
    for field in &table.fields {
        if let Some(first) = field.choices.first() {
            fields
                .entry(field.name.clone())
                .or_insert_with(|| Value::Text(first.clone()));
        }
    }
    fields.retain(|_, value| *value != Value::Null);
    table.check(fields)
}

/// Lays changes over the fields of an earlier version; `Null` takes a field away.
pub fn change(fields: &mut Fields, changes: Fields) {
    fields.extend(changes);
    fields.retain(|_, value| *value != Value::Null);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case() -> &'static TableDefinition {
        builtin_tables()
            .iter()
            .find(|table| table.name == "case")
            .unwrap()
    }

    #[test]
    fn built_in_tables_are_read() {
        let names: Vec<&str> = builtin_tables().iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["case", "person", "diary"]);
        assert!(builtin_tables().iter().any(|table| table.private));
        let names: Vec<&str> = own_tables().iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["mark", "view"]);
        assert!(own_tables().iter().all(|table| table.private));
    }

    #[test]
    fn new_records_take_first_choices_and_changes_can_empty_a_field() {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut fields = Fields::from([("title".to_owned(), text("A"))]);
        fields.insert("client".to_owned(), Value::Null);
        complete(case(), &mut fields).unwrap();
        assert_eq!(fields.get("status"), Some(&text("open")));
        assert!(!fields.contains_key("client"));
        change(
            &mut fields,
            Fields::from([("status".to_owned(), Value::Null)]),
        );
        assert_eq!(fields.into_keys().collect::<Vec<_>>(), ["title"]);
        assert!(complete(case(), &mut Fields::new()).is_err());
    }
}
