use aho_corasick::{AhoCorasick, MatchKind};
use std::{collections::BTreeSet, fmt::Write as _};

/// Shorter canaries would be found in random bytes by chance.
pub const CANARY_MIN_BYTES: usize = 6;
/// Longer ones are not needed.
const CANARY_MAX_BYTES: usize = 4_096;

/// A canary that cannot be searched for.
#[derive(Debug, thiserror::Error)]
pub enum NeedleError {
    /// Too short or too long.
    #[error("a canary has 6 to 4096 bytes; shorter ones occur in sealed bytes by chance")]
    Length,
    /// The search could not be built.
    #[error("too many canaries at once")]
    TooMany(#[from] aho_corasick::BuildError),
}

/// All written forms of all canaries, searched in one pass each for the forms in which upper
/// and lower case are the same thing, and for those in which they are not.
pub struct Needles {
    any_case: Forms,
    exact: Forms,
}

struct Forms {
    automaton: AhoCorasick,
    /// Canary and name of the form, by pattern.
    names: Vec<(usize, &'static str)>,
    longest: usize,
}

impl Needles {
    /// Prepares the search.
    pub fn new(canaries: &[Vec<u8>]) -> Result<Self, NeedleError> {
        let mut any_case = Vec::new();
        let mut exact = Vec::new();
        for (number, canary) in canaries.iter().enumerate() {
            if !(CANARY_MIN_BYTES..=CANARY_MAX_BYTES).contains(&canary.len()) {
                return Err(NeedleError::Length);
            }
            for (name, bytes) in any_case_forms(canary) {
                any_case.push((number, name, bytes));
            }
            for (name, bytes) in base64_forms(canary) {
                exact.push((number, name, bytes));
            }
        }
        Ok(Self {
            any_case: Forms::new(any_case, true)?,
            exact: Forms::new(exact, false)?,
        })
    }

    /// Canaries and forms found in `haystack`, each once.
    pub fn search(&self, haystack: &[u8]) -> BTreeSet<(usize, &'static str)> {
        let mut found = BTreeSet::new();
        for forms in [&self.any_case, &self.exact] {
            if forms.names.is_empty() {
                continue;
            }
            for hit in forms.automaton.find_overlapping_iter(haystack) {
                found.extend(forms.names.get(hit.pattern().as_usize()));
            }
        }
        found
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.any_case.names.is_empty()
    }

    /// Length of the longest form: how much pieces of a file must overlap.
    pub fn longest(&self) -> usize {
        self.any_case.longest.max(self.exact.longest)
    }
}

impl Forms {
    fn new(
        forms: Vec<(usize, &'static str, Vec<u8>)>,
        any_case: bool,
    ) -> Result<Self, NeedleError> {
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(any_case)
            .match_kind(MatchKind::Standard)
            .build(forms.iter().map(|(_, _, bytes)| bytes))?;
        Ok(Self {
            automaton,
            longest: forms
                .iter()
                .map(|(_, _, bytes)| bytes.len())
                .max()
                .unwrap_or(0),
            names: forms
                .into_iter()
                .map(|(number, name, _)| (number, name))
                .collect(),
        })
    }
}

/// Forms that are searched without regard to ASCII case.
fn any_case_forms(canary: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![
        ("as it is", canary.to_vec()),
        ("reversed", canary.iter().rev().copied().collect()),
        ("hex", hex(canary, "")),
        ("hex with spaces", hex(canary, " ")),
        ("hex with colons", hex(canary, ":")),
        ("percent-encoded", hex_prefixed(canary, "%", false)),
        ("percent-encoded", hex_prefixed(canary, "%", true)),
        ("\\x-escaped", hex_prefixed(canary, "\\x", false)),
    ];
    if let Ok(text) = std::str::from_utf8(canary) {
        // letters outside ASCII have no case in the automaton
        for folded in [text.to_lowercase(), text.to_uppercase()] {
            forms.push(("case-folded", folded.into_bytes()));
        }
        forms.push((
            "UTF-16LE",
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ));
        forms.push((
            "UTF-16BE",
            text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ));
        let mut escaped = String::new();
        for unit in text.encode_utf16() {
            // writing to a string cannot fail
            let _ = write!(escaped, "\\u{unit:04x}");
        }
        forms.push(("JSON-escaped", escaped.into_bytes()));
        let mut mixed = String::new();
        for character in text.chars() {
            let mut units = [0; 2];
            match character {
                ' '..='~' => mixed.push(character),
                _ => {
                    for unit in character.encode_utf16(&mut units) {
                        let _ = write!(mixed, "\\u{unit:04x}");
                    }
                }
            }
        }
        forms.push(("JSON-escaped", mixed.into_bytes()));
        if let Ok(quoted) = serde_json::to_string(text) {
            forms.push(("JSON-escaped", quoted.trim_matches('"').as_bytes().to_vec()));
        }
    }
    let mut seen = BTreeSet::new();
    forms.retain(|(_, bytes)| {
        bytes.len() >= CANARY_MIN_BYTES && seen.insert(bytes.to_ascii_lowercase())
    });
    forms
}

/// The characters that base64 gives a canary at each of its three alignments, whatever stands
/// before and after it; standard and URL alphabet.
fn base64_forms(canary: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms: Vec<(&'static str, Vec<u8>)> = Vec::new();
    for (encoding, name) in [
        (data_encoding::BASE64_NOPAD, "base64"),
        (data_encoding::BASE64URL_NOPAD, "base64url"),
    ] {
        for before in 0..3_usize {
            let mut bytes = vec![0; before];
            bytes.extend_from_slice(canary);
            let text = encoding.encode(&bytes);
            // characters that hold only bits of the canary
            let first = (8 * before).div_ceil(6);
            let last = 8 * bytes.len() / 6;
            if let Some(stable) = text.get(first..last)
                && !forms.iter().any(|(_, other)| other == stable.as_bytes())
            {
                forms.push((name, stable.as_bytes().to_vec()));
            }
        }
    }
    forms
}

fn hex(bytes: &[u8], between: &str) -> Vec<u8> {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(between).into_bytes()
}

fn hex_prefixed(bytes: &[u8], prefix: &str, keep_plain: bool) -> Vec<u8> {
    let mut text = String::new();
    for byte in bytes {
        if keep_plain && (byte.is_ascii_alphanumeric() || b"-._~".contains(byte)) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "{prefix}{byte:02x}");
        }
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(haystack: &[u8]) -> Vec<&'static str> {
        let needles = Needles::new(&[b"Harbour lease\xc3\x84".to_vec()]).unwrap();
        needles
            .search(haystack)
            .into_iter()
            .map(|(_, form)| form)
            .collect()
    }

    #[test]
    fn every_form_is_found() {
        assert_eq!(found("xxhARBOUR LEASEÄyy".as_bytes()), ["as it is"]);
        assert_eq!(found("harbour leaseä".as_bytes()), ["case-folded"]);
        let utf16: Vec<u8> = "..Harbour leaseÄ.."
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(found(&utf16).contains(&"UTF-16LE"));
        let utf16: Vec<u8> = "..Harbour leaseÄ"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert!(found(&utf16).contains(&"UTF-16BE"));
        assert_eq!(found(b"48617262 6F7572").len(), 0);
        assert_eq!(found(b"486172626F7572206C65617365C384"), ["hex"]);
        assert_eq!(found(b"x=Harbour%20lease%C3%84"), ["percent-encoded"]);
        assert_eq!(found(br"Harbour lease\u00c4"), ["JSON-escaped"]);
        assert_eq!(found(b"nothing of it"), [""; 0]);
    }

    #[test]
    fn base64_at_every_alignment() {
        for before in 0..6 {
            for after in 0..3 {
                let mut bytes = vec![b'#'; before];
                bytes.extend_from_slice("Harbour leaseÄ".as_bytes());
                bytes.extend(vec![b'#'; after]);
                let text = data_encoding::BASE64.encode(&bytes);
                assert_eq!(found(text.as_bytes()), ["base64"], "{before} {after}");
            }
        }
        let needles = Needles::new(&[vec![0xff, 0xef, 0xfe, 0xff, 0xef, 0xfe]]).unwrap();
        let text = data_encoding::BASE64URL.encode(&[0xff, 0xef, 0xfe, 0xff, 0xef, 0xfe]);
        assert_eq!(needles.search(text.as_bytes()).len(), 1);
    }

    #[test]
    fn short_canaries_are_refused() {
        assert!(Needles::new(&[b"short".to_vec()]).is_err());
        assert!(Needles::new(&[]).unwrap().is_empty());
    }
}
