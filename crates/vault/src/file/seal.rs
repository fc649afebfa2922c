//! Sealing a new revision: pieces of parts in order, each in place in the caller's buffer.

use super::boxes::seal_payload;
use crate::{IntegrityError, Keyring, Place, VaultError};
use strongroom_crypto::sealed_box::{BulkKey, Sealer};
use strongroom_crypto::tree::TreeHasher;
use strongroom_crypto::{Rng, SymmetricKey};
use strongroom_format::FormatError;
use strongroom_format::context;
use strongroom_format::file::{FileManifest, ManifestParts, PartGeometry, sealed_file_len};
use strongroom_format::vault_payload::FilePayload;
use strongroom_types::limits::*;
use strongroom_types::*;

/// Which revision of which file is written. Keep it for a resumption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRevision {
    /// The file.
    pub file: FileId,
    /// The new revision.
    pub revision: RevisionId,
    /// The record it hangs on.
    pub record: RecordId,
    /// The revisions it replaces.
    pub parents: Vec<RevisionId>,
    /// Bytes of plaintext.
    pub true_length: u64,
}

/// What only the manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDetails {
    /// File name, 1 to 1,024 bytes.
    pub name: String,
    /// Media type, at most 200 bytes.
    pub media_type: String,
    /// A small picture, at most 64 KiB.
    pub thumbnail: Option<Vec<u8>>,
    /// Written under a lease that was over.
    pub conflict: bool,
    /// When, by this device's clock.
    pub created_ms: TimestampMs,
}

/// Seals the parts of one revision, in order.
///
/// **A part must never be sealed twice from different plaintext and both be sent.** Before the
/// first byte of a part travels, journal [`FileSealer::hash_so_far`] durably; on a retry send
/// the same ciphertext, or read and seal again and compare; otherwise drop the revision and
/// begin anew.
pub struct FileSealer {
    tenant: TenantId,
    vault: VaultId,
    new: NewRevision,
    key: SymmetricKey,
    sealer: Sealer,
    sealed_length: u64,
    geometry: PartGeometry,
    hasher: TreeHasher,
    next_part: u64,
    /// Sealed bytes of that part that are done.
    next_start: usize,
}

/// Chunks that are sealed and hashed while the processor's cache still holds them.
const PIECE_CHUNKS: usize = 16;
const PIECE_BYTES: usize = PIECE_CHUNKS * CHUNK_SEALED_BYTES;
const TAG_BYTES: usize = CHUNK_SEALED_BYTES - CHUNK_PLAIN_BYTES;

/// A stretch of a part that is sealed in one step: at most 262,400 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Number of the part.
    pub part: u64,
    /// Where it begins in the part, sealed bytes.
    pub start: usize,
    /// Its length when sealed.
    pub sealed_bytes: usize,
    /// Bytes of the file in it; 0 where there is padding alone.
    pub plain_bytes: usize,
    /// Whether it is the last one of its part.
    pub ends_part: bool,
}

impl Piece {
    /// Most sealed bytes of one.
    pub const MAX_BYTES: usize = PIECE_BYTES;

    /// Its place among the sealed bytes of the part.
    pub fn region(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.sealed_bytes
    }

    /// Where the file's bytes go, within its region: at one stretch, behind the places of all
    /// tags, so that they come with one aligned read.
    pub fn room(&self) -> std::ops::Range<usize> {
        let tag_bytes = self.sealed_bytes.div_ceil(CHUNK_SEALED_BYTES) * TAG_BYTES;
        tag_bytes..tag_bytes + self.plain_bytes
    }
}

impl FileSealer {
    /// Begins a revision under a new random key.
    ///
    /// # Errors
    /// `Invalid` for a file that is too large.
    pub fn begin(
        tenant: TenantId,
        vault: VaultId,
        new: NewRevision,
        rng: &mut dyn Rng,
    ) -> Result<Self, VaultError> {
        let key = SymmetricKey::make(rng);
        let context = context::file(tenant, vault, new.file, new.revision);
        let sealer = Sealer::new(&key, &context, rng);
        Ok(Self::with(tenant, vault, new, key, sealer)?)
    }

    /// Goes on with a revision that was begun earlier: its key and header must have been kept
    /// in the encrypted cache. All parts are sealed again from part 0 (those that the server
    /// has need not be sent), since the tree has to see all bytes.
    ///
    /// # Errors
    /// `SwappedFile` where key, header and revision do not belong together.
    pub fn resume(
        tenant: TenantId,
        vault: VaultId,
        new: NewRevision,
        key: SymmetricKey,
        header: &[u8; BOX_HEADER_BYTES],
    ) -> Result<Self, VaultError> {
        let context = context::file(tenant, vault, new.file, new.revision);
        let sealer =
            Sealer::resume(&key, &context, header).map_err(|_| IntegrityError::SwappedFile)?;
        Ok(Self::with(tenant, vault, new, key, sealer)?)
    }

    fn with(
        tenant: TenantId,
        vault: VaultId,
        mut new: NewRevision,
        key: SymmetricKey,
        sealer: Sealer,
    ) -> Result<Self, FormatError> {
        new.parents.sort_unstable();
        new.parents.dedup();
        let sealed_length = sealed_file_len(new.true_length)?;
        let mut hasher = TreeHasher::new();
        // 56 bytes are no group yet: no leaf can come out
        hasher.update(sealer.header(), &mut Vec::new());
        Ok(Self {
            tenant,
            vault,
            geometry: PartGeometry::of(sealed_length)?,
            sealed_length,
            new,
            key,
            sealer,
            hasher,
            next_part: 0,
            next_start: 0,
        })
    }

    /// The revision's key: keep it in the encrypted cache for a resumption, nowhere else.
    pub fn key(&self) -> &SymmetricKey {
        &self.key
    }

    /// The first 56 sealed bytes; they travel in the manifest only.
    pub fn header(&self) -> &[u8; BOX_HEADER_BYTES] {
        self.sealer.header()
    }

    /// Number and sizes of parts.
    pub fn geometry(&self) -> PartGeometry {
        self.geometry
    }

    /// Sealed bytes, header included.
    pub fn sealed_length(&self) -> u64 {
        self.sealed_length
    }

    /// The revision.
    pub fn revision(&self) -> &NewRevision {
        &self.new
    }

    /// The number of the part that is sealed next.
    pub fn next_part(&self) -> u64 {
        self.next_part
    }

    /// Bytes of the file itself in part `number`; `None` where there is no such part. Parts of
    /// padding alone have 0.
    pub fn part_plain_len(&self, number: u64) -> Option<usize> {
        let before = self.part_start(number)?;
        let rest = self.new.true_length.saturating_sub(before);
        usize::try_from(rest.min(PART_PLAIN_BYTES as u64)).ok()
    }

    /// Plaintext offset of a part.
    fn part_start(&self, number: u64) -> Option<u64> {
        (number < self.geometry.part_count)
            .then(|| number.checked_mul(PART_PLAIN_BYTES as u64))
            .flatten()
    }

    /// The next piece to seal; `None` after the last.
    pub fn next_piece(&self) -> Option<Piece> {
        let part_bytes = usize::try_from(self.geometry.part_bytes(self.next_part)?).ok()?;
        let sealed_bytes = part_bytes.checked_sub(self.next_start)?.min(PIECE_BYTES);
        let chunks = sealed_bytes.div_ceil(CHUNK_SEALED_BYTES);
        let first = self.next_start / CHUNK_SEALED_BYTES;
        let plain_bytes = self
            .part_plain_len(self.next_part)?
            .saturating_sub(first * CHUNK_PLAIN_BYTES)
            .min(chunks * CHUNK_PLAIN_BYTES);
        Some(Piece {
            part: self.next_part,
            start: self.next_start,
            sealed_bytes,
            plain_bytes,
            ends_part: self.next_start + sealed_bytes == part_bytes,
        })
    }

    /// Seals the next piece where it stands. In: `region` is as long as the piece is sealed and
    /// holds the file's bytes in the piece's [`room`](Piece::room); what else it holds does
    /// not matter. Out: the sealed bytes; new leaves of the tree are appended to `leaves`.
    ///
    /// # Errors
    /// `Misuse` after the last piece, or for a region of another length.
    pub fn seal_piece(
        &mut self,
        region: &mut [u8],
        leaves: &mut Vec<u8>,
    ) -> Result<(), VaultError> {
        let wrong = VaultError::Misuse("a piece is sealed in a region of its length");
        let piece = self.next_piece().ok_or(wrong.clone())?;
        if region.len() != piece.sealed_bytes {
            return Err(wrong);
        }
        self.seal_chunks(&piece, region).ok_or(wrong)?;
        self.count(&piece, region, leaves);
        Ok(())
    }

    /// Takes the next piece as the platform sealed it under [`FileSealer::bulk_key`]; new leaves
    /// of the tree are appended to `leaves`.
    ///
    /// # Errors
    /// `Misuse` after the last piece, or for another length.
    pub fn take_sealed_piece(
        &mut self,
        sealed: &[u8],
        leaves: &mut Vec<u8>,
    ) -> Result<(), VaultError> {
        let fits = |piece: &Piece| piece.sealed_bytes == sealed.len();
        let piece = self.next_piece().filter(fits).ok_or(VaultError::Misuse(
            "a piece is taken in with all its sealed bytes",
        ))?;
        self.count(&piece, sealed, leaves);
        Ok(())
    }

    /// What a platform with an AES-GCM of its own seals the chunks with. Chunk 0 of part `n` is
    /// chunk `512 n` of the file; what is behind the file's end is zeros.
    ///
    /// # Errors
    /// None but a fault of this type.
    pub fn bulk_key(&self) -> Result<BulkKey, VaultError> {
        let context = context::file(self.tenant, self.vault, self.new.file, self.new.revision);
        let key = BulkKey::new(&self.key, &context, self.sealer.header());
        Ok(key.map_err(|_| IntegrityError::SwappedFile)?)
    }

    fn count(&mut self, piece: &Piece, sealed: &[u8], leaves: &mut Vec<u8>) {
        self.hasher.update(sealed, leaves);
        if piece.ends_part {
            self.next_part += 1;
            self.next_start = 0;
        } else {
            self.next_start += piece.sealed_bytes;
        }
    }

    /// Moves the chunks to the left, one after another while the processor's cache holds them,
    /// so that each has room for its tag behind it, and seals it there.
    fn seal_chunks(&self, piece: &Piece, region: &mut [u8]) -> Option<()> {
        let room = piece.room();
        region.get_mut(room.end..)?.fill(0);
        let first = piece.part * PART_CHUNKS as u64 + (piece.start / CHUNK_SEALED_BYTES) as u64;
        let (mut from, mut to) = (room.start, 0);
        for index in first.. {
            let plain_len = region.len().checked_sub(from)?.min(CHUNK_PLAIN_BYTES);
            region.copy_within(from..from + plain_len, to);
            let chunk = region.get_mut(to..to + plain_len + TAG_BYTES)?;
            self.sealer.seal_in_place(index, chunk, plain_len).ok()?;
            from += plain_len;
            to += plain_len + TAG_BYTES;
            if to >= region.len() {
                break;
            }
        }
        Some(())
    }

    /// Seals the next part at once. In: `buffer` holds exactly the file's bytes of part
    /// `number`. Out: the sealed bytes of the part; new leaves of the tree are appended to
    /// `leaves`. A buffer with a capacity of [`PART_SEALED_BYTES`] is never moved.
    ///
    /// # Errors
    /// `Misuse` for another part than the next, or another number of bytes.
    pub fn seal_part(
        &mut self,
        number: u64,
        buffer: &mut Vec<u8>,
        leaves: &mut Vec<u8>,
    ) -> Result<(), VaultError> {
        let wrong = VaultError::Misuse("parts are sealed in order, each with all its bytes");
        let plain_bytes = buffer.len();
        if number != self.next_part
            || self.next_start != 0
            || self.part_plain_len(number) != Some(plain_bytes)
        {
            return Err(wrong);
        }
        let content = self.geometry.part_bytes(number).ok_or(wrong.clone())?;
        buffer.resize(usize::try_from(content).map_err(|_| wrong.clone())?, 0);
        // behind the places of all tags: pieces then only move to the left
        let mut from = buffer.len().div_ceil(CHUNK_SEALED_BYTES) * TAG_BYTES;
        buffer.copy_within(..plain_bytes, from);
        while let Some(piece) = self.next_piece().filter(|piece| piece.part == number) {
            buffer.copy_within(
                from..from + piece.plain_bytes,
                piece.start + piece.room().start,
            );
            from += piece.plain_bytes;
            let region = buffer.get_mut(piece.region()).ok_or(wrong.clone())?;
            self.seal_piece(region, leaves)?;
        }
        Ok(())
    }

    /// The BLAKE3 hash of all sealed bytes so far, header included. Two files that agree in it
    /// after a part were the same up to there.
    pub fn hash_so_far(&self) -> Digest {
        self.hasher.hash_so_far()
    }

    /// Ends the revision after its last part; the last leaf is appended to `leaves`.
    ///
    /// # Errors
    /// `Misuse` before the last part, `Format` for the details.
    pub fn finish(
        self,
        details: FileDetails,
        leaves: &mut Vec<u8>,
    ) -> Result<SealedFile, VaultError> {
        if self.next_part != self.geometry.part_count {
            return Err(VaultError::Misuse("a part of the file is missing"));
        }
        let header = *self.sealer.header();
        let tree_root = self.hasher.finish(leaves);
        let manifest = FileManifest::new(ManifestParts {
            tenant: self.tenant,
            vault: self.vault,
            record: self.new.record,
            file: self.new.file,
            revision: self.new.revision,
            parents: self.new.parents,
            true_length: self.new.true_length,
            header,
            tree_root,
            name: details.name,
            media_type: details.media_type,
            thumbnail: details.thumbnail,
            conflict: details.conflict,
            created_ms: details.created_ms,
        })?;
        Ok(SealedFile {
            key: self.key,
            manifest,
        })
    }
}

/// A revision whose parts are all sealed: what is left is its entry.
pub struct SealedFile {
    key: SymmetricKey,
    manifest: FileManifest,
}

impl SealedFile {
    /// From what was kept, when only the entry is left to send.
    pub fn from_parts(key: SymmetricKey, manifest: FileManifest) -> Self {
        Self { key, manifest }
    }

    /// The manifest.
    pub fn manifest(&self) -> &FileManifest {
        &self.manifest
    }

    /// The revision's key.
    pub fn key(&self) -> &SymmetricKey {
        &self.key
    }

    /// The same bytes as a conflict copy, whatever `details` says of that: what stands beside a
    /// newer state, since somebody else holds the file by now.
    ///
    /// # Errors
    /// `Format` for the details.
    pub fn as_conflict_copy(&self, details: FileDetails) -> Result<Self, VaultError> {
        let known = &self.manifest;
        let manifest = FileManifest::new(ManifestParts {
            tenant: known.tenant,
            vault: known.vault,
            record: known.record,
            file: known.file,
            revision: known.revision,
            parents: known.parents.clone(),
            true_length: known.true_length,
            header: *known.header,
            tree_root: known.tree_root,
            name: details.name,
            media_type: details.media_type,
            thumbnail: details.thumbnail,
            conflict: true,
            created_ms: details.created_ms,
        })?;
        let key = self.key.danger_duplicate();
        Ok(Self { key, manifest })
    }

    /// The entry's payload for the place where it will stand; again for another place after a
    /// stale epoch. `fence`: 0, or that of the lease under which it is written.
    ///
    /// # Errors
    /// `NoKey`, `Misuse` for another vault.
    pub fn payload(
        &self,
        keyring: &Keyring,
        place: Place,
        fence: u64,
        rng: &mut dyn Rng,
    ) -> Result<FilePayload, VaultError> {
        seal_payload(keyring, place, &self.manifest, &self.key, fence, rng)
    }
}
