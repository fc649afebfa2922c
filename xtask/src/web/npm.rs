//! Node's packages and scripts of the page.

use super::FOLDER;
use crate::{setup::node, shell};
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
    let mut npm = npm()?;
    npm.args(["ci", "--no-audit", "--no-fund"]);
    shell::run(npm).context("could not install what the page is made of")?;
    fs::write(marker, wanted)?;
    Ok(())
}

/// Runs a script of the page.
pub fn run(name: &str) -> Result<()> {
    shell::run(script(name)?)
}

/// A script of the page, without colours: its closing lines are read.
pub fn script(name: &str) -> Result<Command> {
    let mut npm = npm()?;
    npm.args(["run", "--silent", name])
        .env("NO_COLOR", "1")
        .env_remove("FORCE_COLOR");
    Ok(npm)
}

/// npm under a Node that is new enough.
fn npm() -> Result<Command> {
    let mut npm = shell::command("npm", &["--prefix", FOLDER]);
    let node = node::folder()?;
    if !node.as_os_str().is_empty() {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(node).chain(std::env::split_paths(&path));
        npm.env("PATH", std::env::join_paths(all)?);
    }
    Ok(npm)
}
