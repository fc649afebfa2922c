//! Stretching a passphrase: Argon2id v1.3 (RFC 9106), with parameters compiled in so that no
//! server can weaken them.

use crate::SymmetricKey;
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

/// The cost of one guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Params {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

/// What every passphrase gets: 64 MiB, three passes, one lane.
pub const STRONG: Argon2Params = Argon2Params {
    memory_kib: 64 * 1_024,
    iterations: 3,
    parallelism: 1,
};

/// Argon2id of a passphrase with [`STRONG`]. The bytes are taken as they are: callers
/// normalise and bound them first. Takes some hundred milliseconds and 64 MiB.
pub fn argon2id(passphrase: &[u8], salt: &[u8; 16]) -> SymmetricKey {
    let mut output = Zeroizing::new([0; 32]);
    if stretch(passphrase, salt, output.as_mut_slice()).is_err() {
        crate::impossible("Argon2id refused a passphrase")
    }
    SymmetricKey::from_bytes(*output)
}

/// Argon2id with [`STRONG`] into an output of 4 bytes or more.
pub(crate) fn stretch(
    passphrase: &[u8],
    salt: &[u8; 16],
    output: &mut [u8],
) -> Result<(), argon2::Error> {
    let params = Params::new(
        STRONG.memory_kib,
        STRONG.iterations,
        STRONG.parallelism,
        None,
    )?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, salt, output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answer() {
        // argon2-cffi 25: hash_secret_raw(b"passphrase", b"\x01" * 16, 3, 65536, 1, 32, ID)
        let key = argon2id(b"passphrase", &[1; 16]);
        assert_eq!(
            data_encoding::HEXLOWER.encode(key.danger_bytes()),
            "9e91d482be4e0135fa3485be215bdc59e2eac3f7bca071632e9b06226b26759b"
        );
        assert_ne!(
            argon2id(b"passphrase", &[2; 16]).danger_bytes(),
            key.danger_bytes()
        );
    }
}
