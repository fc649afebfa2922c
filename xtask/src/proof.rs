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
    process::Command,
};

const SCRIPT: &str = "spec/verify/run.py";

/// What the script imports, pinned.
const REQUIREMENTS: &str = "spec/verify/requirements.txt";

/// The same where there is no list.
const PACKAGES: &[&str] = &["cryptography==50.*", "blake3", "argon2-cffi", "cbor2"];

/// Whether the proof is part of this tree.
pub fn exists() -> bool {
    Path::new(SCRIPT).exists()
}

/// The script over the published vectors. It prints `N passed, N failed`.
pub fn vectors() -> Result<Command> {
    let mut script = Command::new(python()?);
    script.args([SCRIPT, "--vectors", "spec/vectors"]);
    Ok(script)
}

/// The script over one exported folder.
pub fn export(folder: &Path) -> Result<Command> {
    let mut script = Command::new(python()?);
    script.args([SCRIPT, "--export"]).arg(folder);
    Ok(script)
}

/// The interpreter of the environment, which is made when it is not there or when the list
/// of what the script imports has changed.
pub fn python() -> Result<PathBuf> {
    let folder = workspace::target_directory()?.join("venv");
    let python = folder.join("bin/python");
    let marker = folder.join("requirements.txt");
    let wanted = fs::read_to_string(REQUIREMENTS).unwrap_or_else(|_| PACKAGES.join("\n"));
    if python.exists() && fs::read_to_string(&marker).is_ok_and(|have| have == wanted) {
        return Ok(python);
    }
    setup::require(&[Part::Proof])?;
    let name = folder.to_string_lossy();
    shell::run(shell::command("python3", &["-m", "venv", &name]))?;
    let list = folder.join("wanted.txt");
    fs::write(&list, &wanted)?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--requirement"])
        .arg(&list);
    shell::run(pip).context("could not install what the proof imports")?;
    fs::rename(list, marker)?;
    Ok(python)
}
