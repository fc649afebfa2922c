//! What cargo knows about this workspace.

use crate::shell;
use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    env,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// The folder of the root manifest. Cargo says at run time which one it is: clones that share a
/// target directory share this program too.
pub fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let compiled = || env!("CARGO_MANIFEST_DIR").into();
        let mut root: PathBuf = env::var_os("CARGO_MANIFEST_DIR").map_or_else(compiled, Into::into);
        root.pop();
        root
    });
    &ROOT
}

/// `cargo metadata` of the members alone: needs neither network nor lock file.
pub fn members_metadata() -> Result<Value> {
    metadata(&["metadata", "--format-version=1", "--no-deps"])
}

fn metadata(arguments: &[&str]) -> Result<Value> {
    let text = shell::output(shell::cargo(arguments))?;
    serde_json::from_str(&text).context("cargo metadata is not JSON")
}

/// Where cargo builds.
pub fn target_directory() -> Result<PathBuf> {
    members_metadata()?
        .get("target_directory")
        .and_then(Value::as_str)
        .map(PathBuf::from)
        .context("cargo metadata names no target directory")
}

/// The array under `key`, or an empty one.
pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The text under `key`, or an empty one.
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
