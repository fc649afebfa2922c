//! Wrapping a key to a person or an installation: HPKE base mode (RFC 9180) with X-Wing
//! (0x647a), HKDF-SHA256 and AES-256-GCM; the context goes in as info, AAD is empty.
//! HPKE authenticates no sender: a wrap counts only beside a signed entry that names it.

use crate::{SymmetricKey, rng::RandCore010};
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256,
    kem::XWing,
};
use std::fmt;
use strongroom_types::Rng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes of a public wrap key.
pub const WRAP_PUBLIC_BYTES: usize = 1_216;
/// Bytes of a wrap: encapsulated key 1,120, ciphertext 32, tag 16.
pub const WRAP_BYTES: usize = ENCAPSULATED_BYTES + 32 + 16;
const ENCAPSULATED_BYTES: usize = 1_120;
/// Longest context; RFC 9180 (7.2.1) asks for a limit, and the library's own is a panic.
const CONTEXT_MAX_BYTES: usize = 64_000;

type PublicKey = <XWing as Kem>::PublicKey;
type PrivateKey = <XWing as Kem>::PrivateKey;
type EncappedKey = <XWing as Kem>::EncappedKey;

/// Why wrapping or unwrapping failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// Not the bytes of a public wrap key.
    #[error("not a public wrap key")]
    Key,
    /// A wrap of the wrong length, or a context over 64,000 bytes.
    #[error("a wrap or context of the wrong length")]
    Length,
    /// Another recipient, another context, or a changed wrap.
    #[error("the wrap does not belong to this key and context")]
    Open,
}

/// The secret half of a wrap key: the 32-byte seed of X-Wing. Wiped on drop.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct WrapSecret([u8; 32]);

impl WrapSecret {
    /// A random key.
    pub fn make(rng: &mut dyn Rng) -> Self {
        let mut secret = Self([0; 32]);
        rng.fill_bytes(&mut secret.0);
        secret
    }

    /// The key of a seed; the seed is the X-Wing decapsulation key itself.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(seed)
    }

    /// The seed.
    pub fn danger_seed(&self) -> &[u8; 32] {
        &self.0
    }

    fn private(&self) -> PrivateKey {
        match PrivateKey::from_bytes(&self.0) {
            Ok(private) => private,
            Err(_) => crate::impossible("X-Wing refused a seed of 32 bytes"),
        }
    }

    /// The public half, computed anew.
    pub fn public(&self) -> WrapPublic {
        let key = XWing::sk_to_pk(&self.private());
        WrapPublic {
            bytes: key.to_bytes().to_vec(),
            key,
        }
    }

    /// Takes a key out of its wrap.
    ///
    /// # Errors
    /// [`WrapError::Length`], or [`WrapError::Open`] where recipient, context or wrap differ.
    pub fn unwrap(&self, context: &[u8], wrap: &[u8]) -> Result<SymmetricKey, WrapError> {
        if wrap.len() != WRAP_BYTES || context.len() > CONTEXT_MAX_BYTES {
            return Err(WrapError::Length);
        }
        let (encapsulated, sealed) = wrap
            .split_at_checked(ENCAPSULATED_BYTES)
            .ok_or(WrapError::Length)?;
        let encapsulated = EncappedKey::from_bytes(encapsulated).map_err(|_| WrapError::Open)?;
        let mut receiver = hpke::setup_receiver::<AesGcm256, HkdfSha256, XWing>(
            &OpModeR::Base,
            &self.private(),
            &encapsulated,
            context,
        )
        .map_err(|_| WrapError::Open)?;
        let plain = Zeroizing::new(receiver.open(sealed, b"").map_err(|_| WrapError::Open)?);
        SymmetricKey::from_slice(&plain).ok_or(WrapError::Open)
    }
}

/// The public half of a wrap key.
#[derive(Clone, PartialEq, Eq)]
pub struct WrapPublic {
    bytes: Vec<u8>,
    key: PublicKey,
}

impl WrapPublic {
    /// Reads a public key of 1,216 bytes.
    ///
    /// # Errors
    /// [`WrapError::Key`].
    pub fn from_slice(bytes: &[u8]) -> Result<Self, WrapError> {
        let key = PublicKey::from_bytes(bytes).map_err(|_| WrapError::Key)?;
        Ok(Self {
            bytes: bytes.to_vec(),
            key,
        })
    }

    /// The 1,216 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Wraps `key` for the holder of the secret half: 1,168 bytes that open only under the
    /// same `context`, which may be up to 64,000 bytes long.
    ///
    /// # Errors
    /// [`WrapError::Length`] for a longer context.
    pub fn wrap(
        &self,
        context: &[u8],
        key: &SymmetricKey,
        rng: &mut dyn Rng,
    ) -> Result<Vec<u8>, WrapError> {
        if context.len() > CONTEXT_MAX_BYTES {
            return Err(WrapError::Length);
        }
        let (encapsulated, mut sender) =
            hpke::setup_sender_with_rng::<AesGcm256, HkdfSha256, XWing>(
                &OpModeS::Base,
                &self.key,
                context,
                &mut RandCore010(rng),
            )
            .map_err(|_| WrapError::Length)?;
        let mut wrap = Vec::with_capacity(WRAP_BYTES);
        wrap.extend_from_slice(&encapsulated.to_bytes());
        let sealed = sender
            .seal(key.danger_bytes(), b"")
            .map_err(|_| WrapError::Length)?;
        wrap.extend_from_slice(&sealed);
        Ok(wrap)
    }
}

impl fmt::Debug for WrapPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrapPublic({})", crate::sha256(&self.bytes).short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DangerSeededRng;

    #[test]
    fn wrap_and_back() {
        let mut rng = DangerSeededRng::new(1);
        let secret = WrapSecret::make(&mut rng);
        let public = WrapPublic::from_slice(secret.public().as_bytes()).unwrap();
        assert_eq!(public.as_bytes().len(), WRAP_PUBLIC_BYTES);
        let key = SymmetricKey::make(&mut rng);
        let wrap = public.wrap(b"context", &key, &mut rng).unwrap();
        assert_eq!(wrap.len(), WRAP_BYTES);
        let again = WrapSecret::from_seed(*secret.danger_seed());
        let back = again.unwrap(b"context", &wrap).unwrap();
        assert_eq!(back.danger_bytes(), key.danger_bytes());

        assert_eq!(
            secret.unwrap(b"Context", &wrap).err(),
            Some(WrapError::Open)
        );
        let stranger = WrapSecret::make(&mut rng);
        assert_eq!(
            stranger.unwrap(b"context", &wrap).err(),
            Some(WrapError::Open)
        );
        assert_eq!(
            secret.unwrap(b"context", &wrap[1..]).err(),
            Some(WrapError::Length)
        );
        for place in [0, 500, 1_100, 1_119, 1_120, 1_151, 1_167] {
            let mut changed = wrap.clone();
            changed[place] ^= 1;
            assert_eq!(
                secret.unwrap(b"context", &changed).err(),
                Some(WrapError::Open)
            );
        }
        let long = vec![0; 64_001];
        assert_eq!(
            public.wrap(&long, &key, &mut rng).err(),
            Some(WrapError::Length)
        );
        assert_eq!(secret.unwrap(&long, &wrap).err(), Some(WrapError::Length));
        let second = public.wrap(b"context", &key, &mut rng).unwrap();
        assert_ne!(second, wrap);
    }

    #[test]
    fn keys_that_are_none() {
        assert_eq!(WrapPublic::from_slice(&[]).err(), Some(WrapError::Key));
        assert_eq!(
            WrapPublic::from_slice(&[0; 1_215]).err(),
            Some(WrapError::Key)
        );
        // a coefficient of 2^12 - 1 is not reduced modulo q (FIPS 203, 7.2)
        assert_eq!(
            WrapPublic::from_slice(&[255; 1_216]).err(),
            Some(WrapError::Key)
        );
    }
}
