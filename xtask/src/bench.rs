//! Measurements against the peers, in the same run on the same machine. Every benchmark
//! prints what it measured, the ratio to its peer, and whether it is within its reach.
#![allow(
    clippy::disallowed_methods,
    reason = "a measurement needs the real clock"
)]

mod appends;
mod ask;
mod growth;
mod measure;
mod nginx;
mod page;
mod report;
mod seal;
mod server;
mod space;
mod sync;
mod transfer;

use crate::{
    setup::{self, Part},
    shell, web, workspace,
};
use anyhow::{Result, bail};
use report::{Report, machine};
use space::Space;
use std::path::PathBuf;

/// What `cargo xtask bench` takes.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask bench\n  cargo xtask bench --quick\n  cargo xtask bench --only seal --json\n  cargo xtask bench --only transfer --huge\n  cargo xtask bench --web"
)]
pub struct BenchArguments {
    /// Print the results as one JSON document
    #[arg(long)]
    pub json: bool,
    /// Run only the benchmark of this name
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
    /// Measure the page in Chromium, and nothing else
    #[arg(long, conflicts_with = "only")]
    pub web: bool,
    /// Smaller sizes and fewer rounds: to see that everything runs
    #[arg(long, conflicts_with = "huge")]
    pub quick: bool,
    /// Also a file of 10 GiB (in the page 4 GiB) and a vault of a million entries
    #[arg(long)]
    pub huge: bool,
}

/// How much is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Quick,
    Full,
    Huge,
}

/// What every benchmark is given.
pub struct Context {
    pub scale: Scale,
    /// Our programs, built for release.
    pub programs: PathBuf,
    /// A folder on disk, one on tmpfs; emptied when the run ends.
    pub space: Space,
}

impl Context {
    /// Our program of this name.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }
}

type Bench = fn(&Context, &mut Report) -> Result<()>;

struct Named {
    name: &'static str,
    what: &'static str,
    run: Bench,
}

const BENCHES: &[Named] = &[
    Named {
        name: "seal",
        what: "seal and open a file, tmpfs to tmpfs",
        run: seal::seal,
    },
    Named {
        name: "transfer",
        what: "put and get a file through the server, TLS on loopback, same disk",
        run: transfer::transfer,
    },
    Named {
        name: "appends",
        what: "durable record appends through the API, every check on",
        run: appends::appends,
    },
    Named {
        name: "sync",
        what: "first sync of a large vault, search and sort in it",
        run: sync::sync,
    },
    Named {
        name: "growth",
        what: "append and sync of new entries while a vault grows",
        run: growth::growth,
    },
];

/// Measured only when it is asked for: it needs a browser.
const PAGE: &[Named] = &[Named {
    name: "page",
    what: "the page in headless Chromium, served by the program",
    run: page::page,
}];

/// Runs the benchmarks; an error when one fails or misses its reach.
pub fn bench(arguments: &BenchArguments) -> Result<()> {
    let benches = if arguments.web { PAGE } else { BENCHES };
    let chosen: Vec<_> = benches
        .iter()
        .filter(|bench| {
            arguments
                .only
                .as_deref()
                .is_none_or(|name| name == bench.name)
        })
        .collect();
    if chosen.is_empty() {
        let names: Vec<_> = BENCHES.iter().map(|bench| bench.name).collect();
        bail!("no benchmark of this name; there are: {}", names.join(", "));
    }
    if arguments.web {
        setup::require(&[Part::Build, Part::Web, Part::Browser])?;
        web::build()?;
    } else {
        setup::require(&[Part::Build, Part::Peers])?;
    }
    build()?;
    let context = Context {
        scale: match (arguments.quick, arguments.huge) {
            (true, _) => Scale::Quick,
            (_, true) => Scale::Huge,
            _ => Scale::Full,
        },
        programs: workspace::target_directory()?.join("release"),
        space: Space::make(&workspace::target_directory()?.join("bench"))?,
    };
    let mut reports = Vec::new();
    for bench in chosen {
        let mut report = Report::new(bench.name, bench.what);
        eprintln!("{}: {}", bench.name, bench.what);
        if let Err(error) = (bench.run)(&context, &mut report) {
            report.fail(format!("{error:#}"));
        }
        if !arguments.json {
            println!("{report}");
        }
        reports.push(report);
    }
    if arguments.json {
        let benches: Vec<_> = reports.iter().map(Report::json).collect();
        let document = serde_json::json!({
            "machine": machine(),
            "quick": arguments.quick,
            "benches": benches,
        });
        println!("{}", serde_json::to_string_pretty(&document)?);
    }
    let missed = reports.iter().map(Report::missed).sum::<usize>();
    if missed > 0 {
        bail!("{missed} out of reach");
    }
    Ok(())
}

/// Always the same packages: another selection would unify features anew and compile twice.
fn build() -> Result<()> {
    shell::run(shell::cargo(&[
        "build",
        "--release",
        "--quiet",
        "--package",
        "strongroom",
        "--package",
        "strongroom-bench",
    ]))
}
