//! What sealing and opening share: the buffer, its aligned start, gathering reads and writes.

use anyhow::{Context, Result, ensure};
use std::{
    fs::File,
    io::{IoSlice, IoSliceMut, Read, Write},
};

const PAGE_BYTES: usize = 4_096;

/// A buffer that begins at a page, so that the kernel copies whole pages.
pub struct Aligned {
    bytes: Vec<u8>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// `len` zero bytes.
    pub fn new(len: usize) -> Self {
        let bytes = vec![0; len + PAGE_BYTES];
        let start = bytes.as_ptr().align_offset(PAGE_BYTES);
        Self { bytes, start, len }
    }

    /// All of them.
    pub fn get(&mut self) -> Result<&mut [u8]> {
        self.bytes
            .get_mut(self.start..self.start + self.len)
            .context("the buffer is as long as it was made")
    }
}

/// Fills the slices from `input` in one call of the kernel where it can; returns the bytes
/// read, fewer than there is room only at the end of the file.
pub fn read_gathered(input: &mut File, mut slices: &mut [IoSliceMut<'_>]) -> Result<usize> {
    let mut total = 0;
    while !slices.is_empty() {
        let read = input.read_vectored(slices)?;
        if read == 0 {
            break;
        }
        total += read;
        IoSliceMut::advance_slices(&mut slices, read);
    }
    Ok(total)
}

/// Writes all slices.
pub fn write_gathered(output: &mut File, mut slices: &mut [IoSlice<'_>]) -> Result<()> {
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        let written = output.write_vectored(slices)?;
        ensure!(written > 0, "the output takes no more");
        IoSlice::advance_slices(&mut slices, written);
    }
    Ok(())
}
