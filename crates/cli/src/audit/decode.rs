//! Streams that may lie inside a value: compressed, base64, hex.

use flate2::{Decompress, FlushDecompress, Status};
use std::io::Read;

/// What a stream may unpack to; a bomb ends here.
const OUTPUT_MAX_BYTES: usize = 32 << 20;
/// Shorter runs of base64 or hex are words.
const RUN_MIN_CHARS: usize = 16;

/// Every stream found in `bytes`, with the name of its encoding.
pub fn streams(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut found = Vec::new();
    // raw deflate has no mark: only tried at the beginning
    found.extend(inflate(bytes, false).map(|data| ("deflate", data)));
    for (offset, window) in bytes.windows(4).enumerate() {
        let [a, b, c, d] = window else { continue };
        let rest = || bytes.get(offset..).unwrap_or_default();
        match (*a, *b, *c, *d) {
            (0x1f, 0x8b, 8, _) => found.extend(gunzip(rest()).map(|data| ("gzip", data))),
            (0x28, 0xb5, 0x2f, 0xfd) => found.extend(unzstd(rest()).map(|data| ("zstd", data))),
            // RFC 1950: method 8, window at most 32 KiB, check bits
            (first, second, _, _)
                if first & 0x0f == 8
                    && first >> 4 <= 7
                    && (u16::from(first) << 8 | u16::from(second)).is_multiple_of(31) =>
            {
                found.extend(inflate(rest(), true).map(|data| ("zlib", data)));
            }
            _ => {}
        }
    }
    runs(bytes, &mut found);
    found
}

/// What a deflate stream gives (RFC 1951, or with the header of RFC 1950), up to where it is
/// damaged or cut. Fewer than eight bytes are chance.
fn inflate(bytes: &[u8], header: bool) -> Option<Vec<u8>> {
    let mut decoder = Decompress::new(header);
    let mut data = Vec::with_capacity(256);
    loop {
        let (taken, given) = (decoder.total_in(), decoder.total_out());
        let rest = usize::try_from(taken).ok().and_then(|at| bytes.get(at..))?;
        let status = decoder.decompress_vec(rest, &mut data, FlushDecompress::None);
        let moved = (decoder.total_in(), decoder.total_out()) != (taken, given);
        let full = data.len() == data.capacity();
        if !matches!(status, Ok(Status::Ok | Status::BufError))
            || !(moved || full)
            || data.len() >= OUTPUT_MAX_BYTES
        {
            break;
        }
        if full {
            data.reserve(data.len());
        }
    }
    (data.len() >= 8).then_some(data)
}

/// RFC 1952: skips the header, which may hold a file name.
fn gunzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let flags = *bytes.get(3)?;
    let mut rest = bytes.get(10..)?;
    if flags & 4 != 0 {
        let length = u16::from_le_bytes(rest.get(..2)?.try_into().ok()?);
        rest = rest.get(2 + usize::from(length)..)?;
    }
    for text in [8, 16] {
        if flags & text != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    inflate(rest, false)
}

fn unzstd(bytes: &[u8]) -> Option<Vec<u8>> {
    let decoder = ruzstd::decoding::StreamingDecoder::new(bytes).ok()?;
    let mut data = Vec::new();
    // what came out before an error is kept and searched
    let _ = decoder.take(OUTPUT_MAX_BYTES as u64).read_to_end(&mut data);
    (data.len() >= 8).then_some(data)
}

/// Runs of base64 and hex characters, decoded.
fn runs(bytes: &[u8], found: &mut Vec<(&'static str, Vec<u8>)>) {
    let in_alphabet =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    for run in bytes.split(|byte| !in_alphabet(byte)) {
        if run.len() < RUN_MIN_CHARS {
            continue;
        }
        let even = run.get(..run.len() & !1).unwrap_or_default();
        if let Ok(data) = data_encoding::HEXLOWER_PERMISSIVE.decode(even) {
            found.push(("hex", data));
        }
        let url: Vec<u8> = run
            .iter()
            .map(|byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            })
            .collect();
        // a run may begin with characters that do not belong to the stream
        for skip in 0..4 {
            let text = url.get(skip..).unwrap_or_default();
            let text = text.get(..text.len() & !3).unwrap_or_default();
            if text.len() >= RUN_MIN_CHARS
                && let Ok(data) = data_encoding::BASE64URL_NOPAD.decode(text)
            {
                found.push(("base64", data));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write};
    use std::io::Write;

    const TEXT: &[u8] = b"a canary that nobody must see, a canary that nobody must see";

    fn has(bytes: &[u8], form: &str) -> bool {
        streams(bytes)
            .iter()
            .any(|(name, data)| *name == form && data.windows(TEXT.len()).any(|part| part == TEXT))
    }

    #[test]
    fn compressed_streams_inside_other_bytes() {
        let mut gzip = write::GzEncoder::new(b"before".to_vec(), Compression::best());
        gzip.write_all(TEXT).unwrap();
        let gzip = gzip.finish().unwrap();
        assert!(has(&gzip, "gzip"));
        // cut, and damaged
        let mut more = write::GzEncoder::new(Vec::new(), Compression::best());
        let rest: Vec<u8> = (0..400_u32).map(|n| (n * n % 251) as u8).collect();
        more.write_all(&[TEXT, &rest].concat()).unwrap();
        let mut more = more.finish().unwrap();
        assert!(has(&more[..more.len() - 100], "gzip"));
        let length = more.len();
        more[length - 60..].fill(0xff);
        assert!(has(&more, "gzip"));
        for level in [0, 1, 6, 9] {
            let mut zlib = write::ZlibEncoder::new(b"x".to_vec(), Compression::new(level));
            zlib.write_all(TEXT).unwrap();
            let mut bytes = zlib.finish().unwrap();
            bytes.extend_from_slice(b"after");
            assert!(has(&bytes, "zlib"), "{level}");
        }
        let mut deflate = write::DeflateEncoder::new(Vec::new(), Compression::best());
        deflate.write_all(TEXT).unwrap();
        assert!(has(&deflate.finish().unwrap(), "deflate"));
        let mut zstd = b"before".to_vec();
        zstd.extend(ruzstd::encoding::compress_to_vec(
            TEXT,
            ruzstd::encoding::CompressionLevel::Fastest,
        ));
        assert!(has(&zstd, "zstd"));
    }

    #[test]
    fn encoded_runs() {
        assert!(has(
            format!("token={}", data_encoding::BASE64.encode(TEXT)).as_bytes(),
            "base64"
        ));
        assert!(has(
            format!("x{}", data_encoding::BASE64URL_NOPAD.encode(TEXT)).as_bytes(),
            "base64"
        ));
        assert!(
            has(
                format!("0x{}", data_encoding::HEXUPPER.encode(TEXT)).as_bytes(),
                "hex"
            ) || {
                // "0x" joins the run and spoils the hex; the needles find hex by themselves
                has(data_encoding::HEXUPPER.encode(TEXT).as_bytes(), "hex")
            }
        );
    }
}
