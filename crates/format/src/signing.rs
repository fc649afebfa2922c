//! Signatures over a context: what is signed always names its kind and both public keys.

use crate::cbor::{self, Fixed, bytes, to_cbor};
use crate::{FormatError, LogError};
use minicbor::decode::Error as DecodeError;
use minicbor::{Decode, Decoder, Encode, Encoder};
use strongroom_crypto::sha256;
use strongroom_crypto::sign::{BothSignatures, SignPublic, SignSecret};
use strongroom_types::SUITE;

/// Length of an ML-DSA-65 signature.
pub const ML_DSA_SIGNATURE_BYTES: usize = 3309;
/// Largest encoding of signatures.
pub const SIGNATURES_MAX_BYTES: usize = 64 + ML_DSA_SIGNATURE_BYTES + 16;

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureKind {
    Entry,
    Device,
    WrapGeneration,
    JoinInvite,
    JoinIdentity,
    DirectoryRecover,
    RenewalOldKey,
    RenewalNewKey,
}

impl SignatureKind {
    fn text(self) -> &'static str {
        match self {
            SignatureKind::Entry => "entry",
            SignatureKind::Device => "device",
            SignatureKind::WrapGeneration => "wrapgen",
            SignatureKind::JoinInvite => "join-invite",
            SignatureKind::JoinIdentity => "join-identity",
            SignatureKind::DirectoryRecover => "drecover",
            SignatureKind::RenewalOldKey => "idrenew-old",
            SignatureKind::RenewalNewKey => "idrenew-new",
        }
    }
}

fn message(kind: SignatureKind, public: &SignPublic, context: &[u8]) -> Vec<u8> {
    to_cbor(&(
        "sig/1",
        SUITE,
        kind.text(),
        public.key_hash(),
        sha256(context),
    ))
}

/// Signatures as they stand in entries and certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signatures {
    /// Ed25519 only: data entries.
    Single(Box<[u8; 64]>),
    /// Ed25519 and ML-DSA-65: everything else.
    Both(Box<[u8; 64]>, Vec<u8>),
}

impl Signatures {
    /// Signs with Ed25519 only.
    pub fn single(secret: &SignSecret, kind: SignatureKind, context: &[u8]) -> Self {
        Self::Single(Box::new(secret.sign_ed25519(&message(
            kind,
            secret.public(),
            context,
        ))))
    }

    /// Signs with both halves.
    pub fn both(secret: &SignSecret, kind: SignatureKind, context: &[u8]) -> Self {
        let both = secret.sign_both(&message(kind, secret.public(), context));
        Self::Both(Box::new(both.ed25519), both.ml_dsa)
    }

    /// Verifies a single signature; both halves where `need_both`.
    ///
    /// # Errors
    /// `Signature` if a half is missing, superfluous or wrong.
    pub fn verify(
        &self,
        public: &SignPublic,
        kind: SignatureKind,
        context: &[u8],
        need_both: bool,
    ) -> Result<(), LogError> {
        let message = message(kind, public, context);
        match (self, need_both) {
            (Self::Single(ed25519), false) => public.verify_ed25519(&message, ed25519),
            (Self::Both(ed25519, ml_dsa), true) => {
                let both = BothSignatures {
                    ed25519: **ed25519,
                    ml_dsa: ml_dsa.clone(),
                };
                public.verify_both(&message, &both)
            }
            _ => return Err(LogError::Signature),
        }
        .map_err(|_| LogError::Signature)
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_cbor(self)
    }

    /// Reads the canonical bytes.
    ///
    /// # Errors
    /// [`FormatError`] when they are anything else.
    pub fn from_bytes(input: &[u8]) -> Result<Self, FormatError> {
        cbor::from_cbor(input, SIGNATURES_MAX_BYTES, "signatures")
    }
}

impl<C> Encode<C> for Signatures {
    fn encode<W: minicbor::encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Single(ed25519) => encoder.array(1)?.bytes(&**ed25519)?.ok(),
            Self::Both(ed25519, ml_dsa) => encoder.array(2)?.bytes(&**ed25519)?.bytes(ml_dsa)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Signatures {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let count = decoder.array()?;
        let ed25519: Fixed<64> = decoder.decode()?;
        let ed25519 = Box::new(<[u8; 64]>::from(ed25519));
        match count {
            Some(1) => Ok(Self::Single(ed25519)),
            Some(2) => {
                let ml_dsa = decoder.bytes()?;
                if ml_dsa.len() != ML_DSA_SIGNATURE_BYTES {
                    return Err(DecodeError::message("wrong length of signature"));
                }
                Ok(Self::Both(ed25519, ml_dsa.to_vec()))
            }
            _ => Err(DecodeError::message("wrong number of signatures")),
        }
    }
}

/// Hash of a wrap key, as it stands in certificates and wraps.
pub fn wrap_key_hash(wrap_public: &[u8]) -> strongroom_types::Digest {
    sha256(&to_cbor(&("wrapkey/1", SUITE, bytes(wrap_public))))
}
