//! The box: C2SP chunked-encryption, Cobblestone-256 (<https://c2sp.org/chunked-encryption@v1>
//! with AEAD_AES_256_GCM). Every symmetric ciphertext of Strongroom is one.
//!
//! `salt 24 | commitment 32 | chunk 0 | chunk 1 | …`: chunks of 16,384 bytes of plaintext and
//! a 16-byte tag, the last one always short (0 to 16,383 bytes), so that an end cannot be cut
//! off unseen. Key, nonces and commitment come from HKDF-Expand-SHA512(key, label | 00 | salt
//! | context); the commitment is checked before anything is decrypted, so that one box never
//! opens under two keys or two contexts.

use crate::{
    SymmetricKey,
    aead::{AesGcm, NONCE_BYTES, TAG_BYTES},
};
use hkdf::hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use strongroom_types::{
    Rng,
    limits::{BOX_HEADER_BYTES, CHUNK_PLAIN_BYTES, CHUNK_SEALED_BYTES},
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const SALT_BYTES: usize = 24;
const COMMITMENT_BYTES: usize = 32;
const LABEL: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM";
/// Most chunks of a box (4 PiB of plaintext): the bound of the specification.
const MAX_CHUNKS: u64 = 1 << 38;
const HEADER_U64: u64 = BOX_HEADER_BYTES as u64;
const PLAIN_U64: u64 = CHUNK_PLAIN_BYTES as u64;
const SEALED_U64: u64 = CHUNK_SEALED_BYTES as u64;
const TAG_U64: u64 = TAG_BYTES as u64;

/// Why a box does not open or cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoxError {
    /// Another key, another context, or a changed header.
    #[error("the box does not belong to this key and context")]
    Commitment,
    /// A chunk was changed, moved or exchanged.
    #[error("chunk {index} of the box was changed")]
    Chunk {
        /// Number of the chunk, from 0.
        index: u64,
    },
    /// The box ends too early: no header, or no short last chunk.
    #[error("the box is cut off")]
    Truncated,
    /// A chunk or a buffer of a length that this place does not allow.
    #[error("wrong length of a chunk")]
    Length,
    /// Beyond the 2^38 chunks that one key may seal.
    #[error("more chunks than a box may have")]
    TooManyChunks,
}

/// Bytes of the box that holds `plain_len` bytes; saturates at the end of the range.
pub const fn sealed_len(plain_len: u64) -> u64 {
    let tags = (plain_len / PLAIN_U64 + 1) * TAG_U64;
    plain_len.saturating_add(tags + HEADER_U64)
}

/// Bytes of plaintext in a box of `sealed_len` bytes.
///
/// # Errors
/// [`BoxError::Truncated`] where no box has this length, [`BoxError::TooManyChunks`] where it
/// would be too long.
pub fn plain_len(sealed_len: u64) -> Result<u64, BoxError> {
    let body = sealed_len
        .checked_sub(HEADER_U64)
        .ok_or(BoxError::Truncated)?;
    let last = (body % SEALED_U64)
        .checked_sub(TAG_U64)
        .ok_or(BoxError::Truncated)?;
    let full = body / SEALED_U64;
    if full >= MAX_CHUNKS {
        return Err(BoxError::TooManyChunks);
    }
    Ok(full * PLAIN_U64 + last)
}

/// Seals `plaintext` under a fresh salt.
pub fn seal(key: &SymmetricKey, context: &[u8], plaintext: &[u8], rng: &mut dyn Rng) -> Vec<u8> {
    seal_with(&Sealer::new(key, context, rng), plaintext)
}

fn seal_with(sealer: &Sealer, plaintext: &[u8]) -> Vec<u8> {
    let capacity = usize::try_from(sealed_len(plaintext.len() as u64)).unwrap_or(usize::MAX);
    let mut sealed = Vec::with_capacity(capacity);
    sealed.extend_from_slice(sealer.header());
    let (full, last) = plaintext.as_chunks::<CHUNK_PLAIN_BYTES>();
    let chunks = full.iter().map(<[u8; _]>::as_slice).chain([last]);
    for (index, chunk) in (0..).zip(chunks) {
        if sealer.seal_chunk(index, chunk, &mut sealed).is_err() {
            // a slice in memory has fewer than 2^38 chunks, each of an allowed length
            crate::impossible("a chunk in memory was refused");
        }
    }
    sealed
}

/// Opens a whole box.
///
/// # Errors
/// Any [`BoxError`]; nothing of the plaintext is released then.
pub fn open(
    key: &SymmetricKey,
    context: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, BoxError> {
    let plain_len = plain_len(sealed.len() as u64)?;
    let (header, body) = sealed
        .split_first_chunk::<BOX_HEADER_BYTES>()
        .ok_or(BoxError::Truncated)?;
    let opener = Opener::new(key, context, header)?;
    let mut plaintext = Zeroizing::new(Vec::with_capacity(
        usize::try_from(plain_len).map_err(|_| BoxError::TooManyChunks)?,
    ));
    let mut buffer = Zeroizing::new([0_u8; CHUNK_SEALED_BYTES]);
    let (full, last) = body.as_chunks::<CHUNK_SEALED_BYTES>();
    for (index, chunk) in (0..).zip(full) {
        buffer.copy_from_slice(chunk);
        plaintext.extend_from_slice(opener.open_chunk(index, false, buffer.as_mut_slice())?);
    }
    let buffer = buffer.get_mut(..last.len()).ok_or(BoxError::Length)?;
    buffer.copy_from_slice(last);
    plaintext.extend_from_slice(opener.open_chunk(full.len() as u64, true, buffer)?);
    Ok(plaintext)
}

/// What key, salt and context together give.
struct Schedule {
    aead: AesGcm,
    base_nonce: [u8; NONCE_BYTES],
    commitment: [u8; COMMITMENT_BYTES],
}

impl Schedule {
    fn new(key: &SymmetricKey, context: &[u8], salt: &[u8; SALT_BYTES]) -> Self {
        let (aead_key, base_nonce, commitment) =
            expand(key.danger_bytes(), &[LABEL, &[0], salt, context]);
        Self {
            aead: AesGcm::new(&aead_key),
            base_nonce,
            commitment,
        }
    }

    /// Base nonce XOR chunk number, big-endian.
    fn nonce(&self, index: u64) -> Result<[u8; NONCE_BYTES], BoxError> {
        if index >= MAX_CHUNKS {
            return Err(BoxError::TooManyChunks);
        }
        let mut nonce = self.base_nonce;
        for (byte, counter) in nonce.iter_mut().rev().zip(index.to_le_bytes()) {
            *byte ^= counter;
        }
        Ok(nonce)
    }
}

type Expanded = (
    Zeroizing<[u8; 32]>,
    [u8; NONCE_BYTES],
    [u8; COMMITMENT_BYTES],
);

/// HKDF-Expand-SHA512 to 76 bytes. The key is shorter than the hash, which `hkdf` refuses for
/// a PRK although RFC 5869 and the specification of the box mean just that: hence by hand.
fn expand(prk: &[u8; 32], info: &[&[u8]]) -> Expanded {
    let Ok(keyed) = Hmac::<Sha512>::new_from_slice(prk) else {
        crate::impossible("HMAC refused a key")
    };
    let block = |previous: &[u8], number: u8| -> Zeroizing<[u8; 64]> {
        let mut mac = keyed.clone();
        mac.update(previous);
        for part in info {
            mac.update(part);
        }
        mac.update(&[number]);
        Zeroizing::new(mac.finalize().into_bytes().into())
    };
    let first = block(&[], 1);
    let second = block(first.as_slice(), 2);
    let mut bytes = first.iter().chain(second.iter()).copied();
    let mut key = Zeroizing::new([0; 32]);
    let (mut nonce, mut commitment) = ([0; NONCE_BYTES], [0; COMMITMENT_BYTES]);
    let places = key.iter_mut().chain(&mut nonce).chain(&mut commitment);
    for (place, byte) in places.zip(&mut bytes) {
        *place = byte;
    }
    (key, nonce, commitment)
}

/// Seals the chunks of one box, in any order and from several threads.
///
/// A chunk number must never be sealed twice with different plaintext under one header: that
/// reuses a nonce. Callers who may have to repeat a chunk keep the ciphertext or check that
/// the plaintext is the same.
pub struct Sealer {
    schedule: Schedule,
    header: [u8; BOX_HEADER_BYTES],
}

impl Sealer {
    /// Begins a box under a fresh salt.
    pub fn new(key: &SymmetricKey, context: &[u8], rng: &mut dyn Rng) -> Self {
        let mut salt = [0; SALT_BYTES];
        rng.fill_bytes(&mut salt);
        Self::with_salt(key, context, &salt)
    }

    /// Goes on with a box that was begun earlier.
    ///
    /// # Errors
    /// [`BoxError::Commitment`] where the header belongs to another key or context.
    pub fn resume(
        key: &SymmetricKey,
        context: &[u8],
        header: &[u8; BOX_HEADER_BYTES],
    ) -> Result<Self, BoxError> {
        let schedule = checked(key, context, header)?;
        Ok(Self {
            schedule,
            header: *header,
        })
    }

    fn with_salt(key: &SymmetricKey, context: &[u8], salt: &[u8; SALT_BYTES]) -> Self {
        let schedule = Schedule::new(key, context, salt);
        let mut header = [0; BOX_HEADER_BYTES];
        for (place, byte) in header
            .iter_mut()
            .zip(salt.iter().chain(&schedule.commitment))
        {
            *place = *byte;
        }
        Self { schedule, header }
    }

    /// Salt and commitment: the first 56 bytes of the box.
    pub fn header(&self) -> &[u8; BOX_HEADER_BYTES] {
        &self.header
    }

    /// Appends chunk `index` (ciphertext and tag) to `out`. A chunk of 16,384 bytes is a full
    /// one; a shorter one, possibly empty, ends the box. `out` does not move where its
    /// capacity suffices.
    ///
    /// # Errors
    /// [`BoxError::Length`] for more than 16,384 bytes, [`BoxError::TooManyChunks`].
    pub fn seal_chunk(
        &self,
        index: u64,
        plaintext: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), BoxError> {
        let start = out.len();
        out.extend_from_slice(plaintext);
        let sealed = match out.get_mut(start..) {
            Some(text) => self.seal_text(index, text),
            None => Err(BoxError::Length),
        };
        match sealed {
            Ok(tag) => {
                out.extend_from_slice(&tag);
                Ok(())
            }
            Err(error) => {
                out.truncate(start);
                Err(error)
            }
        }
    }

    /// Seals `buffer[..plain_len]` into `buffer[..plain_len + 16]` and returns that length.
    ///
    /// # Errors
    /// [`BoxError::Length`] where the buffer is too small or the chunk too long,
    /// [`BoxError::TooManyChunks`].
    pub fn seal_in_place(
        &self,
        index: u64,
        buffer: &mut [u8],
        plain_len: usize,
    ) -> Result<usize, BoxError> {
        let (text, rest) = buffer
            .split_at_mut_checked(plain_len)
            .ok_or(BoxError::Length)?;
        let place = rest
            .first_chunk_mut::<TAG_BYTES>()
            .ok_or(BoxError::Length)?;
        *place = self.seal_text(index, text)?;
        Ok(plain_len + TAG_BYTES)
    }

    fn seal_text(&self, index: u64, text: &mut [u8]) -> Result<[u8; TAG_BYTES], BoxError> {
        if text.len() > CHUNK_PLAIN_BYTES {
            return Err(BoxError::Length);
        }
        let nonce = self.schedule.nonce(index)?;
        self.schedule
            .aead
            .seal(nonce, text)
            .map_err(|_| BoxError::Length)
    }
}

/// Opens the chunks of one box, in any order and from several threads.
pub struct Opener {
    schedule: Schedule,
}

impl Opener {
    /// Checks the commitment in constant time; no chunk is touched before.
    ///
    /// # Errors
    /// [`BoxError::Commitment`] for another key or context.
    pub fn new(
        key: &SymmetricKey,
        context: &[u8],
        header: &[u8; BOX_HEADER_BYTES],
    ) -> Result<Self, BoxError> {
        Ok(Self {
            schedule: checked(key, context, header)?,
        })
    }

    /// Opens chunk `index` in place and returns its plaintext, the beginning of `sealed`. The
    /// caller says which chunk is the last: it must be short, all others full.
    ///
    /// # Errors
    /// [`BoxError::Truncated`] for a last chunk that is full or has no tag,
    /// [`BoxError::Length`] for another chunk that is not full, [`BoxError::Chunk`] for one
    /// that was changed, [`BoxError::TooManyChunks`].
    pub fn open_chunk<'a>(
        &self,
        index: u64,
        last: bool,
        sealed: &'a mut [u8],
    ) -> Result<&'a mut [u8], BoxError> {
        match (last, sealed.len()) {
            (true, TAG_BYTES..CHUNK_SEALED_BYTES) | (false, CHUNK_SEALED_BYTES) => {}
            (true, ..=CHUNK_SEALED_BYTES) => return Err(BoxError::Truncated),
            _ => return Err(BoxError::Length),
        }
        let nonce = self.schedule.nonce(index)?;
        self.schedule
            .aead
            .open(nonce, sealed)
            .map_err(|_| BoxError::Chunk { index })
    }
}

fn checked(
    key: &SymmetricKey,
    context: &[u8],
    header: &[u8; BOX_HEADER_BYTES],
) -> Result<Schedule, BoxError> {
    let (salt, commitment) = header
        .split_first_chunk::<SALT_BYTES>()
        .ok_or(BoxError::Truncated)?;
    let schedule = Schedule::new(key, context, salt);
    if bool::from(schedule.commitment.as_slice().ct_eq(commitment)) {
        Ok(schedule)
    } else {
        Err(BoxError::Commitment)
    }
}

/// AES-256-GCM key and base nonce of one box, for a platform that has AES-GCM of its own and
/// seals or opens its chunks in bulk: a browser's WebCrypto. The caller keeps the rules of
/// [`Sealer`] and [`Opener`]: chunk numbers, lengths, and never two plaintexts for one chunk.
pub struct BulkKey {
    key: Zeroizing<[u8; 32]>,
    base_nonce: [u8; NONCE_BYTES],
}

impl BulkKey {
    /// Of the box with this header. The commitment is checked as for [`Opener::new`].
    ///
    /// # Errors
    /// [`BoxError::Commitment`] for another key or context.
    pub fn new(
        key: &SymmetricKey,
        context: &[u8],
        header: &[u8; BOX_HEADER_BYTES],
    ) -> Result<Self, BoxError> {
        checked(key, context, header)?;
        let (salt, _) = header
            .split_first_chunk::<SALT_BYTES>()
            .ok_or(BoxError::Truncated)?;
        let (key, base_nonce, _) = expand(key.danger_bytes(), &[LABEL, &[0], salt, context]);
        Ok(Self { key, base_nonce })
    }

    /// The AES key.
    pub fn danger_key(&self) -> &[u8; 32] {
        &self.key
    }

    /// The nonce of chunk 0. That of another one is this XOR its number, big-endian.
    pub fn base_nonce(&self) -> &[u8; NONCE_BYTES] {
        &self.base_nonce
    }

    /// Seals a chunk as the platform would: ciphertext and tag.
    ///
    /// # Errors
    /// As [`Sealer::seal_chunk`].
    pub fn seal_chunk(&self, index: u64, plaintext: &[u8]) -> Result<Vec<u8>, BoxError> {
        let sealer = Sealer {
            schedule: self.schedule(),
            header: [0; BOX_HEADER_BYTES],
        };
        let mut sealed = Vec::with_capacity(plaintext.len() + TAG_BYTES);
        sealer.seal_chunk(index, plaintext, &mut sealed)?;
        Ok(sealed)
    }

    /// Opens chunks as the platform would.
    pub fn opener(&self) -> Opener {
        Opener {
            schedule: self.schedule(),
        }
    }

    fn schedule(&self) -> Schedule {
        Schedule {
            aead: AesGcm::new(&self.key),
            base_nonce: self.base_nonce,
            commitment: [0; COMMITMENT_BYTES],
        }
    }
}

#[cfg(test)]
mod tests;
