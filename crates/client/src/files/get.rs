//! Reading files: to disk, to a stream, all of a record.

use super::{GetOptions, Readable};
use crate::client::Client;
use crate::file_names::distinct_names;
use crate::transfer::{Content, Progress, Sink, download, fetch, save_as, there_already};
use crate::views::GetDone;
use crate::{ClientError, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use strongroom_types::*;
use tokio::io::AsyncWrite;

impl Client {
    pub(super) fn content(&self, readable: &Readable) -> Content {
        Content::Member {
            shared: Arc::clone(&self.shared),
            vault: readable.vault,
            file: readable.file,
            revision: readable.revision,
        }
    }

    pub(super) async fn find_readable(
        &self,
        file: FileId,
        revision: Option<RevisionId>,
    ) -> Result<Readable> {
        let mut engine = self.engine().await?;
        self.refresh_if_online(&mut engine).await?;
        self.readable(&engine, file, revision)
    }

    /// Fetches a file to `dest`, a file or a folder. Nothing is there under its name before
    /// every byte was verified. Run again after an interruption, it goes on where it was.
    ///
    /// # Errors
    /// `not_found`, `file_exists`, integrity.
    pub async fn file_get(
        &self,
        file: FileId,
        dest: &Path,
        options: &GetOptions,
        progress: &dyn Progress,
    ) -> Result<GetDone> {
        let readable = self.find_readable(file, options.revision).await?;
        self.save(readable, dest, options.overwrite, progress).await
    }

    /// Fetches all files of a record into a folder; hidden ones and the trash stay out. Names
    /// that a file system may take for the same are told apart by a number.
    ///
    /// # Errors
    /// `file_exists` before the first byte travels, `not_found`, integrity.
    pub async fn files_get(
        &self,
        record: RecordId,
        folder: &Path,
        overwrite: bool,
        progress: &dyn Progress,
    ) -> Result<Vec<GetDone>> {
        if !folder.is_dir() {
            return Err(ClientError::usage(format!(
                "{} is not a folder",
                folder.display()
            )));
        }
        let mut lines = self.files(record, false, false).await?;
        // The same names today and next time.
        lines.sort_by_key(|line| line.file);
        let names = distinct_names(lines.iter().map(|line| line.name.as_str()));
        let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
        let there = paths.iter().find(|path| path.symlink_metadata().is_ok());
        if let (false, Some(path)) = (overwrite, there) {
            return Err(there_already(path));
        }
        let mut done = Vec::with_capacity(lines.len());
        for (line, path) in lines.iter().zip(&paths) {
            let readable = self.find_readable(line.file, None).await?;
            done.push(self.save(readable, path, overwrite, progress).await?);
        }
        Ok(done)
    }

    async fn save(
        &self,
        readable: Readable,
        dest: &Path,
        overwrite: bool,
        progress: &dyn Progress,
    ) -> Result<GetDone> {
        let subject = readable.file.as_bytes();
        let mut arriving = save_as(dest, &readable.name, subject, overwrite)?;
        let content = self.content(&readable);
        progress.start(&readable.name, Some(readable.manifest.true_length));
        let fetched = fetch(
            &content,
            &readable.key,
            readable.manifest,
            &mut arriving,
            progress,
        )
        .await;
        progress.finish();
        let fetched = fetched?;
        let path = arriving.finish()?;
        Ok(GetDone {
            file: readable.file,
            revision: readable.revision,
            path: path.display().to_string(),
            name: readable.name,
            bytes: fetched.bytes,
            bytes_resumed: fetched.resumed,
        })
    }

    /// Writes a file, or a range of it, to `out`. The range is inclusive, as in HTTP; an end
    /// behind the file's is the file's.
    ///
    /// # Errors
    /// `not_found`, integrity; usage for a range behind the end.
    pub async fn file_cat(
        &self,
        file: FileId,
        revision: Option<RevisionId>,
        range: Option<(u64, Option<u64>)>,
        out: &mut (dyn AsyncWrite + Unpin + Send),
    ) -> Result<u64> {
        let readable = self.find_readable(file, revision).await?;
        let length = readable.manifest.true_length;
        let range = match range {
            None => None,
            Some((first, last)) => {
                if first >= length || last.is_some_and(|last| last < first) {
                    return Err(ClientError::usage(format!(
                        "the range lies outside of the file, which has {length} bytes"
                    )));
                }
                let end = last.map_or(length, |last| last.saturating_add(1).min(length));
                Some(first..end)
            }
        };
        let content = self.content(&readable);
        let bytes = download(
            &content,
            &readable.key,
            readable.manifest,
            range,
            Sink::Writer(&mut *out),
            &crate::NoProgress,
        )
        .await?;
        tokio::io::AsyncWriteExt::flush(out).await?;
        Ok(bytes)
    }
}
