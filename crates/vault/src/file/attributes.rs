//! Name, place and flags of a file, which change without its content.

use crate::{IntegrityError, Keyring, Place, VaultError};
use strongroom_crypto::{Rng, sealed_box};
use strongroom_format::FormatError;
use strongroom_format::context::{self, EpochPurpose};
use strongroom_format::file::{pack_attributes, unpack_attributes};
use strongroom_format::vault_payload::FileAttributesPayload;
use strongroom_types::limits::FILE_NAME_MAX_BYTES;
use strongroom_types::*;

/// Attributes of a file. The last entry in the log counts, as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// The file.
    pub file: FileId,
    /// The record it hangs on now.
    pub record: RecordId,
    /// Its name; may differ from the manifest's.
    pub name: String,
    /// Listings leave it out.
    pub hidden: bool,
    /// In the trash.
    pub deleted: bool,
    /// May not be deleted or replaced.
    pub protected: bool,
}

fn context_of(place: &Place, payload: &FileAttributesPayload) -> Vec<u8> {
    context::file_attributes(
        place.tenant,
        place.vault,
        place.epoch,
        payload.record,
        payload.file,
        payload.version,
        place.device,
        payload.deleted,
        payload.protected,
    )
}

/// Seals attributes for the place where they will stand.
///
/// # Errors
/// `Format` for the name, `NoKey`.
pub fn seal_attributes(
    keyring: &Keyring,
    place: Place,
    attributes: &Attributes,
    rng: &mut dyn Rng,
) -> Result<FileAttributesPayload, VaultError> {
    if attributes.name.is_empty() || attributes.name.len() > FILE_NAME_MAX_BYTES {
        return Err(FormatError::Invalid("a file name has 1 to 1024 bytes").into());
    }
    let mut payload = FileAttributesPayload {
        file: attributes.file,
        record: attributes.record,
        version: VersionId::make(rng),
        deleted: attributes.deleted,
        protected: attributes.protected,
        sealed: Vec::new(),
    };
    let key = keyring.key(place.epoch, EpochPurpose::Meta)?;
    let content = pack_attributes(&attributes.name, attributes.hidden);
    payload.sealed = sealed_box::seal(key, &context_of(&place, &payload), &content, rng);
    Ok(payload)
}

/// Opens attributes at the place where they stand.
///
/// # Errors
/// `NoKey`, `SwappedName`.
pub fn open_attributes(
    keyring: &Keyring,
    place: Place,
    payload: &FileAttributesPayload,
) -> Result<Attributes, VaultError> {
    let key = keyring.key(place.epoch, EpochPurpose::Meta)?;
    let padded = sealed_box::open(key, &context_of(&place, payload), &payload.sealed)
        .map_err(|_| IntegrityError::SwappedName)?;
    let (name, hidden) = unpack_attributes(&padded).map_err(|_| IntegrityError::SwappedName)?;
    Ok(Attributes {
        file: payload.file,
        record: payload.record,
        name,
        hidden,
        deleted: payload.deleted,
        protected: payload.protected,
    })
}
