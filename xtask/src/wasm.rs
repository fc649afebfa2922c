//! The browser core: `crates/wasm` compiled to wasm32, with bindings for JavaScript.

mod debian;
mod toolchain;

use crate::{changed, shell, workspace};
use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use toolchain::Toolchain;
use wasm_bindgen_cli_support::Bindgen;

const PACKAGE: &str = "strongroom-wasm";
const TARGET: &str = "wasm32-unknown-unknown";
/// The profile of the workspace's manifest that the page is built with.
const PROFILE: &str = "browser";
/// Where the page imports the core from; git ignores it.
const BINDINGS: &str = "web/src/core/generated";

/// Compiles the core and writes its bindings.
pub fn build() -> Result<()> {
    let toolchain = toolchain::find()?;
    eprintln!("wasm32 tool-chain: {}", toolchain.route);
    let folder = workspace::target_directory()?.join("wasm");
    shell::run(compile(&toolchain, &folder)?)?;
    let built = folder
        .join(TARGET)
        .join(PROFILE)
        .join(PACKAGE.replace('-', "_"))
        .with_extension("wasm");
    bindings(&built, &folder.join("bindings"))
}

fn compile(toolchain: &Toolchain, folder: &Path) -> Result<Command> {
    let mut cargo = shell::cargo(&["build", "--package", PACKAGE, "--lib", "--profile", PROFILE]);
    cargo
        .args(["--target", TARGET, "--target-dir"])
        .arg(folder)
        // flags for the host would be wrong here, and would hide the ones below
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags()?);
    if let Some(rustc) = &toolchain.rustc {
        cargo.env("RUSTC", rustc);
    }
    Ok(cargo)
}

/// Vectors are in every browser; paths of this machine do not belong into what is shipped.
fn flags() -> Result<String> {
    let mut flags = "-C target-feature=+simd128".to_owned();
    let places = [
        (Some(workspace::root().to_owned()), "/strongroom"),
        (cargo_home(), "/cargo"),
    ];
    for (place, name) in places {
        let Some(place) = place else { continue };
        let place = place
            .to_str()
            .filter(|place| !place.contains(char::is_whitespace))
            .with_context(|| format!("{} has spaces: cargo cannot take it", place.display()))?;
        flags.push_str(&format!(" --remap-path-prefix={place}={name}"));
    }
    Ok(flags)
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
}

/// By the library that the command-line tool is made of: it is here in cargo's lock file, in
/// the very version of the macros, and needs no installing.
fn bindings(wasm: &Path, scratch: &Path) -> Result<()> {
    if scratch.exists() {
        fs::remove_dir_all(scratch)?;
    }
    Bindgen::new()
        .input_path(wasm)
        .web(true)
        .and_then(|bindgen| {
            bindgen
                .typescript(true)
                // `init()` without an argument finds the file beside it
                .omit_default_module_path(false)
                .remove_name_section(true)
                .remove_producers_section(true)
                .generate(scratch)
        })
        .map_err(|error| anyhow::anyhow!("{error:#}"))
        .context("cannot make the bindings")?;
    changed::mirror(scratch, Path::new(BINDINGS))
}
