//! Downloads: what arrives is verified against the tree before anything of it is released.

use super::Progress;
use super::arriving::Arriving;
use super::kept::Kept;
use crate::client::Shared;
use crate::http::{Auth, Http};
use crate::{ClientError, ErrorClass, Result};
use bytes::Bytes;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::Arc;
use strongroom_crypto::SymmetricKey;
use strongroom_format::file::{FileManifest, PartGeometry};
use strongroom_types::limits::{
    BOX_HEADER_BYTES, CHUNK_PLAIN_BYTES, CHUNK_SEALED_BYTES, TREE_GROUP_BYTES,
};
use strongroom_types::{FileId, RevisionId, VaultId};
use strongroom_vault::file::{FileOpener, Need, Reader};
use strongroom_vault::{IntegrityError, VaultError};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::Receiver;

/// Written to a file at once. For larger writes Linux takes larger stretches of memory for its
/// cache, which costs more than the calls that it saves: twice the time at 256 KiB.
const WRITE_BYTES: usize = 64 << 10;
/// Sealed bytes that are verified and opened at once. They and their plaintext stay in the
/// processor's cache.
const PIECE_BYTES: usize = 16 * TREE_GROUP_BYTES;
/// Network chunks that wait for the opener.
const QUEUE: usize = 16;

/// Where sealed bytes and leaves come from.
#[derive(Clone)]
pub(crate) enum Content {
    /// A member reads.
    Member {
        shared: Arc<Shared>,
        vault: VaultId,
        file: FileId,
        revision: RevisionId,
    },
    /// Somebody with a link reads.
    Link {
        http: Arc<Http>,
        link: strongroom_types::LinkId,
        grant: String,
    },
}

impl Content {
    async fn open(&self, what: &str, range: Option<(u64, u64)>) -> Result<reqwest::Response> {
        match self {
            Self::Member {
                shared,
                vault,
                file,
                revision,
            } => {
                let path = format!("/v1/vaults/{vault}/files/{file}/revisions/{revision}/{what}");
                shared.http.get_raw(&path, Auth::Session, range).await
            }
            Self::Link { http, link, grant } => {
                let path = format!("/v1/links/{link}/{what}?grant={grant}");
                http.get_raw(&path, Auth::None, range).await
            }
        }
    }

    /// Whether a signed entry vouches for the content; a link may simply have ended.
    fn is_promised(&self) -> bool {
        matches!(self, Self::Member { .. })
    }

    /// A stream of exactly `[first, end)` that reconnects where the connection breaks.
    fn stream(&self, what: &'static str, first: u64, end: u64) -> Stream {
        let (chunks, receiver) = tokio::sync::mpsc::channel(QUEUE);
        let content = self.clone();
        tokio::spawn(async move {
            let mut at = first;
            let (mut before, mut failures) = (first, 0);
            while at < end {
                let result: Result<bool> = async {
                    let mut response = content.open(what, Some((at, end))).await?;
                    while let Some(chunk) = response
                        .chunk()
                        .await
                        .map_err(|error| crate::http::explain(error).0)?
                    {
                        let room = usize::try_from(end - at).unwrap_or(usize::MAX);
                        let chunk = chunk.slice(..chunk.len().min(room));
                        at += chunk.len() as u64;
                        if chunks.send(Ok(chunk)).await.is_err() {
                            return Ok(false);
                        }
                        if at >= end {
                            break;
                        }
                    }
                    Ok(true)
                }
                .await;
                if at > before {
                    (before, failures) = (at, 0);
                }
                match result {
                    Ok(true) if at >= end => return,
                    Ok(false) => return,
                    Ok(true) => failures += 1,
                    Err(error) if error.is_offline() && failures < 5 => failures += 1,
                    // A signed entry says that this content is there, and nobody erased it.
                    Err(error) if error.exit_code() == 3 && content.is_promised() => {
                        let _ = chunks.send(Err(withheld())).await;
                        return;
                    }
                    Err(error) => {
                        let _ = chunks.send(Err(error)).await;
                        return;
                    }
                }
                if failures > 5 {
                    let _ = chunks.send(Err(withheld())).await;
                    return;
                }
            }
        });
        Stream {
            receiver,
            rest: Bytes::new(),
        }
    }
}

/// The server answers, but does not give what it must have.
fn withheld() -> ClientError {
    ClientError::integrity(
        "withheld",
        "the server does not give all of a file that the vault's log says it has",
    )
}

/// Bytes as they come.
struct Stream {
    receiver: Receiver<Result<Bytes>>,
    rest: Bytes,
}

impl Stream {
    /// The next bytes, at most `max`.
    async fn next(&mut self, max: usize) -> Result<Bytes> {
        while self.rest.is_empty() {
            match self.receiver.recv().await {
                Some(chunk) => self.rest = chunk?,
                // Fewer bytes than the manifest says.
                None => return Err(IntegrityError::TamperedContent.into()),
            }
        }
        Ok(self.rest.split_to(max.min(self.rest.len())))
    }

    /// Exactly `length` bytes.
    async fn exactly(&mut self, length: usize, into: &mut Vec<u8>) -> Result<()> {
        into.clear();
        while into.len() < length {
            let chunk = self.next(length - into.len()).await?;
            into.extend_from_slice(&chunk);
        }
        Ok(())
    }
}

/// Where plaintext goes.
pub(crate) enum Sink<'a> {
    File(&'a mut File),
    Writer(&'a mut (dyn AsyncWrite + Unpin + Send)),
}

impl Sink<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::File(file) => {
                for piece in bytes.chunks(WRITE_BYTES) {
                    file.write_all(piece)?;
                }
            }
            Self::Writer(writer) => writer.write_all(bytes).await?,
        }
        Ok(())
    }
}

/// Reads a file, or a range of it, into `sink`. A range fetches only its chunks, and the part
/// of the tree that vouches for them once the tree is known.
pub(crate) async fn download(
    content: &Content,
    key: &SymmetricKey,
    manifest: FileManifest,
    range: Option<Range<u64>>,
    mut sink: Sink<'_>,
    progress: &dyn Progress,
) -> Result<u64> {
    let (tree, opener) = read_tree(content, key, manifest, &mut |_| Ok(())).await?;
    let content_end = match &range {
        Some(range) => content_end(range.end, &tree.geometry),
        None => tree.geometry.content_bytes,
    };
    let reader = match range {
        Some(range) => opener.read(range)?,
        None => opener.read_all(),
    };
    let mut done = 0;
    pour(
        content,
        &tree,
        reader,
        content_end,
        &mut sink,
        &mut |bytes| {
            done += bytes;
            progress.advance(done);
        },
    )
    .await?;
    Ok(done)
}

/// What a download to disk did.
pub(crate) struct Fetched {
    /// Bytes of the file.
    pub bytes: u64,
    /// Of these, how many an earlier run had fetched; verified again.
    pub resumed: u64,
}

/// Reads a whole file to where it comes into being. What an earlier run left there is verified
/// against the tree, kept as far as it is right, and the rest fetched.
///
/// # Errors
/// As [`download`]. What came to be proven false, or is not there any more, leaves nothing;
/// after any other break, what was verified stays for the next run.
pub(crate) async fn fetch(
    content: &Content,
    key: &SymmetricKey,
    manifest: FileManifest,
    arriving: &mut Arriving,
    progress: &dyn Progress,
) -> Result<Fetched> {
    let fetched = fetch_rest(content, key, manifest, arriving, progress).await;
    if let Err(error) = &fetched
        && matches!(error.class(), ErrorClass::Integrity | ErrorClass::NotFound)
    {
        arriving.discard();
    }
    fetched
}

async fn fetch_rest(
    content: &Content,
    key: &SymmetricKey,
    manifest: FileManifest,
    arriving: &mut Arriving,
    progress: &dyn Progress,
) -> Result<Fetched> {
    let bytes = manifest.true_length;
    let file = arriving.file_mut();
    let mut kept = Kept::begin(file, key, &manifest)?;
    let (tree, opener) = read_tree(content, key, manifest, &mut |leaves| match &mut kept {
        Some(kept) => kept.compare(leaves),
        None => Ok(()),
    })
    .await?;
    // Only now the leaves are proven, and with them what agreed with them.
    let resumed = kept.map_or(0, |kept| kept.verified());
    file.set_len(resumed)?;
    file.seek(SeekFrom::Start(resumed))?;
    let mut done = resumed;
    if resumed > 0 {
        progress.advance(done);
    }
    let reader = opener.read_rest(resumed)?;
    let end = tree.geometry.content_bytes;
    let mut sink = Sink::File(file);
    pour(content, &tree, reader, end, &mut sink, &mut |bytes| {
        done += bytes;
        progress.advance(done);
    })
    .await?;
    Ok(Fetched { bytes, resumed })
}

struct Tree {
    geometry: PartGeometry,
    /// Leaves of small files stay here; those of large ones are fetched again, in order.
    leaves: Option<Vec<u8>>,
}

/// Reads all leaves and checks them against the signed root. `each` sees them as they come:
/// what it concludes counts only when this returns well.
async fn read_tree(
    content: &Content,
    key: &SymmetricKey,
    manifest: FileManifest,
    each: &mut (dyn FnMut(&[u8]) -> Result<()> + Send),
) -> Result<(Tree, FileOpener)> {
    let geometry = PartGeometry::of(manifest.sealed_length).map_err(VaultError::from)?;
    let mut check = FileOpener::begin(key, manifest)?;
    let mut tree = content.stream("tree", 0, geometry.tree_bytes);
    let mut rest = geometry.tree_bytes;
    let mut leaves = (rest <= 4 << 20).then(Vec::new);
    while rest > 0 {
        let chunk = tree
            .next(usize::try_from(rest).unwrap_or(usize::MAX))
            .await?;
        rest -= chunk.len() as u64;
        check.push_leaves(&chunk);
        each(&chunk)?;
        if let Some(leaves) = &mut leaves {
            leaves.extend_from_slice(&chunk);
        }
    }
    Ok((Tree { geometry, leaves }, check.finish()?))
}

/// Fetches what a reader needs, and hands on what it proved. `released` hears of every piece of
/// plaintext, in bytes.
async fn pour(
    content: &Content,
    tree: &Tree,
    mut reader: Reader<'_>,
    content_end: u64,
    sink: &mut Sink<'_>,
    released: &mut (dyn FnMut(u64) + Send),
) -> Result<()> {
    let (mut leaf_stream, mut content_stream): (Option<Stream>, Option<Stream>) = (None, None);
    let (mut sealed, mut plain) = (Vec::new(), Vec::with_capacity(PIECE_BYTES + (32 << 10)));
    loop {
        match reader.need() {
            Need::Done => return Ok(()),
            Need::Leaves { offset, length } => {
                let kept = tree.leaves.as_ref().and_then(|leaves| {
                    let from = usize::try_from(offset).ok()?;
                    leaves.get(from..from.checked_add(length)?)
                });
                match kept {
                    Some(kept) => reader.supply_leaves(kept)?,
                    None => {
                        let stream = leaf_stream.get_or_insert_with(|| {
                            content.stream("tree", offset, tree.geometry.tree_bytes)
                        });
                        stream.exactly(length, &mut sealed).await?;
                        reader.supply_leaves(&sealed)?;
                    }
                }
            }
            Need::Content { offset, length } => {
                let stream = content_stream
                    .get_or_insert_with(|| content.stream("content", offset, content_end));
                let piece = piece(offset, length);
                stream.exactly(piece, &mut sealed).await?;
                plain.clear();
                reader.supply_content(&sealed, &mut plain)?;
                sink.write(&plain).await?;
                released(plain.len() as u64);
            }
        }
    }
}

/// Where the groups end that hold the plaintext before `end`, counted as the API counts.
fn content_end(end: u64, geometry: &PartGeometry) -> u64 {
    let header = BOX_HEADER_BYTES as u64;
    let chunks = end.div_ceil(CHUNK_PLAIN_BYTES as u64);
    let sealed = chunks
        .saturating_mul(CHUNK_SEALED_BYTES as u64)
        .saturating_add(header);
    let groups = sealed
        .div_ceil(TREE_GROUP_BYTES as u64)
        .saturating_mul(TREE_GROUP_BYTES as u64);
    groups.saturating_sub(header).min(geometry.content_bytes)
}

/// How much to take at once: whole groups of the tree.
fn piece(offset: u64, length: usize) -> usize {
    if length <= PIECE_BYTES {
        return length;
    }
    let from = offset + BOX_HEADER_BYTES as u64;
    let past = usize::try_from(from % TREE_GROUP_BYTES as u64).unwrap_or(0);
    PIECE_BYTES - past
}
