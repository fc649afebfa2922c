//! What the server keeps, as a port that speaks in use cases, and its adapters.
//!
//! Everything stored here is opaque to the server: bodies, payloads, boxes and wallets are bytes.
//! Every row belongs to a tenant, and every call names the tenant that it works for; the few
//! look-ups that cannot (a session token, an invitation, a link) ask for a secret's hash instead.
//!
//! Use it as `Arc<dyn Store>` with `use strongroom_store::*;` (the traits of the areas come along).
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
mod port;
pub mod sqlite;

pub use error::{StoreError, StoreResult, What};
pub use port::*;
