use super::{AeadError, NONCE_BYTES, TAG_BYTES};
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{AeadInOut, inout::InOutBuf},
};

/// One AES-256-GCM key for targets without assembly; wiped on drop.
pub(crate) struct AesGcm(Aes256Gcm);

impl AesGcm {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Aes256Gcm::new(key.into()))
    }

    /// Encrypts `buffer` in place and returns the tag.
    pub(crate) fn seal(
        &self,
        nonce: [u8; NONCE_BYTES],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_BYTES], AeadError> {
        self.0
            .encrypt_inout_detached(&nonce.into(), b"", InOutBuf::from(buffer))
            .map(Into::into)
            .map_err(|_| AeadError)
    }

    /// Checks and decrypts `sealed` (ciphertext and tag) in place.
    pub(crate) fn open<'a>(
        &self,
        nonce: [u8; NONCE_BYTES],
        sealed: &'a mut [u8],
    ) -> Result<&'a mut [u8], AeadError> {
        let split = sealed.len().checked_sub(TAG_BYTES).ok_or(AeadError)?;
        let (text, tag) = sealed.split_at_mut_checked(split).ok_or(AeadError)?;
        let tag: [u8; TAG_BYTES] = (&*tag).try_into().map_err(|_| AeadError)?;
        self.0
            .decrypt_inout_detached(&nonce.into(), b"", InOutBuf::from(&mut *text), &tag.into())
            .map_err(|_| AeadError)?;
        Ok(text)
    }
}
