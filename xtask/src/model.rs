//! The model of the log's forks (spec/model), searched through by spin. The whole model must
//! hold, and must fail wherever one of its protections is left out: a model that can't fail
//! proves nothing.

use crate::{
    setup::{self, Part},
    shell, workspace,
};
use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const MODEL: &str = "spec/model/forks.pml";
/// Deeper than any run of the model.
const DEPTH: &str = "-m100000";

/// What must hold.
const HOLD: &[&[&str]] = &[&[], &["-DSECOND_DEVICE"]];
/// A protection left out, or a claim that nothing happens: each must be contradicted.
const BREAK: &[&[&str]] = &[
    &["-DNO_SEEN"],
    &["-DNO_DIRECTORY"],
    &["-DNO_PIN"],
    &["-DNO_COMPARISON"],
    &["-DSECOND_DEVICE", "-DNO_WALLET_HEAD"],
    &["-DSECOND_DEVICE", "-DNO_ATTESTED_WALLET"],
    &["-DWITNESS_FORK"],
    &["-DWITNESS_HONEST"],
    &["-DSECOND_DEVICE", "-DWITNESS_HONEST"],
];

/// Whether there is a model.
pub fn exists() -> bool {
    Path::new(MODEL).exists()
}

/// Searches the model and each of its variants.
pub fn check() -> Result<()> {
    setup::require(&[Part::Model])?;
    let folder = workspace::target_directory()?.join("model");
    std::fs::create_dir_all(&folder)?;
    for options in HOLD {
        let found = search(&folder, options)?;
        if found.errors != 0 || found.cut_short {
            bail!("the model does not hold {options:?}:\n{}", found.report);
        }
        println!("holds {options:?}: {} states", found.states);
    }
    for options in BREAK {
        let found = search(&folder, options)?;
        if found.errors == 0 || !found.report.contains("assertion violated") {
            bail!("nothing breaks with {options:?}:\n{}", found.report);
        }
        println!("breaks as it must: {options:?}");
    }
    Ok(())
}

struct Found {
    errors: u64,
    states: u64,
    /// Not everything was searched.
    cut_short: bool,
    report: String,
}

fn search(folder: &Path, options: &[&str]) -> Result<Found> {
    let model: PathBuf = std::env::current_dir()?.join(MODEL);
    let mut generate = shell::command("spin", options);
    generate.arg("-a").arg(model).current_dir(folder);
    shell::output(generate)?;
    let mut compile = shell::command("cc", &["-O2", "-w", "-DSAFETY", "-DCOLLAPSE"]);
    compile.args(["-o", "pan", "pan.c"]).current_dir(folder);
    shell::output(compile)?;
    // It ends with 0 whatever it found: what counts is the report.
    let report = Command::new("./pan")
        .arg(DEPTH)
        .current_dir(folder)
        .output()
        .context("cannot start the search")?;
    let report = String::from_utf8_lossy(&report.stdout).into_owned();
    Ok(Found {
        errors: number_after(&report, "errors: ").context("the search counted no errors")?,
        states: number_before(&report, "states, stored").context("the search saw no state")?,
        cut_short: report.contains("max search depth too small")
            || report.contains("out of memory"),
        report,
    })
}

fn number_after(report: &str, words: &str) -> Option<u64> {
    let (_, rest) = report.split_once(words)?;
    rest.split_whitespace().next()?.parse().ok()
}

fn number_before(report: &str, words: &str) -> Option<u64> {
    let (rest, _) = report.split_once(words)?;
    rest.split_whitespace().next_back()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_report() {
        let report = "pan:1: assertion violated answer (at depth 156)\n\n\
            State-vector 56 byte, depth reached 219, errors: 1\n      226 states, stored\n";
        assert_eq!(number_after(report, "errors: "), Some(1));
        assert_eq!(number_before(report, "states, stored"), Some(226));
        assert_eq!(number_after("", "errors: "), None);
    }
}
