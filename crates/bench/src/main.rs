//! Our side of the measurements: small programs that `cargo xtask bench` starts, times and
//! compares with its peers. Nothing here is shipped.
#![allow(
    clippy::disallowed_methods,
    reason = "a measurement needs the real clock"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing))]

mod append;
mod fill;
mod growth;
mod numbers;
mod open;
mod raw;
mod reader;
mod sample;
mod seal;
mod sync;
mod team;
mod wire;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "strongroom-bench", about = "Our side of the measurements")]
struct Arguments {
    #[command(subcommand)]
    work: Work,
}

#[derive(Subcommand)]
enum Work {
    /// Write a file of bytes that do not compress
    Sample(sample::SampleArguments),
    /// Seal a file as the client does: box, tree, leaves
    Seal(seal::SealArguments),
    /// Open such a file: leaves, groups, then the plaintext
    Open(open::OpenArguments),
    /// Append records from several clients at once
    Append(append::AppendArguments),
    /// Sync a large vault to a new device and ask it
    Sync(sync::SyncArguments),
    /// Append and sync while a vault grows
    Growth(growth::GrowthArguments),
}

fn main() -> ExitCode {
    match work(Arguments::parse().work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn work(work: Work) -> Result<()> {
    match work {
        Work::Sample(arguments) => sample::sample(&arguments),
        Work::Seal(arguments) => seal::seal(&arguments),
        Work::Open(arguments) => open::open(&arguments),
        Work::Append(arguments) => append::append(&arguments),
        Work::Sync(arguments) => runtime()?.block_on(sync::sync(&arguments)),
        Work::Growth(arguments) => runtime()?.block_on(growth::growth(&arguments)),
    }
}

/// As `strongroom` has it; the programs without a client do without.
fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?)
}
