use super::Cache;
use super::ingest::manifest_of;
use super::rows::{id, ids16, number, only_one};
use crate::Result;
use rusqlite::{OptionalExtension, Row, params};
use strongroom_crypto::SymmetricKey;
use strongroom_format::file::FileManifest;
use strongroom_types::*;

/// A file.
pub(crate) struct FileRow {
    pub n: i64,
    pub file: FileId,
    pub vault_n: i64,
    pub record: RecordId,
    pub revision: RevisionId,
    pub name: String,
    pub hidden: bool,
    pub protected: bool,
    pub deleted: bool,
}

/// A revision of a file.
pub(crate) struct RevisionRow {
    pub revision: RevisionId,
    pub parents: Vec<RevisionId>,
    pub is_head: bool,
    pub sealed_length: u64,
    pub identity: IdentityId,
    pub appended_ms: u64,
    pub manifest: Option<FileManifest>,
    pub key: Option<SymmetricKey>,
    /// Epoch under whose keys the file key was boxed last.
    pub key_epoch: u64,
    pub damage: Option<String>,
}

/// Who holds a file.
pub(crate) struct LeaseRow {
    pub lease: LeaseId,
    pub fence: u64,
    pub identity: IdentityId,
    pub device: DeviceId,
    pub expires_ms: u64,
}

/// A link.
pub(crate) struct LinkRow {
    pub link: LinkId,
    pub vault_n: i64,
    pub file: FileId,
    pub revision: RevisionId,
    pub identity: IdentityId,
    pub created_ms: u64,
    pub expires_ms: u64,
    pub max_count: u64,
    pub passphrase: bool,
    pub revoked: bool,
    pub payload: Vec<u8>,
}

const FILE: &str = "SELECT f.n, f.file, f.vault_n, f.record, r.revision, f.name, f.hidden,
        f.protected, f.deleted
     FROM files f JOIN revisions r ON r.n = f.revision_n";

fn file_row(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    Ok(FileRow {
        n: row.get(0)?,
        file: id(row, 1, FileId::from_slice)?,
        vault_n: row.get(2)?,
        record: id(row, 3, RecordId::from_slice)?,
        revision: id(row, 4, RevisionId::from_slice)?,
        name: row.get(5)?,
        hidden: row.get(6)?,
        protected: row.get(7)?,
        deleted: row.get(8)?,
    })
}

const REVISION: &str = "SELECT r.idx, r.revision, r.parents, r.is_head, r.sealed_length,
        a.identity, r.appended_ms, r.manifest, r.key, r.key_epoch, r.damage
     FROM revisions r JOIN authors a ON a.n = r.author_n";

fn revision_row(row: &Row<'_>) -> rusqlite::Result<RevisionRow> {
    let manifest: Option<Vec<u8>> = row.get(7)?;
    let key: Option<zeroize::Zeroizing<Vec<u8>>> = row
        .get::<_, Option<Vec<u8>>>(8)?
        .map(zeroize::Zeroizing::new);
    Ok(RevisionRow {
        revision: id(row, 1, RevisionId::from_slice)?,
        parents: ids16(row.get_ref(2)?.as_blob()?, RevisionId::from_bytes),
        is_head: row.get(3)?,
        sealed_length: number(row, 4)?,
        identity: id(row, 5, IdentityId::from_slice)?,
        appended_ms: number(row, 6)?,
        manifest: manifest.as_deref().and_then(manifest_of),
        key: key
            .as_deref()
            .and_then(|bytes| SymmetricKey::from_slice(bytes)),
        key_epoch: number(row, 9)?,
        damage: row.get(10)?,
    })
}

fn link_row(row: &Row<'_>) -> rusqlite::Result<LinkRow> {
    Ok(LinkRow {
        link: id(row, 0, LinkId::from_slice)?,
        vault_n: row.get(1)?,
        file: id(row, 2, FileId::from_slice)?,
        revision: id(row, 3, RevisionId::from_slice)?,
        identity: id(row, 4, IdentityId::from_slice)?,
        created_ms: number(row, 5)?,
        expires_ms: number(row, 6)?,
        max_count: number(row, 7)?,
        passphrase: row.get(8)?,
        revoked: row.get(9)?,
        payload: row.get(10)?,
    })
}

const LINK: &str = "SELECT l.link, l.vault_n, l.file, l.revision, a.identity, l.created_ms,
        l.expires_ms, l.max_count, l.passphrase, l.revoked, l.payload
     FROM links l JOIN authors a ON a.n = l.author_n";

impl Cache {
    /// A file.
    ///
    /// # Errors
    /// Integrity (`ambiguous_id`) where two vaults hold one of this id.
    pub fn file(&self, file: FileId) -> Result<Option<FileRow>> {
        let sql = format!("{FILE} WHERE f.file = ?1");
        let mut statement = self.connection().prepare_cached(&sql)?;
        only_one("file", statement.query_map([file.as_bytes()], file_row)?)
    }

    /// The files of a record, in the order of their names. Only its own vault's: another one's
    /// entry may name it, too.
    pub fn files_of(&self, vault_n: i64, record: RecordId) -> Result<Vec<FileRow>> {
        let sql = format!("{FILE} WHERE f.record = ?1 AND f.vault_n = ?2 ORDER BY f.name, f.n");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let rows = statement.query_map(params![record.as_bytes(), vault_n], file_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All files of a vault.
    pub fn files_in(&self, vault_n: i64) -> Result<Vec<FileRow>> {
        let sql = format!("{FILE} WHERE f.vault_n = ?1 ORDER BY f.n");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let rows = statement.query_map([vault_n], file_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many files of a record are not in the trash.
    pub fn file_count(&self, vault_n: i64, record: RecordId) -> Result<u64> {
        Ok(self
            .connection()
            .prepare_cached(
                "SELECT count(*) FROM files WHERE record = ?1 AND vault_n = ?2 AND deleted = 0",
            )?
            .query_row(params![record.as_bytes(), vault_n], |row| number(row, 0))?)
    }

    /// How many files of a vault are not in the trash.
    pub fn vault_file_count(&self, vault_n: i64) -> Result<u64> {
        Ok(self
            .connection()
            .prepare_cached("SELECT count(*) FROM files WHERE vault_n = ?1 AND deleted = 0")?
            .query_row([vault_n], |row| number(row, 0))?)
    }

    /// The revisions of a file, newest first.
    pub fn revisions(&self, file_n: i64) -> Result<Vec<RevisionRow>> {
        let sql = format!("{REVISION} WHERE r.file_n = ?1 ORDER BY r.idx DESC");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let rows = statement.query_map([file_n], revision_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One revision.
    pub fn revision(&self, file_n: i64, revision: RevisionId) -> Result<Option<RevisionRow>> {
        let sql = format!("{REVISION} WHERE r.file_n = ?1 AND r.revision = ?2");
        let mut statement = self.connection().prepare_cached(&sql)?;
        Ok(statement
            .query_row(params![file_n, revision.as_bytes()], revision_row)
            .optional()?)
    }

    /// The newest lease of a file, expired or not.
    pub fn lease(&self, vault_n: i64, file: FileId) -> Result<Option<LeaseRow>> {
        let mut statement = self.connection().prepare_cached(
            "SELECT l.lease, l.fence, a.identity, a.device, l.expires_ms
             FROM leases l JOIN authors a ON a.n = l.author_n
             WHERE l.vault_n = ?1 AND l.file = ?2",
        )?;
        Ok(statement
            .query_row(params![vault_n, file.as_bytes()], |row| {
                Ok(LeaseRow {
                    lease: id(row, 0, LeaseId::from_slice)?,
                    fence: number(row, 1)?,
                    identity: id(row, 2, IdentityId::from_slice)?,
                    device: id(row, 3, DeviceId::from_slice)?,
                    expires_ms: number(row, 4)?,
                })
            })
            .optional()?)
    }

    /// A link.
    ///
    /// # Errors
    /// Integrity (`ambiguous_id`) where two vaults hold one of this id.
    pub fn link(&self, link: LinkId) -> Result<Option<LinkRow>> {
        let sql = format!("{LINK} WHERE l.link = ?1");
        let mut statement = self.connection().prepare_cached(&sql)?;
        only_one("link", statement.query_map([link.as_bytes()], link_row)?)
    }

    /// All links, newest first.
    pub fn links(&self) -> Result<Vec<LinkRow>> {
        let sql = format!("{LINK} ORDER BY l.created_ms DESC");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let rows = statement.query_map([], link_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// A lock that this device took: its fence, and the revisions that it protected.
pub(crate) struct Held {
    pub fence: u64,
    pub heads: Vec<RevisionId>,
}

impl Cache {
    /// The current revisions of a file, at most 16, as a new revision names its parents.
    pub fn head_revisions(&self, file_n: i64) -> Result<Vec<RevisionId>> {
        let heads = self.revisions(file_n)?.into_iter();
        Ok(heads
            .filter(|revision| revision.is_head)
            .map(|revision| revision.revision)
            .take(16)
            .collect())
    }

    /// The lock that this device believes to hold.
    pub fn held(&self, file: FileId) -> Result<Option<Held>> {
        let Some(bytes) = self.meta(&held_name(file))? else {
            return Ok(None);
        };
        Ok(bytes.split_first_chunk().map(|(fence, heads)| Held {
            fence: u64::from_be_bytes(*fence),
            heads: ids16(heads, RevisionId::from_bytes),
        }))
    }

    /// Remembers a lock, or what it protects by now.
    pub fn set_held(&self, file: FileId, fence: u64, heads: &[RevisionId]) -> Result<()> {
        let mut bytes = fence.to_be_bytes().to_vec();
        bytes.extend(heads.iter().flat_map(|head| *head.as_bytes()));
        self.set_meta(&held_name(file), &bytes)
    }

    /// Forgets a lock.
    pub fn drop_held(&self, file: FileId) -> Result<()> {
        self.remove_meta(&held_name(file))
    }
}

fn held_name(file: FileId) -> String {
    format!("held:{file}")
}
