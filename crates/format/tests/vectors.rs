//! Every vector of `spec/vectors` outside `crypto`: accepted with the right answers, or
//! refused for the reason that the file names. The number of cases is fixed, so that a file
//! that lost some fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "vectors/class.rs"]
mod class;
#[path = "vectors/contexts.rs"]
mod contexts;
#[path = "vectors/formats.rs"]
mod formats;
#[path = "vectors/logs.rs"]
mod logs;
#[path = "vectors/read.rs"]
mod read;
#[path = "vectors/sealed.rs"]
mod sealed;
#[path = "vectors/wallets.rs"]
mod wallets;
