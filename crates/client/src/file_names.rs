//! File names come from colleagues: on disk they must stay inside the folder that was chosen,
//! look like what they are, and never be a device, an option or a hidden file.

use std::collections::HashSet;
use strongroom_format::names::is_invisible;
pub(crate) use strongroom_format::names::same_name_key;

/// Longest name that common file systems take, bytes.
const NAME_MAX_BYTES: usize = 240;
const FALLBACK: &str = "file";

/// Names that Windows keeps for devices, whatever their ending.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];

/// Safe names for files that go into one folder: no two that a file system may take for the
/// same. The first of them keeps its name.
pub(crate) fn distinct_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let safe: Vec<String> = names.into_iter().map(safe_name).collect();
    let mut taken: HashSet<String> = HashSet::new();
    let wanted: HashSet<String> = safe.iter().map(|name| same_name_key(name)).collect();
    safe.into_iter()
        .map(|name| {
            let mut chosen = name.clone();
            let mut number = 2;
            while !taken.insert(same_name_key(&chosen)) {
                chosen = numbered(&name, number);
                // Not a name that another one has by itself.
                while wanted.contains(&same_name_key(&chosen)) {
                    number += 1;
                    chosen = numbered(&name, number);
                }
                number += 1;
            }
            chosen
        })
        .collect()
}

fn numbered(name: &str, number: u32) -> String {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, format!(" ({number}).{ending}")),
        _ => (name, format!(" ({number})")),
    };
    // The number stays, whatever has to be cut.
    let mut cut = stem.len().min(NAME_MAX_BYTES.saturating_sub(ending.len()));
    while !stem.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}{ending}", stem.get(..cut).unwrap_or(FALLBACK))
}

/// A name for a new file in a folder, made from what a manifest says.
pub fn safe_name(name: &str) -> String {
    let cleaned: String = name
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| {
            if matches!(
                c,
                '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '\0'
            ) {
                '_'
            } else {
                c
            }
        })
        .collect();
    let cleaned = cleaned
        .trim()
        .trim_end_matches(['.', ' '])
        .trim_start_matches(['.', '-', ' ']);
    let mut safe = if cleaned.is_empty() {
        FALLBACK.to_owned()
    } else {
        cleaned.to_owned()
    };
    let stem = safe
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_lowercase();
    let numbered = ["com", "lpt"].iter().any(|device| {
        stem.strip_prefix(device)
            .is_some_and(|rest| rest.chars().count() == 1)
    });
    if DEVICES.contains(&stem.as_str()) || numbered {
        safe.insert(0, '_');
    }
    shorten(&safe)
}

/// Cuts the stem so that the ending stays.
fn shorten(name: &str) -> String {
    if name.len() <= NAME_MAX_BYTES {
        return name.to_owned();
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 16 => {
            (stem, format!(".{ending}"))
        }
        _ => (name, String::new()),
    };
    let mut cut = NAME_MAX_BYTES - ending.len();
    while !stem.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}{ending}", stem.get(..cut).unwrap_or(FALLBACK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tricks_stay_in_the_folder() {
        for (name, safe) in [
            ("../../etc/passwd", "_.._etc_passwd"),
            ("/etc/passwd", "_etc_passwd"),
            ("C:\\Windows\\x.txt", "C__Windows_x.txt"),
            ("..", "file"),
            (".", "file"),
            ("", "file"),
            (".bashrc", "bashrc"),
            ("-rf", "rf"),
            ("con", "_con"),
            ("NUL.txt", "_NUL.txt"),
            ("com1.log", "_com1.log"),
            ("a\u{202e}txt.exe", "atxt.exe"),
            ("two\nlines", "twolines"),
            ("Bericht März.pdf", "Bericht März.pdf"),
            ("trailing. . ", "trailing"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
    }

    #[test]
    fn names_in_one_folder_stay_apart() {
        assert_eq!(
            same_name_key("Caf\u{e9}.PDF"),
            same_name_key("cafe\u{301}.pdf")
        );
        assert_ne!(same_name_key("a.pdf"), same_name_key("b.pdf"));
        let names = [
            "a.pdf",
            "A.PDF",
            "a (2).pdf",
            "../a.pdf",
            "caf\u{e9}",
            "cafe\u{301}",
        ];
        let distinct = distinct_names(names);
        assert_eq!(distinct[0], "a.pdf");
        assert_eq!(distinct[1], "A (3).PDF");
        assert_eq!(distinct[2], "a (2).pdf");
        let keys: HashSet<String> = distinct.iter().map(|name| same_name_key(name)).collect();
        assert_eq!(keys.len(), names.len(), "{distinct:?}");
        let long = format!("{}.pdf", "x".repeat(300));
        let distinct = distinct_names([long.as_str(), long.as_str()]);
        assert_ne!(distinct[0], distinct[1]);
    }

    #[test]
    fn long_names_keep_their_ending() {
        let name = format!("{}.pdf", "ä".repeat(400));
        let safe = safe_name(&name);
        assert!(safe.len() <= 240 && safe.ends_with(".pdf"));
    }

    proptest::proptest! {
        #[test]
        fn any_name_is_one_harmless_component(name in "\\PC{0,300}|[./\\\\:-]{0,20}") {
            let safe = safe_name(&name);
            let path = std::path::Path::new("folder").join(&safe);
            assert_eq!(path.components().count(), 2, "{safe:?}");
            assert!(!safe.starts_with(['.', '-']) && safe.len() <= 241);
        }
    }
}
