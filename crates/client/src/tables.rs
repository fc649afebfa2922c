//! The tables of the small built-in app, as people name them.

use crate::{ClientError, Result};
use strongroom_format::record::Fields;
use strongroom_format::table::TableDefinition;
use strongroom_vault::tables::complete;
pub use strongroom_vault::tables::{VAULT_FIELD, builtin_tables};

/// A table by name.
///
/// # Errors
/// Usage, naming the tables there are.
pub fn table(name: &str) -> Result<&'static TableDefinition> {
    builtin_tables()
        .iter()
        .find(|table| table.name == name)
        .ok_or_else(|| {
            let known: Vec<&str> = builtin_tables().iter().map(|t| t.name.as_str()).collect();
            ClientError::usage(format!(
                "there is no table {:?}; there are: {}",
                name.chars().take(80).collect::<String>(),
                known.join(", ")
            ))
        })
}

/// Reads `field=value` pairs as a person typed them. For a new record, a choice that nobody
/// named takes the first of its choices.
///
/// # Errors
/// Usage for unknown fields and values that do not fit.
pub(crate) fn parse_fields(
    table: &TableDefinition,
    set: &[(String, String)],
    new: bool,
) -> Result<Fields> {
    let mut fields = Fields::new();
    for (name, text) in set {
        let value = table.parse_field(name, text)?;
        if fields.insert(name.clone(), value).is_some() {
            return Err(ClientError::usage(format!("field {name:?} is set twice")));
        }
    }
    if new {
        complete(table, &mut fields)?;
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_format::record::Value;

    #[test]
    fn built_in_tables_are_read_and_keep_their_hashes() {
        let names: Vec<&str> = builtin_tables().iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["case", "person", "diary"]);
        assert!(table("diary").unwrap().private);
        assert_eq!(table("nothing").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn typed_fields() {
        let case = table("case").unwrap();
        let set = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs
                .iter()
                .map(|(a, b)| ((*a).into(), (*b).into()))
                .collect()
        };
        let fields = parse_fields(case, &set(&[("title", "A")]), true).unwrap();
        assert_eq!(fields.get("status"), Some(&Value::Text("open".into())));
        assert!(parse_fields(case, &set(&[("status", "open")]), true).is_err());
        assert!(parse_fields(case, &set(&[("title", "A"), ("title", "B")]), true).is_err());
        assert!(parse_fields(case, &set(&[("amount", "x")]), false).is_err());
        assert!(parse_fields(case, &set(&[("_vault", "x")]), false).is_err());
    }
}
