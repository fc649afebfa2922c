//! What a person types as their secret, in one normal form on every platform.

use strongroom_types::limits::{PASSPHRASE_MAX_BYTES, PASSPHRASE_MIN_CHARS};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Why a text is no passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    #[error("a passphrase may have at most 1024 bytes")]
    TooLong,
    #[error("the passphrase is empty")]
    Empty,
    /// Only where it is chosen anew.
    #[error("a new passphrase needs at least 8 characters")]
    TooShort,
}

/// A passphrase: NFC, 1 to 1,024 bytes, wiped on drop.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes what a person typed.
    ///
    /// # Errors
    /// `Empty`, `TooLong` above 1,024 bytes.
    pub fn new(text: impl Into<String>) -> Result<Self, PassphraseError> {
        let typed = Zeroizing::new(text.into());
        if typed.len() > PASSPHRASE_MAX_BYTES {
            return Err(PassphraseError::TooLong);
        }
        let mut normal = Zeroizing::new(String::with_capacity(typed.len() * 3));
        normal.extend(typed.nfc());
        if normal.is_empty() {
            return Err(PassphraseError::Empty);
        }
        Ok(Self(normal))
    }

    /// Refuses what is too short to be chosen anew.
    ///
    /// # Errors
    /// `TooShort` below 8 characters.
    pub fn check_strength(&self) -> Result<(), PassphraseError> {
        if self.0.chars().count() < PASSPHRASE_MIN_CHARS {
            return Err(PassphraseError::TooShort);
        }
        Ok(())
    }

    /// The secret itself.
    pub fn danger_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_are_one() {
        let a = Passphrase::new("caf\u{e9} au lait").unwrap();
        let b = Passphrase::new("cafe\u{301} au lait").unwrap();
        assert_eq!(a.danger_bytes(), b.danger_bytes());
        assert!(a.check_strength().is_ok());
        assert!(Passphrase::new("").is_err());
        assert!(Passphrase::new("x".repeat(2000)).is_err());
        assert!(Passphrase::new("short").unwrap().check_strength().is_err());
    }
}
