//! Fuzz targets, run briefly. They live in a workspace of their own and come with a driver
//! that needs no nightly compiler: a seeded corpus and random mutations.

use crate::{shell, workspace};
use anyhow::Result;
use std::path::Path;

const MANIFEST: &str = "fuzz/Cargo.toml";

/// Whether there are fuzz targets.
pub fn exists() -> bool {
    Path::new(MANIFEST).exists()
}

/// Runs every target for a moment; the driver's exit code tells.
pub fn run() -> Result<()> {
    let mut driver = shell::cargo(&["run", "--release", "--quiet", "--manifest-path", MANIFEST]);
    driver.env(
        "CARGO_TARGET_DIR",
        workspace::target_directory()?.join("fuzz"),
    );
    shell::run(driver)
}
