//! The command line: one command a file.

mod account;
mod audit;
mod completions;
mod device;
mod export;
mod file;
mod kit;
mod link;
mod login;
mod logout;
mod passphrase;
mod record;
mod recover;
mod safety;
mod serve;
mod session;
mod signup;
mod sync;
mod tables;
mod vault;
mod verify_client;
mod whoami;

use crate::{context::Context, error::CliResult, output::Reply};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// What commands use.
mod prelude {
    pub use crate::{
        context::Context,
        error::{CliError, CliResult},
        output::{Details, Reply, Table, ago, bytes, clean, count, day, short, until, when},
        passphrase::PassphraseArgs,
    };
    pub use clap::{Args, Subcommand};
    pub use serde_json::json;
    pub use std::path::PathBuf;
    use strongroom_client::Client;
    pub use strongroom_types::*;

    /// A value as the document of `--json`.
    pub fn document(value: &impl serde::Serialize) -> serde_json::Value {
        serde_json::to_value(value).unwrap_or_default()
    }

    /// Ids one a line, for `--quiet`.
    pub fn lines<T: ToString>(ids: impl IntoIterator<Item = T>) -> String {
        ids.into_iter().map(|id| id.to_string() + "\n").collect()
    }

    /// `yes` or nothing.
    pub fn tick(flag: bool) -> &'static str {
        if flag { "yes" } else { "" }
    }

    /// A limit, or that there is none.
    pub fn limit(length: Option<u64>) -> String {
        length.map_or_else(|| "-".to_owned(), bytes)
    }

    /// The revision of a file that was named, if one was.
    pub async fn named_revision(
        client: &Client,
        file: FileId,
        named: Option<&str>,
    ) -> CliResult<Option<RevisionId>> {
        match named {
            Some(text) => Ok(Some(client.resolve_revision(file, text).await?)),
            None => Ok(None),
        }
    }

    /// `set` or `--hidden=false`.
    pub fn on_off(text: &str) -> Result<bool, String> {
        match text {
            "true" | "yes" | "on" => Ok(true),
            "false" | "no" | "off" => Ok(false),
            _ => Err("expected true or false".to_owned()),
        }
    }
}

/// Records and files for teams, on a server that can read none of it
#[derive(Debug, Parser)]
#[command(
    name = "strongroom",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "\
Examples:
  strongroom serve --data ./strongroom-data --listen 127.0.0.1:8443
  strongroom signup https://localhost:8443 --code CODE --name anna --ca ca.pem --recovery-kit kit.txt
  strongroom vault create clients
  strongroom record add clients --table case --set title='Harbour lease'
  strongroom file put RECORD contract.pdf

Vaults are named by their name, everything else by its id or the first six or more characters of it.
Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused, 5 something was tampered with, 6 conflict."
)]
pub struct Cli {
    #[command(flatten)]
    pub globals: Globals,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Globals {
    /// Folder of the client's profile; several profiles are several folders [default:
    /// ~/.local/share/strongroom]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "STRONGROOM_HOME",
        hide_env_values = true,
        help_heading = "Global options"
    )]
    pub home: Option<PathBuf>,
    /// One JSON document on standard output; errors as JSON on standard error
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,
    /// Ids only, no progress
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Serve(serve::Serve),
    Signup(signup::Signup),
    Login(login::Login),
    Logout(logout::Logout),
    Whoami(whoami::Whoami),
    Recover(recover::Recover),
    Passphrase(passphrase::Passphrase),
    Kit(kit::Kit),
    Device(device::Device),
    Session(session::Session),
    Safety(safety::Safety),
    Account(account::Account),
    Vault(vault::Vault),
    Record(record::Record),
    File(file::File),
    Link(link::Link),
    Tables(tables::Tables),
    Sync(sync::Sync),
    Export(export::Export),
    Audit(audit::Audit),
    VerifyClient(verify_client::VerifyClient),
    Completions(completions::Completions),
}

impl Command {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        match self {
            Self::Serve(command) => command.run(context).await,
            Self::Signup(command) => command.run(context).await,
            Self::Login(command) => command.run(context).await,
            Self::Logout(command) => command.run(context).await,
            Self::Whoami(command) => command.run(context).await,
            Self::Recover(command) => command.run(context).await,
            Self::Passphrase(command) => command.run(context).await,
            Self::Kit(command) => command.run(context).await,
            Self::Device(command) => command.run(context).await,
            Self::Session(command) => command.run(context).await,
            Self::Safety(command) => command.run(context).await,
            Self::Account(command) => command.run(context).await,
            Self::Vault(command) => command.run(context).await,
            Self::Record(command) => command.run(context).await,
            Self::File(command) => command.run(context).await,
            Self::Link(command) => command.run(context).await,
            Self::Tables(command) => command.run(context).await,
            Self::Sync(command) => command.run(context).await,
            Self::Export(command) => command.run(context).await,
            Self::Audit(command) => command.run(context).await,
            Self::VerifyClient(command) => command.run(context).await,
            Self::Completions(command) => command.run(),
        }
    }

    /// Whether the same command goes on where it was stopped.
    pub fn resumes(&self) -> bool {
        matches!(self, Self::File(command) if command.resumes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        fn check(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            let help = command.get_after_help().map(ToString::to_string);
            assert!(
                help.is_some_and(|help| help.contains("Examples:\n  strongroom ")),
                "{path} has no examples"
            );
            assert!(command.get_about().is_some(), "{path} says nothing");
            for below in command.get_subcommands() {
                check(below, &path);
            }
        }
        check(&Cli::command(), "");
    }
}
