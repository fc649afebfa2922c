//! Downloads: what arrives is verified against the tree before anything of it is released.

use super::Progress;
use crate::client::Shared;
use crate::http::{Auth, Http};
use crate::{ClientError, Result};
use bytes::Bytes;
use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use strongroom_crypto::SymmetricKey;
use strongroom_format::file::{FileManifest, PartGeometry};
use strongroom_types::limits::{
    BOX_HEADER_BYTES, CHUNK_PLAIN_BYTES, CHUNK_SEALED_BYTES, TREE_GROUP_BYTES,
};
use strongroom_types::{FileId, RevisionId, VaultId};
use strongroom_vault::file::{FileOpener, Need};
use strongroom_vault::{IntegrityError, VaultError};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::Receiver;

/// Sealed bytes that are verified and opened at once.
const PIECE_BYTES: usize = 64 * TREE_GROUP_BYTES;
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
            Self::File(file) => file.write_all(bytes)?,
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
    let geometry = PartGeometry::of(manifest.sealed_length).map_err(VaultError::from)?;
    let mut check = FileOpener::begin(key, manifest)?;
    let mut tree = content.stream("tree", 0, geometry.tree_bytes);
    let mut rest = geometry.tree_bytes;
    // Leaves of small files stay here; those of large ones are fetched again, in order.
    let mut leaves = (rest <= 4 << 20).then(Vec::new);
    while rest > 0 {
        let chunk = tree
            .next(usize::try_from(rest).unwrap_or(usize::MAX))
            .await?;
        rest -= chunk.len() as u64;
        check.push_leaves(&chunk);
        if let Some(leaves) = &mut leaves {
            leaves.extend_from_slice(&chunk);
        }
    }
    let opener = check.finish()?;
    let content_end = match &range {
        Some(range) => content_end(range.end, &geometry),
        None => geometry.content_bytes,
    };
    let mut reader = match range {
        Some(range) => opener.read(range)?,
        None => opener.read_all(),
    };
    let (mut leaf_stream, mut content_stream): (Option<Stream>, Option<Stream>) = (None, None);
    let (mut sealed, mut plain) = (Vec::new(), Vec::with_capacity(PIECE_BYTES + (32 << 10)));
    let mut done = 0;
    loop {
        match reader.need() {
            Need::Done => return Ok(done),
            Need::Leaves { offset, length } => {
                let kept = leaves.as_ref().and_then(|leaves| {
                    let from = usize::try_from(offset).ok()?;
                    leaves.get(from..from.checked_add(length)?)
                });
                match kept {
                    Some(kept) => reader.supply_leaves(kept)?,
                    None => {
                        let stream = leaf_stream.get_or_insert_with(|| {
                            content.stream("tree", offset, geometry.tree_bytes)
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
                done += plain.len() as u64;
                progress.advance(done);
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

/// A file that comes into being beside its final name, and gets the name when it is whole.
pub(crate) struct Arriving {
    file: tempfile::NamedTempFile,
    path: PathBuf,
    overwrite: bool,
}

/// Prepares to save under `dest`: a folder (then `name` is made safe and used) or a file.
///
/// # Errors
/// Refused where a file of that name is there, unless `overwrite`.
pub(crate) fn save_as(dest: &Path, name: &str, overwrite: bool) -> Result<Arriving> {
    let path = if dest.is_dir() {
        dest.join(crate::file_names::safe_name(name))
    } else {
        dest.to_owned()
    };
    if !overwrite && path.symlink_metadata().is_ok() {
        return Err(there_already(&path));
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let file = tempfile::Builder::new()
        .prefix(".strongroom-part-")
        .tempfile_in(folder)
        .map_err(|error| {
            ClientError::failed(
                "io",
                format!("cannot write into {}: {error}", folder.display()),
            )
            .with_source(error)
        })?;
    Ok(Arriving {
        file,
        path,
        overwrite,
    })
}

fn there_already(path: &Path) -> ClientError {
    ClientError::refused(
        "file_exists",
        format!("{} is there already", path.display()),
    )
    .with_hint("choose another name, or allow overwriting it")
}

impl Arriving {
    /// Where to write.
    pub fn sink(&mut self) -> Sink<'_> {
        Sink::File(self.file.as_file_mut())
    }

    /// Makes the whole file durable and gives it its name.
    pub fn finish(self) -> Result<PathBuf> {
        self.file.as_file().sync_all()?;
        let Self {
            file,
            path,
            overwrite,
        } = self;
        if overwrite {
            file.persist(&path).map_err(|error| error.error)?;
        } else {
            file.persist_noclobber(&path).map_err(|error| {
                if error.error.kind() == std::io::ErrorKind::AlreadyExists {
                    there_already(&path)
                } else {
                    error.error.into()
                }
            })?;
        }
        if let Some(parent) = path.parent()
            && let Ok(folder) = File::open(if parent.as_os_str().is_empty() {
                Path::new(".")
            } else {
                parent
            })
        {
            let _ = folder.sync_all();
        }
        Ok(path)
    }
}
