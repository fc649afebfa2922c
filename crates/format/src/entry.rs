//! Entries: the signed body, its signatures, its payload, and the chain that orders them.

use crate::cbor::{self, Blob, bytes, expect_label, from_cbor, to_cbor};
use crate::signing::{SIGNATURES_MAX_BYTES, SignatureKind, Signatures};
use crate::{FormatError, LogError};
use strongroom_crypto::sha256;
use strongroom_crypto::sign::{SignPublic, SignSecret};
use strongroom_types::limits::{ENTRY_BODY_MAX_BYTES, ENTRY_PAYLOAD_MAX_BYTES};
use strongroom_types::*;

/// The kind of an entry (formats, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Genesis,
    Epoch,
    Member,
    Role,
    Remove,
    Leave,
    Erase,
    Record,
    File,
    Lease,
    Link,
    Head,
    VaultMeta,
    FileKey,
    Checkpoint,
    FileAttributes,
    DirectoryGenesis,
    Invite,
    Join,
    Device,
    RevokeDevice,
    WrapGeneration,
    AccountRole,
    Retire,
    DirectoryPolicy,
    Recover,
    WithdrawInvite,
    IdentityRenewal,
}

const KINDS: [(Kind, u64, &str); 28] = [
    (Kind::Genesis, 0, "genesis"),
    (Kind::Epoch, 1, "epoch"),
    (Kind::Member, 2, "member"),
    (Kind::Role, 3, "role"),
    (Kind::Remove, 4, "remove"),
    (Kind::Leave, 5, "leave"),
    (Kind::Erase, 7, "erase"),
    (Kind::Record, 32, "record"),
    (Kind::File, 33, "file"),
    (Kind::Lease, 34, "lease"),
    (Kind::Link, 35, "link"),
    (Kind::Head, 36, "head"),
    (Kind::VaultMeta, 37, "vault meta"),
    (Kind::FileKey, 38, "file key"),
    (Kind::Checkpoint, 39, "checkpoint"),
    (Kind::FileAttributes, 40, "file attributes"),
    (Kind::DirectoryGenesis, 64, "directory genesis"),
    (Kind::Invite, 65, "invite"),
    (Kind::Join, 66, "join"),
    (Kind::Device, 67, "device"),
    (Kind::RevokeDevice, 68, "revoke device"),
    (Kind::WrapGeneration, 69, "wrap generation"),
    (Kind::AccountRole, 70, "account role"),
    (Kind::Retire, 71, "retire"),
    (Kind::DirectoryPolicy, 72, "directory policy"),
    (Kind::Recover, 73, "recover"),
    (Kind::WithdrawInvite, 74, "withdraw invite"),
    (Kind::IdentityRenewal, 75, "identity renewal"),
];

impl Kind {
    /// The number in the body.
    pub fn number(self) -> u64 {
        KINDS
            .iter()
            .find(|(kind, ..)| *kind == self)
            .map_or(u64::MAX, |(_, number, _)| *number)
    }

    /// The name in messages and listings.
    pub fn name(self) -> &'static str {
        KINDS
            .iter()
            .find(|(kind, ..)| *kind == self)
            .map_or("unknown", |(_, _, name)| *name)
    }

    /// The kind of a number.
    ///
    /// # Errors
    /// `Unknown`: numbers that this release does not know fail closed.
    pub fn from_number(number: u64) -> Result<Self, FormatError> {
        KINDS
            .iter()
            .find(|(_, known, _)| *known == number)
            .map(|(kind, ..)| *kind)
            .ok_or(FormatError::Unknown("kind of entry"))
    }

    /// Whether the entry is part of the control chain.
    pub fn is_control(self) -> bool {
        self.number() < 32 || self.is_directory()
    }

    /// Whether the entry belongs to a directory.
    pub fn is_directory(self) -> bool {
        self.number() >= 64
    }

    /// Whether both signatures are needed.
    pub fn needs_both_signatures(self) -> bool {
        self.is_control() || self == Kind::Checkpoint
    }

    /// Whether an erase entry may drop the payload.
    pub fn is_erasable(self) -> bool {
        matches!(
            self,
            Kind::Record | Kind::File | Kind::FileKey | Kind::FileAttributes
        )
    }
}

/// The signed part of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryBody {
    pub tenant: TenantId,
    pub vault: VaultId,
    pub epoch: Epoch,
    pub kind: Kind,
    pub device: DeviceId,
    pub device_seq: u64,
    pub previous_own_entry: Digest,
    pub seen_index: u64,
    pub seen_hash: Digest,
    pub directory_index: u64,
    pub directory_hash: Digest,
    pub control_hash: Digest,
    pub payload_hash: Digest,
}

type BodyTuple = (
    String,
    u64,
    TenantId,
    VaultId,
    Epoch,
    u64,
    DeviceId,
    u64,
    Digest,
    u64,
    Digest,
    u64,
    Digest,
    Digest,
    Digest,
);

impl EntryBody {
    /// The canonical bytes, which are what is signed.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_cbor(&(
            "ent/1",
            SUITE,
            self.tenant,
            self.vault,
            self.epoch,
            self.kind.number(),
            self.device,
            self.device_seq,
            self.previous_own_entry,
            self.seen_index,
            self.seen_hash,
            self.directory_index,
            self.directory_hash,
            self.control_hash,
            self.payload_hash,
        ))
    }

    /// Reads the canonical bytes.
    ///
    /// # Errors
    /// [`FormatError`]; an unknown suite or kind fails closed.
    pub fn from_bytes(input: &[u8]) -> Result<Self, FormatError> {
        let t: BodyTuple = from_cbor(input, ENTRY_BODY_MAX_BYTES, "entry body")?;
        expect_label(&t.0, "ent/1", "entry")?;
        if t.1 != SUITE {
            return Err(FormatError::Unknown("suite"));
        }
        Ok(Self {
            tenant: t.2,
            vault: t.3,
            epoch: t.4,
            kind: Kind::from_number(t.5)?,
            device: t.6,
            device_seq: t.7,
            previous_own_entry: t.8,
            seen_index: t.9,
            seen_hash: t.10,
            directory_index: t.11,
            directory_hash: t.12,
            control_hash: t.13,
            payload_hash: t.14,
        })
    }
}

/// An entry as it travels, nothing of it verified but its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedEntry {
    body: EntryBody,
    body_bytes: Vec<u8>,
    body_hash: Digest,
    signatures: Signatures,
    signatures_bytes: Vec<u8>,
    payload: Option<Vec<u8>>,
}

impl UnverifiedEntry {
    /// Reads the three byte strings of an entry; `payload` is `None` where it was erased.
    ///
    /// # Errors
    /// [`FormatError`] when a part is too large, malformed or not canonical.
    pub fn from_parts(
        body: &[u8],
        signatures: &[u8],
        payload: Option<&[u8]>,
    ) -> Result<Self, FormatError> {
        if payload.is_some_and(|payload| payload.len() > ENTRY_PAYLOAD_MAX_BYTES) {
            return Err(FormatError::TooLarge {
                what: "payload",
                limit_bytes: ENTRY_PAYLOAD_MAX_BYTES,
            });
        }
        Ok(Self {
            body: EntryBody::from_bytes(body)?,
            body_bytes: body.to_vec(),
            body_hash: sha256(body),
            signatures: Signatures::from_bytes(signatures)?,
            signatures_bytes: signatures.to_vec(),
            payload: payload.map(<[u8]>::to_vec),
        })
    }

    /// Reads `[body, signatures, payload]`.
    ///
    /// # Errors
    /// As [`Self::from_parts`].
    pub fn from_bytes(input: &[u8]) -> Result<Self, FormatError> {
        let limit = ENTRY_BODY_MAX_BYTES + SIGNATURES_MAX_BYTES + ENTRY_PAYLOAD_MAX_BYTES + 64;
        let (body, signatures, payload): (Blob, Blob, Option<Blob>) =
            from_cbor(input, limit, "entry")?;
        Self::from_parts(
            &body,
            &signatures,
            payload.as_ref().map(|blob| blob.as_slice()),
        )
    }

    /// `[body, signatures, payload]`.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_cbor(&(
            bytes(&self.body_bytes),
            bytes(&self.signatures_bytes),
            self.payload.as_deref().map(bytes),
        ))
    }

    /// Makes and signs an entry.
    pub fn author(body: EntryBody, payload: Vec<u8>, device: &SignSecret) -> Self {
        let body = EntryBody {
            payload_hash: sha256(&payload),
            ..body
        };
        let body_bytes = body.to_bytes();
        let signatures = if body.kind.needs_both_signatures() {
            Signatures::both(device, SignatureKind::Entry, &body_bytes)
        } else {
            Signatures::single(device, SignatureKind::Entry, &body_bytes)
        };
        Self {
            body_hash: sha256(&body_bytes),
            body,
            body_bytes,
            signatures_bytes: signatures.to_bytes(),
            signatures,
            payload: Some(payload),
        }
    }

    /// The decoded body.
    pub fn body(&self) -> &EntryBody {
        &self.body
    }

    /// The bytes that are signed.
    pub fn body_bytes(&self) -> &[u8] {
        &self.body_bytes
    }

    /// `H(body)`.
    pub fn body_hash(&self) -> Digest {
        self.body_hash
    }

    /// The bytes of the signatures.
    pub fn signatures_bytes(&self) -> &[u8] {
        &self.signatures_bytes
    }

    /// The payload; `None` where it was erased.
    pub fn payload(&self) -> Option<&[u8]> {
        self.payload.as_deref()
    }

    /// The chain hash of this entry at place `index` after `previous`.
    /// `log` is the vault id, or the tenant id for a directory.
    pub fn chain_hash(&self, log: Digest, index: u64, previous: Digest) -> Digest {
        chain_hash(
            log,
            index,
            previous,
            self.body_hash,
            sha256(&self.signatures_bytes),
        )
    }

    /// Checks payload hash (where there is a payload) and signatures.
    ///
    /// # Errors
    /// `PayloadHash`, `Signature`.
    pub fn verify_signatures(&self, device: &SignPublic) -> Result<(), LogError> {
        if self
            .payload
            .as_ref()
            .is_some_and(|payload| sha256(payload) != self.body.payload_hash)
        {
            return Err(LogError::PayloadHash);
        }
        if device.key_hash().as_bytes() != self.body.device.as_bytes() {
            return Err(LogError::Signature);
        }
        self.signatures.verify(
            device,
            SignatureKind::Entry,
            &self.body_bytes,
            self.body.kind.needs_both_signatures(),
        )
    }
}

/// `H_i` of the chain (formats, section 4).
pub fn chain_hash(
    log: Digest,
    index: u64,
    previous: Digest,
    body_hash: Digest,
    signatures_hash: Digest,
) -> Digest {
    sha256(&cbor::to_cbor(&(
        "chain/1",
        log,
        index,
        previous,
        body_hash,
        signatures_hash,
    )))
}

/// A place in a log: index and chain hash of its newest entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub index: u64,
    pub hash: Digest,
}

/// The newest entry of one device in one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceTip {
    pub device_seq: u64,
    pub body_hash: Digest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_numbered_once() {
        for (kind, number, _) in KINDS {
            assert_eq!(kind.number(), number);
            assert_eq!(Kind::from_number(number), Ok(kind));
        }
        for reserved in [6, 8, 9, 31, 41, 63, 76, u64::MAX] {
            assert!(Kind::from_number(reserved).is_err());
        }
    }
}
