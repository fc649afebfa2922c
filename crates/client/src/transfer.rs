//! Files on their way: one streaming path for every size, in constant memory.

mod arriving;
mod buffers;
mod get;
mod kept;
mod names;
mod put;
mod seal;
mod spool;

pub(crate) use arriving::{save_as, there_already};
pub(crate) use get::{Content, Sink, download, fetch};
pub(crate) use names::{copy_name, media_type, put_name};
pub(crate) use put::{Plan, Uploaded, upload};
pub(crate) use spool::spool;

use std::io::Read;
use std::path::Path;

/// Where a file comes from.
pub enum Source<'a> {
    /// A file on disk. An interrupted upload of it resumes.
    Path(&'a Path),
    /// A pipe: its length is not known, and it does not resume.
    Reader {
        /// The file's name.
        name: String,
        /// Read to its end.
        reader: Box<dyn Read + Send>,
    },
}

/// Told how far a transfer is. Called from the transfer itself: be quick.
pub trait Progress: Send + Sync {
    /// A transfer begins; `total_bytes` is unknown for a pipe.
    fn start(&self, _name: &str, _total_bytes: Option<u64>) {}
    /// So many bytes are done, those of an earlier run included.
    fn advance(&self, _bytes_done: u64) {}
    /// The transfer is over, well or not.
    fn finish(&self) {}
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {}
