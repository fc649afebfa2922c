use super::{SqliteStore, account, convert::*};
use crate::*;
use async_trait::async_trait;
use rusqlite::{Connection, Row};
use strongroom_types::*;

macro_rules! select_upload {
    ($rest:literal) => {
        concat!(
            "SELECT tenant_id, log_id, revision_id, file_id, record_id, account_id, sealed_length,
                    part_count, tree_part_count, started_ms, touched_ms
             FROM upload JOIN log USING (tenant_no, log_no) JOIN tenant USING (tenant_no) ",
            $rest
        )
    };
}

#[async_trait]
impl UploadStore for SqliteStore {
    async fn start_upload(&self, upload: NewUpload) -> StoreResult<UploadRow> {
        self.write(move |c| start_upload(c, &upload)).await
    }

    async fn upload(&self, key: UploadKey) -> StoreResult<Option<UploadRow>> {
        self.read(move |c| lookup(c, key)).await
    }

    async fn stored_parts(&self, key: UploadKey) -> StoreResult<Vec<PartRow>> {
        self.read(move |c| {
            let Some(no) = upload_log(c, key)? else {
                return Ok(Vec::new());
            };
            Ok(c.all(
                "SELECT tree, part_number, part_length, crc32c FROM upload_part
                 WHERE tenant_no = ?1 AND log_no = ?2 AND revision_id = ?3
                 ORDER BY tree, part_number",
                (no.tenant, no.log, key.revision.as_bytes()),
                part_row,
            )?)
        })
        .await
    }

    async fn stored_part(
        &self,
        key: UploadKey,
        tree: bool,
        number: u64,
    ) -> StoreResult<Option<PartRow>> {
        self.read(move |c| {
            let Some(no) = upload_log(c, key)? else {
                return Ok(None);
            };
            Ok(c.one(
                "SELECT tree, part_number, part_length, crc32c FROM upload_part
                 WHERE tenant_no = ?1 AND log_no = ?2 AND revision_id = ?3 AND tree = ?4
                       AND part_number = ?5",
                (no.tenant, no.log, key.revision.as_bytes(), tree, number),
                part_row,
            )?)
        })
        .await
    }

    async fn record_part(
        &self,
        key: UploadKey,
        part: PartRow,
        now_ms: TimestampMs,
    ) -> StoreResult<()> {
        self.write(move |c| {
            let no = upload_log(c, key)?.ok_or(StoreError::NotFound)?;
            // Parts that may not exist would make an incomplete upload look complete.
            let touched = c.run(
                "UPDATE upload SET touched_ms = ?4
                 WHERE tenant_no = ?1 AND log_no = ?2 AND revision_id = ?3
                       AND ?6 < iif(?5, tree_part_count, part_count)",
                (
                    no.tenant,
                    no.log,
                    key.revision.as_bytes(),
                    now_ms,
                    part.tree,
                    part.number,
                ),
            )?;
            changed(touched)?;
            c.run(
                "INSERT OR REPLACE INTO upload_part
                     (tenant_no, log_no, revision_id, tree, part_number, part_length, crc32c)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (
                    no.tenant,
                    no.log,
                    key.revision.as_bytes(),
                    part.tree,
                    part.number,
                    part.length,
                    part.crc32c,
                ),
            )?;
            Ok(())
        })
        .await
    }

    async fn delete_upload(&self, key: UploadKey, answer: Option<KeptAnswer>) -> StoreResult<bool> {
        self.write_answered(
            0,
            answer,
            |found| *found,
            move |c| {
                let Some(no) = upload_log(c, key)? else {
                    return Ok(false);
                };
                let Some(upload) = lookup(c, key)? else {
                    return Ok(false);
                };
                drop_upload(c, no, key.revision)?;
                account::release_usage(c, no.tenant, upload.account, upload.sealed_length)?;
                put_garbage(c, no, key.revision)?;
                Ok(true)
            },
        )
        .await
    }

    async fn stale_uploads(
        &self,
        before_ms: TimestampMs,
        limit: usize,
    ) -> StoreResult<Vec<UploadRow>> {
        self.read(move |c| {
            Ok(c.all(
                select_upload!("WHERE touched_ms < ?1 ORDER BY touched_ms LIMIT ?2"),
                (before_ms, limit),
                upload_row,
            )?)
        })
        .await
    }

    async fn garbage(&self, limit: usize) -> StoreResult<Vec<UploadKey>> {
        self.read(move |c| {
            Ok(c.all(
                "SELECT tenant_id, log_id, revision_id
                 FROM blob_garbage JOIN log USING (tenant_no, log_no)
                      JOIN tenant USING (tenant_no) LIMIT ?1",
                [limit],
                upload_key,
            )?)
        })
        .await
    }

    async fn clear_garbage(&self, key: UploadKey) -> StoreResult<()> {
        self.write(move |c| {
            let Some(no) = upload_log(c, key)? else {
                return Ok(());
            };
            c.run(
                "DELETE FROM blob_garbage
                 WHERE tenant_no = ?1 AND log_no = ?2 AND revision_id = ?3",
                (no.tenant, no.log, key.revision.as_bytes()),
            )?;
            Ok(())
        })
        .await
    }
}

fn start_upload(c: &Connection, new: &NewUpload) -> StoreResult<UploadRow> {
    let no = upload_log(c, new.key)?.ok_or(StoreError::NotFound)?;
    if let Some(found) = lookup(c, new.key)? {
        let same = found.file == new.file
            && found.record == new.record
            && found.account == new.account
            && found.sealed_length == new.sealed_length
            && found.part_count == new.part_count
            && found.tree_part_count == new.tree_part_count;
        return if same {
            Ok(found)
        } else {
            Err(StoreError::AlreadyExists(What::Upload))
        };
    }
    // Blobs that wait for their deletion must not come back under the same name.
    let taken = c.one(
        "SELECT 1 FROM file_revision WHERE tenant_no = ?1 AND log_no = ?2 AND revision_id = ?3
         UNION ALL
         SELECT 1 FROM blob_garbage WHERE tenant_no = ?1 AND log_no = ?2 AND revision_id = ?3",
        (no.tenant, no.log, new.key.revision.as_bytes()),
        |_| Ok(()),
    )?;
    if taken.is_some() {
        return Err(StoreError::AlreadyExists(What::Revision));
    }
    account::add_usage(
        c,
        no.tenant,
        new.account,
        new.sealed_length,
        new.total_max_bytes,
    )?;
    c.run(
        "INSERT INTO upload (tenant_no, log_no, revision_id, file_id, record_id, account_id,
                             sealed_length, part_count, tree_part_count, started_ms, touched_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
        (
            no.tenant,
            no.log,
            new.key.revision.as_bytes(),
            new.file.as_bytes(),
            new.record.as_bytes(),
            new.account.as_bytes(),
            new.sealed_length,
            new.part_count,
            new.tree_part_count,
            new.now_ms,
        ),
    )?;
    lookup(c, new.key)?.ok_or(StoreError::Corrupt("upload"))
}

pub(super) fn finish_upload(
    c: &Connection,
    no: LogNo,
    revision: RevisionId,
    entry_index: u64,
) -> StoreResult<()> {
    let key = (no.tenant, no.log, revision.as_bytes());
    let missing: Option<bool> = c.one(
        "SELECT part_count + tree_part_count !=
                (SELECT count(*) FROM upload_part
                 WHERE tenant_no = ?1 AND log_no = ?2 AND revision_id = ?3)
         FROM upload WHERE tenant_no = ?1 AND log_no = ?2 AND revision_id = ?3",
        key,
        |row| row.get(0),
    )?;
    if missing.ok_or(StoreError::NotFound)? {
        return Err(StoreError::Incomplete);
    }
    c.run(
        "INSERT INTO file (tenant_no, log_no, file_id, record_id)
         SELECT tenant_no, log_no, file_id, record_id FROM upload
         WHERE tenant_no = ?1 AND log_no = ?2 AND revision_id = ?3
         ON CONFLICT DO NOTHING",
        key,
    )?;
    c.run(
        "INSERT INTO file_revision (tenant_no, log_no, revision_id, file_id, record_id, account_id,
                                    sealed_length, part_count, tree_part_count, entry_index)
         SELECT tenant_no, log_no, revision_id, file_id, record_id, account_id, sealed_length,
                part_count, tree_part_count, ?4
         FROM upload WHERE tenant_no = ?1 AND log_no = ?2 AND revision_id = ?3",
        (key.0, key.1, key.2, entry_index),
    )
    .or_exists(What::Revision)?;
    drop_upload(c, no, revision)
}

pub(super) fn erase_revision(c: &Connection, no: LogNo, revision: RevisionId) -> StoreResult<()> {
    let erased: Option<([u8; 16], u64)> = c.one(
        "UPDATE file_revision SET erased = 1
         WHERE tenant_no = ?1 AND log_no = ?2 AND revision_id = ?3 AND erased = 0
         RETURNING account_id, sealed_length",
        (no.tenant, no.log, revision.as_bytes()),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let Some((account, sealed_length)) = erased else {
        return Ok(());
    };
    account::release_usage(c, no.tenant, AccountId::from_bytes(account), sealed_length)?;
    put_garbage(c, no, revision)
}

fn drop_upload(c: &Connection, no: LogNo, revision: RevisionId) -> StoreResult<()> {
    // The parts go with it.
    c.run(
        "DELETE FROM upload WHERE tenant_no = ?1 AND log_no = ?2 AND revision_id = ?3",
        (no.tenant, no.log, revision.as_bytes()),
    )?;
    Ok(())
}

fn put_garbage(c: &Connection, no: LogNo, revision: RevisionId) -> StoreResult<()> {
    c.run(
        "INSERT INTO blob_garbage (tenant_no, log_no, revision_id) VALUES (?1, ?2, ?3)
         ON CONFLICT DO NOTHING",
        (no.tenant, no.log, revision.as_bytes()),
    )?;
    Ok(())
}

fn upload_log(c: &Connection, key: UploadKey) -> StoreResult<Option<LogNo>> {
    log_no(c, LogKey::vault(key.tenant, key.vault))
}

fn lookup(c: &Connection, key: UploadKey) -> StoreResult<Option<UploadRow>> {
    Ok(c.one(
        select_upload!("WHERE tenant_id = ?1 AND log_id = ?2 AND revision_id = ?3"),
        (
            key.tenant.as_bytes(),
            key.vault.as_bytes(),
            key.revision.as_bytes(),
        ),
        upload_row,
    )?)
}

fn upload_key(row: &Row<'_>) -> rusqlite::Result<UploadKey> {
    Ok(UploadKey {
        tenant: TenantId::from_bytes(row.get(0)?),
        vault: VaultId::from_bytes(row.get(1)?),
        revision: RevisionId::from_bytes(row.get(2)?),
    })
}

fn upload_row(row: &Row<'_>) -> rusqlite::Result<UploadRow> {
    Ok(UploadRow {
        key: upload_key(row)?,
        file: FileId::from_bytes(row.get(3)?),
        record: RecordId::from_bytes(row.get(4)?),
        account: AccountId::from_bytes(row.get(5)?),
        sealed_length: row.get(6)?,
        part_count: row.get(7)?,
        tree_part_count: row.get(8)?,
        started_ms: row.get(9)?,
        touched_ms: row.get(10)?,
    })
}

fn part_row(row: &Row<'_>) -> rusqlite::Result<PartRow> {
    Ok(PartRow {
        tree: row.get(0)?,
        number: row.get(1)?,
        length: row.get(2)?,
        crc32c: row.get(3)?,
    })
}
