mod list;
mod revoke;

use super::prelude::*;

/// Your signed-in sessions
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom session list
  strongroom session revoke 3fa9c1d2")]
pub struct Session {
    #[command(subcommand)]
    command: SessionCommand,
}

#[derive(Debug, Subcommand)]
enum SessionCommand {
    List(list::List),
    Revoke(revoke::Revoke),
}

impl Session {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        match self.command {
            SessionCommand::List(command) => command.run(context).await,
            SessionCommand::Revoke(command) => command.run(context).await,
        }
    }
}
