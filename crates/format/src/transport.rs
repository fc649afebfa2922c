//! CBOR bodies of the HTTP API (`spec/http.md`): appends, pages, wraps.

use crate::FormatError;
use crate::cbor::{Blob, bytes, expect_label, from_cbor, to_cbor};
use crate::entry::{Head, UnverifiedEntry};
use crate::vault_payload::WrapLeaf;
use strongroom_types::limits::*;
use strongroom_types::*;

/// A wrap on its way to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrapFor {
    pub identity: IdentityId,
    pub generation: u64,
    pub wrap: Vec<u8>,
}

/// `["append/1", entries, wraps, link boxes]`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Append {
    pub entries: Vec<UnverifiedEntry>,
    pub wraps: Vec<WrapFor>,
    pub link_boxes: Vec<Vec<u8>>,
}

impl Append {
    /// An append of entries only.
    pub fn of(entries: Vec<UnverifiedEntry>) -> Self {
        Self {
            entries,
            ..Self::default()
        }
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let entries: Vec<_> = self
            .entries
            .iter()
            .map(|e| {
                (
                    bytes(e.body_bytes()),
                    bytes(e.signatures_bytes()),
                    e.payload().map(bytes),
                )
            })
            .collect();
        let wraps: Vec<_> = self
            .wraps
            .iter()
            .map(|w| (w.identity, w.generation, bytes(&w.wrap)))
            .collect();
        let boxes: Vec<_> = self.link_boxes.iter().map(|sealed| bytes(sealed)).collect();
        to_cbor(&("append/1", entries, wraps, boxes))
    }

    /// Reads the canonical bytes; payloads must be there.
    ///
    /// # Errors
    /// [`FormatError`], also for more than 256 entries or none.
    pub fn from_bytes(input: &[u8]) -> Result<Self, FormatError> {
        type Parts = (Blob, Blob, Option<Blob>);
        type WrapParts = (IdentityId, u64, Blob);
        let (label, entries, wraps, boxes): (String, Vec<Parts>, Vec<WrapParts>, Vec<Blob>) =
            from_cbor(input, APPEND_MAX_BYTES, "append")?;
        expect_label(&label, "append/1", "append")?;
        if entries.is_empty() || entries.len() > APPEND_MAX_ENTRIES || boxes.len() > entries.len() {
            return Err(FormatError::Invalid("an append has 1 to 256 entries"));
        }
        if wraps.len() > VAULT_MAX_MEMBERS {
            return Err(FormatError::Invalid("an append has at most 5000 wraps"));
        }
        let entries = entries
            .iter()
            .map(|(body, signatures, payload)| match payload {
                Some(payload) => UnverifiedEntry::from_parts(body, signatures, Some(payload)),
                None => Err(FormatError::Invalid("an appended entry has its payload")),
            })
            .collect::<Result<_, _>>()?;
        let wraps = wraps
            .into_iter()
            .map(|(identity, generation, wrap)| WrapFor {
                identity,
                generation,
                wrap: wrap.into(),
            })
            .collect();
        Ok(Self {
            entries,
            wraps,
            link_boxes: boxes.into_iter().map(Into::into).collect(),
        })
    }
}

/// An entry of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageEntry {
    pub index: u64,
    pub appended_ms: TimestampMs,
    pub entry: UnverifiedEntry,
}

/// `["page/1", head_index, head_hash, entries]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub head: Head,
    pub entries: Vec<PageEntry>,
}

/// Raw parts of a page's entry, for a server that passes on what it stored.
pub struct StoredEntry<'a> {
    pub index: u64,
    pub appended_ms: TimestampMs,
    pub body: &'a [u8],
    pub signatures: &'a [u8],
    pub payload: Option<&'a [u8]>,
}

impl Page {
    /// Encodes a page from stored bytes without decoding them.
    pub fn encode(head: Head, entries: &[StoredEntry<'_>]) -> Vec<u8> {
        let entries: Vec<_> = entries
            .iter()
            .map(|e| {
                (
                    e.index,
                    e.appended_ms,
                    bytes(e.body),
                    bytes(e.signatures),
                    e.payload.map(bytes),
                )
            })
            .collect();
        to_cbor(&("page/1", head.index, head.hash, entries))
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let entries: Vec<_> = self
            .entries
            .iter()
            .map(|e| StoredEntry {
                index: e.index,
                appended_ms: e.appended_ms,
                body: e.entry.body_bytes(),
                signatures: e.entry.signatures_bytes(),
                payload: e.entry.payload(),
            })
            .collect();
        Self::encode(self.head, &entries)
    }

    /// Reads a page; indexes must ascend (without gaps unless control entries only were asked).
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn from_bytes(input: &[u8]) -> Result<Self, FormatError> {
        type Parts = (u64, u64, Blob, Blob, Option<Blob>);
        let limit = PAGE_TARGET_BYTES * 2 + ENTRY_PAYLOAD_MAX_BYTES;
        let (label, index, hash, entries): (String, u64, Digest, Vec<Parts>) =
            from_cbor(input, limit, "page")?;
        expect_label(&label, "page/1", "page")?;
        if entries.len() > PAGE_MAX_ENTRIES {
            return Err(FormatError::Invalid("a page has at most 1000 entries"));
        }
        if !entries
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.0 < b.0))
        {
            return Err(FormatError::NotCanonical("page"));
        }
        let entries = entries
            .iter()
            .map(|(index, appended_ms, body, signatures, payload)| {
                Ok(PageEntry {
                    index: *index,
                    appended_ms: *appended_ms,
                    entry: UnverifiedEntry::from_parts(
                        body,
                        signatures,
                        payload.as_ref().map(|p| p.as_slice()),
                    )?,
                })
            })
            .collect::<Result<_, FormatError>>()?;
        Ok(Self {
            head: Head { index, hash },
            entries,
        })
    }
}

/// `["wraps/1", leaves, own wrap, carrier index]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wraps {
    pub leaves: Vec<WrapLeaf>,
    pub own: Option<Vec<u8>>,
    /// Index of the entry that carries the own wrap (an epoch, remove or member entry).
    pub carrier_index: u64,
}

impl Wraps {
    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_cbor(&(
            "wraps/1",
            &self.leaves,
            self.own.as_deref().map(bytes),
            self.carrier_index,
        ))
    }

    /// Reads the canonical bytes.
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn from_bytes(input: &[u8]) -> Result<Self, FormatError> {
        let limit = VAULT_MAX_MEMBERS * 96 + 4_096;
        let (label, leaves, own, carrier_index): (String, Vec<WrapLeaf>, Option<Blob>, u64) =
            from_cbor(input, limit, "wraps")?;
        expect_label(&label, "wraps/1", "wraps")?;
        Ok(Self {
            leaves,
            own: own.map(Into::into),
            carrier_index,
        })
    }
}
