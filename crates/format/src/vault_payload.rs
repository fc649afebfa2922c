//! Payloads of vault entries (formats, sections 6 to 9): what the server may read.

mod attest;
mod content;
mod control;
mod lease;
mod link;

pub use attest::HeadPayload;
pub use content::{FileAttributesPayload, FilePayload, MAX_PARENTS, RecordPayload};
pub use control::{Renewal, VaultKind, WrapLeaf, wraps_root};
pub use lease::{LeaseAction, LeasePayload};
pub use link::{LinkAction, LinkPayload};

use crate::cbor::{bytes, from_cbor, to_cbor};
use crate::entry::Kind;
use crate::{FormatError, LogError};
use minicbor::{Decode, Encode};
use strongroom_types::limits::ENTRY_PAYLOAD_MAX_BYTES;
use strongroom_types::*;

const WHAT: &str = "vault payload";

/// All payloads of a vault's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultPayload {
    Genesis {
        nonce: [u8; 16],
        vault_kind: VaultKind,
        identity: IdentityId,
    },
    Epoch(Renewal),
    Member {
        identity: IdentityId,
        role: Role,
        generation: u64,
        wrap_hash: Digest,
    },
    Role {
        identity: IdentityId,
        role: Role,
    },
    Remove {
        identity: IdentityId,
        renewal: Renewal,
    },
    Leave {
        identity: IdentityId,
    },
    Erase {
        indexes: Vec<u64>,
    },
    Record(RecordPayload),
    File(FilePayload),
    Lease(LeasePayload),
    Link(LinkPayload),
    Head(HeadPayload),
    VaultMeta {
        sealed: Vec<u8>,
    },
    FileKey {
        file: FileId,
        revision: RevisionId,
        key_box: Vec<u8>,
    },
    Checkpoint {
        index: u64,
        hash: Digest,
        state_root: Digest,
    },
    FileAttributes(FileAttributesPayload),
}

impl VaultPayload {
    /// The kind of entry that carries it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Genesis { .. } => Kind::Genesis,
            Self::Epoch(_) => Kind::Epoch,
            Self::Member { .. } => Kind::Member,
            Self::Role { .. } => Kind::Role,
            Self::Remove { .. } => Kind::Remove,
            Self::Leave { .. } => Kind::Leave,
            Self::Erase { .. } => Kind::Erase,
            Self::Record(_) => Kind::Record,
            Self::File(_) => Kind::File,
            Self::Lease(_) => Kind::Lease,
            Self::Link(_) => Kind::Link,
            Self::Head(_) => Kind::Head,
            Self::VaultMeta { .. } => Kind::VaultMeta,
            Self::FileKey { .. } => Kind::FileKey,
            Self::Checkpoint { .. } => Kind::Checkpoint,
            Self::FileAttributes(_) => Kind::FileAttributes,
        }
    }

    /// The canonical bytes. `tenant` and `vault` stand in heads only.
    pub fn to_bytes(&self, tenant: TenantId, vault: VaultId) -> Vec<u8> {
        match self {
            Self::Genesis {
                nonce,
                vault_kind,
                identity,
            } => control::genesis_bytes(nonce, *vault_kind, *identity),
            Self::Epoch(renewal) => to_cbor(&("epoch/1", renewal)),
            Self::Member {
                identity,
                role,
                generation,
                wrap_hash,
            } => to_cbor(&("member/1", identity, role, generation, wrap_hash)),
            Self::Role { identity, role } => to_cbor(&("role/1", identity, role)),
            Self::Remove { identity, renewal } => to_cbor(&("remove/1", identity, renewal)),
            Self::Leave { identity } => to_cbor(&("leave/1", identity)),
            Self::Erase { indexes } => to_cbor(&("erase/1", indexes)),
            Self::Record(record) => record.to_bytes(),
            Self::File(file) => file.to_bytes(),
            Self::Lease(lease) => lease.to_bytes(),
            Self::Link(link) => link.to_bytes(),
            Self::Head(head) => head.to_bytes(tenant, vault),
            Self::VaultMeta { sealed } => to_cbor(&("vmeta/1", bytes(sealed))),
            Self::FileKey {
                file,
                revision,
                key_box,
            } => to_cbor(&("filekey/1", file, revision, bytes(key_box))),
            Self::Checkpoint {
                index,
                hash,
                state_root,
            } => to_cbor(&("checkpoint/1", index, hash, state_root)),
            Self::FileAttributes(attributes) => attributes.to_bytes(),
        }
    }

    /// Reads the payload of an entry of `kind` in the log of `vault`.
    ///
    /// # Errors
    /// `Form`, `WrongLog`; a directory's kind is `Rule`.
    pub fn from_bytes(
        kind: Kind,
        input: &[u8],
        tenant: TenantId,
        vault: VaultId,
    ) -> Result<Self, LogError> {
        Ok(match kind {
            Kind::Genesis => control::read_genesis(input)?,
            Kind::Epoch => control::read_epoch(input)?,
            Kind::Member => control::read_member(input)?,
            Kind::Role => control::read_role(input)?,
            Kind::Remove => control::read_remove(input)?,
            Kind::Leave => control::read_leave(input)?,
            Kind::Erase => control::read_erase(input)?,
            Kind::Record => Self::Record(RecordPayload::read(input)?),
            Kind::File => Self::File(FilePayload::read(input)?),
            Kind::Lease => Self::Lease(LeasePayload::read(input)?),
            Kind::Link => Self::Link(LinkPayload::read(input)?),
            Kind::Head => Self::Head(HeadPayload::read(input, tenant, vault)?),
            Kind::VaultMeta => content::read_vault_meta(input)?,
            Kind::FileKey => content::read_file_key(input)?,
            Kind::Checkpoint => attest::read_checkpoint(input)?,
            Kind::FileAttributes => Self::FileAttributes(FileAttributesPayload::read(input)?),
            _ => return Err(LogError::Rule("a directory's entry can't stand in a vault")),
        })
    }
}

fn sorted<T: Ord>(items: &[T]) -> Result<(), FormatError> {
    if items.windows(2).all(|pair| matches!(pair, [a, b] if a < b)) {
        Ok(())
    } else {
        Err(FormatError::NotCanonical("list"))
    }
}

fn read<T>(input: &[u8]) -> Result<T, FormatError>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    from_cbor(input, ENTRY_PAYLOAD_MAX_BYTES, WHAT)
}
