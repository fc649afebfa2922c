//! The web client: the core for browsers, the page around it, and the packed files that the
//! server embeds.

mod npm;
mod pack;

use crate::{
    setup::{self, Part},
    shell,
    tally::Tally,
    wasm, workspace,
};
use anyhow::{Result, bail};
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{self, File},
    path::Path,
    process::Command,
};

/// The page's folder.
const FOLDER: &str = "web";
/// What the core's build writes for the page.
const BINDINGS: &str = "web/src/core/generated/strongroom_wasm.js";
/// What Vite builds.
const BUILT: &str = "web/dist";
/// What the server embeds: the same, with compressed copies; git ignores both.
const PACKED: &str = "web/packed";

/// What `cargo xtask web` takes.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask web          all of it; the next build of the server has it\n  cargo xtask web --core   only the core and its types, before `npm run dev`\n  cargo xtask web --page   only the page, with the core as it is"
)]
pub struct WebArguments {
    /// Only compile the core and write its bindings
    #[arg(long, conflicts_with = "page")]
    core: bool,
    /// Only build the page, with the bindings that are there
    #[arg(long)]
    page: bool,
}

/// Whether the page is part of this tree.
pub fn exists() -> bool {
    Path::new(FOLDER).join("package.json").exists()
}

/// Builds what is asked for.
pub fn web(arguments: &WebArguments) -> Result<()> {
    if !exists() {
        bail!("there is no page in {FOLDER}");
    }
    setup::require(&[Part::Build])?;
    let _alone = lock()?;
    if !arguments.page {
        wasm::build()?;
    }
    if !arguments.core {
        page()?;
    }
    Ok(())
}

/// Builds all of it.
pub fn build() -> Result<()> {
    web(&WebArguments {
        core: false,
        page: false,
    })
}

fn page() -> Result<()> {
    setup::require(&[Part::Web])?;
    npm::install()?;
    npm::run("build")?;
    let packed = pack::pack(Path::new(BUILT), Path::new(PACKED))?;
    eprintln!("packed {packed} into {PACKED}");
    Ok(())
}

/// Types and unit tests of the page; the bindings must be there.
pub fn test(tally: &mut Tally) -> Result<()> {
    tally.check("types of the page", || npm::run("typecheck"));
    tally.run_tests(npm::script("test")?)
}

/// The same for the inner loop: the core is only compiled where its bindings are missing.
pub fn test_fast(tally: &mut Tally) -> Result<()> {
    setup::require(&[Part::Web])?;
    let _alone = lock()?;
    if !Path::new(BINDINGS).exists() {
        wasm::build()?;
    }
    npm::install()?;
    test(tally)
}

/// The page in a real browser, served by the program that has it embedded.
pub fn test_in_browser(tally: &mut Tally) -> Result<()> {
    setup::require(&[Part::Web, Part::Browser])?;
    let program = ["build", "--package", "strongroom"];
    shell::run(shell::cargo(&program))?;
    let mut tests = npm::script("e2e")?;
    tests.env(
        "STRONGROOM_BIN",
        workspace::target_directory()?.join("debug/strongroom"),
    );
    tally.run_tests(tests)
}

/// The measurements of the page, with this program as the server.
pub fn measurements(program: &Path) -> Result<Command> {
    let mut measurements = npm::script("bench")?;
    measurements.env("STRONGROOM_BIN", program);
    Ok(measurements)
}

/// Two builds at once would write the same files.
fn lock() -> Result<File> {
    let folder = workspace::target_directory()?;
    fs::create_dir_all(&folder)?;
    let file = File::create(folder.join("web.lock"))?;
    flock(&file, FlockOperation::LockExclusive)?;
    Ok(file)
}
