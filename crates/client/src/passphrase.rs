use crate::{ClientError, Result};
use strongroom_types::limits::{PASSPHRASE_MAX_BYTES, PASSPHRASE_MIN_CHARS};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// A passphrase: NFC, 1 to 1,024 bytes, wiped on drop.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes what a person typed.
    ///
    /// # Errors
    /// Usage when empty or longer than 1,024 bytes.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let typed = Zeroizing::new(text.into());
        if typed.len() > PASSPHRASE_MAX_BYTES {
            return Err(ClientError::usage(
                "a passphrase may have at most 1024 bytes",
            ));
        }
        let mut normal = Zeroizing::new(String::with_capacity(typed.len() * 3));
        normal.extend(typed.nfc());
        if normal.is_empty() {
            return Err(ClientError::usage("the passphrase is empty"));
        }
        Ok(Self(normal))
    }

    /// Refuses what is too short to be chosen anew.
    ///
    /// # Errors
    /// Usage below 8 characters.
    pub fn check_strength(&self) -> Result<()> {
        if self.0.chars().count() < PASSPHRASE_MIN_CHARS {
            return Err(
                ClientError::usage("a new passphrase needs at least 8 characters")
                    .with_hint("several words are easier to remember and harder to guess"),
            );
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
