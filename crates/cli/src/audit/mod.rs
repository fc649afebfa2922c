//! Is the server blind? Walks a data folder with the keys that the server itself has, holds
//! every stored field against the published list of what may be readable
//! (`allowed.json`, also in `docs/what-the-server-sees.md`), and looks for canaries (texts
//! that were put into vaults) in every form that we can think of.

mod allowed;
mod cbor;
mod database;
mod decode;
mod entropy;
mod files;
mod needle;
mod report;
mod search;
mod shape;

pub use allowed::{Allowed, AllowedError};
pub use needle::{CANARY_MIN_BYTES, NeedleError};
pub use report::{ColumnLine, FieldLine, FileLine, Hit, Report, Violation};

use std::path::{Path, PathBuf};

/// What to look at and for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The server's data folder.
    pub data: PathBuf,
    /// Texts or bytes that must not be found, each at least [`CANARY_MIN_BYTES`] long.
    pub canaries: Vec<Vec<u8>>,
    /// Further files to search: the server's log, a core dump.
    pub also: Vec<PathBuf>,
}

/// Why an audit could not be done. What it finds is no error but in the [`Report`].
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// No data folder.
    #[error("{0} is no data folder of a Strongroom server")]
    NoFolder(PathBuf),
    /// Reading failed.
    #[error("cannot read {0}")]
    Read(PathBuf, #[source] std::io::Error),
    /// The database does not open with the key.
    #[error("cannot open the database with keys/database.key")]
    Database(#[source] rusqlite::Error),
    /// The compiled-in list is broken; a test keeps this from happening.
    #[error(transparent)]
    Allowed(#[from] AllowedError),
    /// A canary cannot be searched for.
    #[error(transparent)]
    Needle(#[from] NeedleError),
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> AuditError {
    let path = path.to_owned();
    move |error| AuditError::Read(path, error)
}

/// Audits a data folder. A server may run on it meanwhile; nothing is changed.
///
/// # Errors
/// [`AuditError`] when the folder, its database or a file can't be read, or a canary is too
/// short.
pub fn run(options: &Options) -> Result<Report, AuditError> {
    let allowed = Allowed::published()?;
    let mut search = search::Search::new(&options.canaries)?;
    if !options.data.join("strongroom.db").is_file() {
        return Err(AuditError::NoFolder(options.data.clone()));
    }
    let mut report = Report::new(&options.data, &options.canaries);
    database::audit(&options.data, &allowed, &mut search, &mut report)?;
    files::audit(options, &allowed, &mut search, &mut report)?;
    report.take_hits(search);
    Ok(report)
}
