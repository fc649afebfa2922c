use super::{AeadError, NONCE_BYTES, TAG_BYTES};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// One AES-256-GCM key, its tables computed once; usable by several threads. aws-lc wipes
/// its memory when freeing it.
pub(crate) struct AesGcm(LessSafeKey);

impl AesGcm {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        match UnboundKey::new(&AES_256_GCM, key) {
            Ok(key) => Self(LessSafeKey::new(key)),
            Err(_) => crate::impossible("AES-256 refused a key of 32 bytes"),
        }
    }

    /// Encrypts `buffer` in place and returns the tag.
    pub(crate) fn seal(
        &self,
        nonce: [u8; NONCE_BYTES],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_BYTES], AeadError> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::empty(), buffer)
            .map_err(|_| AeadError)?;
        tag.as_ref().try_into().map_err(|_| AeadError)
    }

    /// Checks and decrypts `sealed` (ciphertext and tag) in place; the plaintext is its
    /// beginning. After an error the buffer holds nothing of use.
    pub(crate) fn open<'a>(
        &self,
        nonce: [u8; NONCE_BYTES],
        sealed: &'a mut [u8],
    ) -> Result<&'a mut [u8], AeadError> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.0
            .open_in_place(nonce, Aad::empty(), sealed)
            .map_err(|_| AeadError)
    }
}
