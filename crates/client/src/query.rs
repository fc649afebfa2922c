//! Listing records by filters ([`strongroom_vault::filter`]) over the cache.

mod evaluate;

use crate::{ClientError, Result};
pub(crate) use evaluate::select;
use strongroom_vault::filter::{self, Expr, FilterError};

/// Reads a filter.
///
/// # Errors
/// Usage, with what was expected where.
pub(crate) fn parse(text: &str) -> Result<Expr> {
    Ok(filter::parse(text)?)
}

impl From<FilterError> for ClientError {
    fn from(error: FilterError) -> Self {
        let told = Self::usage(error.message);
        match error.hint {
            Some(hint) => told.with_hint(hint),
            None => told,
        }
    }
}

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
