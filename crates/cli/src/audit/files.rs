//! Every file of the data folder, and further files that the caller names.

use super::{
    AuditError, Options,
    allowed::{Allowed, FilePattern},
    entropy::looks_random,
    report::{FileLine, Report},
    search::Search,
    unreadable,
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read,
    path::Path,
};

/// Files are read in pieces of this size.
const PIECE_BYTES: usize = 4 << 20;
/// A WAL's own header, and the one before each page.
const WAL_HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// Audits all files under the data folder, then the further ones.
pub fn audit(
    options: &Options,
    allowed: &Allowed,
    search: &mut Search,
    report: &mut Report,
) -> Result<(), AuditError> {
    let mut lines = BTreeMap::new();
    walk(&options.data, "", &mut |path, relative| {
        let Some(pattern) = allowed.file(relative) else {
            report.violation(relative, "is a file that the published list does not have");
            return read(path, relative, search, &mut |_| {}).map(|_| ());
        };
        let bytes = audit_file(path, relative, pattern, search, report)?;
        let line = lines
            .entry(pattern.path.clone())
            .or_insert_with(|| FileLine {
                files: pattern.path.clone(),
                kind: pattern.kind.clone(),
                why: pattern.why.clone(),
                count: 0,
                bytes: 0,
            });
        line.count += 1;
        line.bytes += bytes;
        Ok(())
    })?;
    report.files = lines.into_values().collect();
    for path in &options.also {
        read(path, &path.display().to_string(), search, &mut |_| {})?;
    }
    Ok(())
}

fn walk(
    folder: &Path,
    relative: &str,
    visit: &mut dyn FnMut(&Path, &str) -> Result<(), AuditError>,
) -> Result<(), AuditError> {
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let below = if relative.is_empty() {
            name
        } else {
            format!("{relative}/{name}")
        };
        let path = entry.path();
        let kind = entry.file_type().map_err(unreadable(&path))?;
        if kind.is_dir() {
            walk(&path, &below, visit)?;
        } else {
            visit(&path, &below)?;
        }
    }
    Ok(())
}

fn audit_file(
    path: &Path,
    relative: &str,
    pattern: &FilePattern,
    search: &mut Search,
    report: &mut Report,
) -> Result<u64, AuditError> {
    let place = match pattern.kind.as_str() {
        // thousands of parts are one line
        "sealed" => pattern.path.as_str(),
        _ => relative,
    };
    let mut readable = false;
    let mut frames = Frames::default();
    let length = read(path, place, search, &mut |piece| {
        readable |= match pattern.kind.as_str() {
            "sealed" | "encrypted_database" => !looks_random(piece),
            "encrypted_wal" => frames.readable(piece),
            _ => false,
        };
    })?;
    if readable {
        report.violation(
            relative,
            "is not random all over: something in it is not sealed",
        );
    }
    Ok(length)
}

/// Reads a file piece by piece: shows each one to `visit`, and to the search together with the
/// end of the one before. Returns the length. A file that went away meanwhile is empty.
fn read(
    path: &Path,
    place: &str,
    search: &mut Search,
    visit: &mut dyn FnMut(&[u8]),
) -> Result<u64, AuditError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(AuditError::Read(path.to_owned(), error)),
    };
    let mut length = 0;
    let mut window: Vec<u8> = Vec::new();
    loop {
        let kept = window.len();
        let read = (&mut file)
            .take(PIECE_BYTES as u64)
            .read_to_end(&mut window)
            .map_err(unreadable(path))?;
        if read == 0 {
            return Ok(length);
        }
        length += read as u64;
        visit(window.get(kept..).unwrap_or_default());
        search.look(place, &window);
        let overlap = window.len().min(search.overlap());
        window.drain(..window.len() - overlap);
    }
}

/// Skips the plain headers of a write-ahead log, so that only its pages are judged.
#[derive(Default)]
struct Frames {
    page_bytes: usize,
    /// Bytes of header still to skip, then bytes of page still to come.
    skip: usize,
    page: usize,
    started: bool,
    sample: Vec<u8>,
}

impl Frames {
    fn readable(&mut self, mut piece: &[u8]) -> bool {
        if !self.started {
            self.started = true;
            let size = piece.get(8..12).and_then(|size| size.try_into().ok());
            self.page_bytes = size.map_or(4_096, u32::from_be_bytes) as usize;
            self.skip = WAL_HEADER_BYTES + FRAME_HEADER_BYTES;
            self.page = self.page_bytes.max(512);
        }
        self.sample.clear();
        while !piece.is_empty() {
            let skip = self.skip.min(piece.len());
            self.skip -= skip;
            piece = piece.get(skip..).unwrap_or_default();
            let take = self.page.min(piece.len());
            self.sample
                .extend_from_slice(piece.get(..take).unwrap_or_default());
            self.page -= take;
            piece = piece.get(take..).unwrap_or_default();
            if self.page == 0 {
                self.skip = FRAME_HEADER_BYTES;
                self.page = self.page_bytes.max(512);
            }
        }
        !looks_random(&self.sample)
    }
}
