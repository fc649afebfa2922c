//! Finds the entries of a log and of a device among those of all logs.

use super::convert::*;
use crate::{StoreError, StoreResult};
use rusqlite::Connection;

/// Entries in a block.
const BLOCK_ENTRIES: u64 = 64;
/// Runs of a device that are remembered.
const RECENT_RUNS: usize = 32;
/// Bits of a step in `entry_index`; the step in `device_seq` stands above them, both in 48.
const STEP_INDEX_BITS: u32 = 28;
const MOST_STEP_INDEX: u64 = (1 << STEP_INDEX_BITS) - 1;
const MOST_STEP_SEQ: u64 = (1 << 20) - 1;

/// The rows of consecutive entries.
pub(super) struct Rows {
    first_index: u64,
    rows: Vec<u8>,
}

impl Rows {
    /// The row of an entry, if it is among these.
    pub(super) fn row(&self, index: u64) -> Option<i64> {
        let at = usize::try_from(index.checked_sub(self.first_index)?).ok()?;
        let (words, _) = self.rows.as_chunks::<8>();
        words.get(at).map(|word| i64::from_be_bytes(*word))
    }

    fn count(&self) -> u64 {
        (self.rows.len() / 8) as u64
    }
}

/// The rows of the entries of a log around `index`; `None` beyond the head.
pub(super) fn rows_around(c: &Connection, no: LogNo, index: u64) -> StoreResult<Option<Rows>> {
    let first_index = index - index % BLOCK_ENTRIES;
    let block = c.one(
        "SELECT entry_rows FROM entry_block
         WHERE tenant_no = ?1 AND log_no = ?2 AND first_index = ?3",
        (no.tenant, no.log, first_index),
        |row| row.get(0),
    )?;
    if let Some(rows) = block {
        return Ok(Some(Rows { first_index, rows }));
    }
    let tail = c.one(
        "SELECT head_index, tail_rows FROM log WHERE log_no = ?1",
        [no.log],
        |row| Ok(tail(row.get(0)?, row.get(1)?)),
    )?;
    Ok(tail.filter(|tail| tail.row(index).is_some()))
}

/// The row of one entry.
pub(super) fn row_of(c: &Connection, no: LogNo, index: u64) -> StoreResult<Option<i64>> {
    Ok(rows_around(c, no, index)?.and_then(|rows| rows.row(index)))
}

/// The rows behind the last full block, as they stand in the log.
pub(super) fn tail(head_index: u64, rows: Vec<u8>) -> Rows {
    let count = (rows.len() / 8) as u64;
    Rows {
        first_index: (head_index + 1).saturating_sub(count),
        rows,
    }
}

/// The tail of a log without entries.
pub(super) fn empty_tail() -> Rows {
    Rows {
        first_index: 0,
        rows: Vec::new(),
    }
}

/// The row that the next entry gets.
pub(super) fn next_row(c: &Connection) -> StoreResult<i64> {
    let last: Option<i64> = c
        .one("SELECT max(entry_row) FROM entry", (), |row| row.get(0))?
        .flatten();
    Ok(last.unwrap_or(0) + 1)
}

/// Adds consecutive rows to a tail; full blocks go to their own table. Returns the new tail.
pub(super) fn extend_tail(
    c: &Connection,
    no: LogNo,
    mut tail: Rows,
    new: std::ops::Range<i64>,
) -> StoreResult<Vec<u8>> {
    for row in new {
        tail.rows.extend_from_slice(&row.to_be_bytes());
        if tail.count() == BLOCK_ENTRIES {
            c.run(
                "INSERT INTO entry_block (tenant_no, log_no, first_index, entry_rows)
                 VALUES (?1, ?2, ?3, ?4)",
                (no.tenant, no.log, tail.first_index, &tail.rows),
            )?;
            tail.first_index += BLOCK_ENTRIES;
            tail.rows.clear();
        }
    }
    Ok(tail.rows)
}

/// Where the last runs of a device began, as pairs (device_seq, entry_index), oldest first: a
/// run is a stretch of entries that follow each other in the log.
///
/// Stored as numbers of 8 bytes, big-endian: the first pair, then one number for the step from
/// each to the next. Short, because a device among many others has a run for each entry, and
/// its row is written with each.
#[derive(Default)]
pub(super) struct Runs(Vec<(u64, u64)>);

impl Runs {
    /// Reads the stored form.
    pub(super) fn from_bytes(bytes: &[u8]) -> StoreResult<Self> {
        let damaged = || StoreError::Corrupt("recent_runs");
        let (words, rest) = bytes.as_chunks::<8>();
        let mut words = words.iter().map(|word| u64::from_be_bytes(*word));
        let first = match (words.next(), words.next()) {
            (Some(seq), Some(index)) if rest.is_empty() => (seq, index),
            (None, None) if rest.is_empty() => return Ok(Self::default()),
            _ => return Err(damaged()),
        };
        let mut runs = Vec::with_capacity(RECENT_RUNS + 1);
        runs.push(first);
        let mut last = first;
        for word in words {
            let seq = last.0.checked_add(word >> STEP_INDEX_BITS);
            let index = last.1.checked_add(word & MOST_STEP_INDEX);
            last = seq.zip(index).ok_or_else(damaged)?;
            runs.push(last);
        }
        Ok(Self(runs))
    }

    /// The stored form.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 * self.0.len() + 8);
        let mut last: Option<(u64, u64)> = None;
        for (seq, index) in &self.0 {
            match last {
                None => {
                    bytes.extend_from_slice(&seq.to_be_bytes());
                    bytes.extend_from_slice(&index.to_be_bytes());
                }
                Some((last_seq, last_index)) => {
                    let step = (seq - last_seq) << STEP_INDEX_BITS | (index - last_index);
                    bytes.extend_from_slice(&step.to_be_bytes());
                }
            }
            last = Some((*seq, *index));
        }
        bytes
    }

    /// Notes the device's next entry.
    pub(super) fn note(&mut self, device_seq: u64, index: u64) {
        let goes_on = self.0.last().is_some_and(|(first_seq, first_index)| {
            device_seq > *first_seq
                && index.checked_sub(*first_index) == device_seq.checked_sub(*first_seq)
        });
        if goes_on {
            return;
        }
        // A step that has no room, or goes back, begins anew: only older entries are forgotten.
        let step = self
            .0
            .last()
            .and_then(|(seq, at)| device_seq.checked_sub(*seq).zip(index.checked_sub(*at)));
        if !step.is_some_and(|(seq, at)| seq <= MOST_STEP_SEQ && at <= MOST_STEP_INDEX) {
            self.0.clear();
        }
        if self.0.len() >= RECENT_RUNS {
            self.0.remove(0);
        }
        self.0.push((device_seq, index));
    }

    /// Where an entry of the device stands, if the runs reach back to it.
    pub(super) fn index(&self, device_seq: u64) -> Option<u64> {
        self.0.iter().rev().find_map(|(first_seq, first_index)| {
            device_seq
                .checked_sub(*first_seq)
                .map(|further| first_index + further)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_keep_the_newest_and_come_back_as_they_were() {
        let mut runs = Runs::default();
        for seq in 0..100 {
            runs.note(seq, 10 * seq + 5);
        }
        let bytes = runs.to_bytes();
        assert_eq!(bytes.len(), 8 * (RECENT_RUNS + 1));
        assert!(bytes.chunks(8).all(|number| number.starts_with(&[0, 0])));
        let runs = Runs::from_bytes(&bytes).unwrap();
        let oldest = 100 - RECENT_RUNS as u64;
        assert_eq!(runs.index(99), Some(995));
        assert_eq!(runs.index(oldest), Some(10 * oldest + 5));
        assert_eq!(runs.index(oldest - 1), None);
    }

    #[test]
    fn one_run_is_one_pair() {
        let mut runs = Runs::default();
        for seq in 7..5_000 {
            runs.note(seq, seq + 1_000_000);
        }
        let runs = Runs::from_bytes(&runs.to_bytes()).unwrap();
        assert_eq!(runs.0, [(7, 1_000_007)]);
        assert_eq!(runs.index(4_999), Some(1_004_999));
        assert_eq!(runs.index(6), None);
    }

    #[test]
    fn steps_without_room_forget_what_was_before() {
        for (seq, index) in [
            (2 + MOST_STEP_SEQ, 90),
            (2, 11 + MOST_STEP_INDEX),
            (2, 9),
            (0, 90),
        ] {
            let mut runs = Runs::default();
            runs.note(1, 10);
            runs.note(seq, index);
            let runs = Runs::from_bytes(&runs.to_bytes()).unwrap();
            assert_eq!(runs.0, [(seq, index)]);
        }
        let mut runs = Runs::default();
        runs.note(1, 10);
        runs.note(1 + MOST_STEP_SEQ, 10 + MOST_STEP_INDEX);
        assert_eq!(Runs::from_bytes(&runs.to_bytes()).unwrap().0.len(), 2);
    }

    #[test]
    fn damaged_runs_are_told() {
        let overflow = [0xff; 24];
        for bytes in [&[1][..], &[0; 8], &[0; 17], &overflow] {
            assert!(
                matches!(Runs::from_bytes(bytes), Err(StoreError::Corrupt(_))),
                "{bytes:?}"
            );
        }
        assert_eq!(Runs::from_bytes(&[]).unwrap().index(0), None);
    }
}
