//! Reading a directory from a server that is not believed.

use crate::IntegrityError;
use strongroom_format::LogError;
use strongroom_format::directory::{DirectoryPayload, DirectoryState};
use strongroom_format::entry::Head;
use strongroom_format::transport::PageEntry;
use strongroom_types::*;

/// One verified entry of a directory.
#[derive(Clone, Debug)]
pub struct DirectoryChange {
    /// Its place.
    pub head: Head,
    /// When the server says it came; not proven.
    pub appended_ms: TimestampMs,
    /// Who signed.
    pub device: DeviceId,
    /// What it says.
    pub payload: DirectoryPayload,
}

/// Verifies and takes in a page that continues the directory. On an error, the entries before
/// the offending one have been taken in.
///
/// # Errors
/// [`IntegrityError`]: a gap, or the rule that an entry breaks.
pub fn apply_page(
    directory: &mut DirectoryState,
    entries: &[PageEntry],
) -> Result<Vec<DirectoryChange>, IntegrityError> {
    let mut changes = Vec::with_capacity(entries.len());
    for entry in entries {
        let expected = directory.head().map_or(0, |head| head.index + 1);
        if entry.index != expected {
            return Err(IntegrityError::Gap {
                expected,
                found: entry.index,
            });
        }
        let (payload, head) =
            directory
                .apply(&entry.entry)
                .map_err(|error| match (expected, error) {
                    // in a directory these say that the author saw another history
                    (_, LogError::StaleControl) => IntegrityError::Fork { index: expected },
                    (_, error) => IntegrityError::from_log(expected, error),
                })?;
        changes.push(DirectoryChange {
            head,
            appended_ms: entry.appended_ms,
            device: entry.entry.body().device,
            payload,
        });
    }
    Ok(changes)
}

/// Checks, when the server shows no more entries, that it went as far as the head it names
/// (`server_head`, of the last page) and not behind what was known before (`known`: of the
/// cache, the wallet, or a vault's log).
///
/// # Errors
/// `Withheld`, `Rollback`, `Fork`.
pub fn finish_sync(
    directory: &DirectoryState,
    server_head: Head,
    known: Option<Head>,
) -> Result<(), IntegrityError> {
    let found = directory.head().map_or(0, |head| head.index);
    match directory.hash_at(server_head.index) {
        None => {
            return Err(IntegrityError::Withheld {
                index: server_head.index,
            });
        }
        Some(_) if server_head.index < found => {
            return Err(IntegrityError::Rollback {
                known: found,
                found: server_head.index,
            });
        }
        Some(hash) if hash != server_head.hash => {
            return Err(IntegrityError::Fork { index: found });
        }
        Some(_) => {}
    }
    check_known(directory, known)
}

/// Checks that the directory contains a place that was known before.
///
/// # Errors
/// `Rollback`, `Fork`.
pub fn check_known(directory: &DirectoryState, known: Option<Head>) -> Result<(), IntegrityError> {
    let Some(known) = known else { return Ok(()) };
    match directory.hash_at(known.index) {
        Some(hash) if hash == known.hash => Ok(()),
        Some(_) => Err(IntegrityError::Fork { index: known.index }),
        None => Err(IntegrityError::Rollback {
            known: known.index,
            found: directory.head().map_or(0, |head| head.index),
        }),
    }
}

#[cfg(test)]
mod tests;
