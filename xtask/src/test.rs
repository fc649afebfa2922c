//! `cargo xtask test`: everything that must hold, in one order, with one closing line.

use crate::{
    doc_paths, fuzz, licences, live, model, proof, rooms,
    setup::{self, Part},
    shell,
    tally::Tally,
    web, workspace,
};
use anyhow::{Result, bail};

/// What `cargo xtask test` takes.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask test          everything, as continuous integration runs it\n  cargo xtask test --fast   the inner loop"
)]
pub struct TestArguments {
    /// Only formatting, lints, rooms, unit tests and the quick integration tests, of the page too
    #[arg(long)]
    pub fast: bool,
}

/// Runs every step even when one fails, so that one run shows all that is wrong.
pub fn test(arguments: &TestArguments) -> Result<()> {
    setup::require(&[Part::Build])?;
    let mut tally = Tally::default();
    tally.check("formatting", || {
        shell::run(shell::cargo(&["fmt", "--all", "--check"]))
    });
    if arguments.fast {
        tally.check("rooms", rooms::check);
        fast(&mut tally)?;
    } else {
        facts(&mut tally);
        full(&mut tally)?;
    }
    close(tally)
}

/// Checks what can be checked without compiling.
pub fn check() -> Result<()> {
    let mut tally = Tally::default();
    facts(&mut tally);
    close(tally)
}

fn close(tally: Tally) -> Result<()> {
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed > 0 {
        bail!("not everything passed");
    }
    Ok(())
}

fn facts(tally: &mut Tally) {
    tally.check("rooms", rooms::check);
    tally.check("paths in the documents", doc_paths::check);
    tally.check("licences and bans", licences::check);
}

fn full(tally: &mut Tally) -> Result<()> {
    // first, as the server embeds it
    let mut page_is_built = false;
    if web::exists() {
        tally.check("the web client", || {
            web::build()?;
            page_is_built = true;
            Ok(())
        });
    }
    if page_is_built {
        web::test(tally)?;
    }
    tally.check("lints", || {
        shell::run(shell::cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "--deny=warnings",
        ]))
    });
    tally.run_tests(shell::cargo(&["test", "--workspace", "--no-fail-fast"]))?;
    acme(tally)?;
    if page_is_built {
        web::test_in_browser(tally)?;
    }
    if proof::exists() {
        tally.run_tests(proof::vectors()?)?;
        match live::export() {
            Ok(folder) => tally.run_tests(proof::export(&folder)?)?,
            Err(error) => tally.check("live export", || Err(error)),
        }
    }
    if model::exists() {
        tally.check("the model of forks", model::check);
    }
    if fuzz::exists() {
        tally.check("fuzzing, briefly", fuzz::run);
    }
    Ok(())
}

/// Tests that need a server of another's making; ignored elsewhere, so that nobody's unit
/// tests fail for a package.
fn acme(tally: &mut Tally) -> Result<()> {
    if let Err(error) = setup::require(&[Part::Acme]) {
        tally.check("the ACME server", || Err(error));
        return Ok(());
    }
    tally.run_tests(shell::cargo(&[
        "test",
        // as the tests before it were compiled: another choice of packages has other features
        "--workspace",
        "--test",
        "acme",
        "--",
        "--ignored",
    ]))
}

fn fast(tally: &mut Tally) -> Result<()> {
    tally.check("lints", || {
        shell::run(shell::cargo(&[
            "clippy",
            "--workspace",
            "--lib",
            "--bins",
            "--quiet",
            "--",
            "--deny=warnings",
        ]))
    });
    if web::exists() {
        web::test_fast(tally)?;
    }
    let mut arguments = vec!["test", "--workspace", "--no-fail-fast", "--lib", "--bins"];
    if has_quick_tests()? {
        arguments.extend(["--test", "quick*"]);
    }
    tally.run_tests(shell::cargo(&arguments))
}

/// Whether any room has an integration test whose name begins with `quick`: those belong
/// to the inner loop. Cargo refuses a pattern that matches nothing.
fn has_quick_tests() -> Result<bool> {
    let metadata = workspace::members_metadata()?;
    Ok(workspace::list(&metadata, "packages")
        .iter()
        .flat_map(|package| workspace::list(package, "targets"))
        .any(|target| {
            workspace::list(target, "kind").iter().any(|k| k == "test")
                && workspace::text(target, "name").starts_with("quick")
        }))
}
