//! Node's packages and scripts of the page.

use super::FOLDER;
use crate::shell;
use anyhow::{Context, Result};
use std::{fs, path::Path, process::Command};

/// Installs exactly what the lock file names, unless that was done already.
pub fn install() -> Result<()> {
    let folder = Path::new(FOLDER);
    let wanted = fs::read(folder.join("package-lock.json"))
        .context("the page has no package-lock.json; `npm install` in its folder makes one")?;
    let marker = folder.join("node_modules/.installed-lock.json");
    if fs::read(&marker).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    let mut npm = npm();
    npm.args(["ci", "--no-audit", "--no-fund"]);
    shell::run(npm).context("could not install what the page is made of")?;
    fs::write(marker, wanted)?;
    Ok(())
}

/// Runs a script of the page.
pub fn run(name: &str) -> Result<()> {
    shell::run(script(name))
}

/// A script of the page, without colours: its closing lines are read.
pub fn script(name: &str) -> Command {
    let mut npm = npm();
    npm.args(["run", "--silent", name]).env("NO_COLOR", "1");
    npm
}

fn npm() -> Command {
    shell::command("npm", &["--prefix", FOLDER])
}
