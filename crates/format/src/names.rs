//! Names of people: normalised, bounded, and compared by what they look like.

use crate::FormatError;
use strongroom_types::limits::{FILE_NAME_MAX_BYTES, NAME_MAX_BYTES};
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
    text.chars()
        .filter(|c| !is_invisible(*c))
        .take(400)
        .collect()
}

/// The name under which a file is put: the last part of a path, without what would trick a
/// reader, 1 to 1,024 bytes.
pub fn put_name(name: &str) -> Option<String> {
    let last = name.rsplit('/').next().unwrap_or(name);
    let cleaned: String = last.chars().filter(|c| !is_invisible(*c)).collect();
    let cleaned = cleaned.trim();
    let fits = !cleaned.is_empty() && cleaned.len() <= FILE_NAME_MAX_BYTES;
    (fits && cleaned != "." && cleaned != "..").then(|| cleaned.to_owned())
}

/// A name for a conflict copy of a file beside the original.
pub fn copy_name(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => format!("{stem} (conflict copy).{ending}"),
        _ => format!("{name} (conflict copy)"),
    }
}

/// What two file names have in common that a person, or a file system, takes for the same:
/// however composed, in whatever case.
pub fn same_name_key(name: &str) -> String {
    let folded: String = name.nfc().collect::<String>().to_lowercase();
    folded.nfc().collect()
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
