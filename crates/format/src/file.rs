//! File manifests and attributes (formats, section 8), and the geometry of parts.

use crate::FormatError;
use crate::cbor::{Blob, Fixed, expect_label, from_cbor, to_cbor};
use crate::pad::{pad, padded_file_len, unpad};
use minicbor::{Decode, Encode};
use strongroom_crypto::sealed_box;
use strongroom_types::limits::*;
use strongroom_types::*;
use zeroize::Zeroizing;

/// Largest thumbnail inside a manifest.
pub const THUMBNAIL_MAX_BYTES: usize = 64 << 10;
const MANIFEST_MAX_BYTES: usize = 256 << 10;

/// Everything that a reader must know of a revision before the first byte.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct FileManifest {
    #[n(0)]
    label: String,
    #[n(1)]
    suite: u64,
    #[n(2)]
    pub tenant: TenantId,
    #[n(3)]
    pub vault: VaultId,
    #[n(4)]
    pub record: RecordId,
    #[n(5)]
    pub file: FileId,
    #[n(6)]
    pub revision: RevisionId,
    #[n(7)]
    pub parents: Vec<RevisionId>,
    /// Bytes of the file itself.
    #[n(8)]
    pub true_length: u64,
    /// Bytes of the sealed content, header included.
    #[n(9)]
    pub sealed_length: u64,
    /// First 56 sealed bytes: salt and commitment.
    #[n(10)]
    pub header: Fixed<BOX_HEADER_BYTES>,
    /// BLAKE3 of all sealed bytes.
    #[n(11)]
    pub tree_root: Digest,
    #[n(12)]
    pub name: String,
    #[n(13)]
    pub media_type: String,
    #[n(14)]
    pub thumbnail: Option<Blob>,
    /// Written under a lease that was over: a conflict copy.
    #[n(15)]
    pub conflict: bool,
    #[n(16)]
    pub created_ms: TimestampMs,
}

/// What is not fixed by form: ids, sizes, names.
pub struct ManifestParts {
    pub tenant: TenantId,
    pub vault: VaultId,
    pub record: RecordId,
    pub file: FileId,
    pub revision: RevisionId,
    pub parents: Vec<RevisionId>,
    pub true_length: u64,
    pub header: [u8; BOX_HEADER_BYTES],
    pub tree_root: Digest,
    pub name: String,
    pub media_type: String,
    pub thumbnail: Option<Vec<u8>>,
    pub conflict: bool,
    pub created_ms: TimestampMs,
}

impl FileManifest {
    /// Makes a manifest; the sealed length follows from the true one.
    ///
    /// # Errors
    /// `Invalid` or `TooLarge` for names and thumbnails.
    pub fn new(parts: ManifestParts) -> Result<Self, FormatError> {
        let manifest = Self {
            label: "fman/1".to_owned(),
            suite: SUITE,
            tenant: parts.tenant,
            vault: parts.vault,
            record: parts.record,
            file: parts.file,
            revision: parts.revision,
            parents: parts.parents,
            true_length: parts.true_length,
            sealed_length: sealed_file_len(parts.true_length)?,
            header: parts.header.into(),
            tree_root: parts.tree_root,
            name: parts.name,
            media_type: parts.media_type,
            thumbnail: parts.thumbnail.map(Blob::from),
            conflict: parts.conflict,
            created_ms: parts.created_ms,
        };
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), FormatError> {
        expect_label(&self.label, "fman/1", "file manifest")?;
        if self.suite != SUITE {
            return Err(FormatError::Unknown("suite"));
        }
        if self.name.is_empty()
            || self.name.len() > FILE_NAME_MAX_BYTES
            || self.media_type.len() > NAME_MAX_BYTES
        {
            return Err(FormatError::Invalid("a file name has 1 to 1024 bytes"));
        }
        if self
            .thumbnail
            .as_ref()
            .is_some_and(|thumbnail| thumbnail.len() > THUMBNAIL_MAX_BYTES)
        {
            return Err(FormatError::TooLarge {
                what: "thumbnail",
                limit_bytes: THUMBNAIL_MAX_BYTES,
            });
        }
        if self.sealed_length != sealed_file_len(self.true_length)? {
            return Err(FormatError::Invalid(
                "the lengths in the file manifest do not fit",
            ));
        }
        Ok(())
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_cbor(self)
    }

    /// Reads the canonical bytes.
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn from_bytes(input: &[u8]) -> Result<Self, FormatError> {
        let manifest: Self = from_cbor(input, MANIFEST_MAX_BYTES, "file manifest")?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Padded for a box.
    pub fn pack(&self) -> Zeroizing<Vec<u8>> {
        pad(&self.to_bytes())
    }

    /// Reads the content of a manifest box.
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn unpack(padded: &[u8]) -> Result<Self, FormatError> {
        Self::from_bytes(unpad(padded)?)
    }
}

/// Packs file attributes for a box: name and whether listings hide the file.
pub fn pack_attributes(name: &str, hidden: bool) -> Zeroizing<Vec<u8>> {
    pad(&to_cbor(&("fattrs/1", name, hidden)))
}

/// Reads the content of an attributes box.
///
/// # Errors
/// [`FormatError`].
pub fn unpack_attributes(padded: &[u8]) -> Result<(String, bool), FormatError> {
    let (label, name, hidden): (String, String, bool) =
        from_cbor(unpad(padded)?, MANIFEST_MAX_BYTES, "file attributes")?;
    expect_label(&label, "fattrs/1", "file attributes")?;
    Ok((name, hidden))
}

/// Sealed bytes of a file of `true_length` bytes, padding and header included.
///
/// # Errors
/// `Invalid` above the largest file (16 TiB).
pub fn sealed_file_len(true_length: u64) -> Result<u64, FormatError> {
    if true_length > FILE_MAX_SEALED_BYTES / 2 {
        return Err(FormatError::Invalid(
            "the file is larger than Strongroom takes",
        ));
    }
    Ok(sealed_box::sealed_len(padded_file_len(true_length)))
}

/// How a sealed file is cut for transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartGeometry {
    /// Sealed bytes without the header.
    pub content_bytes: u64,
    pub part_count: u64,
    /// Bytes of all tree leaves.
    pub tree_bytes: u64,
    pub tree_part_count: u64,
}

/// Tree leaves are cut into parts of this size.
pub const TREE_PART_BYTES: u64 = 8 << 20;

impl PartGeometry {
    /// Geometry of a sealed file.
    ///
    /// # Errors
    /// `Invalid` for a length that no sealed file has.
    pub fn of(sealed_length: u64) -> Result<Self, FormatError> {
        if sealed_length > FILE_MAX_SEALED_BYTES || sealed_box::plain_len(sealed_length).is_err() {
            return Err(FormatError::Invalid("not the length of a sealed file"));
        }
        let content_bytes = sealed_length - BOX_HEADER_BYTES as u64;
        let tree_bytes = strongroom_crypto::tree::leaves_len(sealed_length);
        Ok(Self {
            content_bytes,
            part_count: content_bytes.div_ceil(PART_SEALED_BYTES as u64),
            tree_bytes,
            tree_part_count: tree_bytes.div_ceil(TREE_PART_BYTES),
        })
    }

    /// Bytes of part `number`, or `None` if there is no such part.
    pub fn part_bytes(&self, number: u64) -> Option<u64> {
        piece(self.content_bytes, PART_SEALED_BYTES as u64, number)
    }

    /// Bytes of tree part `number`, or `None` if there is no such part.
    pub fn tree_part_bytes(&self, number: u64) -> Option<u64> {
        piece(self.tree_bytes, TREE_PART_BYTES, number)
    }
}

fn piece(total: u64, size: u64, number: u64) -> Option<u64> {
    let start = number.checked_mul(size)?;
    total
        .checked_sub(start)
        .filter(|rest| *rest > 0)
        .map(|rest| rest.min(size))
}
