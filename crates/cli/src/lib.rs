//! The program `strongroom`: one command a file, answers for people and for scripts.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod audit;
mod commands;
mod context;
pub mod error;
pub mod output;
pub mod parse;
mod passphrase;
mod progress;
mod run;

pub use run::run;
