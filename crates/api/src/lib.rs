//! The HTTP face of a Strongroom server: one operation a file under `ops`, each with its
//! request, answer, OpenAPI description and handler. Use cases and rights live in
//! `strongroom-domain`; nothing here opens a box or decides who may do what.
//!
//! The peer's address is taken from the request extension [`PeerAddress`] that the server's
//! accept loop sets; headers that claim to forward an address are never looked at.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod body;
mod config;
mod error;
mod extract;
mod idempotency;
mod layers;
mod openapi;
mod ops;
mod range;
mod rate;
mod router;

pub use config::{ApiConfig, CertificateWords, Network, Pages, PeerAddress, RenderMetrics};
pub use layers::REQUEST_SPANS;
pub use openapi::openapi;
pub use rate::RateLimits;
pub use router::router;
