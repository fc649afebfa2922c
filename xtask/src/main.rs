//! The project's chores: set up a machine, run the server, test everything, measure.
//! `cargo xtask --help` lists them; `.ci/run` is `cargo xtask test`.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod bench;
mod changed;
mod doc_paths;
mod fuzz;
mod licences;
mod live;
mod model;
mod proof;
mod rooms;
mod run;
mod setup;
mod shell;
mod tally;
mod test;
mod wasm;
mod web;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's chores", version)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Install what building, testing and measuring need and this machine lacks
    Setup(setup::SetupArguments),
    /// Build the web client and the server, and start it
    Run(run::RunArguments),
    /// Build the web client, which the next build of the server embeds
    Web(web::WebArguments),
    /// Check and test everything
    Test(test::TestArguments),
    /// Check rooms, paths in documents, licences and bans: the part of `test` that compiles nothing
    Check,
    /// Search the model of the log's forks (spec/model), which `test` does too
    Model,
    /// What continuous integration runs: the same as `test`
    Ci,
    /// Measure against the peers
    Bench(bench::BenchArguments),
}

fn main() -> ExitCode {
    match do_chore(Arguments::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        // no backtrace: what went wrong is in the message
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn do_chore(chore: Chore) -> Result<()> {
    std::env::set_current_dir(workspace::root())?;
    match chore {
        Chore::Setup(arguments) => setup::setup(&arguments),
        Chore::Run(arguments) => run::run(&arguments),
        Chore::Web(arguments) => web::web(&arguments),
        Chore::Test(arguments) => test::test(&arguments),
        Chore::Check => test::check(),
        Chore::Model => model::check(),
        Chore::Ci => test::test(&test::TestArguments { fast: false }),
        Chore::Bench(arguments) => bench::bench(&arguments),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Arguments::command().debug_assert();
    }
}
