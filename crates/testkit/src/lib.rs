//! What the tests of whole journeys share: a world with a server and people in it, and the
//! malicious server: the real one with one lie switched on at a time.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod fork;
pub mod gate;
pub mod liar;
pub mod lies;
pub mod process;
pub mod world;
