use std::fmt::Display;

/// Makes text from other people harmless for a terminal: control characters (escape
/// sequences among them) and bidirectional overrides are shown as `·`, line ends as `↵`.
pub fn clean(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' => '↵',
            '\t' => ' ',
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '·',
            other if other.is_control() => '·',
            other => other,
        })
        .collect()
}

/// The first eight characters of an id: enough for the next command.
pub fn short(id: impl Display) -> String {
    id.to_string().chars().take(8).collect()
}

/// A size for people: `17 B`, `1.5 KiB`, `10.0 GiB`.
pub fn bytes(length: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if length < 1024 {
        return format!("{length} B");
    }
    let power = (length.ilog2() / 10) as usize;
    #[allow(clippy::cast_precision_loss)]
    let value = length as f64 / (1_u64 << (10 * power)) as f64;
    let unit = UNITS.get(power.saturating_sub(1)).copied().unwrap_or("EiB");
    format!("{value:.1} {unit}")
}

/// `1 file`, `2 files`.
pub fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(10 << 30), "10.0 GiB");
        assert_eq!(bytes(u64::MAX), "16.0 EiB");
    }

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        assert_eq!(clean("a\x1b[2Jb\u{202e}c\nd"), "a·[2Jb·c↵d");
    }

    #[test]
    fn counts() {
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(0, "file"), "0 files");
    }
}
