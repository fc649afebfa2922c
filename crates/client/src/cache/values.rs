//! Cells as SQLite has them.

use rusqlite::types::Value as Sql;
use strongroom_format::record::Value;
use strongroom_format::table::FieldType;
use strongroom_vault::filter::Cell;

/// The cell of a value; `None` for an empty one.
pub(crate) fn cell_value(field_type: Option<FieldType>, value: &Value) -> Option<Sql> {
    Cell::of(field_type, value).map(sql)
}

/// A cell as SQLite compares it.
pub(crate) fn sql(cell: Cell) -> Sql {
    match cell {
        Cell::Number(number) => Sql::Integer(number),
        Cell::Text(text) => Sql::Text(text),
    }
}
