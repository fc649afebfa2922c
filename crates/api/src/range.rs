//! One byte range, as RFC 9110 section 14 has it; several ranges are answered in full.

use crate::error::{ApiError, ApiResult};
use axum::http::{HeaderMap, header};
use strongroom_wire::ProblemCode;

/// What of a representation is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    All,
    /// Bytes `start..end`, not empty.
    Range {
        start: u64,
        end: u64,
    },
}

/// Reads `Range` for a representation of `total` bytes with the entity tag `etag`.
/// `If-Range` with another tag turns the range off.
pub(crate) fn wanted(headers: &HeaderMap, total: u64, etag: &str) -> ApiResult<Wanted> {
    if let Some(tag) = headers.get(header::IF_RANGE)
        && tag.as_bytes() != etag.as_bytes()
    {
        return Ok(Wanted::All);
    }
    let Some(value) = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
    else {
        return Ok(Wanted::All);
    };
    let Some(spec) = value.strip_prefix("bytes=").map(str::trim) else {
        return Ok(Wanted::All);
    };
    if spec.contains(',') {
        return Ok(Wanted::All);
    }
    let Some((first, last)) = spec.split_once('-') else {
        return Ok(Wanted::All);
    };
    let outside = || ApiError::new(ProblemCode::RangeNotSatisfiable);
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (start, end) = match (number(first), number(last)) {
        (Some(first), None) if last.trim().is_empty() => (first, total),
        (Some(first), Some(last)) if first <= last => (first, last.saturating_add(1).min(total)),
        (None, Some(suffix)) if first.trim().is_empty() => {
            if suffix == 0 {
                return Err(outside());
            }
            (total.saturating_sub(suffix), total)
        }
        // A range that makes no sense is to be ignored.
        _ => return Ok(Wanted::All),
    };
    if start >= total || start >= end {
        return Err(outside());
    }
    Ok(Wanted::Range { start, end })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn ranges() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, HeaderValue::from_str(text).unwrap());
            wanted(&headers, 100, "\"a\"").ok()
        };
        let range = |start, end| Some(Wanted::Range { start, end });
        assert_eq!(read("bytes=0-0"), range(0, 1));
        assert_eq!(read("bytes=10-"), range(10, 100));
        assert_eq!(read("bytes=90-1000"), range(90, 100));
        assert_eq!(read("bytes=-10"), range(90, 100));
        assert_eq!(read("bytes=-1000"), range(0, 100));
        for outside in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(read(outside), None, "{outside}");
        }
        for ignored in [
            "bytes=5-4",
            "bytes=a-b",
            "items=0-1",
            "bytes=0-1,3-4",
            "bytes=-",
        ] {
            assert_eq!(read(ignored), Some(Wanted::All), "{ignored}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=0-1"));
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"b\""));
        assert_eq!(wanted(&headers, 100, "\"a\"").ok(), Some(Wanted::All));
    }
}
