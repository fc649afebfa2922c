mod create;
mod get;
mod list;
mod revoke;

pub use create::Create;
pub use list::List;
pub use revoke::Revoke;

use super::prelude::*;

/// Link shares: a file for somebody without an account
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom link create 3fa9c1d2 --expires 7d
  strongroom link list
  strongroom link get 'https://localhost:8443/l/…#…' -o .")]
pub struct Link {
    #[command(subcommand)]
    command: LinkCommand,
}

#[derive(Debug, Subcommand)]
enum LinkCommand {
    Create(create::Create),
    List(list::List),
    Revoke(revoke::Revoke),
    Get(get::Get),
}

impl Link {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        match self.command {
            LinkCommand::Create(command) => command.run(context).await,
            LinkCommand::List(command) => command.run(context).await,
            LinkCommand::Revoke(command) => command.run(context).await,
            LinkCommand::Get(command) => command.run(context).await,
        }
    }
}
