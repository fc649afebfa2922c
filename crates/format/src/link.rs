//! What a link box holds (formats, section 9).

use crate::FormatError;
use crate::cbor::{Fixed, bytes, expect_label, from_cbor, to_cbor};
use crate::file::FileManifest;
use crate::pad::{pad, unpad};
use strongroom_crypto::SymmetricKey;
use zeroize::Zeroizing;

const LINK_BOX_MAX_BYTES: usize = 300 << 10;

/// Packs one revision's key and manifest for a link box.
pub fn pack_shared(key: &SymmetricKey, manifest: &FileManifest) -> Zeroizing<Vec<u8>> {
    let packed = Zeroizing::new(to_cbor(&("shared/1", bytes(key.danger_bytes()), manifest)));
    pad(&packed)
}

/// Reads the content of a link box.
///
/// # Errors
/// [`FormatError`].
pub fn unpack_shared(padded: &[u8]) -> Result<(SymmetricKey, FileManifest), FormatError> {
    let (label, key, manifest): (String, Fixed<32>, FileManifest) =
        from_cbor(unpad(padded)?, LINK_BOX_MAX_BYTES, "link box")?;
    expect_label(&label, "shared/1", "link box")?;
    // Goes through the checks of a manifest that is read on its own.
    let manifest = FileManifest::from_bytes(&manifest.to_bytes())?;
    Ok((SymmetricKey::from_bytes(key.into()), manifest))
}
