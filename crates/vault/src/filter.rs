//! Filters over records: `status = open and (client ~ "müller" or amount >= 1000)`.
//!
//! Operators: `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` (contains, whatever the case); `and`, `or`,
//! `not`, parentheses; values bare or in quotes. Comparisons are typed by the table: amounts
//! as numbers, dates as dates. An empty field equals `""` and is neither less nor greater
//! than anything.
//!
//! What a comparison means is decided once, by [`Test::of`]; the client on the command line asks
//! its database for the records that pass, the browser's core looks at them in memory.

mod cell;
mod parse;

pub use cell::Cell;
pub use parse::{Expr, Op, parse};

use strongroom_format::record::{Fields, Value};
use strongroom_format::table::{FieldError, FieldType, TableDefinition};

/// A filter that cannot be applied; the message is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// What is wrong.
    pub message: String,
    /// How it is done right.
    pub hint: Option<&'static str>,
}

impl FilterError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }
}

impl From<FieldError> for FilterError {
    fn from(error: FieldError) -> Self {
        Self::new(error.to_string())
    }
}

/// What a field is tested for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// Nothing stands in it.
    Empty,
    /// Its cell against this one; `Op::NotEqual` and `Op::Contains` do not occur.
    Cell(Op, Cell),
    /// This is somewhere in its text, whatever the case.
    Contains(String),
    /// The test does not hold.
    Not(Box<Test>),
}

impl Test {
    /// The test that a comparison stands for, and the type of its field.
    ///
    /// # Errors
    /// Unknown fields, values of another type, operators that do not apply.
    pub fn of(
        table: &TableDefinition,
        field: &str,
        op: Op,
        value: &str,
    ) -> Result<Self, FilterError> {
        let Some(definition) = table.field(field) else {
            // The table's own message names the fields that there are.
            table.parse_field(field, "")?;
            return Err(FilterError::new(format!("there is no field {field:?}")));
        };
        if op == Op::NotEqual {
            let equal = Self::of(table, field, Op::Equal, value)?;
            return Ok(Self::Not(Box::new(equal)));
        }
        let field_type = definition.field_type;
        if value.is_empty() {
            return match op {
                Op::Equal => Ok(Self::Empty),
                _ => Err(FilterError::new(format!(
                    "field {field:?} can only be = or != an empty value"
                ))),
            };
        }
        if op == Op::Contains {
            return match field_type {
                FieldType::Text | FieldType::LongText | FieldType::Choice | FieldType::Date => {
                    Ok(Self::Contains(value.to_owned()))
                }
                _ => Err(FilterError::new(format!(
                    "field {field:?} is not text: ~ does not apply to it"
                ))),
            };
        }
        let typed = || Ok::<_, FilterError>(table.parse_field(field, value)?);
        let cell = match (field_type, op) {
            (FieldType::Date | FieldType::Choice, Op::Equal) => {
                Cell::of(Some(field_type), &typed()?)
            }
            // The beginning of a date orders as well as a whole one.
            (FieldType::Date, _) if value.bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
                Some(Cell::Text(value.to_owned()))
            }
            (FieldType::Text | FieldType::LongText | FieldType::Choice, _) => {
                Some(Cell::of_text(Some(field_type), value))
            }
            _ => Cell::of(Some(field_type), &typed()?),
        };
        match cell {
            Some(cell) => Ok(Self::Cell(op, cell)),
            None => Ok(Self::Empty),
        }
    }

    fn holds(&self, field_type: FieldType, value: Option<&Value>) -> bool {
        let cell = || value.and_then(|value| Cell::of(Some(field_type), value));
        match self {
            Self::Not(test) => !test.holds(field_type, value),
            Self::Empty => cell().is_none(),
            Self::Contains(needle) => match value {
                Some(Value::Text(text)) => text.to_lowercase().contains(&needle.to_lowercase()),
                _ => false,
            },
            Self::Cell(op, wanted) => cell().is_some_and(|cell| match op {
                Op::Less => cell < *wanted,
                Op::LessOrEqual => cell <= *wanted,
                Op::Greater => cell > *wanted,
                Op::GreaterOrEqual => cell >= *wanted,
                Op::Equal | Op::NotEqual | Op::Contains => cell == *wanted,
            }),
        }
    }
}

/// A filter made ready for a table, to be held against records in memory.
#[derive(Clone, Debug)]
pub enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Field {
        name: String,
        field_type: FieldType,
        test: Test,
    },
}

impl Filter {
    /// Reads a filter for a table.
    ///
    /// # Errors
    /// What does not read, or does not fit the table.
    pub fn read(table: &TableDefinition, text: &str) -> Result<Self, FilterError> {
        Self::of(table, &parse(text)?)
    }

    fn of(table: &TableDefinition, expr: &Expr) -> Result<Self, FilterError> {
        let inner = |expr| Ok::<_, FilterError>(Box::new(Self::of(table, expr)?));
        Ok(match expr {
            Expr::And(left, right) => Self::And(inner(left)?, inner(right)?),
            Expr::Or(left, right) => Self::Or(inner(left)?, inner(right)?),
            Expr::Not(expr) => Self::Not(inner(expr)?),
            Expr::Compare { field, op, value } => {
                let test = Test::of(table, field, *op, value)?;
                let definition = table.field(field);
                Self::Field {
                    name: field.clone(),
                    field_type: definition.map_or(FieldType::Text, |field| field.field_type),
                    test,
                }
            }
        })
    }

    /// Whether a record passes.
    pub fn holds(&self, fields: &Fields) -> bool {
        match self {
            Self::And(left, right) => left.holds(fields) && right.holds(fields),
            Self::Or(left, right) => left.holds(fields) || right.holds(fields),
            Self::Not(inner) => !inner.holds(fields),
            Self::Field {
                name,
                field_type,
                test,
            } => test.holds(*field_type, fields.get(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::builtin_tables;

    #[test]
    fn filters_are_held_against_fields() {
        let case = builtin_tables().iter().find(|t| t.name == "case").unwrap();
        let text = |text: &str| Value::Text(text.to_owned());
        let fields = Fields::from([
            ("title".to_owned(), text("Erbe Müller")),
            ("status".to_owned(), text("open")),
            ("amount".to_owned(), text("1200.50")),
            ("date".to_owned(), text("2026-03-31")),
        ]);
        for holds in [
            "title ~ MÜLL",
            "amount > 999 and amount <= 1200.5",
            "date >= 2026-03 and date < 2026-04",
            "client = '' and not title = ''",
            "status != closed",
            "(status = waiting or client != x)",
        ] {
            assert!(Filter::read(case, holds).unwrap().holds(&fields), "{holds}");
        }
        for fails in ["amount < 1200.5", "client > a", "title = 'erbe müller'"] {
            assert!(
                !Filter::read(case, fails).unwrap().holds(&fields),
                "{fails}"
            );
        }
        for wrong in [
            "nothing = 1",
            "amount ~ 1",
            "status = lost",
            "date = 3",
            "title > ''",
        ] {
            assert!(Filter::read(case, wrong).is_err(), "{wrong}");
        }
    }
}
