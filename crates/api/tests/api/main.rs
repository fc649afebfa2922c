//! The whole server behind its router: real database, real signatures, no network.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods
)]

mod agree;
mod appends;
mod credentials;
mod files;
mod http;
mod matrix;
mod members;
mod people;
mod renewal;
mod sharing;
mod support;
