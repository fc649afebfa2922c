//! The integrity tree of a file: BLAKE3 over the sealed bytes, cut into groups of 16 KiB.
//!
//! The root is the ordinary BLAKE3 hash (what `b3sum` prints of the sealed file). Stored
//! beside the file are the *leaves*: the 32-byte non-root chaining value of each group, in
//! order. They need no trust: [`Segments`] checks them against the root, which stands in the
//! signed manifest. Special case: bytes of one group or less (16,384) have a single leaf,
//! which is the plain hash and so equals the root.

use blake3::{
    Hasher,
    hazmat::{HasherExt as _, Mode, merge_subtrees_non_root, merge_subtrees_root},
};
use strongroom_types::{
    Digest,
    limits::{TREE_GROUP_BYTES, TREE_SEGMENT_GROUPS},
};

mod segments;
pub use segments::{Segments, SegmentsBuilder};

type Value = [u8; 32];

const GROUP_U64: u64 = TREE_GROUP_BYTES as u64;
const SEGMENT_U64: u64 = TREE_SEGMENT_GROUPS as u64;

/// Why bytes or leaves are not those of a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The leaves do not give the root.
    #[error("the leaves do not belong to the root")]
    Root,
    /// More or fewer leaves, or bytes of a group, than the sealed length asks for.
    #[error("wrong number of leaves or bytes")]
    Length,
    /// The leaves of a segment are not those that were verified.
    #[error("the leaves of segment {segment} were changed")]
    Segment {
        /// Number of the segment, from 0.
        segment: u64,
    },
    /// The bytes of a group do not fit its leaf.
    #[error("group {group} of the file was changed")]
    Group {
        /// Number of the group, from 0.
        group: u64,
    },
}

/// Groups of a file; an empty file has one, an empty one.
const fn group_count(sealed_len: u64) -> u64 {
    if sealed_len == 0 {
        1
    } else {
        sealed_len.div_ceil(GROUP_U64)
    }
}

/// Bytes of all leaves of a file: 32 for each group, at least one group.
pub const fn leaves_len(sealed_len: u64) -> u64 {
    32 * group_count(sealed_len)
}

/// Checks the bytes of one group against its leaf. The leaf must have come through
/// [`Segments::check_leaves`].
///
/// # Errors
/// [`TreeError::Length`] where the group does not exist or has another length,
/// [`TreeError::Group`] where the bytes are not its.
pub fn check_group(
    sealed_len: u64,
    group: u64,
    bytes: &[u8],
    leaf: &[u8; 32],
) -> Result<(), TreeError> {
    let groups = group_count(sealed_len);
    let offset = group.checked_mul(GROUP_U64).ok_or(TreeError::Length)?;
    let rest = sealed_len.checked_sub(offset).ok_or(TreeError::Length)?;
    if group >= groups || bytes.len() as u64 != rest.min(GROUP_U64) {
        return Err(TreeError::Length);
    }
    let value = if groups == 1 {
        *blake3::hash(bytes).as_bytes()
    } else {
        group_value(offset, bytes)
    };
    if value == *leaf {
        Ok(())
    } else {
        Err(TreeError::Group { group })
    }
}

/// The chaining value of a group that is not the whole file.
fn group_value(offset: u64, bytes: &[u8]) -> Value {
    Hasher::new()
        .set_input_offset(offset)
        .update(bytes)
        .finalize_non_root()
}

/// Joins chaining values from left to right in BLAKE3's shape. Holds one value for each bit
/// of their number.
#[derive(Clone, Default)]
struct Joiner {
    stack: Vec<Value>,
    pushed: u64,
}

impl Joiner {
    /// Adds a value that is not the last one.
    fn push(&mut self, mut value: Value) {
        self.pushed += 1;
        // every complete subtree is joined at once: more input follows, so none is the root
        let mut count = self.pushed;
        while count & 1 == 0 {
            let Some(left) = self.stack.pop() else { break };
            value = merge_subtrees_non_root(&left, &value, Mode::Hash);
            count >>= 1;
        }
        self.stack.push(value);
    }

    /// Adds the last value; gives the subtree's value, or the hash where it is the whole tree.
    fn finish(mut self, last: Value, whole: bool) -> Value {
        let mut value = last;
        while let Some(left) = self.stack.pop() {
            value = if whole && self.stack.is_empty() {
                *merge_subtrees_root(&left, &value, Mode::Hash).as_bytes()
            } else {
                merge_subtrees_non_root(&left, &value, Mode::Hash)
            };
        }
        value
    }
}

/// Hashes sealed bytes as they stream by. Memory: one group and a value for each bit of the
/// number of groups.
pub struct TreeHasher {
    joiner: Joiner,
    /// Bytes of the group that is not yet known to be complete *and* followed by more.
    group: Vec<u8>,
    done: u64,
}

impl Default for TreeHasher {
    fn default() -> Self {
        Self::new()
    }
}

impl TreeHasher {
    /// Begins at the first byte of the box.
    pub fn new() -> Self {
        Self {
            joiner: Joiner::default(),
            group: Vec::with_capacity(TREE_GROUP_BYTES),
            done: 0,
        }
    }

    /// Bytes taken so far.
    pub fn len(&self) -> u64 {
        self.done * GROUP_U64 + self.group.len() as u64
    }

    /// Whether nothing was taken yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the next bytes, in pieces of any size, and appends the leaves of groups that are
    /// now complete and followed by more. Pieces of many whole groups are the fastest.
    pub fn update(&mut self, mut bytes: &[u8], leaves_out: &mut Vec<u8>) {
        if !self.group.is_empty() {
            let room = TREE_GROUP_BYTES - self.group.len();
            let (head, rest) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.group.extend_from_slice(head);
            bytes = rest;
            if bytes.is_empty() {
                return;
            }
            let value = group_value(self.done * GROUP_U64, &self.group);
            self.group.clear();
            self.add(value, leaves_out);
        }
        while bytes.len() > TREE_GROUP_BYTES {
            let Some((group, rest)) = bytes.split_at_checked(TREE_GROUP_BYTES) else {
                break;
            };
            let value = group_value(self.done * GROUP_U64, group);
            self.add(value, leaves_out);
            bytes = rest;
        }
        self.group.extend_from_slice(bytes);
    }

    fn add(&mut self, value: Value, leaves_out: &mut Vec<u8>) {
        leaves_out.extend_from_slice(&value);
        self.joiner.push(value);
        self.done += 1;
    }

    /// Appends the last leaf and returns the root.
    pub fn finish(self, leaves_out: &mut Vec<u8>) -> Digest {
        let last = self.last_leaf();
        leaves_out.extend_from_slice(&last);
        Digest::from_bytes(self.joiner.finish(last, true))
    }

    /// The root if what was taken so far were all: the ordinary BLAKE3 hash of it.
    pub fn hash_so_far(&self) -> Digest {
        Digest::from_bytes(self.joiner.clone().finish(self.last_leaf(), true))
    }

    /// The value of the group that is open.
    fn last_leaf(&self) -> Value {
        if self.done == 0 {
            *blake3::hash(&self.group).as_bytes()
        } else {
            group_value(self.done * GROUP_U64, &self.group)
        }
    }
}

#[cfg(test)]
mod tests;
