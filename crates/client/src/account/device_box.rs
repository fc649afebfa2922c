//! The device key of a profile, boxed so that passphrase and device secret open it together.

use super::open_cache;
use crate::Passphrase;
use crate::client::meta;
use crate::profile::ProfileDir;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{Rng, Secret16, SymmetricKey};
use strongroom_format::context;
use strongroom_format::person::device_id;
use strongroom_vault::local::{self, LocalOwner, LocalPurpose};
use zeroize::Zeroizing;

fn local_box_key(
    passphrase: &Passphrase,
    salt: &[u8; 16],
    device_secret: &Secret16,
) -> SymmetricKey {
    let store = device_secret.derive(&context::slot_key("local"));
    local::local_key(passphrase.danger_bytes(), salt, store.danger_bytes())
}

/// The device key under passphrase and device secret: salt, then box.
pub(super) fn seal_device(
    device: &SignSecret,
    owner: LocalOwner,
    passphrase: &Passphrase,
    device_secret: &Secret16,
    rng: &mut dyn Rng,
) -> Vec<u8> {
    let mut salt = [0; 16];
    rng.fill_bytes(&mut salt);
    let key = local_box_key(passphrase, &salt, device_secret);
    let mut bytes = salt.to_vec();
    bytes.extend(local::seal(
        &key,
        owner,
        LocalPurpose::Device,
        &device.danger_seed()[..],
        rng,
    ));
    bytes
}

/// The device key of this machine, if it opens and is the owner's.
pub(super) fn open_device(
    profile: &ProfileDir,
    owner: LocalOwner,
    passphrase: &Passphrase,
    device_secret: &Secret16,
) -> Option<SignSecret> {
    profile.device_boxes().ok()?.iter().find_map(|bytes| {
        let (salt, sealed) = bytes.split_first_chunk::<16>()?;
        let key = local_box_key(passphrase, salt, device_secret);
        let seed = local::open(&key, owner, LocalPurpose::Device, sealed).ok()?;
        let seed = Zeroizing::new(<[u8; 64]>::try_from(seed.as_slice()).ok()?);
        let device = SignSecret::from_seed(&seed);
        (device_id(device.public()) == owner.device).then_some(device)
    })
}

/// The device key of a profile that is still logged in: after a change of passphrase on another
/// device the box does not open by the new one.
pub(super) fn cached_device(profile: &ProfileDir, owner: LocalOwner) -> Option<SignSecret> {
    let cache = open_cache(profile, owner).ok()??;
    let seed = cache.meta(meta::DEVICE_SEED).ok()??;
    let seed = Zeroizing::new(<[u8; 64]>::try_from(seed.as_slice()).ok()?);
    let device = SignSecret::from_seed(&seed);
    (device_id(device.public()) == owner.device).then_some(device)
}
