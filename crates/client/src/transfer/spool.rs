//! A pipe's bytes on their way: its length must be known before it can be sealed, and plaintext
//! does not touch the disk. So it waits in a file that is sealed under a key that only this
//! process has.

use crate::{ClientError, Result};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use strongroom_crypto::sealed_box::{BoxError, Opener, Sealer};
use strongroom_crypto::{Rng, SymmetricKey};
use strongroom_types::limits::{CHUNK_PLAIN_BYTES, CHUNK_SEALED_BYTES};
use zeroize::Zeroizing;

const CONTEXT: &[u8] = b"spool";

/// Reads a sealed spool from its beginning.
pub(crate) struct SpoolReader {
    file: BufReader<File>,
    opener: Opener,
    rest: u64,
    next: u64,
    chunk: Zeroizing<Vec<u8>>,
    at: usize,
}

fn broken(error: BoxError) -> ClientError {
    ClientError::failed("spool", "the temporary file of a pipe is damaged").with_source(error)
}

/// Takes a reader to its end into an unnamed file in `folder`. Returns what reads it back, and
/// how many bytes there are.
pub(crate) fn spool(
    reader: &mut dyn Read,
    folder: &Path,
    limit_bytes: u64,
    rng: &mut dyn Rng,
) -> Result<(SpoolReader, u64)> {
    let key = SymmetricKey::make(rng);
    let sealer = Sealer::new(&key, CONTEXT, rng);
    let file = tempfile::tempfile_in(folder)?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let mut plain = Zeroizing::new(vec![0; CHUNK_PLAIN_BYTES]);
    let mut sealed = Vec::with_capacity(CHUNK_SEALED_BYTES);
    let (mut length, mut index) = (0_u64, 0_u64);
    loop {
        let filled = fill(reader, &mut plain)?;
        length += filled as u64;
        if length > limit_bytes {
            return Err(ClientError::refused(
                "quota_exceeded",
                "what comes through the pipe is larger than your limit",
            ));
        }
        sealed.clear();
        let chunk = plain.get(..filled).unwrap_or_default();
        sealer
            .seal_chunk(index, chunk, &mut sealed)
            .map_err(broken)?;
        out.write_all(&sealed)?;
        index += 1;
        if filled < CHUNK_PLAIN_BYTES {
            break;
        }
    }
    let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    let opener = Opener::new(&key, CONTEXT, sealer.header()).map_err(broken)?;
    let reader = SpoolReader {
        file: BufReader::with_capacity(1 << 20, file),
        opener,
        rest: length,
        next: 0,
        chunk: Zeroizing::new(Vec::with_capacity(CHUNK_SEALED_BYTES)),
        at: 0,
    };
    Ok((reader, length))
}

/// Reads until the buffer is full or the source ends.
pub(crate) fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

impl Read for SpoolReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() {
            if self.rest == 0 {
                return Ok(0);
            }
            let plain = self.rest.min(CHUNK_PLAIN_BYTES as u64) as usize;
            let sealed = plain + CHUNK_SEALED_BYTES - CHUNK_PLAIN_BYTES;
            self.chunk.resize(sealed, 0);
            self.file.read_exact(&mut self.chunk)?;
            let last = plain < CHUNK_PLAIN_BYTES;
            self.opener
                .open_chunk(self.next, last, &mut self.chunk)
                .map_err(io::Error::other)?;
            self.chunk.truncate(plain);
            self.at = 0;
            self.next += 1;
            self.rest -= plain as u64;
        }
        let ready = self.chunk.get(self.at..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_crypto::DangerSeededRng;

    #[test]
    fn what_goes_in_comes_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut rng = DangerSeededRng::new(1);
        for length in [0, 1, 16_383, 16_384, 16_385, 40_000, 32_768] {
            let data: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let (mut reader, found) =
                spool(&mut data.as_slice(), folder.path(), 1 << 20, &mut rng).unwrap();
            assert_eq!(found, length as u64);
            let mut back = Vec::new();
            reader.read_to_end(&mut back).unwrap();
            assert_eq!(back, data, "{length}");
        }
        let error = spool(&mut [0_u8; 100].as_slice(), folder.path(), 50, &mut rng).err();
        assert_eq!(error.unwrap().exit_code(), 4);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
