//! What bytes mean: canonical encodings, contexts, entries, manifests, and the replay of the
//! two kinds of log with public keys only. Normative text: `spec/formats.md`.
//!
//! Server and clients run the same replay, so what one refuses the other never accepts.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod cbor;
pub mod codes;
pub mod context;
pub mod directory;
pub mod entry;
pub mod file;
pub mod link;
pub mod merkle;
pub mod names;
pub mod pad;
pub mod person;
pub mod record;
pub mod signing;
pub mod table;
pub mod transport;
pub mod vault_log;
pub mod vault_payload;
pub mod wallet;

mod error;
pub use error::{FormatError, LogError};
