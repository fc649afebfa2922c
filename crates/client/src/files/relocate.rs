//! Moving and copying: inside a vault a line in the log, across vaults a new encryption.

use super::check_unprotected;
use crate::client::Client;
use crate::files::{PutOptions, SameName};
use crate::transfer::{Progress, Sink, Source, download};
use crate::views::FileLine;
use crate::{ClientError, NoProgress, Result};
use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use strongroom_types::*;
use strongroom_vault::file::Attributes;
use tokio::io::AsyncWrite;

/// Pieces that wait between download and upload.
const QUEUE: usize = 4;

impl Client {
    /// Moves a file to another record. Into another vault it is decrypted and encrypted anew
    /// here, in constant memory, and then removed from the old place.
    ///
    /// # Errors
    /// `not_found`, `protected`, `locked`, `quota_exceeded`.
    pub async fn file_move(
        &self,
        file: FileId,
        to: RecordId,
        progress: &dyn Progress,
    ) -> Result<FileLine> {
        {
            let mut engine = self.engine().await?;
            let engine = &mut *engine;
            self.refresh(engine).await?;
            let row = self.file_row(engine, file)?;
            check_unprotected(&row)?;
            let target = self.record_row(engine, to)?;
            if target.vault_n == row.vault_n {
                self.attributes(engine, &row, |attributes: &mut Attributes| {
                    attributes.record = to;
                })
                .await?;
                let row = self.file_row(engine, file)?;
                return self.file_line(engine, &row);
            }
        }
        let copied = self.file_copy(file, to, progress).await?;
        self.file_remove(file).await?;
        Ok(copied)
    }

    /// Copies a file's current revision to a record of any vault, under a new key.
    ///
    /// # Errors
    /// `not_found`, `quota_exceeded`, integrity.
    pub async fn file_copy(
        &self,
        file: FileId,
        to: RecordId,
        progress: &dyn Progress,
    ) -> Result<FileLine> {
        let readable = self.find_readable(file, None).await?;
        let options = PutOptions {
            name: Some(readable.name.clone()),
            keep_original: true,
            replace: None,
            // The record may have one of that name: both stay.
            same_name: SameName::KeepBoth,
            media_type: Some(readable.manifest.media_type.clone()),
        };
        let (pieces, receiver) = sync_channel(QUEUE);
        let source = Source::Reader {
            name: readable.name.clone(),
            reader: Box::new(Pipe {
                receiver,
                piece: Vec::new(),
                at: 0,
            }),
        };
        let content = self.content(&readable);
        let reading = async move {
            let mut sink = Feed {
                pieces: Some(pieces),
            };
            let read = download(
                &content,
                &readable.key,
                readable.manifest,
                None,
                Sink::Writer(&mut sink),
                &NoProgress,
            )
            .await;
            // A break must not look like an end.
            if let (Err(_), Some(pieces)) = (&read, sink.pieces.take()) {
                let _ = pieces.send(Err(()));
            }
            read
        };
        let reading = tokio::spawn(reading);
        let put = self.file_put(to, source, &options, progress).await;
        let read = reading.await.map_err(|error| {
            ClientError::failed("internal", "reading the file stopped").with_source(error)
        })?;
        let done = match (read, put) {
            (Err(error), Err(_)) => return Err(error),
            (_, put) => put?,
        };
        self.file_show(done.file).await
    }
}

/// The end of a pipe that the upload reads.
struct Pipe {
    receiver: Receiver<Result<Vec<u8>, ()>>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.piece.len() {
            match self.receiver.recv() {
                Ok(Ok(piece)) => (self.piece, self.at) = (piece, 0),
                Ok(Err(())) => {
                    return Err(std::io::Error::other("the file could not be read"));
                }
                Err(_) => return Ok(0),
            }
        }
        let ready = self.piece.get(self.at..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at += count;
        Ok(count)
    }
}

/// The end of a pipe that the download writes.
struct Feed {
    pieces: Option<SyncSender<Result<Vec<u8>, ()>>>,
}

impl AsyncWrite for Feed {
    fn poll_write(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        use std::sync::mpsc::TrySendError;
        let Some(pieces) = &self.pieces else {
            return std::task::Poll::Ready(Err(std::io::ErrorKind::BrokenPipe.into()));
        };
        match pieces.try_send(Ok(bytes.to_vec())) {
            Ok(()) => std::task::Poll::Ready(Ok(bytes.len())),
            Err(TrySendError::Full(_)) => {
                // The reader is a thread without a waker: look again in a moment.
                let waker = context.waker().clone();
                tokio::spawn(async move {
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                    waker.wake();
                });
                std::task::Poll::Pending
            }
            Err(TrySendError::Disconnected(_)) => {
                std::task::Poll::Ready(Err(std::io::ErrorKind::BrokenPipe.into()))
            }
        }
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }
}
