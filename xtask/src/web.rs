//! The web client: the core for browsers, the page around it, and the packed files that the
//! server embeds.

mod npm;
mod pack;

use crate::{
    setup::{self, Part},
    wasm, workspace,
};
use anyhow::{Result, bail};
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{self, File},
    path::Path,
};

/// The page's folder.
const FOLDER: &str = "web";
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
pub fn test(tally: &mut crate::tally::Tally) -> Result<()> {
    tally.check("types of the page", || npm::run("typecheck"));
    tally.run_tests(npm::script("test"))
}

/// Two builds at once would write the same files.
fn lock() -> Result<File> {
    let folder = workspace::target_directory()?;
    fs::create_dir_all(&folder)?;
    let file = File::create(folder.join("web.lock"))?;
    flock(&file, FlockOperation::LockExclusive)?;
    Ok(file)
}
