//! Builds the server for real use and becomes it.

use crate::{
    setup::{self, Part},
    shell, web, workspace,
};
use anyhow::{Context, Result};
use std::{os::unix::process::CommandExt, path::PathBuf, process::Command};

/// What `cargo xtask run` takes.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask run\n  cargo xtask run --data /srv/strongroom --listen 0.0.0.0:8443"
)]
pub struct RunArguments {
    /// The data folder; made when it is not there
    #[arg(long, value_name = "DIR", default_value = "./strongroom-data")]
    data: PathBuf,
    /// Leave the web client as it was built last, or out
    #[arg(long)]
    no_web: bool,
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
    listen: String,
    /// Where browsers of this machine find it without a warning, on loopback alone
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    local_http: u16,
    /// Leave the address for this machine's browsers out
    #[arg(long, conflicts_with = "local_http")]
    no_local_http: bool,
    /// More arguments for `strongroom serve`
    #[arg(last = true)]
    more: Vec<String>,
}

/// Builds in release mode and replaces this process by the server.
pub fn run(arguments: &RunArguments) -> Result<()> {
    setup::require(&[Part::Build])?;
    if web::exists() && !arguments.no_web {
        web::build().context("cannot build the web client (--no-web goes on without)")?;
    }
    shell::run(shell::cargo(&[
        "build",
        "--release",
        "--package",
        "strongroom",
    ]))?;
    let mut server = Command::new(workspace::target_directory()?.join("release/strongroom"));
    server
        .arg("serve")
        .arg("--data")
        .arg(&arguments.data)
        .arg("--listen")
        .arg(&arguments.listen)
        .args(&arguments.more);
    if !arguments.no_local_http {
        let port = arguments.local_http.to_string();
        server.args(["--local-http", &port]);
    }
    let text = shell::shown(&server);
    eprintln!("$ {text}");
    Err(server.exec()).with_context(|| format!("cannot start `{text}`"))
}
