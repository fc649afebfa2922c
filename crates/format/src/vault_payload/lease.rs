//! Payloads of file locks (formats, section 8).

use super::{WHAT, read};
use crate::FormatError;
use crate::cbor::{expect_label, to_cbor};
use minicbor::{Decode, Encode};
use strongroom_types::*;

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

impl LeasePayload {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        to_cbor(&(
            "lease/1",
            self.file,
            self.lease,
            self.action,
            self.expires_ms,
            self.fence,
        ))
    }

    pub(super) fn read(input: &[u8]) -> Result<Self, FormatError> {
        let (label, file, lease, action, expires_ms, fence): (String, _, _, _, _, _) = read(input)?;
        expect_label(&label, "lease/1", WHAT)?;
        Ok(Self {
            file,
            lease,
            action,
            expires_ms,
            fence,
        })
    }
}
