//! A wasm32 tool-chain from Debian's packages, for machines that rustup's servers are out of
//! reach of. Nothing is installed: the packages are unpacked into the user's cache folder, and
//! the standard library is compiled there once, offline, from the sources among them.

use super::TARGET;
use crate::{setup, shell};
use anyhow::{Context, Result, bail};
use std::{
    fs::{self, File},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

/// Debian's newest compiler: it is kept up to date for the browsers that are built with it.
const COMPILER: &str = "rustc-web";
const SOURCES: &str = "rust-web-src";

/// The compiler finds its libraries beside itself, wherever the folder lies.
const WRAPPER: &str = r#"#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
for folder in "$here"/usr/lib/*-linux-gnu*; do
    LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
exec "$here/usr/bin/rustc" "$@"
"#;

/// The wrapper of a compiler that knows wasm32, made when it is not there.
pub fn rustc() -> Result<PathBuf> {
    let cache = cache()?;
    fs::create_dir_all(&cache)?;
    let version = match candidate(COMPILER)? {
        Some(version) => version,
        None => {
            setup::update_lists()?;
            candidate(COMPILER)?
                .with_context(|| format!("this system's packages have no {COMPILER}"))?
        }
    };
    let home = cache.join(version.replace(':', "_"));
    let wrapper = home.join("rustc");
    // two builds at once make it once
    let lock = File::create(cache.join("lock"))?;
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive)?;
    if !wrapper.exists() {
        let partial = cache.join("partial");
        if partial.exists() {
            fs::remove_dir_all(&partial)?;
        }
        eprintln!("making a tool-chain for {TARGET} from {COMPILER} {version}, once");
        make(&partial, &version)?;
        remove_former(&cache)?;
        fs::rename(&partial, &home)?;
    }
    link_linker(&home)?;
    Ok(wrapper)
}

fn cache() -> Result<PathBuf> {
    let folder = std::env::var_os("XDG_CACHE_HOME")
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .context("there is no home folder to cache in")?;
    Ok(folder.join("strongroom/wasm32"))
}

fn remove_former(cache: &Path) -> Result<()> {
    for entry in fs::read_dir(cache)? {
        let path = entry?.path();
        if path.join("rustc").exists() && !path.ends_with("partial") {
            fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

fn make(home: &Path, version: &str) -> Result<()> {
    let downloads = home.join("downloads");
    fs::create_dir_all(&downloads)?;
    let compiler = format!("{COMPILER}={version}");
    let mut packages = vec![compiler.clone(), format!("{SOURCES}={version}")];
    packages.extend(libraries(&compiler)?);
    download(&packages, &downloads)?;
    for entry in fs::read_dir(&downloads)? {
        unpack(&entry?.path(), home)?;
    }
    fs::remove_dir_all(&downloads)?;

    let wrapper = home.join("rustc");
    fs::write(&wrapper, WRAPPER)?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    if !shell::succeeds(version_of(&wrapper)) {
        // a library that LLVM itself stands on is missing: as a package it brings them
        for package in packages.iter().filter(|name| is_llvm(name)) {
            setup::install(&[package])?;
        }
        shell::run(version_of(&wrapper))?;
    }
    link_linker(home)?;
    build_std(home)
}

fn version_of(rustc: &Path) -> Command {
    let mut command = Command::new(rustc);
    command.arg("--version");
    command
}

/// The version that apt would take.
fn candidate(package: &str) -> Result<Option<String>> {
    let policy = shell::output(shell::command("apt-cache", &["policy", package]))?;
    Ok(candidate_in(&policy))
}

fn candidate_in(policy: &str) -> Option<String> {
    policy
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate:"))
        .map(|version| version.trim().to_owned())
        .filter(|version| version != "(none)" && !version.is_empty())
}

/// The compiler's own libraries and LLVM: their names hold numbers that move with the version.
fn libraries(package: &str) -> Result<Vec<String>> {
    let mut found: Vec<String> = Vec::new();
    let mut asked = vec![package.to_owned()];
    while let Some(package) = asked.pop() {
        let facts = shell::output(shell::command("apt-cache", &["show", &package]))?;
        for name in libraries_in(&facts) {
            if !found.contains(&name) {
                found.push(name.clone());
                asked.push(name);
            }
        }
    }
    Ok(found)
}

/// From the first paragraph: the newest version, or the one that was asked for. A library that
/// must have a certain version is named with it.
fn libraries_in(facts: &str) -> Vec<String> {
    let paragraph = facts.split("\n\n").next().unwrap_or_default();
    let depends = paragraph
        .lines()
        .find_map(|line| line.strip_prefix("Depends:"))
        .unwrap_or_default();
    depends
        .split(',')
        .filter_map(|dependency| {
            let (name, rest) = match dependency.trim().split_once(' ') {
                Some((name, rest)) => (name, rest),
                None => (dependency.trim(), ""),
            };
            if !name.starts_with("libstd-rust-web") && !is_llvm(name) {
                return None;
            }
            let exact = rest
                .strip_prefix("(= ")
                .and_then(|rest| rest.strip_suffix(')'));
            Some(match exact {
                Some(version) => format!("{name}={version}"),
                None => name.to_owned(),
            })
        })
        .collect()
}

fn is_llvm(package: &str) -> bool {
    package.starts_with("libllvm")
}

/// Lists of yesterday name packages that are gone: then they are brought up to date.
fn download(packages: &[String], folder: &Path) -> Result<()> {
    let fetch = || {
        let mut apt = shell::command("apt-get", &["download", "-qq"]);
        apt.args(packages).current_dir(folder);
        shell::run(apt)
    };
    if fetch().is_ok() {
        return Ok(());
    }
    setup::update_lists()?;
    fetch().context("cannot download Debian's packages; if they are newer now, try again")
}

/// Unpacks a package; of the sources only what the standard library is made of, and the link
/// by which cargo finds it.
fn unpack(package: &Path, home: &Path) -> Result<()> {
    let name = package.file_name().unwrap_or_default().to_string_lossy();
    let script = match name.starts_with(SOURCES) {
        true => {
            "dpkg-deb --fsys-tarfile \"$1\" | tar -x -C \"$2\" --wildcards \
             './usr/src/rustc-*/library/*' './usr/lib/*'"
        }
        false => "dpkg-deb -x \"$1\" \"$2\"",
    };
    let mut unpack = shell::command("sh", &["-c", script, "sh"]);
    unpack.arg(package).arg(home);
    shell::run(unpack)
}

/// Puts a linker where the compiler looks for it: rustup's, else the one of Debian's LLVM.
/// Each time anew, as rustup may have moved.
fn link_linker(home: &Path) -> Result<()> {
    let host = host()?;
    let place = home.join("usr/lib/rustlib").join(&host).join("bin");
    let link = place.join("rust-lld");
    let sysroot = shell::output(shell::command("rustc", &["--print", "sysroot"]))?;
    let rustups = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(&host)
        .join("bin/rust-lld");
    let linker = if rustups.exists() {
        rustups
    } else {
        debians_linker()?
    };
    if fs::read_link(&link).is_ok_and(|old| old == linker) {
        return Ok(());
    }
    fs::create_dir_all(&place)?;
    if link.symlink_metadata().is_ok() {
        fs::remove_file(&link)?;
    }
    symlink(&linker, &link)?;
    Ok(())
}

fn host() -> Result<String> {
    shell::output(shell::command("rustc", &["-vV"]))?
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .context("rustc does not say what it runs on")
}

fn debians_linker() -> Result<PathBuf> {
    let llvm = libraries(COMPILER)?
        .into_iter()
        .find(|name| is_llvm(name))
        .context("the compiler names no LLVM")?;
    let number = llvm.trim_start_matches("libllvm");
    let linker = PathBuf::from(format!("/usr/lib/llvm-{number}/bin/lld"));
    if !linker.exists() {
        setup::install(&[&format!("lld-{number}")])?;
    }
    Ok(linker)
}

/// Compiles the standard library for the target and puts it into the unpacked tool-chain.
fn build_std(home: &Path) -> Result<()> {
    let vendored = vendored(home)?;
    let scratch = home.join("std");
    fs::create_dir_all(scratch.join("src"))?;
    fs::create_dir_all(scratch.join(".cargo"))?;
    fs::write(scratch.join("src/lib.rs"), "")?;
    fs::write(
        scratch.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nedition = \"2024\"\n[workspace]\n",
    )?;
    fs::write(
        scratch.join(".cargo/config.toml"),
        format!(
            "[source.crates-io]\nreplace-with = \"vendored\"\n[source.vendored]\ndirectory = {vendored:?}\n"
        ),
    )?;
    let mut cargo = shell::cargo(&[
        "build",
        "--release",
        "--offline",
        "--target",
        TARGET,
        "-Zbuild-std=std,panic_abort,test",
        "--target-dir",
    ]);
    cargo
        .arg(scratch.join("target"))
        .current_dir(&scratch)
        .env("RUSTC", home.join("rustc"))
        // the standard library is made of what stable refuses
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTFLAGS")
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            // link-time optimisation wants bitcode; the paths end up in what is shipped
            format!(
                "-Cembed-bitcode=yes\u{1f}--remap-path-prefix={}=/rust",
                home.display()
            ),
        );
    shell::run(cargo)?;
    let built = scratch.join("target").join(TARGET).join("release/deps");
    let to = home.join("usr/lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&to)?;
    for entry in fs::read_dir(built)? {
        let path = entry?.path();
        let is_library = path.extension().is_some_and(|end| end == "rlib");
        if let (true, Some(name)) = (is_library, path.file_name()) {
            fs::copy(&path, to.join(name))?;
        }
    }
    fs::remove_dir_all(scratch)?;
    Ok(())
}

/// The crates that the standard library is made of.
fn vendored(home: &Path) -> Result<PathBuf> {
    for entry in fs::read_dir(home.join("usr/src"))? {
        let folder = entry?.path().join("library/vendor");
        if folder.is_dir() {
            return Ok(folder);
        }
    }
    bail!("{SOURCES} has no vendored crates")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_are_read() {
        let policy = "rustc-web:\n  Installed: (none)\n  Candidate: 1.96.0+dfsg1-1\n";
        assert_eq!(candidate_in(policy).unwrap(), "1.96.0+dfsg1-1");
        assert_eq!(candidate_in("rustc-web:\n  Candidate: (none)\n"), None);
        assert_eq!(candidate_in(""), None);
        let facts = "Package: rustc-web\nDepends: libc6 (>= 2.34), libstd-rust-web-dev (= 1.96.0), \
                     libllvm22, gcc\n\nPackage: rustc-web\nDepends: libllvm19\n";
        assert_eq!(
            libraries_in(facts),
            ["libstd-rust-web-dev=1.96.0", "libllvm22"]
        );
    }
}
