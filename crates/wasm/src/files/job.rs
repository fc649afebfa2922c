//! The journal of uploads (`docs/adr/0013-journal-of-sealed-parts.md`) in the browser's storage:
//! what an upload is, under its key, and the hash of its sealed bytes after each part.

use crate::engine::Engine;
use crate::platform::{Http, Platform, Storage};
use crate::store::Keeper;
use crate::{CoreError, Result};
use serde::Serialize;
use strongroom_crypto::{Rng, SymmetricKey};
use strongroom_format::cbor::{Blob, from_cbor, to_cbor};
use strongroom_types::limits::{BOX_HEADER_BYTES, PART_PLAIN_BYTES};
use strongroom_types::*;
use strongroom_vault::file::{FileDetails, NewRevision};
use zeroize::Zeroizing;

const JOBS: &str = "uploads";
const KEPT_MAX_BYTES: usize = 1 << 20;
/// Hashes of parts that lie in one kept value.
const BLOCK_PARTS: u64 = 64;

/// An upload.
pub(crate) struct Job {
    pub transfer: String,
    pub vault: VaultId,
    pub record: RecordId,
    pub file: FileId,
    pub revision: RevisionId,
    pub parents: Vec<RevisionId>,
    pub fence: u64,
    pub replaces: bool,
    /// No other file of the record may have its name.
    pub alone: bool,
    /// A conflict copy from the start.
    pub conflict: bool,
    pub name: String,
    pub media_type: String,
    pub size_bytes: u64,
    pub last_modified_ms: u64,
    pub created_ms: u64,
    pub thumbnail: Option<Vec<u8>>,
    /// Key and header; always there once the upload is kept.
    pub sealing: Option<(SymmetricKey, [u8; BOX_HEADER_BYTES])>,
}

/// The file that an upload copies.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct CopyOf {
    pub vault: VaultId,
    pub file: FileId,
    #[serde(skip)]
    pub revision: RevisionId,
    /// It is taken away from where it was.
    pub moving: bool,
}

/// An upload that waits for its file.
#[derive(Serialize)]
pub(crate) struct UnfinishedView {
    transfer: String,
    vault: VaultId,
    record: RecordId,
    name: String,
    size_bytes: u64,
    sent_bytes: u64,
    last_modified_ms: u64,
    /// Of a copy: it goes on without a file to be chosen.
    copies: Option<CopyOf>,
}

type Ids = (VaultId, RecordId, FileId, RevisionId, Vec<RevisionId>);
type Flags = (u64, bool, bool, bool);
type Facts = (String, String, u64, u64, u64, Option<Blob>);
type JobTuple = (String, String, Ids, Flags, Facts, Blob, Blob);

impl Job {
    /// The revision, as it is sealed.
    pub fn new_revision(&self) -> NewRevision {
        NewRevision {
            file: self.file,
            revision: self.revision,
            record: self.record,
            parents: self.parents.clone(),
            true_length: self.size_bytes,
        }
    }

    /// What the manifest says.
    pub fn details(&self) -> FileDetails {
        FileDetails {
            name: self.name.clone(),
            media_type: self.media_type.clone(),
            thumbnail: self.thumbnail.clone(),
            conflict: self.conflict,
            created_ms: self.created_ms,
        }
    }

    /// The same as another revision, without a key.
    pub fn anew(&self, rng: &mut dyn Rng) -> Self {
        Self {
            transfer: self.transfer.clone(),
            revision: RevisionId::make(rng),
            parents: self.parents.clone(),
            name: self.name.clone(),
            media_type: self.media_type.clone(),
            thumbnail: self.thumbnail.clone(),
            sealing: None,
            ..*self
        }
    }

    fn to_bytes(&self) -> Option<Zeroizing<Vec<u8>>> {
        let (key, header) = self.sealing.as_ref()?;
        let t: JobTuple = (
            "browser-upload/1".to_owned(),
            self.transfer.clone(),
            (
                self.vault,
                self.record,
                self.file,
                self.revision,
                self.parents.clone(),
            ),
            (self.fence, self.replaces, self.alone, self.conflict),
            (
                self.name.clone(),
                self.media_type.clone(),
                self.size_bytes,
                self.last_modified_ms,
                self.created_ms,
                self.thumbnail.clone().map(Blob::from),
            ),
            key.danger_bytes().to_vec().into(),
            header.to_vec().into(),
        );
        Some(Zeroizing::new(to_cbor(&t)))
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let t: JobTuple = from_cbor(bytes, KEPT_MAX_BYTES, "upload").ok()?;
        let (label, transfer, ids, flags, facts, key, header) = t;
        let key = Zeroizing::new(Vec::from(key));
        let sealing = (
            SymmetricKey::from_slice(&key)?,
            Vec::from(header).try_into().ok()?,
        );
        (label == "browser-upload/1").then_some(Self {
            transfer,
            vault: ids.0,
            record: ids.1,
            file: ids.2,
            revision: ids.3,
            parents: ids.4,
            fence: flags.0,
            replaces: flags.1,
            alone: flags.2,
            conflict: flags.3,
            name: facts.0,
            media_type: facts.1,
            size_bytes: facts.2,
            last_modified_ms: facts.3,
            created_ms: facts.4,
            thumbnail: facts.5.map(Vec::from),
            sealing: Some(sealing),
        })
    }
}

fn name_of(transfer: &str) -> String {
    format!("upload/{transfer}")
}

fn name_of_copied(transfer: &str) -> String {
    format!("upload/{transfer}/of")
}

fn name_of_block(revision: RevisionId, block: u64) -> String {
    format!("upload/{revision}/{block}")
}

/// A second holder of the kept values' key, for who works without the core.
pub(crate) fn keeper_of(keeper: &Keeper) -> Keeper {
    Keeper {
        cache_key: keeper.cache_key.danger_duplicate(),
        owner: keeper.owner,
    }
}

async fn block<H, S: Storage>(
    platform: &Platform<H, S>,
    keeper: &Keeper,
    revision: RevisionId,
    number: u64,
) -> Result<Vec<Digest>> {
    let kept = keeper
        .get(platform, &name_of_block(revision, number))
        .await?;
    let read = kept.and_then(|kept| from_cbor(&kept, KEPT_MAX_BYTES, "upload").ok());
    Ok(read.unwrap_or_default())
}

/// Compares the hash of the sealed bytes up to the end of a part with the one in the journal, or
/// journals it: it is in the storage when this returns, and only then the part may travel.
///
/// # Errors
/// `source_changed` for another hash, or for a part that the server has and the journal has not.
pub(crate) async fn journal_part<H, S: Storage>(
    platform: &Platform<H, S>,
    keeper: &Keeper,
    (revision, part): (RevisionId, u64),
    hash: Digest,
    stored: bool,
) -> Result<()> {
    let changed = || CoreError::conflict("source_changed", "the file is not what it was");
    let number = part / BLOCK_PARTS;
    let mut hashes = block(platform, keeper, revision, number).await?;
    let place = usize::try_from(part % BLOCK_PARTS).unwrap_or(usize::MAX);
    match hashes.get(place) {
        Some(known) if *known == hash => Ok(()),
        Some(_) => Err(changed()),
        None if stored || hashes.len() != place => Err(changed()),
        None => {
            hashes.push(hash);
            let name = name_of_block(revision, number);
            keeper.put(platform, &name, &to_cbor(&hashes)).await
        }
    }
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// An upload that was begun under this name.
    pub async fn job(&self, transfer: &str) -> Result<Option<Job>> {
        let keeper = &self.open.keeper;
        let kept = keeper.get(self.platform, &name_of(transfer)).await?;
        Ok(kept.and_then(|kept| Job::from_bytes(&kept)))
    }

    /// Remembers what an upload copies.
    pub async fn keep_copy_of(&self, transfer: &str, of: CopyOf) -> Result<()> {
        let value = to_cbor(&(of.vault, of.file, of.revision, of.moving));
        let name = name_of_copied(transfer);
        self.open.keeper.put(self.platform, &name, &value).await
    }

    /// What an upload copies, where it copies a file.
    pub async fn copy_of(&self, transfer: &str) -> Result<Option<CopyOf>> {
        let name = name_of_copied(transfer);
        let kept = self.open.keeper.get(self.platform, &name).await?;
        let read = kept.and_then(|kept| from_cbor(&kept, KEPT_MAX_BYTES, "upload").ok());
        Ok(read.map(|(vault, file, revision, moving)| CopyOf {
            vault,
            file,
            revision,
            moving,
        }))
    }

    async fn jobs(&self) -> Result<Vec<String>> {
        let kept = self.open.keeper.get(self.platform, JOBS).await?;
        let read = kept.and_then(|kept| from_cbor(&kept, KEPT_MAX_BYTES, "uploads").ok());
        Ok(read.unwrap_or_default())
    }

    /// Keeps an upload.
    pub(super) async fn keep_job(&self, job: &Job) -> Result<()> {
        let keeper = &self.open.keeper;
        let mut jobs = self.jobs().await?;
        if !jobs.contains(&job.transfer) {
            jobs.push(job.transfer.clone());
            keeper.put(self.platform, JOBS, &to_cbor(&jobs)).await?;
        }
        let bytes = job
            .to_bytes()
            .ok_or_else(|| CoreError::failed("internal", "an upload without a key"))?;
        let name = name_of(&job.transfer);
        keeper.put(self.platform, &name, &bytes).await
    }

    /// Forgets an upload with its journal.
    pub async fn forget_upload(&self, transfer: &str) -> Result<()> {
        let keeper = &self.open.keeper;
        if let Some(job) = self.job(transfer).await? {
            let parts = job.size_bytes.div_ceil(PART_PLAIN_BYTES as u64);
            // Padding adds less than an eighth.
            for number in 0..=(parts + parts / 8) / BLOCK_PARTS {
                let name = name_of_block(job.revision, number);
                keeper.delete(self.platform, &name).await?;
            }
            keeper.delete(self.platform, &name_of(transfer)).await?;
            let name = name_of_copied(transfer);
            keeper.delete(self.platform, &name).await?;
        }
        let mut jobs = self.jobs().await?;
        jobs.retain(|known| known != transfer);
        keeper.put(self.platform, JOBS, &to_cbor(&jobs)).await
    }

    /// Uploads that were begun and not finished.
    pub async fn unfinished_uploads(&self) -> Result<Vec<UnfinishedView>> {
        let mut views = Vec::new();
        for transfer in self.jobs().await? {
            let Some(job) = self.job(&transfer).await? else {
                continue;
            };
            let (mut parts, mut number) = (0, 0);
            loop {
                let keeper = &self.open.keeper;
                let known = block(self.platform, keeper, job.revision, number).await?;
                parts += known.len() as u64;
                number += 1;
                if (known.len() as u64) < BLOCK_PARTS {
                    break;
                }
            }
            views.push(UnfinishedView {
                copies: self.copy_of(&transfer).await?,
                transfer,
                vault: job.vault,
                record: job.record,
                name: job.name,
                size_bytes: job.size_bytes,
                sent_bytes: job.size_bytes.min(parts * PART_PLAIN_BYTES as u64),
                last_modified_ms: job.last_modified_ms,
            });
        }
        Ok(views)
    }
}
