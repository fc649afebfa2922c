//! The browser's core against a real server, beside people on the command line's client.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod batch;
mod lies;
mod people;
mod query;
mod records;
mod scene;
mod storage;
