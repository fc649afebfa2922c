use hkdf::Hkdf;
use sha2::Sha256;
use strongroom_types::{Digest, Rng};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A 32-byte secret. Wiped on drop; copied only by [`SymmetricKey::danger_duplicate`].
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SymmetricKey([u8; 32]);

impl SymmetricKey {
    /// Length in bytes.
    pub const LENGTH_BYTES: usize = 32;

    /// A random key.
    pub fn make(rng: &mut dyn Rng) -> Self {
        let mut key = Self([0; 32]);
        rng.fill_bytes(&mut key.0);
        key
    }

    /// Takes bytes that are already a key.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Takes exactly 32 bytes, else `None`.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The secret itself.
    pub fn danger_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A second copy of the secret in memory.
    pub fn danger_duplicate(&self) -> Self {
        Self(self.0)
    }

    /// HKDF-Expand-SHA256 (RFC 5869) with this key as PRK, `context` as info, 32 bytes out.
    /// Keys of different contexts tell nothing about each other or about this key.
    pub fn derive(&self, context: &[u8]) -> SymmetricKey {
        let mut key = Self([0; 32]);
        self.expand(context, &mut key.0);
        key
    }

    /// The same as [`Self::derive`], typed as a value that gets published: a commitment to
    /// this key. Its context must not be used with `derive`.
    pub fn derive_public(&self, context: &[u8]) -> Digest {
        let mut output = [0; 32];
        self.expand(context, &mut output);
        Digest::from_bytes(output)
    }

    /// HKDF-SHA256 over several secrets: the input key material is, for each part, its length
    /// as 32-bit big-endian and its bytes; the salt is empty, `context` is the info. Whoever
    /// lacks one part knows nothing of the key. A part is at most 2^32 - 1 bytes long.
    pub fn mix(parts: &[&[u8]], context: &[u8]) -> SymmetricKey {
        let capacity = parts.iter().map(|part| 4 + part.len()).sum();
        let mut material = Zeroizing::new(Vec::with_capacity(capacity));
        for part in parts {
            let Ok(length) = u32::try_from(part.len()) else {
                crate::impossible("a secret of 4 GiB")
            };
            material.extend_from_slice(&length.to_be_bytes());
            material.extend_from_slice(part);
        }
        Self::extract_and_expand(&material, context)
    }

    pub(crate) fn extract_and_expand(material: &[u8], context: &[u8]) -> SymmetricKey {
        let mut key = Self([0; 32]);
        if Hkdf::<Sha256>::new(None, material)
            .expand(context, &mut key.0)
            .is_err()
        {
            crate::impossible("HKDF refused 32 bytes")
        }
        key
    }

    fn expand(&self, context: &[u8], output: &mut [u8; 32]) {
        let expanded = Hkdf::<Sha256>::from_prk(&self.0)
            .is_ok_and(|hkdf| hkdf.expand(context, output).is_ok());
        if !expanded {
            crate::impossible("HKDF refused 32 bytes")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DangerSeededRng;

    #[test]
    fn contexts_and_parts_separate() {
        let key = SymmetricKey::make(&mut DangerSeededRng::new(1));
        assert_ne!(
            key.derive(b"a").danger_bytes(),
            key.derive(b"b").danger_bytes()
        );
        assert_eq!(
            key.derive(b"a").danger_bytes(),
            key.derive_public(b"a").as_bytes()
        );
        let mix = |parts: &[&[u8]]| *SymmetricKey::mix(parts, b"c").danger_bytes();
        assert_ne!(mix(&[b"ab", b"c"]), mix(&[b"a", b"bc"]));
        assert_ne!(mix(&[b"ab"]), mix(&[b"ab", b""]));
        assert!(SymmetricKey::from_slice(&[0; 31]).is_none());
        assert_eq!(key.danger_duplicate().danger_bytes(), key.danger_bytes());
    }
}
