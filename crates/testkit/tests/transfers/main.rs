//! Transfers that are interrupted: downloads go on and believe nothing on the disk, uploads
//! never mix two contents, and a part is not held up by its own earlier attempt.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod downloads;
mod names;
mod parts;
mod scene;
mod uploads;
