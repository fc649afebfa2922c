//! Payloads of link shares (formats, section 9).

use super::{WHAT, read};
use crate::FormatError;
use crate::cbor::{expect_label, to_cbor};
use minicbor::{Decode, Encode};
use strongroom_types::*;

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

impl LinkPayload {
    /// The revocation of this link: it names the link and what it leads to, and nothing else.
    pub fn revocation(&self) -> Self {
        Self {
            action: LinkAction::Revoke,
            expires_ms: 0,
            max_count: 0,
            token_hash: Digest::ZERO,
            box_hash: Digest::ZERO,
            passphrase: false,
            ..*self
        }
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        to_cbor(&(
            "lnk/1",
            self.link,
            self.file,
            self.revision,
            self.action,
            self.expires_ms,
            self.max_count,
            self.token_hash,
            self.box_hash,
            self.passphrase,
        ))
    }

    pub(super) fn read(input: &[u8]) -> Result<Self, FormatError> {
        let t: (String, _, _, _, _, _, _, _, _, _) = read(input)?;
        expect_label(&t.0, "lnk/1", WHAT)?;
        let link = Self {
            link: t.1,
            file: t.2,
            revision: t.3,
            action: t.4,
            expires_ms: t.5,
            max_count: t.6,
            token_hash: t.7,
            box_hash: t.8,
            passphrase: t.9,
        };
        if link.action == LinkAction::Revoke && link != link.revocation() {
            return Err(FormatError::Invalid("a revocation says nothing else"));
        }
        Ok(link)
    }
}
