//! A fixed number of part buffers that go round: memory does not grow with the file.

use bytes::Bytes;
use std::sync::mpsc::{Receiver, Sender, channel};
use strongroom_types::limits::PART_SEALED_BYTES;

/// The buffers that nobody uses at the moment.
pub(crate) struct Pool {
    free: Receiver<Vec<u8>>,
    back: Sender<Vec<u8>>,
}

struct Lent {
    bytes: Vec<u8>,
    back: Sender<Vec<u8>>,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Where the pool is gone, the buffer goes too.
        let _ = self.back.send(std::mem::take(&mut self.bytes));
    }
}

impl Pool {
    /// A pool of `count` buffers, allocated when first used, of at most `max_bytes` each.
    pub fn new(count: usize, max_bytes: u64) -> Self {
        let (back, free) = channel();
        let capacity = usize::try_from(max_bytes)
            .unwrap_or(usize::MAX)
            .min(PART_SEALED_BYTES);
        for _ in 0..count {
            // The receiver is right here.
            let _ = back.send(Vec::with_capacity(capacity));
        }
        Self { free, back }
    }

    /// Waits for a free buffer. It still holds what its last user left there, so that nothing
    /// is zeroed that is written over anyway.
    pub fn take(&self) -> Vec<u8> {
        self.free.recv().unwrap_or_default()
    }

    /// Lends a filled buffer out; it comes back when the last holder drops it.
    pub fn lend(&self, bytes: Vec<u8>) -> Bytes {
        Bytes::from_owner(Lent {
            bytes,
            back: self.back.clone(),
        })
    }

    /// Gives a buffer back that was not lent.
    pub fn give(&self, bytes: Vec<u8>) {
        let _ = self.back.send(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back() {
        let pool = Pool::new(1, 10);
        let mut first = pool.take();
        first.extend(b"abc");
        let place = first.as_ptr();
        let bytes = pool.lend(first);
        let clone = bytes.clone();
        drop(bytes);
        assert_eq!(&clone[..], b"abc");
        drop(clone);
        let again = pool.take();
        assert_eq!(again.as_ptr(), place, "the same memory");
        pool.give(again);
    }
}
