//! Streams that may lie inside a value: compressed, base64, hex.

use std::io::Read;

/// What a stream may unpack to; a bomb ends here.
const OUTPUT_MAX_BYTES: u64 = 32 << 20;
/// Shorter runs of base64 or hex are words.
const RUN_MIN_CHARS: usize = 16;

/// Every stream found in `bytes`, with the name of its encoding.
pub fn streams(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut found = Vec::new();
    // raw deflate has no mark: only tried at the beginning
    found.extend(unpack(flate2::read::DeflateDecoder::new(bytes)).map(|data| ("deflate", data)));
    for (offset, window) in bytes.windows(4).enumerate() {
        let [a, b, c, d] = window else { continue };
        let rest = || bytes.get(offset..).unwrap_or_default();
        match (*a, *b, *c, *d) {
            (0x1f, 0x8b, 8, _) => found.extend(
                unpack(flate2::read::MultiGzDecoder::new(rest())).map(|data| ("gzip", data)),
            ),
            (0x28, 0xb5, 0x2f, 0xfd) => found.extend(unzstd(rest()).map(|data| ("zstd", data))),
            // RFC 1950: method 8, window at most 32 KiB, check bits
            (first, second, _, _)
                if first & 0x0f == 8
                    && first >> 4 <= 7
                    && (u16::from(first) << 8 | u16::from(second)) % 31 == 0 =>
            {
                found.extend(
                    unpack(flate2::read::ZlibDecoder::new(rest())).map(|data| ("zlib", data)),
                );
            }
            _ => {}
        }
    }
    runs(bytes, &mut found);
    found
}

/// What a decoder gives, also when the stream is cut. Fewer than eight bytes are chance.
fn unpack(decoder: impl Read) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    // what came out before an error is kept and searched
    let _ = decoder.take(OUTPUT_MAX_BYTES).read_to_end(&mut data);
    (data.len() >= 8).then_some(data)
}

fn unzstd(bytes: &[u8]) -> Option<Vec<u8>> {
    ruzstd::decoding::StreamingDecoder::new(bytes)
        .ok()
        .and_then(unpack)
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
        assert!(has(&gzip.finish().unwrap(), "gzip"));
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
