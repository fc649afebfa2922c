//! Payloads of vault entries (formats, sections 6 to 9): what the server may read.

use crate::cbor::{Blob, expect_label, from_cbor, to_cbor};
use crate::entry::Kind;
use crate::{FormatError, LogError, merkle};
use minicbor::{Decode, Encode};
use strongroom_types::limits::{ENTRY_PAYLOAD_MAX_BYTES, NAME_MAX_BYTES};
use strongroom_types::*;

/// Most parents that one version may name.
pub const MAX_PARENTS: usize = 16;
const WHAT: &str = "vault payload";

/// Whether a vault is shared or personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum VaultKind {
    #[n(0)]
    Shared,
    /// One member for ever.
    #[n(1)]
    Personal,
}

/// New keys of a vault.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Renewal {
    #[n(0)]
    pub epoch: Epoch,
    #[n(1)]
    pub commitment: Digest,
    #[n(2)]
    pub wraps_root: Digest,
    /// The previous epoch's secret; empty in epoch 1.
    #[n(3)]
    pub history_box: Blob,
}

/// One leaf under `wraps_root`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct WrapLeaf {
    #[n(0)]
    pub identity: IdentityId,
    #[n(1)]
    pub generation: u64,
    #[n(2)]
    pub wrap_hash: Digest,
}

/// Root over leaves, which are sorted by identity without repetition.
///
/// # Errors
/// `Invalid` when they are not.
pub fn wraps_root(leaves: &[WrapLeaf]) -> Result<Digest, FormatError> {
    let sorted = leaves
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if a.identity < b.identity));
    if !sorted {
        return Err(FormatError::Invalid("wraps are not sorted by identity"));
    }
    Ok(merkle::root(
        &leaves.iter().map(to_cbor).collect::<Vec<_>>(),
    ))
}

/// A record version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordPayload {
    pub table: String,
    pub table_definition_hash: Digest,
    pub record: RecordId,
    pub version: VersionId,
    pub parents: Vec<VersionId>,
    pub deleted: bool,
    pub clear_fields: Vec<u8>,
    pub sealed: Vec<u8>,
}

/// A file revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePayload {
    pub file: FileId,
    pub revision: RevisionId,
    pub record: RecordId,
    pub parents: Vec<RevisionId>,
    pub sealed_length: u64,
    pub fence: u64,
    pub key_box: Vec<u8>,
    pub manifest_box: Vec<u8>,
}

/// What happens to a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum LeaseAction {
    #[n(0)]
    Take,
    #[n(1)]
    Renew,
    #[n(2)]
    Release,
    #[n(3)]
    Break,
}

/// A file lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeasePayload {
    pub file: FileId,
    pub lease: LeaseId,
    pub action: LeaseAction,
    pub expires_ms: TimestampMs,
    pub fence: u64,
}

/// What happens to a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum LinkAction {
    #[n(0)]
    Create,
    #[n(1)]
    Revoke,
}

/// A link share. Zero means no expiry, no count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkPayload {
    pub link: LinkId,
    pub file: FileId,
    pub revision: RevisionId,
    pub action: LinkAction,
    pub expires_ms: TimestampMs,
    pub max_count: u64,
    pub token_hash: Digest,
    pub box_hash: Digest,
    pub passphrase: bool,
}

/// A daily head: what its author has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadPayload {
    pub index: u64,
    pub hash: Digest,
    pub directory_hash: Digest,
    pub wallet_version: u64,
    pub day: u64,
}

/// Attributes of a file; the last entry in the log counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileAttributesPayload {
    pub file: FileId,
    pub record: RecordId,
    pub version: VersionId,
    pub deleted: bool,
    pub protected: bool,
    pub sealed: Vec<u8>,
}

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
        use crate::cbor::bytes as b;
        match self {
            Self::Genesis {
                nonce,
                vault_kind,
                identity,
            } => to_cbor(&("vgen/1", b(nonce), vault_kind, identity)),
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
            Self::Record(r) => to_cbor(&(
                "record/1",
                &r.table,
                r.table_definition_hash,
                r.record,
                r.version,
                &r.parents,
                r.deleted,
                b(&r.clear_fields),
                b(&r.sealed),
            )),
            Self::File(f) => to_cbor(&(
                "fileent/1",
                f.file,
                f.revision,
                f.record,
                &f.parents,
                f.sealed_length,
                f.fence,
                b(&f.key_box),
                b(&f.manifest_box),
            )),
            Self::Lease(l) => {
                to_cbor(&("lease/1", l.file, l.lease, l.action, l.expires_ms, l.fence))
            }
            Self::Link(l) => to_cbor(&(
                "lnk/1",
                l.link,
                l.file,
                l.revision,
                l.action,
                l.expires_ms,
                l.max_count,
                l.token_hash,
                l.box_hash,
                l.passphrase,
            )),
            Self::Head(h) => to_cbor(&(
                "head/1",
                SUITE,
                tenant,
                vault,
                h.index,
                h.hash,
                h.directory_hash,
                h.wallet_version,
                h.day,
            )),
            Self::VaultMeta { sealed } => to_cbor(&("vmeta/1", b(sealed))),
            Self::FileKey {
                file,
                revision,
                key_box,
            } => to_cbor(&("filekey/1", file, revision, b(key_box))),
            Self::Checkpoint {
                index,
                hash,
                state_root,
            } => to_cbor(&("checkpoint/1", index, hash, state_root)),
            Self::FileAttributes(a) => to_cbor(&(
                "fileattr/1",
                a.file,
                a.record,
                a.version,
                a.deleted,
                a.protected,
                b(&a.sealed),
            )),
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
            Kind::Genesis => {
                let (label, nonce, vault_kind, identity): (String, crate::cbor::Fixed<16>, _, _) =
                    read(input)?;
                expect_label(&label, "vgen/1", WHAT)?;
                Self::Genesis {
                    nonce: nonce.into(),
                    vault_kind,
                    identity,
                }
            }
            Kind::Epoch => {
                let (label, renewal): (String, _) = read(input)?;
                expect_label(&label, "epoch/1", WHAT)?;
                Self::Epoch(renewal)
            }
            Kind::Member => {
                let (label, identity, role, generation, wrap_hash): (String, _, _, _, _) =
                    read(input)?;
                expect_label(&label, "member/1", WHAT)?;
                Self::Member {
                    identity,
                    role,
                    generation,
                    wrap_hash,
                }
            }
            Kind::Role => {
                let (label, identity, role): (String, _, _) = read(input)?;
                expect_label(&label, "role/1", WHAT)?;
                Self::Role { identity, role }
            }
            Kind::Remove => {
                let (label, identity, renewal): (String, _, _) = read(input)?;
                expect_label(&label, "remove/1", WHAT)?;
                Self::Remove { identity, renewal }
            }
            Kind::Leave => {
                let (label, identity): (String, _) = read(input)?;
                expect_label(&label, "leave/1", WHAT)?;
                Self::Leave { identity }
            }
            Kind::Erase => {
                let (label, indexes): (String, Vec<u64>) = read(input)?;
                expect_label(&label, "erase/1", WHAT)?;
                sorted(&indexes)?;
                if indexes.is_empty() {
                    return Err(
                        FormatError::Invalid("an erase entry names at least one entry").into(),
                    );
                }
                Self::Erase { indexes }
            }
            Kind::Record => Self::Record(read_record(input)?),
            Kind::File => {
                let t: (String, _, _, _, Vec<RevisionId>, u64, u64, Blob, Blob) = read(input)?;
                expect_label(&t.0, "fileent/1", WHAT)?;
                sorted(&t.4)?;
                limit_parents(t.4.len())?;
                Self::File(FilePayload {
                    file: t.1,
                    revision: t.2,
                    record: t.3,
                    parents: t.4,
                    sealed_length: t.5,
                    fence: t.6,
                    key_box: t.7.into(),
                    manifest_box: t.8.into(),
                })
            }
            Kind::Lease => {
                let (label, file, lease, action, expires_ms, fence): (String, _, _, _, _, _) =
                    read(input)?;
                expect_label(&label, "lease/1", WHAT)?;
                Self::Lease(LeasePayload {
                    file,
                    lease,
                    action,
                    expires_ms,
                    fence,
                })
            }
            Kind::Link => {
                let t: (String, _, _, _, _, _, _, _, _, _) = read(input)?;
                expect_label(&t.0, "lnk/1", WHAT)?;
                Self::Link(LinkPayload {
                    link: t.1,
                    file: t.2,
                    revision: t.3,
                    action: t.4,
                    expires_ms: t.5,
                    max_count: t.6,
                    token_hash: t.7,
                    box_hash: t.8,
                    passphrase: t.9,
                })
            }
            Kind::Head => {
                let t: (String, u64, TenantId, VaultId, _, _, _, _, _) = read(input)?;
                expect_label(&t.0, "head/1", WHAT)?;
                if t.1 != SUITE || t.2 != tenant || t.3 != vault {
                    return Err(LogError::WrongLog);
                }
                Self::Head(HeadPayload {
                    index: t.4,
                    hash: t.5,
                    directory_hash: t.6,
                    wallet_version: t.7,
                    day: t.8,
                })
            }
            Kind::VaultMeta => {
                let (label, sealed): (String, Blob) = read(input)?;
                expect_label(&label, "vmeta/1", WHAT)?;
                Self::VaultMeta {
                    sealed: sealed.into(),
                }
            }
            Kind::FileKey => {
                let (label, file, revision, key_box): (String, _, _, Blob) = read(input)?;
                expect_label(&label, "filekey/1", WHAT)?;
                Self::FileKey {
                    file,
                    revision,
                    key_box: key_box.into(),
                }
            }
            Kind::Checkpoint => {
                let (label, index, hash, state_root): (String, _, _, _) = read(input)?;
                expect_label(&label, "checkpoint/1", WHAT)?;
                Self::Checkpoint {
                    index,
                    hash,
                    state_root,
                }
            }
            Kind::FileAttributes => {
                let t: (String, _, _, _, _, _, Blob) = read(input)?;
                expect_label(&t.0, "fileattr/1", WHAT)?;
                Self::FileAttributes(FileAttributesPayload {
                    file: t.1,
                    record: t.2,
                    version: t.3,
                    deleted: t.4,
                    protected: t.5,
                    sealed: t.6.into(),
                })
            }
            _ => return Err(LogError::Rule("a directory's entry can't stand in a vault")),
        })
    }
}

fn read_record(input: &[u8]) -> Result<RecordPayload, FormatError> {
    let t: (String, String, _, _, _, Vec<VersionId>, _, Blob, Blob) = read(input)?;
    expect_label(&t.0, "record/1", WHAT)?;
    if t.1.is_empty() || t.1.len() > NAME_MAX_BYTES {
        return Err(FormatError::Invalid("a table name has 1 to 200 bytes"));
    }
    sorted(&t.5)?;
    limit_parents(t.5.len())?;
    let clear_fields: Vec<u8> = t.7.into();
    if clear_fields != [0x80] {
        return Err(FormatError::Unknown("clear field"));
    }
    Ok(RecordPayload {
        table: t.1,
        table_definition_hash: t.2,
        record: t.3,
        version: t.4,
        parents: t.5,
        deleted: t.6,
        clear_fields,
        sealed: t.8.into(),
    })
}

fn sorted<T: Ord>(items: &[T]) -> Result<(), FormatError> {
    if items.windows(2).all(|pair| matches!(pair, [a, b] if a < b)) {
        Ok(())
    } else {
        Err(FormatError::NotCanonical("list"))
    }
}

fn limit_parents(count: usize) -> Result<(), FormatError> {
    if count > MAX_PARENTS {
        Err(FormatError::Invalid("a version names at most 16 parents"))
    } else {
        Ok(())
    }
}

fn read<T>(input: &[u8]) -> Result<T, FormatError>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    from_cbor(input, ENTRY_PAYLOAD_MAX_BYTES, WHAT)
}
