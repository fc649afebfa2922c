//! What people type: pairs, ranges, durations, sizes. Every reader is strict, and its message
//! says what would have been right.

use std::time::Duration;

/// `field=value`; the value may be empty (that clears the field) and may contain `=`.
pub fn field_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((field, value)) if !field.trim().is_empty() => {
            Ok((field.trim().to_owned(), value.to_owned()))
        }
        _ => Err("expected FIELD=VALUE, for example title='New roof'".to_owned()),
    }
}

/// A range of bytes as in HTTP: both ends belong to it, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// First byte.
    pub first: u64,
    /// Last byte; `None` is the end of the file.
    pub last: Option<u64>,
}

/// `A-B` or `A-`.
pub fn byte_range(text: &str) -> Result<ByteRange, String> {
    let wrong = || "expected A-B or A- (bytes from 0, both ends included)".to_owned();
    let (first, last) = text.split_once('-').ok_or_else(wrong)?;
    let first = digits(first).ok_or_else(wrong)?;
    let last = match last {
        "" => None,
        last => Some(digits(last).ok_or_else(wrong)?),
    };
    if last.is_some_and(|last| last < first) {
        return Err("the range ends before it begins".to_owned());
    }
    Ok(ByteRange { first, last })
}

/// `90s`, `15m`, `12h`, `7d`, `2w`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a duration such as 90s, 15m, 12h, 7d or 2w".to_owned();
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        Some('w') => 604_800,
        _ => return Err(wrong()),
    };
    let number = text
        .get(..text.len() - 1)
        .and_then(digits)
        .ok_or_else(wrong)?;
    match number.checked_mul(unit) {
        Some(0) => Err("a duration is longer than nothing".to_owned()),
        Some(seconds) if seconds <= 3_650 * 86_400 => Ok(Duration::from_secs(seconds)),
        _ => Err("at most ten years".to_owned()),
    }
}

/// Bytes: `123`, `10KiB`, `1.5GiB`, `2TB`; `none` takes a limit away.
pub fn size(text: &str) -> Result<Option<u64>, String> {
    if text == "none" {
        return Ok(None);
    }
    let wrong = || "expected a size such as 500MB, 10GiB, or none".to_owned();
    let split = text
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(split).ok_or_else(wrong)?;
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kib" | "k" => 1 << 10,
        "mib" | "m" => 1 << 20,
        "gib" | "g" => 1 << 30,
        "tib" | "t" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return Err(wrong()),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) if fraction.len() <= 3 => (whole, fraction),
        Some(_) => return Err(wrong()),
        None => (number, "0"),
    };
    let thousandths = digits(&format!("{fraction:0<3}")).ok_or_else(wrong)?;
    let length = u128::from(digits(whole).ok_or_else(wrong)?) * u128::from(factor)
        + u128::from(thousandths) * u128::from(factor) / 1_000;
    u64::try_from(length).map(Some).map_err(|_| wrong())
}

fn digits(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs() {
        let pair = |field: &str, value: &str| Ok((field.to_owned(), value.to_owned()));
        assert_eq!(field_value("a=b=c"), pair("a", "b=c"));
        assert_eq!(field_value("a="), pair("a", ""));
        assert!(field_value("=b").is_err());
        assert!(field_value("ab").is_err());
    }

    #[test]
    fn ranges() {
        let range = |first, last| Ok(ByteRange { first, last });
        assert_eq!(byte_range("0-0"), range(0, Some(0)));
        assert_eq!(byte_range("10-"), range(10, None));
        for wrong in ["", "-", "-5", "5", "5-4", "a-b", "1-2-3", "+1-2", "1- 2"] {
            assert!(byte_range(wrong).is_err(), "{wrong}");
        }
        assert!(byte_range("99999999999999999999-").is_err());
    }

    #[test]
    fn durations() {
        assert_eq!(duration("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        for wrong in [
            "",
            "d",
            "0d",
            "-1d",
            "7",
            "7y",
            "1.5h",
            "9999999999999999999w",
            "é",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(size("none"), Ok(None));
        assert_eq!(size("0"), Ok(Some(0)));
        assert_eq!(size("10GiB"), Ok(Some(10 << 30)));
        assert_eq!(size("1.5 kb"), Ok(Some(1_500)));
        for wrong in [
            "",
            "GiB",
            "-1",
            "1.2.3",
            "1e3",
            "10 parsecs",
            "99999999999TiB",
        ] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
