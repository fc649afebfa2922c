//! Payloads of content: record versions, file revisions, their keys and attributes, the
//! vault's name (formats, sections 7 and 8).

use super::control::KEY_BOX_BYTES;
use super::{VaultPayload, WHAT, read, sorted};
use crate::FormatError;
use crate::cbor::{Blob, bytes, expect_label, to_cbor};
use crate::pad::is_padded_len;
use strongroom_crypto::sealed_box::plain_len;
use strongroom_types::limits::NAME_MAX_BYTES;
use strongroom_types::*;

/// Most parents that one version may name.
pub const MAX_PARENTS: usize = 16;

/// A record version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordPayload {
    pub table: String,
    pub table_definition_hash: Digest,
    pub record: RecordId,
    pub version: VersionId,
    pub parents: Vec<VersionId>,
    pub deleted: bool,
    pub clear_fields: Vec<u8>,
    pub sealed: Vec<u8>,
}

impl RecordPayload {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        to_cbor(&(
            "record/1",
            &self.table,
            self.table_definition_hash,
            self.record,
            self.version,
            &self.parents,
            self.deleted,
            bytes(&self.clear_fields),
            bytes(&self.sealed),
        ))
    }

    pub(super) fn read(input: &[u8]) -> Result<Self, FormatError> {
        let t: (String, String, _, _, _, Vec<VersionId>, _, Blob, Blob) = read(input)?;
        expect_label(&t.0, "record/1", WHAT)?;
        if t.1.is_empty() || t.1.len() > NAME_MAX_BYTES {
            return Err(FormatError::Invalid("a table name has 1 to 200 bytes"));
        }
        sorted(&t.5)?;
        limit_parents(t.5.len())?;
        let clear_fields: Vec<u8> = t.7.into();
        if clear_fields != [0x80] {
            return Err(FormatError::Unknown("clear field"));
        }
        Ok(Self {
            table: t.1,
            table_definition_hash: t.2,
            record: t.3,
            version: t.4,
            parents: t.5,
            deleted: t.6,
            clear_fields,
            sealed: padded_box(t.8)?,
        })
    }
}

/// A file revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePayload {
    pub file: FileId,
    pub revision: RevisionId,
    pub record: RecordId,
    pub parents: Vec<RevisionId>,
    pub sealed_length: u64,
    pub fence: u64,
    pub key_box: Vec<u8>,
    pub manifest_box: Vec<u8>,
}

impl FilePayload {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        to_cbor(&(
            "fileent/1",
            self.file,
            self.revision,
            self.record,
            &self.parents,
            self.sealed_length,
            self.fence,
            bytes(&self.key_box),
            bytes(&self.manifest_box),
        ))
    }

    pub(super) fn read(input: &[u8]) -> Result<Self, FormatError> {
        let t: (String, _, _, _, Vec<RevisionId>, u64, u64, Blob, Blob) = read(input)?;
        expect_label(&t.0, "fileent/1", WHAT)?;
        sorted(&t.4)?;
        limit_parents(t.4.len())?;
        Ok(Self {
            file: t.1,
            revision: t.2,
            record: t.3,
            parents: t.4,
            sealed_length: t.5,
            fence: t.6,
            key_box: key_box(t.7)?,
            manifest_box: padded_box(t.8)?,
        })
    }
}

/// Attributes of a file; the last entry in the log counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileAttributesPayload {
    pub file: FileId,
    pub record: RecordId,
    pub version: VersionId,
    pub deleted: bool,
    pub protected: bool,
    pub sealed: Vec<u8>,
}

impl FileAttributesPayload {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        to_cbor(&(
            "fileattr/1",
            self.file,
            self.record,
            self.version,
            self.deleted,
            self.protected,
            bytes(&self.sealed),
        ))
    }

    pub(super) fn read(input: &[u8]) -> Result<Self, FormatError> {
        let t: (String, _, _, _, _, _, Blob) = read(input)?;
        expect_label(&t.0, "fileattr/1", WHAT)?;
        Ok(Self {
            file: t.1,
            record: t.2,
            version: t.3,
            deleted: t.4,
            protected: t.5,
            sealed: padded_box(t.6)?,
        })
    }
}

pub(super) fn read_file_key(input: &[u8]) -> Result<VaultPayload, FormatError> {
    let (label, file, revision, sealed): (String, _, _, Blob) = read(input)?;
    expect_label(&label, "filekey/1", WHAT)?;
    Ok(VaultPayload::FileKey {
        file,
        revision,
        key_box: key_box(sealed)?,
    })
}

pub(super) fn read_vault_meta(input: &[u8]) -> Result<VaultPayload, FormatError> {
    let (label, sealed): (String, Blob) = read(input)?;
    expect_label(&label, "vmeta/1", WHAT)?;
    Ok(VaultPayload::VaultMeta {
        sealed: padded_box(sealed)?,
    })
}

/// A box of padded content, by its length: plaintext sent by mistake is refused.
fn padded_box(sealed: Blob) -> Result<Vec<u8>, FormatError> {
    match plain_len(sealed.len() as u64) {
        Ok(inner) if is_padded_len(inner) => Ok(sealed.into()),
        _ => Err(FormatError::Invalid("a box does not have a box's length")),
    }
}

fn key_box(sealed: Blob) -> Result<Vec<u8>, FormatError> {
    if sealed.len() == KEY_BOX_BYTES {
        Ok(sealed.into())
    } else {
        Err(FormatError::Invalid("a key box holds one key"))
    }
}

fn limit_parents(count: usize) -> Result<(), FormatError> {
    if count > MAX_PARENTS {
        Err(FormatError::Invalid("a version names at most 16 parents"))
    } else {
        Ok(())
    }
}
