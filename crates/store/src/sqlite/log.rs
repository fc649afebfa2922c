use super::{SqliteStore, convert::*, effect, tenant};
use crate::*;
use async_trait::async_trait;
use rusqlite::{Connection, Row};
use strongroom_types::*;

/// Bits of an entry key that hold the index.
const INDEX_BITS: u32 = 40;
/// A device's entries 1, 65, 129 … are marked.
const MARK_EVERY: u64 = 64;

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
        self.read(move |c| {
            // One transaction, so that head and entries are of the same moment.
            let transaction = c.unchecked_transaction()?;
            let Some((no, head)) = log_and_head(c, log)? else {
                return Ok(None);
            };
            let entries = read_page(c, no, head, query)?;
            transaction.finish()?;
            Ok(Some(LogPage { head, entries }))
        })
        .await
    }

    async fn entry_hash(&self, log: LogKey, index: u64) -> StoreResult<Option<Digest>> {
        self.read(move |c| {
            let Some(no) = log_no(c, log)? else {
                return Ok(None);
            };
            Ok(c.one(
                "SELECT chain_hash FROM entry WHERE entry_key = ?1",
                [entry_key(no, index)?],
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
        self.read(move |c| {
            let Some(no) = log_no(c, log)? else {
                return Ok(None);
            };
            find_entry(c, no, device, device_seq)
        })
        .await
    }
}

pub(super) fn entry_key(no: LogNo, index: u64) -> StoreResult<i64> {
    match i64::try_from(index) {
        Ok(index) if index < 1 << INDEX_BITS => Ok((no.log << INDEX_BITS) | index),
        _ => Err(StoreError::OutOfRange("entry index")),
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
    let no = move_head(c, append.log, append.expected_head, last)?;
    for entry in &append.entries {
        insert_entry(c, no, entry)?;
    }
    for effect in &append.effects {
        effect::apply(c, no, effect)?;
    }
    Ok(())
}

/// Makes the log, or moves its head from the expected place.
fn move_head(
    c: &Connection,
    log: LogKey,
    expected: Option<Head>,
    last: &NewEntry,
) -> StoreResult<LogNo> {
    let tenant = tenant_no(c, log.tenant)?.ok_or(StoreError::NotFound)?;
    let moved = match expected {
        None => c.one(
            "INSERT INTO log (tenant_no, log_id, head_index, head_hash) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING RETURNING log_no",
            (
                tenant,
                log.log.as_bytes(),
                last.index,
                last.chain_hash.as_bytes(),
            ),
            |row| row.get(0),
        ),
        Some(head) => c.one(
            "UPDATE log SET head_index = ?3, head_hash = ?4
             WHERE tenant_no = ?1 AND log_id = ?2 AND head_index = ?5 AND head_hash = ?6
             RETURNING log_no",
            (
                tenant,
                log.log.as_bytes(),
                last.index,
                last.chain_hash.as_bytes(),
                head.index,
                head.hash.as_bytes(),
            ),
            |row| row.get(0),
        ),
    }?;
    Ok(LogNo {
        tenant,
        log: moved.ok_or(StoreError::HeadMoved)?,
    })
}

fn insert_entry(c: &Connection, no: LogNo, entry: &NewEntry) -> StoreResult<()> {
    let device_no: Option<i64> = c.one(
        "INSERT INTO device_tip (tenant_no, log_no, device_id, device_seq, body_hash, entry_index)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (tenant_no, log_no, device_id) DO UPDATE
         SET device_seq = excluded.device_seq, body_hash = excluded.body_hash,
             entry_index = excluded.entry_index
         RETURNING device_no",
        (
            no.tenant,
            no.log,
            entry.device.as_bytes(),
            entry.device_seq,
            entry.body_hash.as_bytes(),
            entry.index,
        ),
        |row| row.get(0),
    )?;
    if entry.device_seq % MARK_EVERY == 1 {
        c.run(
            "INSERT OR REPLACE INTO device_mark (tenant_no, device_no, device_seq, entry_index)
             VALUES (?1, ?2, ?3, ?4)",
            (no.tenant, device_no, entry.device_seq, entry.index),
        )?;
    }
    c.run(
        "INSERT INTO entry (entry_key, tenant_no, log_no, device_no, device_seq, entry_kind,
                            control, appended_ms, chain_hash, body, signatures, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        (
            entry_key(no, entry.index)?,
            no.tenant,
            no.log,
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

fn read_page(
    c: &Connection,
    no: LogNo,
    head: Head,
    query: PageQuery,
) -> StoreResult<Vec<EntryRow>> {
    let from = query.after.map_or(0, |after| after.saturating_add(1));
    if from > head.index {
        return Ok(Vec::new());
    }
    let sql = if query.control_only {
        "SELECT entry_key, appended_ms, body, signatures, payload
         FROM entry INDEXED BY entry_control
         WHERE entry_key BETWEEN ?1 AND ?2 AND control = 1 ORDER BY entry_key LIMIT ?3"
    } else {
        "SELECT entry_key, appended_ms, body, signatures, payload FROM entry
         WHERE entry_key BETWEEN ?1 AND ?2 ORDER BY entry_key LIMIT ?3"
    };
    let mut statement = c.prepare_cached(sql)?;
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let mut rows = statement.query((entry_key(no, from)?, entry_key(no, head.index)?, limit))?;
    let mut entries = Vec::new();
    let mut size = 0;
    while size < query.max_bytes || entries.is_empty() {
        let Some(row) = rows.next()? else { break };
        let entry = entry_row(row)?;
        size += entry.body.len()
            + entry.signatures.len()
            + entry.payload.as_ref().map_or(0, |payload| payload.len());
        entries.push(entry);
    }
    Ok(entries)
}

fn entry_row(row: &Row<'_>) -> rusqlite::Result<EntryRow> {
    Ok(EntryRow {
        index: index_of(row.get(0)?),
        appended_ms: row.get(1)?,
        body: bytes(row, 2)?,
        signatures: bytes(row, 3)?,
        payload: row.get::<_, Option<Vec<u8>>>(4)?.map(Into::into),
    })
}

fn index_of(entry_key: i64) -> u64 {
    (entry_key & ((1 << INDEX_BITS) - 1)) as u64
}

/// Looks between the marks around the number, or at once at the tip.
fn find_entry(
    c: &Connection,
    no: LogNo,
    device: DeviceId,
    device_seq: u64,
) -> StoreResult<Option<EntryPlace>> {
    let tip: Option<(i64, u64, u64)> = c.one(
        "SELECT device_no, device_seq, entry_index FROM device_tip
         WHERE tenant_no = ?1 AND log_no = ?2 AND device_id = ?3",
        (no.tenant, no.log, device.as_bytes()),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let Some((device_no, tip_seq, tip_index)) = tip else {
        return Ok(None);
    };
    if device_seq > tip_seq {
        return Ok(None);
    }
    let mark = |sql: &str| {
        c.one(sql, (no.tenant, device_no, device_seq), |row| {
            row.get::<_, u64>(0)
        })
    };
    let lowest = if device_seq == tip_seq {
        tip_index
    } else {
        mark(
            "SELECT entry_index FROM device_mark
             WHERE tenant_no = ?1 AND device_no = ?2 AND device_seq <= ?3
             ORDER BY device_seq DESC LIMIT 1",
        )?
        .unwrap_or(0)
    };
    let highest = mark(
        "SELECT entry_index FROM device_mark
         WHERE tenant_no = ?1 AND device_no = ?2 AND device_seq > ?3
         ORDER BY device_seq LIMIT 1",
    )?
    .unwrap_or(tip_index);
    Ok(c.one(
        "SELECT entry_key, chain_hash, appended_ms, body FROM entry
         WHERE entry_key BETWEEN ?1 AND ?2 AND device_no = ?3 AND device_seq = ?4
         ORDER BY entry_key LIMIT 1",
        (
            entry_key(no, lowest)?,
            entry_key(no, highest)?,
            device_no,
            device_seq,
        ),
        |row| {
            Ok(EntryPlace {
                index: index_of(row.get(0)?),
                chain_hash: Digest::from_bytes(row.get(1)?),
                appended_ms: row.get(2)?,
                body: bytes(row, 3)?,
            })
        },
    )?)
}
