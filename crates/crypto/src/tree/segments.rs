use super::{Joiner, SEGMENT_U64, TreeError, Value, group_count};
use strongroom_types::{Digest, limits::TREE_SEGMENT_GROUPS};

/// The verified chaining values of a file's segments (8 MiB of sealed bytes, 512 leaves): 32
/// bytes of memory for each. They vouch for the leaves of one segment at a time.
pub struct Segments {
    values: Vec<Value>,
    groups: u64,
}

/// Joins the leaves of a file, streamed once from the first to the last.
pub struct SegmentsBuilder {
    groups: u64,
    seen: u64,
    overflow: bool,
    partial: Vec<u8>,
    segment: Joiner,
    /// The newest leaf: only its successor, or the end, tells how it is joined.
    newest: Option<Value>,
    values: Vec<Value>,
}

impl Segments {
    /// Begins the check of the leaves of a file of `sealed_len` bytes.
    pub fn builder(sealed_len: u64) -> SegmentsBuilder {
        SegmentsBuilder {
            groups: group_count(sealed_len),
            seen: 0,
            overflow: false,
            partial: Vec::with_capacity(32),
            segment: Joiner::default(),
            newest: None,
            values: Vec::new(),
        }
    }

    /// Number of segments, at least one.
    pub fn segment_count(&self) -> u64 {
        self.values.len() as u64
    }

    /// Checks the leaves of one segment (512 leaves of 32 bytes, fewer in the last).
    ///
    /// # Errors
    /// [`TreeError::Length`] where the segment does not exist or has another number of
    /// leaves, [`TreeError::Segment`] where a leaf differs.
    pub fn check_leaves(&self, segment: u64, leaves: &[u8]) -> Result<(), TreeError> {
        let place = usize::try_from(segment).map_err(|_| TreeError::Length)?;
        let wanted = self.values.get(place).ok_or(TreeError::Length)?;
        let (leaves, rest) = leaves.as_chunks::<32>();
        let groups = (self.groups - segment * SEGMENT_U64).min(SEGMENT_U64);
        let (last, others) = leaves.split_last().ok_or(TreeError::Length)?;
        if !rest.is_empty() || leaves.len() as u64 != groups {
            return Err(TreeError::Length);
        }
        let mut joiner = Joiner::default();
        for leaf in others {
            joiner.push(*leaf);
        }
        let whole = self.values.len() == 1;
        if joiner.finish(*last, whole) == *wanted {
            Ok(())
        } else {
            Err(TreeError::Segment { segment })
        }
    }
}

impl SegmentsBuilder {
    /// Takes the next leaves, in pieces of any size.
    pub fn push_leaves(&mut self, mut leaves: &[u8]) {
        if !self.partial.is_empty() {
            let (head, rest) = leaves
                .split_at_checked(32 - self.partial.len())
                .unwrap_or((leaves, &[]));
            self.partial.extend_from_slice(head);
            leaves = rest;
            if let Ok(leaf) = Value::try_from(self.partial.as_slice()) {
                self.partial.clear();
                self.push_leaf(leaf);
            }
        }
        let (whole, rest) = leaves.as_chunks::<32>();
        for leaf in whole {
            self.push_leaf(*leaf);
        }
        self.partial.extend_from_slice(rest);
    }

    fn push_leaf(&mut self, leaf: Value) {
        if self.seen == self.groups {
            // kept out of memory: a list without end must not fill it
            self.overflow = true;
            return;
        }
        if let Some(previous) = self.newest.replace(leaf) {
            if self.seen.is_multiple_of(TREE_SEGMENT_GROUPS as u64) {
                let segment = std::mem::take(&mut self.segment);
                self.values.push(segment.finish(previous, false));
            } else {
                self.segment.push(previous);
            }
        }
        self.seen += 1;
    }

    /// Compares with the root of the signed manifest.
    ///
    /// # Errors
    /// [`TreeError::Length`] for another number of leaves than the file has groups,
    /// [`TreeError::Root`] where they give another root.
    pub fn finish(self, root: &Digest) -> Result<Segments, TreeError> {
        let Self {
            groups,
            seen,
            overflow,
            partial,
            segment,
            newest,
            mut values,
        } = self;
        let last = newest.ok_or(TreeError::Length)?;
        if overflow || seen != groups || !partial.is_empty() {
            return Err(TreeError::Length);
        }
        let whole = values.is_empty();
        let last_segment = segment.finish(last, whole);
        let computed = if whole {
            last_segment
        } else {
            let mut joiner = Joiner::default();
            for value in &values {
                joiner.push(*value);
            }
            joiner.finish(last_segment, true)
        };
        if computed != *root.as_bytes() {
            return Err(TreeError::Root);
        }
        values.push(last_segment);
        Ok(Segments { values, groups })
    }
}
