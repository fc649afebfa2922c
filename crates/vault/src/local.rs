//! Boxes of the local profile (formats, section 12).

use crate::WalletError;
use strongroom_crypto::{Rng, Secret16, SymmetricKey, password, sealed_box};
use strongroom_format::context;
use strongroom_types::*;
use zeroize::Zeroizing;

/// What a local box holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalPurpose {
    /// The key of the local cache.
    Cache,
    /// The device's signing seed (64 bytes).
    Device,
}

impl LocalPurpose {
    fn text(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Device => "device",
        }
    }
}

/// Whose profile it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalOwner {
    /// The tenant.
    pub tenant: TenantId,
    /// The person.
    pub identity: IdentityId,
    /// The device.
    pub device: DeviceId,
}

impl LocalOwner {
    fn context(&self, purpose: LocalPurpose) -> Vec<u8> {
        context::local(self.tenant, self.identity, self.device, purpose.text())
    }

    fn kept_context(&self, name: &str) -> Vec<u8> {
        let purpose = format!("kept/{name}");
        context::local(self.tenant, self.identity, self.device, &purpose)
    }
}

/// The key of local boxes from the passphrase, a salt beside them, and a secret of the system's
/// key store. Takes some hundred milliseconds.
pub fn local_key(passphrase: &[u8], salt: &[u8; 16], key_store_secret: &[u8; 32]) -> SymmetricKey {
    let stretched = password::argon2id(passphrase, salt);
    SymmetricKey::mix(
        &[stretched.danger_bytes(), key_store_secret],
        &context::slot_key("local"),
    )
}

/// The key of the boxes in a browser's storage, from what OPAQUE gives for the passphrase and the
/// device secret: whoever copies the storage can try no passphrase without the server.
pub fn browser_key(export_key: &[u8; 64], device_secret: &Secret16) -> SymmetricKey {
    SymmetricKey::mix(
        &[export_key, device_secret.danger_bytes()],
        &context::slot_key("browser"),
    )
}

/// The key of the boxes in a browser's storage that a passkey opens, from what its authenticator
/// gives for [`context::PASSKEY_INPUT`].
pub fn passkey_key(prf_output: &[u8; 32]) -> SymmetricKey {
    SymmetricKey::mix(&[prf_output], &context::slot_key("passkey-browser"))
}

/// Seals a value of the browser's storage under the cache key; `name` is where it lies.
pub fn seal_kept(
    cache_key: &SymmetricKey,
    owner: LocalOwner,
    name: &str,
    data: &[u8],
    rng: &mut dyn Rng,
) -> Vec<u8> {
    sealed_box::seal(cache_key, &owner.kept_context(name), data, rng)
}

/// Opens a value of the browser's storage.
///
/// # Errors
/// `Altered`: of another place, owner or key, or changed.
pub fn open_kept(
    cache_key: &SymmetricKey,
    owner: LocalOwner,
    name: &str,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, WalletError> {
    sealed_box::open(cache_key, &owner.kept_context(name), sealed).map_err(|_| WalletError::Altered)
}

/// Seals something of the profile.
pub fn seal(
    key: &SymmetricKey,
    owner: LocalOwner,
    purpose: LocalPurpose,
    data: &[u8],
    rng: &mut dyn Rng,
) -> Vec<u8> {
    sealed_box::seal(key, &owner.context(purpose), data, rng)
}

/// Opens something of the profile.
///
/// # Errors
/// `Altered`: a wrong passphrase, or the profile's files were changed or mixed.
pub fn open(
    key: &SymmetricKey,
    owner: LocalOwner,
    purpose: LocalPurpose,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, WalletError> {
    sealed_box::open(key, &owner.context(purpose), sealed).map_err(|_| WalletError::Altered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_crypto::DangerSeededRng;

    #[test]
    fn boxes_open_only_for_their_owner_and_purpose() {
        let mut rng = DangerSeededRng::new(1);
        let key = SymmetricKey::make(&mut rng);
        let owner = LocalOwner {
            tenant: TenantId::from_bytes([1; 32]),
            identity: IdentityId::from_bytes([2; 32]),
            device: DeviceId::from_bytes([3; 32]),
        };
        let sealed = seal(&key, owner, LocalPurpose::Cache, b"data", &mut rng);
        assert_eq!(
            open(&key, owner, LocalPurpose::Cache, &sealed)
                .unwrap()
                .as_slice(),
            b"data"
        );
        assert!(open(&key, owner, LocalPurpose::Device, &sealed).is_err());
        let other = LocalOwner {
            device: DeviceId::ZERO,
            ..owner
        };
        assert!(open(&key, other, LocalPurpose::Cache, &sealed).is_err());
        let kept = seal_kept(&key, owner, "cache", b"data", &mut rng);
        assert_eq!(
            open_kept(&key, owner, "cache", &kept).unwrap().as_slice(),
            b"data"
        );
        assert!(open_kept(&key, owner, "other", &kept).is_err());
        assert!(open_kept(&key, other, "cache", &kept).is_err());
        assert!(open(&key, owner, LocalPurpose::Cache, &kept).is_err());
        let one = local_key(b"passphrase", &[1; 16], &[2; 32]);
        let two = local_key(b"passphrase", &[1; 16], &[3; 32]);
        assert_ne!(one.danger_bytes(), two.danger_bytes());
    }
}
