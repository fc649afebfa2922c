//! The browser's core against a real server, beside people on the command line's client.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod account;
mod addresses;
mod administration;
mod away;
mod batch;
mod copies;
mod file_list;
mod file_locks;
mod files;
mod fuse;
mod interrupted;
mod lies;
mod moving;
mod offline;
mod offline_batch;
mod passkeys;
mod people;
mod query;
mod records;
mod scene;
mod sharing;
mod sharing_lies;
mod storage;
