use super::{SqliteStore, convert::*, effect, rows, tenant};
use crate::*;
use async_trait::async_trait;
use rusqlite::{Connection, Row};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    ops::Range,
};
use strongroom_types::*;

#[async_trait]
impl LogStore for SqliteStore {
    async fn append(&self, append: Append) -> StoreResult<()> {
        let bytes = append
            .entries
            .iter()
            .map(|entry| {
                entry.body.len()
                    + entry.signatures.len()
                    + entry.payload.as_ref().map_or(0, |payload| payload.len())
            })
            .sum();
        self.writer
            .run(bytes, move |c| append_entries(c, &append))
            .await
    }

    async fn head(&self, log: LogKey) -> StoreResult<Option<Head>> {
        self.read(move |c| Ok(log_and_head(c, log)?.map(|(_, head)| head)))
            .await
    }

    async fn page(&self, log: LogKey, query: PageQuery) -> StoreResult<Option<LogPage>> {
        self.read_at_once(move |c| {
            let Some((no, head)) = log_and_head(c, log)? else {
                return Ok(None);
            };
            let entries = if query.control_only {
                read_control_page(c, no, query)
            } else {
                read_page(c, no, head, query)
            }?;
            Ok(Some(LogPage { head, entries }))
        })
        .await
    }

    async fn entry_hash(&self, log: LogKey, index: u64) -> StoreResult<Option<Digest>> {
        self.read_at_once(move |c| {
            let Some(no) = log_no(c, log)? else {
                return Ok(None);
            };
            let Some(row) = rows::row_of(c, no, index)? else {
                return Ok(None);
            };
            Ok(c.one(
                "SELECT chain_hash FROM entry WHERE entry_row = ?1",
                [row],
                |row| Ok(Digest::from_bytes(row.get(0)?)),
            )?)
        })
        .await
    }

    async fn device_tips(&self, log: LogKey) -> StoreResult<Vec<DeviceTip>> {
        self.read(move |c| {
            let Some(no) = log_no(c, log)? else {
                return Ok(Vec::new());
            };
            Ok(c.all(
                "SELECT device_id, device_seq, body_hash, entry_index FROM device_tip
                 WHERE tenant_no = ?1 AND log_no = ?2 ORDER BY device_id",
                (no.tenant, no.log),
                |row| {
                    Ok(DeviceTip {
                        device: DeviceId::from_bytes(row.get(0)?),
                        device_seq: row.get(1)?,
                        body_hash: Digest::from_bytes(row.get(2)?),
                        index: row.get(3)?,
                    })
                },
            )?)
        })
        .await
    }

    async fn find_entry(
        &self,
        log: LogKey,
        device: DeviceId,
        device_seq: u64,
    ) -> StoreResult<Option<EntryPlace>> {
        self.read_at_once(move |c| {
            let Some(no) = log_no(c, log)? else {
                return Ok(None);
            };
            find_entry(c, no, device, device_seq)
        })
        .await
    }
}

fn append_entries(c: &Connection, append: &Append) -> StoreResult<()> {
    let (Some(first), Some(last)) = (append.entries.first(), append.entries.last()) else {
        return Err(StoreError::OutOfRange("no entries"));
    };
    let first_index = append.expected_head.map_or(0, |head| head.index + 1);
    let in_order = (first.index..)
        .zip(&append.entries)
        .all(|(index, e)| e.index == index);
    if first.index != first_index || !in_order {
        return Err(StoreError::OutOfRange("entry index"));
    }
    for effect in &append.effects {
        if let Effect::CreateTenant {
            setup_code_hash,
            created_ms,
        } = effect
        {
            tenant::create_tenant(c, append.log.tenant, *setup_code_hash, *created_ms)?;
        }
    }
    let first_row = rows::next_row(c)?;
    let new_rows = first_row..first_row + append.entries.len() as i64;
    let no = move_head(c, append.log, append.expected_head, last, new_rows.clone())?;
    let mut tips = Tips::default();
    for (row, entry) in new_rows.zip(&append.entries) {
        let device_no = tips.note(c, no, entry)?;
        insert_entry(c, no, row, device_no, entry)?;
    }
    tips.write(c)?;
    for effect in &append.effects {
        effect::apply(c, no, effect)?;
    }
    Ok(())
}

/// Makes the log, or moves its head from the expected place, over new rows.
fn move_head(
    c: &Connection,
    log: LogKey,
    expected: Option<Head>,
    last: &NewEntry,
    new_rows: Range<i64>,
) -> StoreResult<LogNo> {
    let tenant = tenant_no(c, log.tenant)?.ok_or(StoreError::NotFound)?;
    let stored = c.one(
        "SELECT log_no, head_index, head_hash, tail_rows FROM log
         WHERE tenant_no = ?1 AND log_id = ?2",
        (tenant, log.log.as_bytes()),
        |row| {
            let head = Head {
                index: row.get(1)?,
                hash: Digest::from_bytes(row.get(2)?),
            };
            let log: i64 = row.get(0)?;
            Ok((log, head, row.get::<_, Vec<u8>>(3)?))
        },
    )?;
    let (log_no, tail) = match (stored, expected) {
        (None, None) => (create_log(c, tenant, log, last)?, rows::empty_tail()),
        (Some((log_no, head, tail)), Some(expected)) if head == expected => {
            (log_no, rows::tail(head.index, tail))
        }
        _ => return Err(StoreError::HeadMoved),
    };
    let no = LogNo {
        tenant,
        log: log_no,
    };
    let tail = rows::extend_tail(c, no, tail, new_rows)?;
    c.run(
        "UPDATE log SET head_index = ?2, head_hash = ?3, tail_rows = ?4 WHERE log_no = ?1",
        (log_no, last.index, last.chain_hash.as_bytes(), tail),
    )?;
    Ok(no)
}

fn create_log(c: &Connection, tenant: i64, log: LogKey, last: &NewEntry) -> StoreResult<i64> {
    c.run(
        "INSERT INTO log (tenant_no, log_id, head_index, head_hash, tail_rows)
         VALUES (?1, ?2, ?3, ?4, x'')",
        (
            tenant,
            log.log.as_bytes(),
            last.index,
            last.chain_hash.as_bytes(),
        ),
    )?;
    Ok(c.last_insert_rowid())
}

fn insert_entry(
    c: &Connection,
    no: LogNo,
    row: i64,
    device_no: i64,
    entry: &NewEntry,
) -> StoreResult<()> {
    c.run(
        "INSERT INTO entry (entry_row, tenant_no, log_no, entry_index, device_no, device_seq,
                            entry_kind, control, appended_ms, chain_hash, body, signatures,
                            payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        (
            row,
            no.tenant,
            no.log,
            entry.index,
            device_no,
            entry.device_seq,
            entry.kind,
            entry.control,
            entry.appended_ms,
            entry.chain_hash.as_bytes(),
            &entry.body[..],
            &entry.signatures[..],
            entry.payload.as_deref(),
        ),
    )?;
    Ok(())
}

/// The devices of one append: each row is read once and written once, however many entries
/// its device has.
#[derive(Default)]
struct Tips<'a>(BTreeMap<DeviceId, Tip<'a>>);

struct Tip<'a> {
    device_no: i64,
    runs: rows::Runs,
    newest: &'a NewEntry,
}

impl<'a> Tips<'a> {
    /// Notes an entry; returns the number of its device, which gets one with its first entry.
    fn note(&mut self, c: &Connection, no: LogNo, entry: &'a NewEntry) -> StoreResult<i64> {
        let tip = match self.0.entry(entry.device) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Tip::load(c, no, entry)?),
        };
        tip.runs.note(entry.device_seq, entry.index);
        tip.newest = entry;
        Ok(tip.device_no)
    }

    fn write(&self, c: &Connection) -> StoreResult<()> {
        for tip in self.0.values() {
            c.run(
                "UPDATE device_tip SET device_seq = ?2, body_hash = ?3, entry_index = ?4,
                                       recent_runs = ?5 WHERE device_no = ?1",
                (
                    tip.device_no,
                    tip.newest.device_seq,
                    tip.newest.body_hash.as_bytes(),
                    tip.newest.index,
                    tip.runs.to_bytes(),
                ),
            )?;
        }
        Ok(())
    }
}

impl<'a> Tip<'a> {
    fn load(c: &Connection, no: LogNo, entry: &'a NewEntry) -> StoreResult<Self> {
        let stored: Option<(i64, Vec<u8>)> = c.one(
            "SELECT device_no, recent_runs FROM device_tip
             WHERE tenant_no = ?1 AND log_no = ?2 AND device_id = ?3",
            (no.tenant, no.log, entry.device.as_bytes()),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let (device_no, runs) = match stored {
            Some((device_no, runs)) => (device_no, rows::Runs::from_bytes(&runs)?),
            None => {
                c.run(
                    "INSERT INTO device_tip (tenant_no, log_no, device_id, device_seq, body_hash,
                                             entry_index, recent_runs)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, x'')",
                    (
                        no.tenant,
                        no.log,
                        entry.device.as_bytes(),
                        entry.device_seq,
                        entry.body_hash.as_bytes(),
                        entry.index,
                    ),
                )?;
                (c.last_insert_rowid(), rows::Runs::default())
            }
        };
        Ok(Self {
            device_no,
            runs,
            newest: entry,
        })
    }
}

fn log_and_head(c: &Connection, log: LogKey) -> StoreResult<Option<(LogNo, Head)>> {
    Ok(c.one(
        "SELECT tenant_no, log_no, head_index, head_hash FROM tenant JOIN log USING (tenant_no)
         WHERE tenant_id = ?1 AND log_id = ?2",
        (log.tenant.as_bytes(), log.log.as_bytes()),
        |row| {
            let no = LogNo {
                tenant: row.get(0)?,
                log: row.get(1)?,
            };
            Ok((
                no,
                Head {
                    index: row.get(2)?,
                    hash: Digest::from_bytes(row.get(3)?),
                },
            ))
        },
    )?)
}

/// A page that is being filled.
struct Filling {
    entries: Vec<EntryRow>,
    bytes: usize,
    query: PageQuery,
}

impl Filling {
    fn new(query: PageQuery) -> Self {
        Self {
            entries: Vec::new(),
            bytes: 0,
            query,
        }
    }

    /// Adds an entry; `false` once the page is full.
    fn add(&mut self, entry: EntryRow) -> bool {
        self.bytes += entry.body.len()
            + entry.signatures.len()
            + entry.payload.as_ref().map_or(0, |payload| payload.len());
        self.entries.push(entry);
        self.entries.len() < self.query.limit && self.bytes < self.query.max_bytes
    }
}

fn read_page(
    c: &Connection,
    no: LogNo,
    head: Head,
    query: PageQuery,
) -> StoreResult<Vec<EntryRow>> {
    let mut page = Filling::new(query);
    let mut statement = c.prepare_cached(
        "SELECT entry_index, appended_ms, body, signatures, payload FROM entry
         WHERE entry_row = ?1",
    )?;
    let mut index = query.after.map_or(0, |after| after.saturating_add(1));
    while index <= head.index {
        let rows = rows::rows_around(c, no, index)?.ok_or(StoreError::Corrupt("entry_block"))?;
        while let Some(row) = rows.row(index) {
            if !page.add(statement.query_row([row], entry_row)?) {
                return Ok(page.entries);
            }
            index += 1;
        }
    }
    Ok(page.entries)
}

fn read_control_page(c: &Connection, no: LogNo, query: PageQuery) -> StoreResult<Vec<EntryRow>> {
    let mut page = Filling::new(query);
    let mut statement = c.prepare_cached(
        "SELECT entry_index, appended_ms, body, signatures, payload
         FROM entry INDEXED BY entry_control
         WHERE tenant_no = ?1 AND log_no = ?2 AND entry_index > ?3 AND control = 1
         ORDER BY entry_index",
    )?;
    let after = query
        .after
        .map_or(-1, |after| i64::try_from(after).unwrap_or(i64::MAX));
    let mut rows = statement.query((no.tenant, no.log, after))?;
    while let Some(row) = rows.next()? {
        if !page.add(entry_row(row)?) {
            break;
        }
    }
    Ok(page.entries)
}

fn entry_row(row: &Row<'_>) -> rusqlite::Result<EntryRow> {
    Ok(EntryRow {
        index: row.get(0)?,
        appended_ms: row.get(1)?,
        body: bytes(row, 2)?,
        signatures: bytes(row, 3)?,
        payload: row.get::<_, Option<Vec<u8>>>(4)?.map(Into::into),
    })
}

fn find_entry(
    c: &Connection,
    no: LogNo,
    device: DeviceId,
    device_seq: u64,
) -> StoreResult<Option<EntryPlace>> {
    let tip: Option<(u64, Vec<u8>)> = c.one(
        "SELECT device_seq, recent_runs FROM device_tip
         WHERE tenant_no = ?1 AND log_no = ?2 AND device_id = ?3",
        (no.tenant, no.log, device.as_bytes()),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let Some((_, runs)) = tip.filter(|(tip_seq, _)| device_seq <= *tip_seq) else {
        return Ok(None);
    };
    let Some(index) = rows::Runs::from_bytes(&runs)?.index(device_seq) else {
        return Ok(None);
    };
    let Some(row) = rows::row_of(c, no, index)? else {
        return Ok(None);
    };
    Ok(c.one(
        "SELECT entry_index, chain_hash, appended_ms, body FROM entry
         WHERE entry_row = ?1 AND device_seq = ?2",
        (row, device_seq),
        |row| {
            Ok(EntryPlace {
                index: row.get(0)?,
                chain_hash: Digest::from_bytes(row.get(1)?),
                appended_ms: row.get(2)?,
                body: bytes(row, 3)?,
            })
        },
    )?)
}
