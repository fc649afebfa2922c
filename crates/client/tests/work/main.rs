//! Vaults, records and files between two people, against a real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod files;
mod records;

use strongroom_client::*;
use strongroom_testkit::world::{World, add, cases, cat, cat_range, noise, passphrase, put, set};
