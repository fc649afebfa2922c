//! Installs what a machine lacks. Each part is checked first and skipped when it is there.

pub mod node;

use crate::{proof, shell};
use anyhow::{Context, Result, bail};
use std::{io::IsTerminal, path::Path, process::Command};

/// What `cargo xtask setup` takes.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask setup\n  cargo xtask setup --check")]
pub struct SetupArguments {
    /// Only say what is missing; exit 1 if anything is
    #[arg(long)]
    pub check: bool,
}

/// A reason to need packages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Compiling: SQLCipher links the system's OpenSSL.
    Build,
    /// The independent proof in Python.
    Proof,
    /// The model checker of `spec/model`.
    Model,
    /// The page: Vite and its tests run on Node.
    Web,
    /// A browser, for the page's tests and measurements.
    Browser,
    /// An ACME server, for the tests of public certificates.
    Acme,
    /// The peers of the benchmarks.
    Peers,
}

struct Need {
    part: Part,
    what: &'static str,
    package: &'static str,
    is_there: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need {
        part: Part::Build,
        what: "OpenSSL's headers",
        package: "libssl-dev",
        is_there: || {
            Path::new("/usr/include/openssl/ssl.h").exists()
                || shell::succeeds(shell::command("pkg-config", &["--exists", "openssl"]))
        },
    },
    Need {
        part: Part::Build,
        what: "pkg-config",
        package: "pkg-config",
        is_there: || shell::installed("pkg-config"),
    },
    Need {
        part: Part::Build,
        what: "a C compiler",
        package: "build-essential",
        is_there: || shell::installed("cc"),
    },
    Need {
        part: Part::Build,
        what: "cmake",
        package: "cmake",
        is_there: || shell::installed("cmake") || cfg!(target_arch = "x86_64"),
    },
    Need {
        part: Part::Proof,
        what: "Python's venv",
        package: "python3-venv",
        is_there: || shell::succeeds(shell::command("python3", &["-c", "import venv, ensurepip"])),
    },
    Need {
        part: Part::Model,
        what: "spin",
        package: "spin",
        is_there: || shell::installed("spin"),
    },
    Need {
        part: Part::Web,
        what: "Node 20.19 or newer",
        package: "nodejs",
        is_there: || node::folder().is_ok(),
    },
    Need {
        part: Part::Web,
        what: "npm",
        package: "npm",
        is_there: || shell::installed("npm"),
    },
    Need {
        part: Part::Browser,
        what: "Chromium",
        package: "chromium",
        is_there: || match std::env::var_os("CHROMIUM") {
            Some(named) => Path::new(&named).is_file(),
            None => Path::new("/usr/bin/chromium").is_file(),
        },
    },
    Need {
        part: Part::Acme,
        what: "pebble",
        package: "pebble",
        is_there: || shell::installed("pebble") && shell::installed("pebble-challtestsrv"),
    },
    Need {
        part: Part::Peers,
        what: "age",
        package: "age",
        is_there: || shell::installed("age"),
    },
    Need {
        part: Part::Peers,
        what: "nginx",
        package: "nginx-light",
        is_there: || shell::installed("nginx"),
    },
    Need {
        part: Part::Peers,
        what: "openssl",
        package: "openssl",
        is_there: || shell::installed("openssl"),
    },
    Need {
        part: Part::Peers,
        what: "gpg",
        package: "gnupg",
        is_there: || shell::installed("gpg"),
    },
    Need {
        part: Part::Peers,
        what: "curl",
        package: "curl",
        is_there: || shell::installed("curl"),
    },
];

/// Installs every part.
pub fn setup(arguments: &SetupArguments) -> Result<()> {
    if arguments.check {
        return check();
    }
    require(&[
        Part::Build,
        Part::Proof,
        Part::Model,
        Part::Web,
        Part::Browser,
        Part::Acme,
        Part::Peers,
    ])?;
    proof::python()?;
    println!("everything is there");
    Ok(())
}

fn check() -> Result<()> {
    let missing: Vec<_> = NEEDS.iter().filter(|need| !(need.is_there)()).collect();
    for need in &missing {
        println!("missing: {} (package {})", need.what, need.package);
    }
    if !missing.is_empty() {
        bail!(
            "{} missing; `cargo xtask setup` installs them",
            missing.len()
        );
    }
    println!("everything is there");
    Ok(())
}

/// Makes sure that the named parts are there, installing Debian packages where needed.
pub fn require(parts: &[Part]) -> Result<()> {
    let missing: Vec<_> = NEEDS
        .iter()
        .filter(|need| parts.contains(&need.part) && !(need.is_there)())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().map(|need| need.package).collect();
    let list = packages.join(" ");
    for need in &missing {
        eprintln!("missing: {} (package {})", need.what, need.package);
    }
    if !shell::installed("apt-get") {
        bail!("this system has no apt-get; please install what matches Debian's {list}");
    }
    // a list that cannot be brought up to date may still be good enough
    if let Err(error) = update_lists() {
        eprintln!("going on with the old package lists: {error}");
    }
    install(&packages)?;
    for need in missing {
        // a release of Debian can be older than what Vite needs
        if need.package == "nodejs" && !(need.is_there)() {
            node::from_npm()?;
        }
        if !(need.is_there)() {
            bail!(
                "{} is still missing after installing {}",
                need.what,
                need.package
            );
        }
    }
    Ok(())
}

/// Brings apt's lists of packages up to date.
pub fn update_lists() -> Result<()> {
    shell::run(apt(&["update", "-qq"])?)
}

/// Installs Debian packages.
pub fn install(packages: &[&str]) -> Result<()> {
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(packages);
    shell::run(apt(&arguments)?)
        .with_context(|| format!("could not install {}", packages.join(" ")))
}

/// apt-get as root. `RUNLEVEL=1` keeps Debian from starting a freshly installed nginx.
fn apt(arguments: &[&str]) -> Result<Command> {
    let settings = ["DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get"];
    let mut command = if is_root() {
        Command::new("env")
    } else if shell::installed("sudo") {
        let mut command = Command::new("sudo");
        if !std::io::stdin().is_terminal() {
            command.arg("--non-interactive");
        }
        command.arg("env");
        command
    } else {
        bail!(
            "installing packages needs root, and there is no sudo; as root: apt-get {}",
            arguments.join(" ")
        );
    };
    command.args(settings).args(arguments);
    Ok(command)
}

fn is_root() -> bool {
    shell::output(shell::command("id", &["-u"])).is_ok_and(|id| id.trim() == "0")
}
