//! Table definitions: the fields that records of a table have, and their canonical hash.

use crate::FormatError;
use crate::cbor::to_cbor;
use crate::record::{Fields, Value};
use serde::{Deserialize, Serialize};
use strongroom_crypto::sha256;
use strongroom_types::Digest;
use strongroom_types::limits::NAME_MAX_BYTES;

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// One line.
    Text,
    /// Many lines.
    LongText,
    Integer,
    /// A decimal number as text, for example `1200.50`.
    Decimal,
    /// `YYYY-MM-DD`.
    Date,
    Boolean,
    /// One of `choices`.
    Choice,
}

impl FieldType {
    fn name(self) -> &'static str {
        match self {
            FieldType::Text => "text",
            FieldType::LongText => "long_text",
            FieldType::Integer => "integer",
            FieldType::Decimal => "decimal",
            FieldType::Date => "date",
            FieldType::Boolean => "boolean",
            FieldType::Choice => "choice",
        }
    }
}

/// A field of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDefinition {
    pub name: String,
    pub title: String,
    #[serde(rename = "type")]
    pub field_type: FieldType,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub choices: Vec<String>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableDefinition {
    pub name: String,
    pub title: String,
    /// Records of a private table go to their owner's personal vault.
    #[serde(default)]
    pub private: bool,
    pub fields: Vec<FieldDefinition>,
}

/// A value that a table does not take; the message is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    #[error("table {table:?} has no field {field:?}; it has: {known}")]
    Unknown {
        table: String,
        field: String,
        known: String,
    },
    #[error("field {field:?} must not be empty")]
    Required { field: String },
    #[error("field {field:?} takes {expected}, not {found:?}")]
    Wrong {
        field: String,
        expected: String,
        found: String,
    },
}

impl TableDefinition {
    /// Reads a definition file (JSON).
    ///
    /// # Errors
    /// `Malformed` for anything that is not a definition.
    pub fn from_json(text: &str) -> Result<Self, FormatError> {
        let table: Self =
            serde_json::from_str(text).map_err(|_| FormatError::Malformed("table definition"))?;
        let names =
            std::iter::once(&table.name).chain(table.fields.iter().map(|field| &field.name));
        for name in names {
            if name.is_empty() || name.len() > NAME_MAX_BYTES {
                return Err(FormatError::Invalid(
                    "a table or field name has 1 to 200 bytes",
                ));
            }
        }
        Ok(table)
    }

    /// Hash of the canonical definition: `["table/1", name, private, [[field, type, required, choices]…]]`.
    pub fn definition_hash(&self) -> Digest {
        let fields: Vec<(&String, &str, bool, &Vec<String>)> = self
            .fields
            .iter()
            .map(|field| {
                (
                    &field.name,
                    field.field_type.name(),
                    field.required,
                    &field.choices,
                )
            })
            .collect();
        sha256(&to_cbor(&("table/1", &self.name, self.private, fields)))
    }

    /// A field by name.
    pub fn field(&self, name: &str) -> Option<&FieldDefinition> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Reads what a person typed for a field; an empty text is null.
    ///
    /// # Errors
    /// [`FieldError`].
    pub fn parse_field(&self, name: &str, text: &str) -> Result<Value, FieldError> {
        let field = self.field(name).ok_or_else(|| self.unknown(name))?;
        if text.is_empty() {
            return Ok(Value::Null);
        }
        let value = match field.field_type {
            FieldType::Integer => text
                .parse()
                .map(Value::Integer)
                .unwrap_or_else(|_| Value::Text(text.to_owned())),
            FieldType::Boolean => match text {
                "true" | "yes" => Value::Bool(true),
                "false" | "no" => Value::Bool(false),
                _ => Value::Text(text.to_owned()),
            },
            _ => Value::Text(text.to_owned()),
        };
        field.check(&value)?;
        Ok(value)
    }

    /// Checks a whole record.
    ///
    /// # Errors
    /// The first field that is unknown, missing or wrong.
    pub fn check(&self, fields: &Fields) -> Result<(), FieldError> {
        if let Some(name) = fields.keys().find(|name| self.field(name).is_none()) {
            return Err(self.unknown(name));
        }
        for field in &self.fields {
            match fields.get(&field.name) {
                None | Some(Value::Null) if field.required => {
                    return Err(FieldError::Required {
                        field: field.name.clone(),
                    });
                }
                None => {}
                Some(value) => field.check(value)?,
            }
        }
        Ok(())
    }

    fn unknown(&self, field: &str) -> FieldError {
        let known: Vec<&str> = self
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect();
        FieldError::Unknown {
            table: self.name.clone(),
            field: field.chars().take(80).collect(),
            known: known.join(", "),
        }
    }
}

impl FieldDefinition {
    fn check(&self, value: &Value) -> Result<(), FieldError> {
        let (fits, expected) = match (self.field_type, value) {
            (_, Value::Null) => (true, String::new()),
            (FieldType::Text, Value::Text(text)) => {
                (!text.contains('\n'), "one line of text".to_owned())
            }
            (FieldType::LongText, Value::Text(_)) => (true, String::new()),
            (FieldType::Integer, Value::Integer(_)) => (true, String::new()),
            (FieldType::Boolean, Value::Bool(_)) => (true, String::new()),
            (FieldType::Decimal, Value::Text(text)) => (is_decimal(text), decimal_text()),
            (FieldType::Date, Value::Text(text)) => {
                (is_date(text), "a date like 2026-03-31".to_owned())
            }
            (FieldType::Choice, Value::Text(text)) => (
                self.choices.contains(text),
                format!("one of: {}", self.choices.join(", ")),
            ),
            (FieldType::Integer, _) => (false, "a whole number".to_owned()),
            (FieldType::Boolean, _) => (false, "true or false".to_owned()),
            (FieldType::Decimal, _) => (false, decimal_text()),
            (FieldType::Date, _) => (false, "a date like 2026-03-31".to_owned()),
            _ => (false, "text".to_owned()),
        };
        if fits {
            return Ok(());
        }
        let found = match value {
            Value::Text(text) => text.chars().take(80).collect(),
            Value::Integer(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null => String::new(),
        };
        Err(FieldError::Wrong {
            field: self.name.clone(),
            expected,
            found,
        })
    }
}

fn decimal_text() -> String {
    "a decimal number like 1200.50".to_owned()
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 40 && all_digits(whole) && all_digits(fraction)
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let number = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_decimals() {
        for good in ["2024-02-29", "2026-12-31"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "2023-02-29",
            "2026-13-01",
            "26-01-01",
            "2026-1-1",
            "2026-01-00",
            "2026-01-01-1",
            "",
            "2026-+1-01",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
        for good in ["0", "-12.50", "1200"] {
            assert!(is_decimal(good), "{good}");
        }
        for bad in ["", "-", "1.", ".5", "1e3", "1,5", "--1"] {
            assert!(!is_decimal(bad), "{bad}");
        }
    }
}
