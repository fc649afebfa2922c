//! The independent proof: a Python program written from the specification alone, run in
//! its own environment under cargo's target folder.

use crate::{
    setup::{self, Part},
    shell, workspace,
};
use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};

const SCRIPT: &str = "spec/verify/run.py";

/// What the script may import, pinned where the specification names a release.
const PACKAGES: &[&str] = &["cryptography==50.*", "blake3", "argon2-cffi", "cbor2"];

/// Whether the proof is part of this tree.
pub fn exists() -> bool {
    Path::new(SCRIPT).exists()
}

/// Runs the script against the vectors and a live export, which it makes with the program
/// named by `STRONGROOM_BIN`.
pub fn run() -> Result<()> {
    let python = python()?;
    shell::run(shell::cargo(&["build", "--package", "strongroom"]))?;
    let program = workspace::target_directory()?.join("debug/strongroom");
    let mut script = std::process::Command::new(python);
    script
        .arg(SCRIPT)
        .env("STRONGROOM_BIN", program)
        .env("STRONGROOM_VECTORS", workspace::root().join("spec/vectors"));
    shell::run(script)
}

/// The interpreter of the environment, which is made when it is not there.
pub fn python() -> Result<PathBuf> {
    let folder = workspace::target_directory()?.join("venv");
    let python = folder.join("bin/python");
    let marker = folder.join("packages");
    let wanted = PACKAGES.join("\n");
    if python.exists() && fs::read_to_string(&marker).is_ok_and(|have| have == wanted) {
        return Ok(python);
    }
    setup::require(&[Part::Proof])?;
    let name = folder.to_string_lossy();
    shell::run(shell::command("python3", &["-m", "venv", &name]))?;
    let mut pip = std::process::Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet"]).args(PACKAGES);
    shell::run(pip).context("could not install what the proof imports")?;
    fs::write(&marker, wanted)?;
    Ok(python)
}
