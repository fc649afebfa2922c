//! The store in one SQLite file, encrypted at rest by SQLCipher.
//!
//! One thread owns the only connection that writes and commits what waits as one group; a few
//! threads read. Both kinds answer through channels, so no async worker ever waits for the disk.

mod account;
mod convert;
mod effect;
mod guard;
mod link;
mod log;
mod open;
mod reader;
mod rows;
mod session;
mod tenant;
mod upload;
mod vault;
mod writer;

use crate::{KeptAnswer, StoreResult};
use reader::Readers;
use rusqlite::Connection;
use std::path::Path;
use writer::Writer;

/// How the store uses its file.
#[derive(Clone, Copy, Debug)]
pub struct SqliteOptions {
    /// Threads that read; at least one.
    pub readers: usize,
    /// Largest size of the file in pages of 4,096 bytes; beyond it writes fail with `Full`.
    pub max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            readers: 4,
            max_pages: None,
        }
    }
}

/// The SQLite adapter. Dropping it finishes what was asked for and closes the file.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
}

impl SqliteStore {
    /// Opens the file, makes it (mode 0600) if needed, and brings its schema up to date. Blocks.
    ///
    /// `key` is the raw 32-byte database key. `WrongKey` if the file opens with another one,
    /// `NewerSchema` if a newer program wrote it.
    pub fn open(path: &Path, key: &[u8; 32], options: SqliteOptions) -> StoreResult<Self> {
        let write = open::open_writer(path, key, options)?;
        let read = (0..options.readers.max(1))
            .map(|_| open::open_reader(path, key))
            .collect::<StoreResult<Vec<_>>>()?;
        Ok(Self {
            writer: Writer::start(write)?,
            readers: Readers::start(read)?,
        })
    }

    /// Runs `work` on a reading connection.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.readers.run(work).await
    }

    /// Runs `work` on a reading connection, all of it at the same moment of the database.
    async fn read_at_once<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.read(|c| {
            let transaction = c.unchecked_transaction()?;
            let value = work(c)?;
            transaction.finish()?;
            Ok(value)
        })
        .await
    }

    /// Runs `work`, which writes roughly `bytes`, in the next group, and keeps the answer to it
    /// in the same step if `done` says of the result that something was done.
    async fn write_answered<T: Send + 'static>(
        &self,
        bytes: usize,
        answer: Option<KeptAnswer>,
        done: impl FnOnce(&T) -> bool + Send + 'static,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.writer
            .run(bytes, move |c| {
                let result = work(c)?;
                if let Some(answer) = answer.filter(|_| done(&result)) {
                    guard::put_answer(c, &answer)?;
                }
                Ok(result)
            })
            .await
    }

    /// Runs `work` in the next group; its answer comes when the group is on disk.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.writer.run(0, work).await
    }
}
