//! Names of people: normalised, bounded, and compared by what they look like.

use crate::FormatError;
use strongroom_types::limits::NAME_MAX_BYTES;
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

/// The NFKC form of a name, if it is acceptable.
///
/// # Errors
/// `Invalid` when empty, too long, with control or invisible characters, or with outer spaces.
pub fn normalise(name: &str) -> Result<String, FormatError> {
    if name.len() > NAME_MAX_BYTES {
        return Err(FormatError::Invalid("a name may have at most 200 bytes"));
    }
    let normal: String = name.nfkc().collect();
    if normal.is_empty() || normal.trim() != normal {
        return Err(FormatError::Invalid(
            "a name must not be empty or begin or end with a space",
        ));
    }
    if normal.len() > NAME_MAX_BYTES {
        return Err(FormatError::Invalid("a name may have at most 200 bytes"));
    }
    if normal.chars().any(is_invisible) {
        return Err(FormatError::Invalid(
            "a name must not contain control or invisible characters",
        ));
    }
    Ok(normal)
}

/// What two names that look alike have in common (UTS 39 skeleton of the lower-cased name).
pub fn look(name: &str) -> String {
    let lower: String = name.nfkc().collect::<String>().to_lowercase();
    let folded: String = skeleton(&lower).collect();
    folded.to_lowercase()
}

/// Control characters and format characters that hide or turn text.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB | 0xE0000..=0xE0FFF)
}

/// A stranger's sentence (a server's, for example), without what could steer a terminal or turn
/// the text around it, and not endless.
pub fn plain(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).take(400).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike_names_are_one() {
        assert_eq!(look("Alice"), look("alice"));
        assert_eq!(look("alice"), look("аlice"), "Cyrillic a");
        assert_ne!(look("alice"), look("bob"));
        assert_eq!(normalise("ﬁnn").unwrap(), "finn");
        for wrong in ["", " a", "a\u{202e}b", "a\nb", &"x".repeat(201)] {
            assert!(normalise(wrong).is_err(), "{wrong:?}");
        }
    }
}
