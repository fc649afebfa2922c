//! A compiler with the standard library of wasm32, by the first route that works.

use super::{TARGET, debian};
use crate::shell;
use anyhow::{Context, Result, bail};
use std::{fs, path::PathBuf, process::Command};

/// Chooses a route: `debian` asks no rustup, `rustup` takes no packages of Debian.
const CHOICE: &str = "STRONGROOM_WASM_TOOLCHAIN";

/// Longest wait for rustup's servers: where they cannot be reached there is another route.
const RUSTUP_SECONDS: &str = "120";

/// What compiles for the browser.
pub struct Toolchain {
    /// Which one it is, for people.
    pub route: String,
    /// Another compiler than the one on the search path.
    pub rustc: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Any,
    Rustup,
    Debian,
}

/// The target that is there; else by rustup; else Debian's packages.
pub fn find() -> Result<Toolchain> {
    let choice = choice(std::env::var(CHOICE).ok().as_deref())?;
    if installed()? {
        return Ok(own("the target that is installed"));
    }
    if choice != Choice::Debian && shell::installed("rustup") {
        if shell::run(add_target()).is_ok() && installed()? {
            return Ok(own("the target, added by rustup"));
        }
        eprintln!("rustup cannot add the target {TARGET}");
    }
    if choice == Choice::Rustup || !shell::installed("apt-get") {
        bail!(
            "there is no compiler for {TARGET}; `rustup target add {TARGET}` would add one \
             (on Debian its own packages do, without {CHOICE}=rustup)"
        );
    }
    let rustc = debian::rustc()?;
    Ok(Toolchain {
        route: format!("Debian's rustc-web in {}", rustc.display()),
        rustc: Some(rustc),
    })
}

fn own(route: &str) -> Toolchain {
    Toolchain {
        route: route.to_owned(),
        rustc: None,
    }
}

fn choice(value: Option<&str>) -> Result<Choice> {
    match value {
        None | Some("") => Ok(Choice::Any),
        Some("rustup") => Ok(Choice::Rustup),
        Some("debian") => Ok(Choice::Debian),
        Some(other) => bail!("{CHOICE} is {other:?}; it takes `rustup` or `debian`"),
    }
}

/// Whether the compiler on the search path has the target's standard library.
fn installed() -> Result<bool> {
    let arguments = ["--print", "target-libdir", "--target", TARGET];
    let folder = shell::output(shell::command("rustc", &arguments)).context("no Rust compiler")?;
    let Ok(entries) = fs::read_dir(folder.trim()) else {
        return Ok(false);
    };
    Ok(entries.flatten().any(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with("libstd-")
    }))
}

fn add_target() -> Command {
    let add = ["rustup", "target", "add", TARGET];
    if shell::installed("timeout") {
        let mut command = shell::command("timeout", &[RUSTUP_SECONDS]);
        command.args(add);
        return command;
    }
    let [rustup, arguments @ ..] = add;
    shell::command(rustup, &arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_choice_is_named() {
        assert!(choice(None).unwrap() == Choice::Any);
        assert!(choice(Some("debian")).unwrap() == Choice::Debian);
        let error = choice(Some("nix")).err().unwrap().to_string();
        assert!(error.contains("\"nix\"") && error.contains("debian"));
    }
}
