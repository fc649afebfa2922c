//! Filters over records: `status = open and (client ~ "müller" or amount >= 1000)`.
//!
//! Operators: `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` (contains, whatever the case); `and`, `or`,
//! `not`, parentheses; values bare or in quotes. Comparisons are typed by the table: amounts
//! as numbers, dates as dates. An empty field equals `""` and is neither less nor greater
//! than anything.

mod evaluate;
mod parse;

pub(crate) use evaluate::select;
pub(crate) use parse::{Expr, Op, parse};

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// The filter; `None` lists everything.
    pub filter: Option<String>,
    /// `field`, or `-field` for the other direction; also `created` and `updated`.
    pub sort: Option<String>,
    /// Most records to return.
    pub limit: Option<u64>,
    /// Lists the trash instead.
    pub trash: bool,
}
