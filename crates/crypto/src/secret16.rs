use crate::{SymmetricKey, constant_time_eq, sha256};
use strongroom_types::Rng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 26 characters of secret (130 bits, the last two zero) and 2 of check.
const CODE_CHARS: usize = 28;

/// A 128-bit secret that people may carry about: invitation, device secret, recovery code,
/// link fragment. Wiped on drop.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret16([u8; 16]);

/// Why a typed code is not one. Says nothing about the code itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Too short or too long.
    #[error("the code has {found} characters instead of 28, spaces and dashes not counted")]
    Length {
        /// Characters found, spaces and dashes not counted.
        found: usize,
    },
    /// A character that no code contains.
    #[error("character {position} of the code is none that codes contain")]
    Character {
        /// Counted from 1, spaces and dashes not counted.
        position: usize,
    },
    /// The check characters do not fit: a typing error.
    #[error("the code was mistyped: its check characters do not fit")]
    Check,
}

impl Secret16 {
    /// A random secret.
    pub fn make(rng: &mut dyn Rng) -> Self {
        let mut secret = Self([0; 16]);
        rng.fill_bytes(&mut secret.0);
        secret
    }

    /// Takes bytes that are already a secret.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Takes exactly 16 bytes, else `None`.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The secret itself.
    pub fn danger_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// A key for one purpose: HKDF-SHA256 (RFC 5869) with empty salt and `context` as info.
    pub fn derive(&self, context: &[u8]) -> SymmetricKey {
        SymmetricKey::extract_and_expand(&self.0, context)
    }

    /// The secret as people write it: Crockford base 32 in upper case, 26 characters of
    /// secret and 2 of check (the first ten bits of the secret's SHA-256), in seven groups of
    /// four. The text is the secret: show it, do not log it.
    pub fn to_code(&self) -> String {
        let mut code = String::with_capacity(CODE_CHARS + CODE_CHARS / 4);
        let symbols = symbols(u128::from_be_bytes(self.0), check(&self.0));
        for (place, value) in symbols.enumerate() {
            if place > 0 && place % 4 == 0 {
                code.push('-');
            }
            let symbol = ALPHABET.get(usize::from(value)).copied();
            code.push(char::from(symbol.unwrap_or_default()));
        }
        code
    }

    /// Reads what a person typed: case, spaces and dashes do not matter, O is taken for 0, I
    /// and L for 1.
    ///
    /// # Errors
    /// [`CodeError`]; a wrong check is a typing error, not a wrong secret.
    pub fn from_code(code: &str) -> Result<Self, CodeError> {
        let mut typed = Zeroizing::new([0_u8; CODE_CHARS]);
        let mut found = 0;
        let mut strange = None;
        for character in code.chars() {
            if character == '-' || character.is_whitespace() {
                continue;
            }
            match (value_of(character), typed.get_mut(found)) {
                (Some(value), Some(place)) => *place = value,
                (None, _) => strange = strange.or(Some(found + 1)),
                (Some(_), None) => {}
            }
            found += 1;
        }
        if let Some(position) = strange {
            return Err(CodeError::Character { position });
        }
        if found != CODE_CHARS {
            return Err(CodeError::Length { found });
        }
        let secret_bits = typed
            .iter()
            .take(25)
            .fold(0_u128, |bits, value| (bits << 5) | u128::from(*value));
        let last = typed.get(25).copied().unwrap_or_default();
        let secret = Self(((secret_bits << 3) | u128::from(last >> 2)).to_be_bytes());
        // Comparing every symbol also refuses set padding bits: one secret has one code.
        let wanted: Zeroizing<Vec<u8>> =
            Zeroizing::new(symbols(u128::from_be_bytes(secret.0), check(&secret.0)).collect());
        if constant_time_eq(&wanted, typed.as_slice()) {
            Ok(secret)
        } else {
            Err(CodeError::Check)
        }
    }
}

/// The first ten bits of the secret's hash.
fn check(secret: &[u8; 16]) -> u16 {
    match sha256(secret).as_bytes() {
        [first, second, ..] => u16::from_be_bytes([*first, *second]) >> 6,
    }
}

/// The 28 base-32 values of a code.
fn symbols(secret: u128, check: u16) -> impl Iterator<Item = u8> {
    let low5 = |value: u128| u8::try_from(value & 31).unwrap_or_default();
    (0..25_u32)
        .map(move |place| low5(secret >> (123 - 5 * place)))
        .chain([
            low5(secret << 2),
            low5(u128::from(check >> 5)),
            low5(u128::from(check)),
        ])
}

fn value_of(character: char) -> Option<u8> {
    let upper = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET
        .iter()
        .position(|symbol| char::from(*symbol) == upper)?;
    u8::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DangerSeededRng;

    #[test]
    fn code_and_back() {
        let mut rng = DangerSeededRng::new(3);
        for _ in 0..200 {
            let secret = Secret16::make(&mut rng);
            let code = secret.to_code();
            assert_eq!(code.len(), 34);
            let read = Secret16::from_code(&code).unwrap();
            assert_eq!(read.danger_bytes(), secret.danger_bytes());
            let sloppy = code
                .to_lowercase()
                .replace('-', " ")
                .replace('0', "o")
                .replace('1', "l");
            let read = Secret16::from_code(&sloppy).unwrap();
            assert_eq!(read.danger_bytes(), secret.danger_bytes());
        }
        assert_eq!(
            Secret16::from_bytes([0; 16]).to_code(),
            "0000-0000-0000-0000-0000-0000-006X"
        );
        assert!(
            Secret16::from_bytes([255; 16])
                .to_code()
                .starts_with("ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZW")
        );
    }

    #[test]
    fn mistyped_codes() {
        let code = Secret16::from_bytes([7; 16]).to_code();
        let error = |text: &str| Secret16::from_code(text).err().unwrap();
        assert_eq!(error(""), CodeError::Length { found: 0 });
        assert_eq!(error(&format!("{code}0")), CodeError::Length { found: 29 });
        assert_eq!(
            error(&code.replacen('0', "U", 1)),
            CodeError::Character { position: 1 }
        );
        assert_eq!(error("é"), CodeError::Character { position: 1 });
        let mut caught = 0;
        for place in 0..code.len() {
            let mut bytes = code.clone().into_bytes();
            if bytes[place] == b'-' {
                continue;
            }
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let wrong = String::from_utf8(bytes).unwrap();
            caught += usize::from(Secret16::from_code(&wrong).err() == Some(CodeError::Check));
        }
        // ten bits of check: one miss in a thousand is expected, not one in 28
        assert!(caught >= 27, "{caught}");
    }

    #[test]
    fn derived_keys_differ_by_purpose() {
        let secret = Secret16::from_bytes([1; 16]);
        assert_ne!(
            secret.derive(b"a").danger_bytes(),
            secret.derive(b"b").danger_bytes()
        );
    }
}
