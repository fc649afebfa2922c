//! The boxes of a file entry: its key and its manifest.

use crate::{IntegrityError, Keyring, Place, VaultError};
use strongroom_crypto::sealed_box::{BulkKey, Opener};
use strongroom_crypto::{Rng, SymmetricKey, sealed_box};
use strongroom_format::context::{self, EpochPurpose};
use strongroom_format::file::FileManifest;
use strongroom_format::vault_payload::{FilePayload, VaultPayload};
use strongroom_format::{FormatError, vault_payload::MAX_PARENTS};
use strongroom_types::*;

fn manifest_context(place: &Place, manifest: &FileManifest) -> Vec<u8> {
    context::file_manifest(
        place.tenant,
        place.vault,
        place.epoch,
        manifest.record,
        manifest.file,
        manifest.revision,
        place.device,
    )
}

fn key_context(place: &Place, file: FileId, revision: RevisionId) -> Vec<u8> {
    context::file_key(place.tenant, place.vault, place.epoch, file, revision)
}

/// The payload of a file entry for the place where it will stand.
pub(super) fn seal_payload(
    keyring: &Keyring,
    place: Place,
    manifest: &FileManifest,
    key: &SymmetricKey,
    fence: u64,
    rng: &mut dyn Rng,
) -> Result<FilePayload, VaultError> {
    if (manifest.tenant, manifest.vault) != (place.tenant, place.vault) {
        return Err(VaultError::Misuse("a file belongs to one vault"));
    }
    if manifest.parents.len() > MAX_PARENTS {
        return Err(FormatError::Invalid("a revision names at most 16 parents").into());
    }
    let files = keyring.key(place.epoch, EpochPurpose::Files)?;
    let meta = keyring.key(place.epoch, EpochPurpose::Meta)?;
    Ok(FilePayload {
        file: manifest.file,
        revision: manifest.revision,
        record: manifest.record,
        parents: manifest.parents.clone(),
        sealed_length: manifest.sealed_length,
        fence,
        key_box: sealed_box::seal(
            files,
            &key_context(&place, manifest.file, manifest.revision),
            key.danger_bytes(),
            rng,
        ),
        manifest_box: sealed_box::seal(
            meta,
            &manifest_context(&place, manifest),
            &manifest.pack(),
            rng,
        ),
    })
}

/// Opens the manifest of a file entry at the place where it stands; all that entry and manifest
/// both say must agree.
///
/// # Errors
/// `NoKey`; `SwappedFile` for a box that belongs elsewhere or was altered, `ChangedManifest`
/// for a contradiction.
pub fn open_manifest(
    keyring: &Keyring,
    place: Place,
    payload: &FilePayload,
) -> Result<FileManifest, VaultError> {
    let meta = keyring.key(place.epoch, EpochPurpose::Meta)?;
    let context = context::file_manifest(
        place.tenant,
        place.vault,
        place.epoch,
        payload.record,
        payload.file,
        payload.revision,
        place.device,
    );
    let padded = sealed_box::open(meta, &context, &payload.manifest_box)
        .map_err(|_| IntegrityError::SwappedFile)?;
    let manifest = FileManifest::unpack(&padded).map_err(|error| match error {
        FormatError::Unknown(what) => IntegrityError::UnknownSuite(what),
        _ => IntegrityError::ChangedManifest,
    })?;
    let agrees = manifest.tenant == place.tenant
        && manifest.vault == place.vault
        && manifest.record == payload.record
        && manifest.file == payload.file
        && manifest.revision == payload.revision
        && manifest.parents == payload.parents
        && manifest.sealed_length == payload.sealed_length;
    if agrees {
        Ok(manifest)
    } else {
        Err(IntegrityError::ChangedManifest.into())
    }
}

/// Opens the key of a file entry at the place where it stands; it must be the one that the
/// content is committed to.
///
/// # Errors
/// `NoKey`, `SwappedFile`.
pub fn open_key(
    keyring: &Keyring,
    place: Place,
    payload: &FilePayload,
    manifest: &FileManifest,
) -> Result<SymmetricKey, VaultError> {
    open_rewrapped_key(
        keyring,
        place,
        payload.file,
        payload.revision,
        &payload.key_box,
        manifest,
    )
}

/// Opens the key that a later `file key` entry holds; `place` is that entry's.
///
/// # Errors
/// `NoKey`, `SwappedFile`.
pub fn open_rewrapped_key(
    keyring: &Keyring,
    place: Place,
    file: FileId,
    revision: RevisionId,
    key_box: &[u8],
    manifest: &FileManifest,
) -> Result<SymmetricKey, VaultError> {
    let files = keyring.key(place.epoch, EpochPurpose::Files)?;
    let key = sealed_box::open(files, &key_context(&place, file, revision), key_box)
        .ok()
        .and_then(|key| SymmetricKey::from_slice(&key))
        .ok_or(IntegrityError::SwappedFile)?;
    opener(&key, manifest)?;
    Ok(key)
}

/// The opener of a file's content; checks the key against the content's commitment.
pub(super) fn opener(
    key: &SymmetricKey,
    manifest: &FileManifest,
) -> Result<Opener, IntegrityError> {
    let context = context::file(
        manifest.tenant,
        manifest.vault,
        manifest.file,
        manifest.revision,
    );
    let header: [u8; limits::BOX_HEADER_BYTES] = *manifest.header;
    Opener::new(key, &context, &header).map_err(|_| IntegrityError::SwappedFile)
}

/// The key of a file's chunks for a platform with an AES-GCM of its own; checks it against the
/// content's commitment.
///
/// # Errors
/// `SwappedFile`.
pub fn bulk_key(key: &SymmetricKey, manifest: &FileManifest) -> Result<BulkKey, IntegrityError> {
    let context = context::file(
        manifest.tenant,
        manifest.vault,
        manifest.file,
        manifest.revision,
    );
    let header: [u8; limits::BOX_HEADER_BYTES] = *manifest.header;
    BulkKey::new(key, &context, &header).map_err(|_| IntegrityError::SwappedFile)
}

/// Puts a revision's key under the keys of a newer epoch. Lazy and idempotent.
///
/// # Errors
/// `NoKey`.
pub fn rewrap_key(
    keyring: &Keyring,
    place: Place,
    file: FileId,
    revision: RevisionId,
    key: &SymmetricKey,
    rng: &mut dyn Rng,
) -> Result<VaultPayload, VaultError> {
    let files = keyring.key(place.epoch, EpochPurpose::Files)?;
    let context = key_context(&place, file, revision);
    Ok(VaultPayload::FileKey {
        file,
        revision,
        key_box: sealed_box::seal(files, &context, key.danger_bytes(), rng),
    })
}
