//! Payloads of control entries: members, roles, keys, erasure (formats, section 6).

use super::{VaultPayload, WHAT, read, sorted};
use crate::cbor::{Blob, Fixed, bytes, expect_label, to_cbor};
use crate::{FormatError, merkle};
use minicbor::{Decode, Encode};
use strongroom_crypto::sealed_box::sealed_len;
use strongroom_types::limits::ERASE_MAX_ENTRIES;
use strongroom_types::*;

/// Sealed bytes of a box that holds one key.
pub(super) const KEY_BOX_BYTES: usize = sealed_len(32) as usize;

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

impl Renewal {
    fn checked(self) -> Result<Self, FormatError> {
        if self.history_box.is_empty() || self.history_box.len() == KEY_BOX_BYTES {
            Ok(self)
        } else {
            Err(FormatError::Invalid("a history box holds one key"))
        }
    }
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

pub(super) fn genesis_bytes(
    nonce: &[u8; 16],
    vault_kind: VaultKind,
    identity: IdentityId,
) -> Vec<u8> {
    to_cbor(&("vgen/1", bytes(nonce), vault_kind, identity))
}

pub(super) fn read_genesis(input: &[u8]) -> Result<VaultPayload, FormatError> {
    let (label, nonce, vault_kind, identity): (String, Fixed<16>, _, _) = read(input)?;
    expect_label(&label, "vgen/1", WHAT)?;
    Ok(VaultPayload::Genesis {
        nonce: nonce.into(),
        vault_kind,
        identity,
    })
}

pub(super) fn read_epoch(input: &[u8]) -> Result<VaultPayload, FormatError> {
    let (label, renewal): (String, Renewal) = read(input)?;
    expect_label(&label, "epoch/1", WHAT)?;
    Ok(VaultPayload::Epoch(renewal.checked()?))
}

pub(super) fn read_member(input: &[u8]) -> Result<VaultPayload, FormatError> {
    let (label, identity, role, generation, wrap_hash): (String, _, _, _, _) = read(input)?;
    expect_label(&label, "member/1", WHAT)?;
    Ok(VaultPayload::Member {
        identity,
        role,
        generation,
        wrap_hash,
    })
}

pub(super) fn read_role(input: &[u8]) -> Result<VaultPayload, FormatError> {
    let (label, identity, role): (String, _, _) = read(input)?;
    expect_label(&label, "role/1", WHAT)?;
    Ok(VaultPayload::Role { identity, role })
}

pub(super) fn read_remove(input: &[u8]) -> Result<VaultPayload, FormatError> {
    let (label, identity, renewal): (String, _, Renewal) = read(input)?;
    expect_label(&label, "remove/1", WHAT)?;
    Ok(VaultPayload::Remove {
        identity,
        renewal: renewal.checked()?,
    })
}

pub(super) fn read_leave(input: &[u8]) -> Result<VaultPayload, FormatError> {
    let (label, identity): (String, _) = read(input)?;
    expect_label(&label, "leave/1", WHAT)?;
    Ok(VaultPayload::Leave { identity })
}

pub(super) fn read_erase(input: &[u8]) -> Result<VaultPayload, FormatError> {
    let (label, indexes): (String, Vec<u64>) = read(input)?;
    expect_label(&label, "erase/1", WHAT)?;
    sorted(&indexes)?;
    if indexes.is_empty() || indexes.len() > ERASE_MAX_ENTRIES {
        return Err(FormatError::Invalid(
            "an erase entry names 1 to 1,000 entries",
        ));
    }
    Ok(VaultPayload::Erase { indexes })
}
