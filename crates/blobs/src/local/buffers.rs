use crate::PIECE_BYTES;
use rustix::{buffer::spare_capacity, io::Errno};
use std::{
    fs::File,
    sync::{Arc, Mutex, PoisonError},
};

/// Buffers that wait for their next use; more than this are freed.
const KEPT_BUFFERS: usize = 16;

/// A pool of buffers of one piece, so that transfers neither allocate nor zero memory.
#[derive(Clone, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    /// An empty buffer with room for one piece.
    pub(super) fn take(&self) -> Buffer {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Buffer {
            bytes: kept.unwrap_or_else(|| Vec::with_capacity(PIECE_BYTES)),
            home: self.clone(),
        }
    }
}

/// A buffer that goes back to its pool on drop.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    home: Buffers,
}

impl Buffer {
    /// Bytes that still fit in.
    pub(super) fn room(&self) -> usize {
        PIECE_BYTES.saturating_sub(self.bytes.len())
    }

    /// Appends; the caller keeps to [`room`](Self::room).
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
    }

    /// Reads what fits in from `offset` of a file; 0 at its end.
    pub(super) fn read_at(&mut self, file: &File, offset: u64) -> Result<usize, Errno> {
        loop {
            match rustix::io::pread(file, spare_capacity(&mut self.bytes), offset) {
                Err(Errno::INTR) => {}
                result => return result,
            }
        }
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        let mut kept = self.home.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT_BUFFERS {
            kept.push(bytes);
        }
    }
}
