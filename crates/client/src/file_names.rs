//! File names come from colleagues: on disk they must stay inside the folder that was chosen,
//! look like what they are, and never be a device, an option or a hidden file.

use strongroom_format::names::is_invisible;

/// Longest name that common file systems take, bytes.
const NAME_MAX_BYTES: usize = 240;
const FALLBACK: &str = "file";

/// Names that Windows keeps for devices, whatever their ending.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];

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
