//! A file whose tree was proven: any stretch of it can be fetched, checked and opened.

use super::control::Transfer;
use super::courier::Courier;
use super::flow::Run;
use super::port::Bulk;
use crate::Result;
use crate::platform::Http;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use strongroom_crypto::SymmetricKey;
use strongroom_format::file::{FileManifest, PartGeometry};
use strongroom_types::limits::CHUNK_PLAIN_BYTES;
use strongroom_vault::IntegrityError;
use strongroom_vault::file::{FileOpener, Stretch, bulk_key};

/// Leaves are fetched for so many segments of 8 MiB at once: 1 MiB.
const WINDOW_SEGMENTS: u64 = 64;
const WINDOW_BYTES: u64 = 1 << 20;
/// So many windows stay at hand: those of 2 GiB.
const WINDOWS_MAX: usize = 4;
/// Copied into the core's memory at once, to be hashed while the cache holds it.
const PIECE_BYTES: usize = 256 << 10;
/// Most bytes of a range that are read at once.
pub(super) const RANGE_MAX_BYTES: u64 = 8 << 20;

/// Where the server has a file's bytes.
pub(super) struct Remote {
    /// Before `/content` and `/tree`.
    pub base: String,
    /// Behind them.
    pub query: String,
}

/// See the module.
pub(super) struct Opened<B: Bulk> {
    pub name: String,
    opener: FileOpener,
    key: B::Key,
    remote: Remote,
    windows: RefCell<BTreeMap<u64, Rc<Vec<u8>>>>,
}

impl<B: Bulk> Opened<B> {
    pub fn manifest(&self) -> &FileManifest {
        self.opener.manifest()
    }

    fn window(&self, number: u64) -> Range<u64> {
        let last = (number + 1) * WINDOW_SEGMENTS - 1;
        let segments = self.manifest().sealed_length.div_ceil(8 << 20).max(1);
        let first = self.opener.leaves_of(number * WINDOW_SEGMENTS).start;
        first..self.opener.leaves_of(last.min(segments - 1)).end
    }
}

impl<H: Http, S, B: Bulk> Courier<H, S, B> {
    /// Proves a file's tree. All its leaves pass once.
    pub async fn open(
        &self,
        name: String,
        key: &SymmetricKey,
        manifest: FileManifest,
        remote: Remote,
        transfer: &Transfer,
    ) -> Result<Opened<B>> {
        let tree_bytes = PartGeometry::of(manifest.sealed_length)?.tree_bytes;
        let bulk = bulk_key(key, &manifest)?;
        let mut check = FileOpener::begin(key, manifest)?;
        let path = format!("{}/tree{}", remote.base, remote.query);
        let mut windows = BTreeMap::new();
        let mut from = 0;
        while from < tree_bytes {
            let range = from..(from + WINDOW_BYTES).min(tree_bytes);
            let leaves = self
                .patiently(transfer, async || self.get_own(&path, range.clone()).await)
                .await?;
            check.push_leaves(&leaves);
            windows.insert(from / WINDOW_BYTES, Rc::new(leaves));
            if windows.len() > WINDOWS_MAX {
                windows.pop_last();
            }
            from = range.end;
        }
        Ok(Opened {
            name,
            opener: check.finish()?,
            key: self.bulk.import(bulk, false).await?,
            remote,
            windows: RefCell::new(windows),
        })
    }

    async fn leaves(
        &self,
        opened: &Opened<B>,
        segments: Range<u64>,
        transfer: &Transfer,
    ) -> Result<Vec<u8>> {
        let mut leaves = Vec::new();
        for segment in segments {
            let number = segment / WINDOW_SEGMENTS;
            let known = opened.windows.borrow().get(&number).map(Rc::clone);
            let range = opened.window(number);
            let window = match known {
                Some(window) => window,
                None => {
                    let path = format!("{}/tree{}", opened.remote.base, opened.remote.query);
                    let fetched = self
                        .patiently(transfer, async || self.get_own(&path, range.clone()).await)
                        .await?;
                    let window = Rc::new(fetched);
                    let mut windows = opened.windows.borrow_mut();
                    if windows.len() >= WINDOWS_MAX {
                        windows.pop_first();
                    }
                    windows.insert(number, Rc::clone(&window));
                    window
                }
            };
            let own = opened.opener.leaves_of(segment);
            let at = |place: u64| usize::try_from(place - range.start).unwrap_or(usize::MAX);
            let own = window
                .get(at(own.start)..at(own.end))
                .ok_or(IntegrityError::TamperedContent)?;
            leaves.extend_from_slice(own);
        }
        Ok(leaves)
    }

    /// The content of a file as one run of bytes from wherever its reader begins.
    pub fn run(&self, opened: &Opened<B>) -> Run<B> {
        let path = format!("{}/content{}", opened.remote.base, opened.remote.query);
        Run::new(path, opened.opener.content_bytes())
    }

    /// Fetches, checks and opens a stretch: its plaintext with the padding behind the file's end.
    pub async fn stretch(
        &self,
        opened: &Opened<B>,
        stretch: &Stretch,
        transfer: &Transfer,
    ) -> Result<B::Bytes> {
        let path = format!("{}/content{}", opened.remote.base, opened.remote.query);
        let range = &stretch.content;
        let sealed = self
            .patiently(transfer, async || self.get(&path, range.clone()).await)
            .await?;
        self.open_stretch(opened, stretch, sealed, transfer).await
    }

    /// Checks and opens the content of a stretch.
    pub async fn open_stretch(
        &self,
        opened: &Opened<B>,
        stretch: &Stretch,
        sealed: B::Bytes,
        transfer: &Transfer,
    ) -> Result<B::Bytes> {
        let leaves = self.leaves(opened, stretch.segments(), transfer).await?;
        let mut check = opened.opener.check(stretch, &leaves)?;
        // The first piece ends with a group, so that later ones need no joining.
        let head = stretch.content.start == 0;
        let length = self.bulk.length(&sealed);
        let mut piece = vec![0; PIECE_BYTES.min(length)];
        let mut offset = 0;
        while offset < length {
            let aligned = match head && offset == 0 {
                true => PIECE_BYTES - strongroom_types::limits::BOX_HEADER_BYTES,
                false => PIECE_BYTES,
            };
            let count = aligned.min(length - offset);
            let own = piece
                .get_mut(..count)
                .ok_or(IntegrityError::TamperedContent)?;
            self.bulk.copy(&sealed, offset, own);
            check.update(own)?;
            offset += count;
        }
        check.finish()?;
        let place = stretch.skip..stretch.skip + stretch.sealed_bytes;
        let first = stretch.chunks.start;
        let plain = self.bulk.open(&opened.key, first, sealed, place).await?;
        self.check_padding(opened, stretch, &plain)?;
        Ok(plain)
    }

    fn check_padding(&self, opened: &Opened<B>, stretch: &Stretch, plain: &B::Bytes) -> Result<()> {
        let length = self.bulk.length(plain);
        if length != stretch.plain_bytes {
            return Err(IntegrityError::TamperedContent.into());
        }
        let before = opened.manifest().true_length;
        let before = before.saturating_sub(stretch.plain_start());
        let mut offset = usize::try_from(before).unwrap_or(usize::MAX).min(length);
        let mut piece = Vec::new();
        while offset < length {
            piece.resize(PIECE_BYTES.min(length - offset), 0);
            self.bulk.copy(plain, offset, &mut piece);
            let at = stretch.plain_start() + offset as u64;
            opened.opener.check_padding(at, &piece)?;
            offset += piece.len();
        }
        Ok(())
    }

    /// Reads a range, at most 8 MiB; what lies behind the file's end is left out.
    pub async fn range(
        &self,
        opened: &Opened<B>,
        offset: u64,
        length: u64,
        transfer: &Transfer,
    ) -> Result<Option<B::Bytes>> {
        let end = offset
            .saturating_add(length.min(RANGE_MAX_BYTES))
            .min(opened.manifest().true_length);
        if offset >= end {
            return Ok(None);
        }
        let chunk_bytes = CHUNK_PLAIN_BYTES as u64;
        let first = offset / chunk_bytes;
        let count = end.div_ceil(chunk_bytes) - first;
        let Some(stretch) = Stretch::of(opened.manifest(), first, count) else {
            return Ok(None);
        };
        let plain = self.stretch(opened, &stretch, transfer).await?;
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let from = place(offset - stretch.plain_start());
        Ok(Some(self.bulk.cut(plain, from, place(end - offset))))
    }
}
