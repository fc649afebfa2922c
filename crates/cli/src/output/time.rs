use strongroom_types::TimestampMs;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

fn span(length_ms: u64) -> String {
    let (number, unit) = match length_ms {
        0..MINUTE => (length_ms / SECOND, "second"),
        MINUTE..HOUR => (length_ms / MINUTE, "minute"),
        HOUR..DAY => (length_ms / HOUR, "hour"),
        _ if length_ms < 60 * DAY => (length_ms / DAY, "day"),
        _ if length_ms < 730 * DAY => (length_ms / (30 * DAY), "month"),
        _ => (length_ms / (365 * DAY), "year"),
    };
    match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    }
}

/// `just now`, `5 minutes ago`; times ahead (another clock is wrong) read `just now` or `in …`.
pub fn ago(then_ms: TimestampMs, now_ms: TimestampMs) -> String {
    match now_ms.checked_sub(then_ms) {
        Some(past) if past < 5 * SECOND => "just now".to_owned(),
        Some(past) => format!("{} ago", span(past)),
        None if then_ms - now_ms < MINUTE => "just now".to_owned(),
        None => format!("in {}", span(then_ms - now_ms)),
    }
}

/// `in 3 days`, or `expired 2 hours ago`.
pub fn until(then_ms: TimestampMs, now_ms: TimestampMs) -> String {
    if then_ms > now_ms {
        // what was set to seven days a moment ago is not six
        format!("in {}", span(then_ms - now_ms + MINUTE / 2))
    } else {
        format!("expired {}", ago(then_ms, now_ms))
    }
}

/// Local date and time to the minute.
pub fn stamp(time_ms: TimestampMs) -> String {
    i64::try_from(time_ms)
        .ok()
        .and_then(|time| jiff::Timestamp::from_millisecond(time).ok())
        .map(|time| {
            time.to_zoned(jiff::tz::TimeZone::system())
                .strftime("%Y-%m-%d %H:%M")
                .to_string()
        })
        .unwrap_or_else(|| format!("{time_ms} ms"))
}

/// Local date.
pub fn day(time_ms: TimestampMs) -> String {
    let stamp = stamp(time_ms);
    let date = stamp.split(' ').next().unwrap_or_default();
    date.to_owned()
}

/// Date and how long ago, for single things.
pub fn when(time_ms: TimestampMs, now_ms: TimestampMs) -> String {
    format!("{} ({})", stamp(time_ms), ago(time_ms, now_ms))
}

/// Milliseconds of `YYYY-MM-DD` (midnight UTC).
pub fn parse_day(text: &str) -> Option<TimestampMs> {
    let date: jiff::civil::Date = text.parse().ok()?;
    let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    u64::try_from(zoned.timestamp().as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times() {
        let now = 1_800_000_000_000;
        assert_eq!(ago(now - 2_000, now), "just now");
        assert_eq!(ago(now - 90 * SECOND, now), "1 minute ago");
        assert_eq!(ago(now - 3 * DAY, now), "3 days ago");
        assert_eq!(ago(now - 100 * DAY, now), "3 months ago");
        assert_eq!(ago(now + 10 * SECOND, now), "just now");
        assert_eq!(until(now + 7 * DAY - 300, now), "in 7 days");
        assert_eq!(until(now - HOUR, now), "expired 1 hour ago");
    }

    #[test]
    fn days() {
        assert_eq!(parse_day("1970-01-02"), Some(DAY));
        assert_eq!(parse_day("1970-13-02"), None);
    }
}
