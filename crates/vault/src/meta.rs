//! A vault's own name.

use crate::{IntegrityError, Keyring, Place, VaultError};
use strongroom_crypto::{Rng, sealed_box};
use strongroom_format::cbor::{expect_label, from_cbor, to_cbor};
use strongroom_format::context::{self, EpochPurpose};
use strongroom_format::pad::{pad, unpad};
use strongroom_format::vault_payload::VaultPayload;
use strongroom_format::{FormatError, names};
use zeroize::Zeroizing;

fn context_of(place: &Place) -> Vec<u8> {
    context::vault_meta(
        place.tenant,
        place.vault,
        place.epoch,
        place.device,
        place.device_seq,
    )
}

/// Seals a vault's name, brought to its normal form, for the place where it will stand.
///
/// # Errors
/// `Format` for a name that is not acceptable, `NoKey`.
pub fn seal_name(
    keyring: &Keyring,
    place: Place,
    name: &str,
    rng: &mut dyn Rng,
) -> Result<VaultPayload, VaultError> {
    let content = Zeroizing::new(to_cbor(&("vname/1", names::normalise(name)?)));
    let key = keyring.key(place.epoch, EpochPurpose::Meta)?;
    let sealed = sealed_box::seal(key, &context_of(&place), &pad(&content), rng);
    Ok(VaultPayload::VaultMeta { sealed })
}

/// Opens a vault's name at the place where it stands.
///
/// # Errors
/// `NoKey`, `SwappedName`.
pub fn open_name(keyring: &Keyring, place: Place, sealed: &[u8]) -> Result<String, VaultError> {
    let key = keyring.key(place.epoch, EpochPurpose::Meta)?;
    let padded = sealed_box::open(key, &context_of(&place), sealed)
        .map_err(|_| IntegrityError::SwappedName)?;
    Ok(read(&padded).map_err(|_| IntegrityError::SwappedName)?)
}

fn read(padded: &[u8]) -> Result<String, FormatError> {
    let (label, name): (String, String) = from_cbor(unpad(padded)?, 4_096, "vault name")?;
    expect_label(&label, "vname/1", "vault name")?;
    names::normalise(&name)
}
