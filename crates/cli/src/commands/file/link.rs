use crate::commands::{link, prelude::*};

/// Link shares of a file; the same as `strongroom link`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file link create 77b0e4aa --expires 7d
  strongroom file link revoke 3fa9c1d2")]
pub struct Link {
    #[command(subcommand)]
    command: LinkCommand,
}

#[derive(Debug, Subcommand)]
enum LinkCommand {
    Create(link::Create),
    List(link::List),
    Revoke(link::Revoke),
}

impl Link {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        match self.command {
            LinkCommand::Create(command) => command.run(context).await,
            LinkCommand::List(command) => command.run(context).await,
            LinkCommand::Revoke(command) => command.run(context).await,
        }
    }
}
