use super::Cache;
use super::rows::{id, int};
use crate::Result;
use rusqlite::{OptionalExtension, Row, params};
use strongroom_crypto::SymmetricKey;
use strongroom_types::limits::BOX_HEADER_BYTES;
use strongroom_types::*;
use zeroize::Zeroizing;

/// An upload that is not finished.
pub(crate) struct UploadRow {
    pub revision: RevisionId,
    pub vault: VaultId,
    pub file: FileId,
    pub record: RecordId,
    /// Absolute path of the source.
    pub source: String,
    /// Size, time of change and inode of the source: another source is another upload.
    pub identity: String,
    /// What the finished upload says of the file, as JSON.
    pub state: String,
    pub key: SymmetricKey,
    pub header: [u8; BOX_HEADER_BYTES],
}

fn upload_row(row: &Row<'_>) -> rusqlite::Result<UploadRow> {
    let wrong = |column: usize| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Blob,
            "wrong length".into(),
        )
    };
    let key = Zeroizing::new(row.get::<_, Vec<u8>>(7)?);
    let header: Vec<u8> = row.get(8)?;
    Ok(UploadRow {
        revision: id(row, 0, RevisionId::from_slice)?,
        vault: id(row, 1, VaultId::from_slice)?,
        file: id(row, 2, FileId::from_slice)?,
        record: id(row, 3, RecordId::from_slice)?,
        source: row.get(4)?,
        identity: row.get(5)?,
        state: row.get(6)?,
        key: SymmetricKey::from_slice(&key).ok_or_else(|| wrong(7))?,
        header: header.try_into().map_err(|_| wrong(8))?,
    })
}

const UPLOAD: &str =
    "SELECT revision, vault, file, record, source, identity, state, key, header FROM uploads";

impl Cache {
    /// Remembers an upload before it is begun at the server.
    pub fn put_upload(&self, upload: &UploadRow, now_ms: u64) -> Result<()> {
        self.connection()
            .prepare_cached(
                "INSERT OR REPLACE INTO uploads (revision, vault, file, record, source, identity,
                        state, key, header, made_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                upload.revision.as_bytes(),
                upload.vault.as_bytes(),
                upload.file.as_bytes(),
                upload.record.as_bytes(),
                upload.source,
                upload.identity,
                upload.state,
                &upload.key.danger_bytes()[..],
                &upload.header[..],
                int(now_ms)
            ])?;
        Ok(())
    }

    /// Unfinished uploads of a source to a record.
    pub fn uploads_of(&self, record: RecordId, source: &str) -> Result<Vec<UploadRow>> {
        let sql = format!("{UPLOAD} WHERE record = ?1 AND source = ?2 ORDER BY made_ms DESC");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let rows = statement.query_map(params![record.as_bytes(), source], upload_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a revision is in a vault's log.
    pub fn has_revision(&self, vault: VaultId, revision: RevisionId) -> Result<bool> {
        Ok(self
            .connection()
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM revisions r JOIN vaults v ON v.n = r.vault_n
                 WHERE r.revision = ?1 AND v.vault = ?2)",
            )?
            .query_row(params![revision.as_bytes(), vault.as_bytes()], |row| {
                row.get(0)
            })?)
    }

    /// Forgets an upload with its journal.
    pub fn drop_upload(&self, revision: RevisionId) -> Result<()> {
        for sql in [
            "DELETE FROM upload_parts WHERE revision = ?1",
            "DELETE FROM uploads WHERE revision = ?1",
        ] {
            self.connection()
                .prepare_cached(sql)?
                .execute([revision.as_bytes()])?;
        }
        Ok(())
    }

    /// The hash of the sealed bytes up to the end of a part, if it was ever sealed for this
    /// revision.
    pub fn part_hash(&self, revision: RevisionId, part: u64) -> Result<Option<Digest>> {
        Ok(self
            .connection()
            .prepare_cached("SELECT hash FROM upload_parts WHERE revision = ?1 AND part = ?2")?
            .query_row(params![revision.as_bytes(), int(part)], |row| {
                id(row, 0, Digest::from_slice)
            })
            .optional()?)
    }

    /// Journals the hash of the sealed bytes up to the end of a part; on disk when this returns.
    pub fn put_part_hash(&self, revision: RevisionId, part: u64, hash: Digest) -> Result<()> {
        self.connection()
            .prepare_cached("INSERT INTO upload_parts (revision, part, hash) VALUES (?1, ?2, ?3)")?
            .execute(params![revision.as_bytes(), int(part), hash.as_bytes()])?;
        Ok(())
    }
}
