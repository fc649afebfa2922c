//! Compressed copies beside each file of the page, made once and as small as they get: the
//! server sends them as they are.

use crate::changed;
use anyhow::{Context, Result, bail};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};
use std::{
    collections::BTreeSet,
    fmt, fs,
    io::Write,
    path::{Path, PathBuf},
};

/// Files that are compressed already gain nothing.
const COMPRESSED: &[&str] = &["avif", "gz", "jpg", "png", "webp", "woff2"];

/// How large the page is.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Packed {
    pub files: usize,
    pub bytes: usize,
    /// As brotli, where a file has that.
    pub smallest_bytes: usize,
}

impl fmt::Display for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} files, {} kB, {} kB compressed",
            self.files,
            self.bytes / 1000,
            self.smallest_bytes / 1000
        )
    }
}

/// Makes `to` hold the files of `from` with their compressed copies. What did not change is
/// not touched, so that the server is not compiled again for nothing.
pub fn pack(from: &Path, to: &Path) -> Result<Packed> {
    if !from.join("index.html").exists() {
        bail!("{} has no index.html", from.display());
    }
    fs::create_dir_all(to)?;
    let mut packed = Packed::default();
    let mut wanted = BTreeSet::new();
    for path in changed::files(from)? {
        let name = path.to_str().context("a file's name is no text")?;
        if name.ends_with(".br") || name.ends_with(".gz") {
            bail!("{name} would be taken for a compressed copy");
        }
        let bytes = fs::read(from.join(&path))?;
        let (brotli, gzip) = (
            PathBuf::from(format!("{name}.br")),
            PathBuf::from(format!("{name}.gz")),
        );
        if changed::write(&to.join(&path), &bytes)? {
            // old copies of new bytes would be served as them
            remove(&to.join(&brotli))?;
            remove(&to.join(&gzip))?;
        }
        packed.files += 1;
        packed.bytes += bytes.len();
        let mut smallest = bytes.len();
        if is_compressible(&path) {
            for (copy, compress) in [(gzip, gzipped as Compress), (brotli, brotlied)] {
                let length = keep_copy(&bytes, &to.join(&copy), compress)?;
                if let Some(length) = length {
                    wanted.insert(copy);
                    smallest = smallest.min(length);
                }
            }
        }
        packed.smallest_bytes += smallest;
        wanted.insert(path);
    }
    changed::remove_others(to, &wanted)?;
    Ok(packed)
}

type Compress = fn(&[u8]) -> Result<Vec<u8>>;

/// The copy's length; none where it would not be smaller.
fn keep_copy(bytes: &[u8], copy: &Path, compress: Compress) -> Result<Option<usize>> {
    if let Ok(facts) = fs::metadata(copy) {
        return Ok(Some(usize::try_from(facts.len())?));
    }
    let small = compress(bytes)?;
    if small.len() >= bytes.len() {
        return Ok(None);
    }
    changed::write(copy, &small)?;
    Ok(Some(small.len()))
}

fn is_compressible(path: &Path) -> bool {
    let end = path.extension().unwrap_or_default().to_string_lossy();
    !COMPRESSED.contains(&&*end)
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn gzipped(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn brotlied(bytes: &[u8]) -> Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..BrotliEncoderParams::default()
    };
    let mut small = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut small, &parameters)?;
    Ok(small)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn copies_hold_the_same_and_follow_changes() {
        let scratch = tempfile::tempdir().unwrap();
        let (from, to) = (scratch.path().join("dist"), scratch.path().join("packed"));
        assert!(pack(&from, &to).is_err());
        fs::create_dir_all(from.join("assets")).unwrap();
        fs::write(from.join("index.html"), "<p>".repeat(1000)).unwrap();
        fs::write(from.join("assets/a.js"), "alert(1);".repeat(1000)).unwrap();
        fs::write(from.join("tiny.txt"), "t").unwrap();
        fs::write(from.join("font.woff2"), "x".repeat(1000)).unwrap();
        let packed = pack(&from, &to).unwrap();
        assert_eq!((packed.files, packed.bytes), (4, 13_001));
        assert!(packed.smallest_bytes < 1_200);
        let names = |folder| changed::files(folder).unwrap();
        let all: Vec<_> = names(&to).into_iter().collect();
        let expected = [
            "assets/a.js",
            "assets/a.js.br",
            "assets/a.js.gz",
            "font.woff2",
            "index.html",
            "index.html.br",
            "index.html.gz",
            "tiny.txt",
        ];
        assert_eq!(all, expected.map(PathBuf::from));
        let modified = |name: &str| fs::metadata(to.join(name)).unwrap().modified().unwrap();
        let before = modified("index.html.br");

        fs::write(from.join("assets/a.js"), "alert(2);".repeat(1000)).unwrap();
        fs::remove_file(from.join("tiny.txt")).unwrap();
        pack(&from, &to).unwrap();
        assert_eq!(modified("index.html.br"), before);
        assert!(!to.join("tiny.txt").exists());
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*fs::read(to.join("assets/a.js.gz")).unwrap())
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "alert(2);".repeat(1000));
        let mut bytes = Vec::new();
        let copy = fs::read(to.join("assets/a.js.br")).unwrap();
        brotli::BrotliDecompress(&mut &*copy, &mut bytes).unwrap();
        assert_eq!(bytes, text.as_bytes());
    }
}
