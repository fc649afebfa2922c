//! Whose word a device has for a log that it was shown: colleagues' attestations, and the places
//! that other devices of the same person have put into the wallet.

use crate::{IntegrityError, VaultMachine};
use strongroom_format::entry::Head;
use strongroom_types::Digest;

/// A colleague's newest attestation is called old after so many days.
pub const OLD_PICTURE_DAYS: u64 = 7;
/// How far ahead of this device's clock a colleague's may be, in days.
const CLOCK_AHEAD_DAYS: u64 = 1;

/// Why a vault is read-only on this device. Kept until it is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// This device sees the vault for the first time, and no colleague attested it lately: the
    /// server may show an old state. A fresh attestation or a compared number settles it.
    OldPicture,
    /// A colleague's number was another one. Only an equal number settles it.
    OtherHistory,
}

/// Whether a doubt about the picture of a vault is settled by what was read: nobody else is in
/// the vault, or a colleague attested it lately. `today`: days since 1970-01-01.
pub fn settled(doubt: Doubt, machine: &VaultMachine, today: u64) -> bool {
    let colleagues = machine.role().is_some() && machine.state().members().count() > 1;
    let attested = machine
        .newest_colleague_day(today.saturating_add(CLOCK_AHEAD_DAYS))
        .is_some_and(|day| day.saturating_add(OLD_PICTURE_DAYS) >= today);
    doubt == Doubt::OldPicture && (!colleagues || attested)
}

/// Compares the end of a log as the server names it with where it was read to here. Returns
/// whether there is more to read.
///
/// # Errors
/// `Rollback` where the server's ends before ours, `Fork` where it ends there with another hash.
pub fn goes_on(ours: Head, named: Head) -> Result<bool, IntegrityError> {
    if named.index < ours.index {
        return Err(IntegrityError::Rollback {
            known: ours.index,
            found: named.index,
        });
    }
    if named.index == ours.index && named.hash != ours.hash {
        return Err(IntegrityError::Fork { index: named.index });
    }
    Ok(named.index > ours.index)
}

/// Checks that a log that was read up to `head` contains a place that was known before.
/// `hash_at` gives the chain hash of an earlier place.
///
/// # Errors
/// `Rollback` where the log ends before it, `Fork` where it has another hash there.
pub fn check_contains(
    head: Head,
    known: Head,
    hash_at: &dyn Fn(u64) -> Option<Digest>,
) -> Result<(), IntegrityError> {
    if head.index < known.index {
        return Err(IntegrityError::Rollback {
            known: known.index,
            found: head.index,
        });
    }
    let hash = if head.index == known.index {
        Some(head.hash)
    } else {
        hash_at(known.index)
    };
    match hash == Some(known.hash) {
        true => Ok(()),
        false => Err(IntegrityError::Fork { index: known.index }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(index: u64, byte: u8) -> Head {
        Head {
            index,
            hash: Digest::from_bytes([byte; 32]),
        }
    }

    #[test]
    fn a_log_goes_on_from_where_it_was_read_or_it_is_another_one() {
        assert_eq!(goes_on(head(5, 5), head(6, 1)), Ok(true));
        assert_eq!(goes_on(head(5, 5), head(5, 5)), Ok(false));
        let other = goes_on(head(5, 5), head(5, 4));
        assert_eq!(other, Err(IntegrityError::Fork { index: 5 }));
        let earlier = goes_on(head(5, 5), head(4, 4));
        assert_eq!(
            earlier,
            Err(IntegrityError::Rollback { known: 5, found: 4 })
        );
    }

    #[test]
    fn a_log_contains_what_was_known_or_it_is_another_one() {
        let hash_at = |index| (index == 3).then(|| Digest::from_bytes([3; 32]));
        let check = |known| check_contains(head(5, 5), known, &hash_at);
        assert_eq!(check(head(3, 3)), Ok(()));
        assert_eq!(check(head(5, 5)), Ok(()));
        assert_eq!(check(head(5, 4)), Err(IntegrityError::Fork { index: 5 }));
        assert_eq!(check(head(3, 4)), Err(IntegrityError::Fork { index: 3 }));
        // A hash that is not at hand proves nothing.
        assert_eq!(check(head(2, 2)), Err(IntegrityError::Fork { index: 2 }));
        let rollback = IntegrityError::Rollback { known: 6, found: 5 };
        assert_eq!(check(head(6, 6)), Err(rollback));
    }
}
