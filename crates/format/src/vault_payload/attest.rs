//! Payloads that attest what their author has seen (formats, section 7).

use super::{VaultPayload, WHAT, read};
use crate::cbor::{expect_label, to_cbor};
use crate::{FormatError, LogError};
use strongroom_types::*;

/// A daily head: what its author has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadPayload {
    pub index: u64,
    pub hash: Digest,
    pub directory_hash: Digest,
    pub wallet_version: u64,
    pub day: u64,
}

impl HeadPayload {
    pub(super) fn to_bytes(self, tenant: TenantId, vault: VaultId) -> Vec<u8> {
        to_cbor(&(
            "head/1",
            SUITE,
            tenant,
            vault,
            self.index,
            self.hash,
            self.directory_hash,
            self.wallet_version,
            self.day,
        ))
    }

    pub(super) fn read(input: &[u8], tenant: TenantId, vault: VaultId) -> Result<Self, LogError> {
        let t: (String, u64, TenantId, VaultId, _, _, _, _, _) = read(input)?;
        expect_label(&t.0, "head/1", WHAT)?;
        if t.1 != SUITE || t.2 != tenant || t.3 != vault {
            return Err(LogError::WrongLog);
        }
        Ok(Self {
            index: t.4,
            hash: t.5,
            directory_hash: t.6,
            wallet_version: t.7,
            day: t.8,
        })
    }
}

pub(super) fn read_checkpoint(input: &[u8]) -> Result<VaultPayload, FormatError> {
    let (label, index, hash, state_root): (String, _, _, _) = read(input)?;
    expect_label(&label, "checkpoint/1", WHAT)?;
    Ok(VaultPayload::Checkpoint {
        index,
        hash,
        state_root,
    })
}
