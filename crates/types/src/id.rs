//! Typed ids. Those of 32 bytes are SHA-256 hashes of what they name and so prove it;
//! those of 16 bytes are random. As text they are lowercase hexadecimal.

use crate::Rng;
use data_encoding::HEXLOWER;
use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A text that is not an id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a {kind}: expected {expected_chars} hexadecimal digits")]
pub struct IdParseError {
    kind: &'static str,
    expected_chars: usize,
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $length:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Length in bytes.
            pub const LENGTH_BYTES: usize = $length;

            /// All zeros: stands where there is nothing yet (the genesis of a log).
            pub const ZERO: Self = Self([0; $length]);

            /// Takes the bytes as they are.
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }

            /// Reads exactly the right number of bytes, else `None`.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The first eight hexadecimal digits, for messages to people.
            pub fn short(&self) -> String {
                let mut text = self.to_string();
                text.truncate(8);
                text
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdParseError;
            fn from_str(text: &str) -> Result<Self, IdParseError> {
                HEXLOWER
                    .decode(text.as_bytes())
                    .ok()
                    .and_then(|bytes| Self::from_slice(&bytes))
                    .ok_or(IdParseError { kind: $kind, expected_chars: 2 * $length })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                encoder: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                encoder.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let bytes = decoder.bytes()?;
                Self::from_slice(bytes)
                    .ok_or_else(|| minicbor::decode::Error::message(concat!("wrong length of ", $kind)))
            }
        }
    };
}

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        id_type!($(#[$doc])* $name, 16, $kind);
        impl $name {
            /// Makes a random id.
            pub fn make(rng: &mut dyn Rng) -> Self {
                let mut bytes = [0; 16];
                rng.fill_bytes(&mut bytes);
                Self(bytes)
            }
        }
    };
}

id_type!(/// A SHA-256 hash, or a BLAKE3 tree root where the field says so.
    Digest, 32, "digest");
id_type!(/// An organisation: the hash of its directory's genesis entry.
    TenantId, 32, "tenant id");
id_type!(/// A vault: the hash of its genesis entry.
    VaultId, 32, "vault id");
id_type!(/// A person's keys: the hash of the identity's first hybrid public key.
    IdentityId, 32, "identity id");
id_type!(/// An enrolled key holder: the hash of the device's hybrid public key.
    DeviceId, 32, "device id");

random_id!(/// A record.
    RecordId, "record id");
random_id!(/// One version of a record.
    VersionId, "version id");
random_id!(/// A file.
    FileId, "file id");
random_id!(/// One revision of a file.
    RevisionId, "revision id");
random_id!(/// A link share.
    LinkId, "link id");
random_id!(/// A file lock.
    LeaseId, "lease id");
random_id!(/// An invitation to a tenant.
    InviteId, "invite id");
random_id!(/// A server login.
    AccountId, "account id");
random_id!(/// A signed-in session.
    SessionId, "session id");
random_id!(/// One OPAQUE registration of an account.
    CredentialId, "credential id");
random_id!(/// A way into a wallet.
    SlotId, "slot id");
random_id!(/// Names one write, so that repeating it is harmless.
    IdempotencyKey, "idempotency key");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let id = RecordId::from_bytes([0xab; 16]);
        assert_eq!(id.to_string(), "ab".repeat(16));
        assert_eq!(id.to_string().parse::<RecordId>(), Ok(id));
        for wrong in ["", "ab", "zz", &"AB".repeat(16), &"ab".repeat(17)] {
            assert!(wrong.parse::<RecordId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn cbor_is_a_byte_string_of_the_right_length() {
        let id = VaultId::from_bytes([7; 32]);
        let bytes = minicbor::to_vec(id).unwrap_or_default();
        assert_eq!(bytes.get(..2), Some(&[0x58, 32][..]));
        assert_eq!(minicbor::decode::<VaultId>(&bytes).ok(), Some(id));
        assert!(minicbor::decode::<RecordId>(&bytes).is_err());
    }
}
