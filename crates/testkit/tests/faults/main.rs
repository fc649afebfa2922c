//! Faults: a server that is killed again and again under load, clients that are killed in the
//! middle of a transfer, disks that are full or read-only, connections cut anywhere, clocks that
//! jump.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod clock;
mod connections;
mod disk;
mod kills;
mod scene;
