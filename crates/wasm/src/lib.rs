//! The core of the web client: what a member's browser does, in Rust. It runs in a worker; the
//! page sends it calls in JSON and never sees a key.
//!
//! The logic is plain Rust over small ports ([`Http`], [`Storage`], a clock, randomness), so that
//! it is tested natively against a real server. Only `browser` knows JavaScript. Every rule of
//! formats, replay and cryptography is `strongroom-vault`'s: nothing is written a second time
//! here, and nothing that a server says is believed.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod account;
mod administration;
mod api;
#[cfg(target_arch = "wasm32")]
mod browser;
mod commit;
mod core;
mod duties;
mod engine;
mod error;
mod files;
mod http;
mod organisation;
mod own;
mod platform;
mod record_batch;
mod record_export;
mod record_merge;
mod record_read;
mod record_write;
mod rows;
mod sharing;
mod store;
mod sync;
mod table_part;
mod transfer;
mod trust;
mod unread;
mod vault;
mod vault_kept;
mod vaults;
mod waiting;
mod wallet;

pub use crate::core::Core;
pub use error::{CoreError, Result};
pub use platform::{Http, HttpFailure, Platform, Request, Response, Storage, StorageFailure};
pub use transfer::{Bulk, Download, Fetched, Headers, Kind, Started, Told, Transfers};
