use crate::commands::prelude::*;
use crate::parse::{ByteRange, byte_range};
use std::{
    io,
    os::fd::AsFd,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};
use strongroom_client::Client;
use tokio::{
    fs::File,
    io::{AsyncWrite, AsyncWriteExt},
};

/// Streams verified bytes to standard output. A reader that has enough (`… | head`) is no error.
pub async fn to_stdout(
    client: &Client,
    file: FileId,
    revision: Option<RevisionId>,
    range: Option<ByteRange>,
) -> CliResult<()> {
    let mut out = Watched {
        inner: stdout()?,
        closed: false,
    };
    let range = range.map(|range| (range.first, range.last));
    let written = client.file_cat(file, revision, range, &mut out).await;
    if out.closed {
        return Ok(());
    }
    written?;
    match out.flush().await {
        Err(error) if !out.closed => Err(CliError::failed(format!("cannot write: {error}"))),
        _ => Ok(()),
    }
}

/// Standard output as a file: whole pieces go to it without a line buffer between.
fn stdout() -> CliResult<File> {
    io::stdout()
        .as_fd()
        .try_clone_to_owned()
        .map(|fd| File::from_std(fd.into()))
        .map_err(|error| CliError::failed(format!("cannot write: {error}")))
}

/// Remembers that the other end of the pipe was closed.
struct Watched {
    inner: File,
    closed: bool,
}

impl Watched {
    fn note<T>(&mut self, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &polled {
            self.closed |= error.kind() == io::ErrorKind::BrokenPipe;
        }
        polled
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(task, bytes);
        self.note(polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_flush(task);
        self.note(polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_shutdown(task);
        self.note(polled)
    }
}

/// Write a file, or a range of its bytes, to standard output
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file cat 77b0e4aa > contract.pdf
  strongroom file cat 77b0e4aa --range 0-1023 | xxd

A range fetches only the chunks it needs. Nothing is written before it is verified; --json changes nothing here.")]
pub struct Cat {
    /// The file: its id or the beginning of it
    file: String,
    /// Only these bytes, counted from 0, both ends included; A- is from A to the end
    #[arg(long, value_name = "A-B", value_parser = byte_range)]
    range: Option<ByteRange>,
    /// Another revision than the newest
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
}

impl Cat {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let file = client.resolve_file(&self.file).await?;
        let revision = named_revision(&client, file, self.revision.as_deref()).await?;
        to_stdout(&client, file, revision, self.range).await?;
        Ok(Reply::silent())
    }
}
