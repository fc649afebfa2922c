//! Finds the entries of a log and of a device among those of all logs.

use super::convert::*;
use crate::{StoreError, StoreResult};
use rusqlite::Connection;

/// Entries in a block.
const BLOCK_ENTRIES: u64 = 64;
/// Runs of a device that are remembered.
const RECENT_RUNS: usize = 32;

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

/// Notes an entry of a device among its recent runs.
pub(super) fn note_run(runs: &mut Vec<u8>, device_seq: u64, index: u64) {
    let (pairs, _) = runs.as_chunks::<16>();
    let goes_on = pairs.last().is_some_and(|pair| {
        let (first_seq, first_index) = split_pair(pair);
        device_seq > first_seq
            && index.checked_sub(first_index) == device_seq.checked_sub(first_seq)
    });
    if goes_on {
        return;
    }
    if pairs.len() >= RECENT_RUNS {
        runs.drain(..16);
    }
    runs.extend_from_slice(&device_seq.to_be_bytes());
    runs.extend_from_slice(&index.to_be_bytes());
}

/// Where the runs say that an entry of the device stands.
pub(super) fn index_in_runs(runs: &[u8], device_seq: u64) -> StoreResult<Option<u64>> {
    let (pairs, rest) = runs.as_chunks::<16>();
    if !rest.is_empty() {
        return Err(StoreError::Corrupt("recent_runs"));
    }
    Ok(pairs
        .iter()
        .rev()
        .map(split_pair)
        .find_map(|(first_seq, first_index)| {
            device_seq
                .checked_sub(first_seq)
                .map(|further| first_index + further)
        }))
}

fn split_pair(pair: &[u8; 16]) -> (u64, u64) {
    let pair = u128::from_be_bytes(*pair);
    ((pair >> 64) as u64, pair as u64)
}
