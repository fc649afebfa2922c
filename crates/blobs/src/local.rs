//! Parts as local files.
//!
//! Our own code and not `object_store`'s local adapter, because that one neither syncs files and
//! directories before it answers nor reads and writes in constant memory, and both are promised.

use crate::*;
use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::task::{JoinHandle, spawn_blocking};

mod buffers;
use buffers::{Buffer, Buffers};

/// Written at once. For larger writes Linux takes larger stretches of memory for its cache,
/// which costs more than the calls that it saves: twice the time at 256 KiB.
const WRITE_BYTES: usize = 64 << 10;

/// Parts as files below one folder: `blobs/<tenant>/<vault>/<revision>/p00000012`.
///
/// A part is written to a file in `tmp/`, synced, moved to its place, and the place's directory
/// synced. Only one process may use a folder at a time (the server's data-folder lock sees to it).
#[derive(Clone)]
pub struct LocalBlobs(Arc<Folder>);

struct Folder {
    blobs: PathBuf,
    temporary: PathBuf,
    next_temporary: AtomicU64,
    buffers: Buffers,
}

impl LocalBlobs {
    /// Opens the folder, makes it if needed, and removes what an interrupted run left in `tmp/`.
    /// Blocks on the disk.
    pub fn open(folder: &Path) -> BlobResult<Self> {
        let blobs = folder.join("blobs");
        let temporary = folder.join("tmp");
        fs::create_dir_all(&blobs)?;
        fs::create_dir_all(&temporary)?;
        sync_directory(folder)?;
        for left_over in fs::read_dir(&temporary)? {
            fs::remove_file(left_over?.path())?;
        }
        Ok(Self(Arc::new(Folder {
            blobs,
            temporary,
            next_temporary: AtomicU64::new(0),
            buffers: Buffers::default(),
        })))
    }
}

#[async_trait]
impl Blobs for LocalBlobs {
    async fn put(
        &self,
        key: BlobKey,
        mut body: BodyStream,
        expected: Expected,
    ) -> BlobResult<Written> {
        let mut writer = Writer::Idle(Box::new(Part::new(self.0.clone())));
        let mut buffer = self.0.buffers.take();
        let mut length = 0;
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(BlobError::Body)?;
            length += piece.len() as u64;
            check_not_over(length, expected)?;
            let mut rest = &piece[..];
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(buffer.room()));
                buffer.extend(now);
                rest = later;
                if buffer.room() == 0 {
                    // The next buffer fills while this one is written.
                    let full = std::mem::replace(&mut buffer, self.0.buffers.take());
                    writer = writer.write(full).await?;
                }
            }
        }
        let part = writer.write(buffer).await?.idle().await?;
        spawn_blocking(move || part.finish(key, expected))
            .await
            .map_err(join_error)?
    }

    async fn length(&self, key: BlobKey) -> BlobResult<Option<u64>> {
        let path = self.0.path(key);
        blocking(move || match fs::metadata(path) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        })
        .await
    }

    async fn get_range(&self, key: BlobKey, start: u64, end: u64) -> BlobResult<BlobStream> {
        let path = self.0.path(key);
        let file = blocking(move || {
            let file = File::open(path)?;
            if start > end || end > file.metadata()?.len() {
                return Err(BlobError::RangeOutside);
            }
            Ok(Arc::new(file))
        })
        .await?;
        let folder = self.0.clone();
        Ok(
            stream::unfold(Some((folder, file, start)), move |state| async move {
                let (folder, file, at) = state?;
                if at >= end {
                    return None;
                }
                let length = (end - at).min(PIECE_BYTES as u64) as usize;
                let (piece_folder, piece_file) = (folder.clone(), file.clone());
                match blocking(move || read_piece(&piece_folder, &piece_file, at, length)).await {
                    Ok(piece) => Some((Ok(piece), Some((folder, file, at + length as u64)))),
                    Err(error) => Some((Err(error), None)),
                }
            })
            .boxed(),
        )
    }

    async fn delete(&self, key: BlobKey) -> BlobResult<bool> {
        let path = self.0.path(key);
        blocking(move || match fs::remove_file(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        })
        .await
    }

    async fn delete_revision(&self, key: RevisionKey) -> BlobResult<()> {
        let path = self.0.revision_path(key);
        blocking(move || match fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        })
        .await
    }

    async fn list(&self, key: RevisionKey) -> BlobResult<Vec<(BlobKey, u64)>> {
        let path = self.0.revision_path(key);
        blocking(move || {
            let mut parts = Vec::new();
            for entry in directory_entries(&path)? {
                let name = entry.file_name();
                if let Some(part) = name.to_str().and_then(|name| parse_part(key, name)) {
                    parts.push((part, entry.metadata()?.len()));
                }
            }
            parts.sort_unstable();
            Ok(parts)
        })
        .await
    }

    async fn revisions(&self) -> BlobResult<Vec<RevisionKey>> {
        let root = self.0.blobs.clone();
        blocking(move || {
            let mut keys = Vec::new();
            for (tenant, tenant_path) in id_directories(&root)? {
                for (vault, vault_path) in id_directories(&tenant_path)? {
                    for (revision, _) in id_directories(&vault_path)? {
                        keys.push(RevisionKey {
                            tenant,
                            vault,
                            revision,
                        });
                    }
                }
            }
            Ok(keys)
        })
        .await
    }

    async fn probe(&self) -> BlobResult<()> {
        let folder = self.0.clone();
        blocking(move || {
            let mut temporary = Temporary::create(folder)?;
            temporary.file.write_all(&[0; 512])?;
            Ok(temporary.file.sync_data()?)
        })
        .await
    }
}

impl Folder {
    fn revision_path(&self, key: RevisionKey) -> PathBuf {
        self.blobs.join(key.to_string())
    }

    fn path(&self, key: BlobKey) -> PathBuf {
        self.blobs.join(key.to_string())
    }

    /// Makes a revision's directory and every missing one above it, each durable in its parent.
    fn make_directory(&self, path: &Path) -> io::Result<()> {
        match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && path != self.blobs => {
                let parent = path.parent().ok_or(error)?;
                self.make_directory(parent)?;
                self.make_directory(path)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
            Ok(()) => path.parent().map_or(Ok(()), sync_directory),
        }
    }
}

/// A file that is removed on drop unless it was moved to its place.
struct Temporary {
    folder: Arc<Folder>,
    file: File,
    path: Option<PathBuf>,
}

impl Temporary {
    fn create(folder: Arc<Folder>) -> io::Result<Self> {
        let number = folder.next_temporary.fetch_add(1, Ordering::Relaxed);
        let path = folder.temporary.join(format!("{number:016x}"));
        let file = File::options().write(true).create_new(true).open(&path)?;
        Ok(Self {
            folder,
            file,
            path: Some(path),
        })
    }

    fn place(mut self, key: BlobKey) -> io::Result<()> {
        self.file.sync_data()?;
        let target = self.folder.path(key);
        let directory = self.folder.revision_path(key.revision);
        if let Some(path) = &self.path {
            match fs::rename(path, &target) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.folder.make_directory(&directory)?;
                    fs::rename(path, &target)?;
                }
                result => result?,
            }
        }
        self.path = None;
        sync_directory(&directory)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.path
            && let Err(error) = fs::remove_file(path)
        {
            tracing::warn!(%error, "a temporary blob file stays until the next start");
        }
    }
}

/// A part that is being written; its file appears with the first bytes.
struct Part {
    folder: Arc<Folder>,
    temporary: Option<Temporary>,
    written: Written,
}

impl Part {
    fn new(folder: Arc<Folder>) -> Self {
        Self {
            folder,
            temporary: None,
            written: Written {
                length: 0,
                crc32c: 0,
            },
        }
    }

    fn write(&mut self, buffer: &Buffer) -> io::Result<()> {
        let temporary = match &mut self.temporary {
            Some(temporary) => temporary,
            none => none.insert(Temporary::create(self.folder.clone())?),
        };
        for piece in buffer.as_ref().chunks(WRITE_BYTES) {
            temporary.file.write_all(piece)?;
            // while the processor's cache still holds it
            self.written.crc32c = crc32c::crc32c_append(self.written.crc32c, piece);
        }
        self.written.length += buffer.as_ref().len() as u64;
        Ok(())
    }

    fn finish(self, key: BlobKey, expected: Expected) -> BlobResult<Written> {
        check_written(self.written, expected)?;
        match self.temporary {
            Some(temporary) => temporary.place(key)?,
            None => Temporary::create(self.folder)?.place(key)?,
        }
        Ok(self.written)
    }
}

/// At most one write under way.
enum Writer {
    Idle(Box<Part>),
    Busy(JoinHandle<io::Result<Box<Part>>>),
}

impl Writer {
    async fn idle(self) -> BlobResult<Box<Part>> {
        match self {
            Self::Idle(part) => Ok(part),
            Self::Busy(handle) => Ok(handle.await.map_err(join_error)??),
        }
    }

    /// Waits for the write before this one, then starts this one.
    async fn write(self, buffer: Buffer) -> BlobResult<Self> {
        let mut part = self.idle().await?;
        Ok(Self::Busy(spawn_blocking(move || {
            part.write(&buffer)?;
            Ok(part)
        })))
    }
}

fn read_piece(folder: &Folder, file: &File, at: u64, length: usize) -> BlobResult<Bytes> {
    let mut buffer = folder.buffers.take();
    while buffer.as_ref().len() < length {
        let offset = at + buffer.as_ref().len() as u64;
        if buffer.read_at(file, offset).map_err(io::Error::from)? == 0 {
            return Err(BlobError::Damaged);
        }
    }
    buffer.truncate(length);
    Ok(Bytes::from_owner(buffer))
}

fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Entries of a directory; none if it does not exist.
fn directory_entries(path: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(path) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Entries whose name is an id.
fn id_directories<Id: std::str::FromStr>(path: &Path) -> io::Result<Vec<(Id, PathBuf)>> {
    Ok(directory_entries(path)?
        .into_iter()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .collect())
}

fn parse_part(revision: RevisionKey, name: &str) -> Option<BlobKey> {
    let (letter, number) = name.split_at_checked(1)?;
    let tree = match letter {
        "p" => false,
        "t" => true,
        _ => return None,
    };
    Some(BlobKey {
        revision,
        tree,
        number: number.parse().ok()?,
    })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> BlobResult<T> + Send + 'static,
) -> BlobResult<T> {
    spawn_blocking(work).await.map_err(join_error)?
}

fn join_error(error: tokio::task::JoinError) -> BlobError {
    BlobError::Io(io::Error::other(error))
}
