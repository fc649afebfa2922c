//! Signatures: Ed25519 (RFC 8032, `verify_strict`) and ML-DSA-65 (FIPS 204, deterministic,
//! empty ML-DSA context). Data entries carry the first, everything else both.

use crate::sha256;
use ed25519_dalek::Signer as _;
use ml_dsa::{
    EncodedVerifyingKey, MlDsa65, Signature as MlDsaSignature, SigningKey as MlDsaSigningKey,
    VerifyingKey as MlDsaVerifyingKey, signature::Verifier as _,
};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};
use strongroom_types::{Digest, Rng};
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Bytes of an Ed25519 public key.
const ED25519_BYTES: usize = 32;
/// Bytes of an ML-DSA-65 public key.
const ML_DSA_BYTES: usize = 1_952;
/// Bytes of an Ed25519 signature.
pub const ED25519_SIGNATURE_BYTES: usize = 64;
/// Bytes of an ML-DSA-65 signature.
pub const ML_DSA_SIGNATURE_BYTES: usize = 3_309;

/// Why a key or a signature is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// Not the bytes of a public signing key.
    #[error("not a public signing key")]
    Key,
    /// The Ed25519 signature does not fit.
    #[error("the Ed25519 signature does not fit")]
    Ed25519,
    /// The ML-DSA-65 signature does not fit.
    #[error("the ML-DSA-65 signature does not fit")]
    MlDsa,
}

/// A hybrid signing key: two seeds of 32 bytes and what follows from them. Wiped on drop.
pub struct SignSecret {
    ed25519: ed25519_dalek::SigningKey,
    ml_dsa: MlDsaSigningKey<MlDsa65>,
    public: SignPublic,
}

// both members wipe themselves
impl ZeroizeOnDrop for SignSecret {}

impl SignSecret {
    /// A random key.
    pub fn make(rng: &mut dyn Rng) -> Self {
        let mut seed = Zeroizing::new([0; 64]);
        rng.fill_bytes(seed.as_mut_slice());
        Self::from_seed(&seed)
    }

    /// The key of a seed: Ed25519 seed, then ML-DSA-65 seed (ξ), 32 bytes each.
    pub fn from_seed(seed: &[u8; 64]) -> Self {
        let (mut first, mut second) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
        let places = first.iter_mut().chain(second.iter_mut());
        for (place, byte) in places.zip(seed) {
            *place = *byte;
        }
        let ed25519 = ed25519_dalek::SigningKey::from_bytes(&first);
        let seed: Zeroizing<ml_dsa::Seed> = Zeroizing::new((*second).into());
        let ml_dsa = MlDsaSigningKey::<MlDsa65>::from_seed(&seed);
        let ml_dsa_public: &MlDsaVerifyingKey<MlDsa65> = ml_dsa.as_ref();
        let public = SignPublic::new(ed25519.verifying_key(), &ml_dsa_public.encode());
        Self {
            ed25519,
            ml_dsa,
            public,
        }
    }

    /// Both seeds, as [`Self::from_seed`] takes them.
    pub fn danger_seed(&self) -> Zeroizing<[u8; 64]> {
        let mut seed = Zeroizing::new([0; 64]);
        let halves = self
            .ed25519
            .as_bytes()
            .iter()
            .chain(self.ml_dsa.as_seed().iter());
        for (place, byte) in seed.iter_mut().zip(halves) {
            *place = *byte;
        }
        seed
    }

    /// The public half.
    pub fn public(&self) -> &SignPublic {
        &self.public
    }

    /// The Ed25519 signature alone.
    pub fn sign_ed25519(&self, message: &[u8]) -> [u8; ED25519_SIGNATURE_BYTES] {
        self.ed25519.sign(message).to_bytes()
    }

    /// Both signatures, each over `message`.
    pub fn sign_both(&self, message: &[u8]) -> BothSignatures {
        let Ok(ml_dsa) = ml_dsa::signature::Signer::try_sign(&self.ml_dsa, message) else {
            crate::impossible("ML-DSA found no signature")
        };
        let ml_dsa: MlDsaSignature<MlDsa65> = ml_dsa;
        BothSignatures {
            ed25519: self.sign_ed25519(message),
            ml_dsa: ml_dsa.encode().to_vec(),
        }
    }
}

/// An Ed25519 and an ML-DSA-65 signature over the same message; valid only together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BothSignatures {
    /// RFC 8032.
    pub ed25519: [u8; ED25519_SIGNATURE_BYTES],
    /// FIPS 204; 3,309 bytes, else it does not verify.
    pub ml_dsa: Vec<u8>,
}

/// A hybrid public key: `Ed25519 32 | ML-DSA-65 1952`. Cheap to clone; clones share the
/// expanded ML-DSA key, which is computed when first needed.
#[derive(Clone)]
pub struct SignPublic(Arc<PublicParts>);

struct PublicParts {
    bytes: [u8; SignPublic::LENGTH_BYTES],
    ed25519: ed25519_dalek::VerifyingKey,
    ml_dsa: OnceLock<Box<MlDsaVerifyingKey<MlDsa65>>>,
}

impl SignPublic {
    /// Length in bytes.
    pub const LENGTH_BYTES: usize = ED25519_BYTES + ML_DSA_BYTES;

    fn new(ed25519: ed25519_dalek::VerifyingKey, ml_dsa: &[u8]) -> Self {
        let mut bytes = [0; Self::LENGTH_BYTES];
        for (place, byte) in bytes
            .iter_mut()
            .zip(ed25519.as_bytes().iter().chain(ml_dsa))
        {
            *place = *byte;
        }
        Self(Arc::new(PublicParts {
            bytes,
            ed25519,
            ml_dsa: OnceLock::new(),
        }))
    }

    /// Reads a public key.
    ///
    /// # Errors
    /// [`SignError::Key`] for another length, or where the Ed25519 half is no point, not
    /// written the one right way, or of small order.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, SignError> {
        if bytes.len() != Self::LENGTH_BYTES {
            return Err(SignError::Key);
        }
        let (first, ml_dsa) = bytes
            .split_first_chunk::<ED25519_BYTES>()
            .ok_or(SignError::Key)?;
        let ed25519 = ed25519_dalek::VerifyingKey::from_bytes(first).map_err(|_| SignError::Key)?;
        if ed25519.is_weak() || ed25519.to_edwards().compress().as_bytes() != first {
            return Err(SignError::Key);
        }
        Ok(Self::new(ed25519, ml_dsa))
    }

    /// The 1,984 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// A copy of the 1,984 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.bytes.to_vec()
    }

    fn halves(&self) -> (&[u8], &[u8]) {
        self.0
            .bytes
            .split_at_checked(ED25519_BYTES)
            .unwrap_or_default()
    }

    /// SHA-256 of the CBOR array `["sigkey/1", 1, Ed25519 key, ML-DSA key]`: names the key.
    pub fn key_hash(&self) -> Digest {
        let (ed25519, ml_dsa) = self.halves();
        let mut cbor = minicbor::Encoder::new(Vec::with_capacity(Self::LENGTH_BYTES + 20));
        let encoded = cbor
            .array(4)
            .and_then(|cbor| cbor.str("sigkey/1"))
            .and_then(|cbor| cbor.u64(strongroom_types::SUITE))
            .and_then(|cbor| cbor.bytes(ed25519))
            .and_then(|cbor| cbor.bytes(ml_dsa));
        if encoded.is_err() {
            crate::impossible("CBOR into memory failed")
        }
        sha256(&cbor.into_writer())
    }

    /// Checks an Ed25519 signature strictly: no small-order points, no second encodings.
    ///
    /// # Errors
    /// [`SignError::Ed25519`].
    pub fn verify_ed25519(
        &self,
        message: &[u8],
        signature: &[u8; ED25519_SIGNATURE_BYTES],
    ) -> Result<(), SignError> {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0
            .ed25519
            .verify_strict(message, &signature)
            .map_err(|_| SignError::Ed25519)
    }

    /// Checks both signatures; one alone is worth nothing.
    ///
    /// # Errors
    /// [`SignError::Ed25519`] or [`SignError::MlDsa`].
    pub fn verify_both(
        &self,
        message: &[u8],
        signatures: &BothSignatures,
    ) -> Result<(), SignError> {
        self.verify_ed25519(message, &signatures.ed25519)?;
        let signature = MlDsaSignature::<MlDsa65>::try_from(signatures.ml_dsa.as_slice())
            .map_err(|_| SignError::MlDsa)?;
        self.ml_dsa()
            .verify(message, &signature)
            .map_err(|_| SignError::MlDsa)
    }

    fn ml_dsa(&self) -> &MlDsaVerifyingKey<MlDsa65> {
        self.0.ml_dsa.get_or_init(|| {
            let (_, bytes) = self.halves();
            match EncodedVerifyingKey::<MlDsa65>::try_from(bytes) {
                Ok(encoded) => Box::new(MlDsaVerifyingKey::decode(&encoded)),
                Err(_) => crate::impossible("an ML-DSA key changed its length"),
            }
        })
    }
}

impl PartialEq for SignPublic {
    fn eq(&self, other: &Self) -> bool {
        self.0.bytes == other.0.bytes
    }
}

impl Eq for SignPublic {}

impl fmt::Debug for SignPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignPublic({})", self.key_hash().short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DangerSeededRng;

    #[test]
    fn both_signatures_are_required() {
        let mut rng = DangerSeededRng::new(1);
        let secret = SignSecret::make(&mut rng);
        let public = SignPublic::from_slice(secret.public().as_bytes()).unwrap();
        let good = secret.sign_both(b"message");
        assert_eq!(good.ml_dsa.len(), ML_DSA_SIGNATURE_BYTES);
        public.verify_both(b"message", &good).unwrap();
        public.verify_ed25519(b"message", &good.ed25519).unwrap();
        assert_eq!(
            public.verify_both(b"Message", &good),
            Err(SignError::Ed25519)
        );
        let other = secret.sign_both(b"other");
        let first = BothSignatures {
            ml_dsa: other.ml_dsa.clone(),
            ..good.clone()
        };
        assert_eq!(
            public.verify_both(b"message", &first),
            Err(SignError::MlDsa)
        );
        let second = BothSignatures {
            ed25519: other.ed25519,
            ..good.clone()
        };
        assert_eq!(
            public.verify_both(b"message", &second),
            Err(SignError::Ed25519)
        );
        let none = BothSignatures {
            ml_dsa: Vec::new(),
            ..good.clone()
        };
        assert_eq!(public.verify_both(b"message", &none), Err(SignError::MlDsa));
        let stranger = SignSecret::make(&mut rng);
        assert!(stranger.public().verify_both(b"message", &good).is_err());
    }

    #[test]
    fn seed_gives_the_same_key_and_signatures() {
        let secret = SignSecret::make(&mut DangerSeededRng::new(2));
        let again = SignSecret::from_seed(&secret.danger_seed());
        assert_eq!(again.public(), secret.public());
        assert_eq!(again.public().key_hash(), secret.public().key_hash());
        assert_eq!(again.sign_both(b"m"), secret.sign_both(b"m"));
    }

    #[test]
    fn keys_that_are_none() {
        let public = SignSecret::make(&mut DangerSeededRng::new(3))
            .public()
            .to_bytes();
        assert_eq!(public.len(), SignPublic::LENGTH_BYTES);
        assert!(SignPublic::from_slice(&public[1..]).is_err());
        assert!(SignPublic::from_slice(&[]).is_err());
        let mut weak = public.clone();
        weak[..32].fill(0);
        assert!(SignPublic::from_slice(&weak).is_err());
        let mut odd = public;
        odd[..32].fill(255);
        assert!(SignPublic::from_slice(&odd).is_err());
    }
}
