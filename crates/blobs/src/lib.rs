//! Large ciphertext: the parts of file revisions, behind a small port.
//!
//! The bytes are sealed by the clients and mean nothing here. A part is written whole or not at
//! all, is on disk when [`Blobs::put`] returns, and never changes afterwards.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod local;
mod memory;
mod port;
mod range;

pub use error::{BlobError, BlobResult};
pub use local::LocalBlobs;
pub use memory::MemoryBlobs;
pub use port::*;
pub use range::read_revision;
