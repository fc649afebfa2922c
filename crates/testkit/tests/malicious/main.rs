//! The malicious server, one lie at a time (the table of rules in the security design;
//! `docs/malicious-server.md` says which test proves which row). Each test: something true is
//! there, the server lies, the client stops with exit code 5 and says what is wrong, and when
//! the server is honest again nothing is lost.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod files;
mod forks;
mod logs;
mod people;
mod pictures;
mod renewal;
mod scene;
