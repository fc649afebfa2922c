mod list;
mod revoke;

use super::prelude::*;

/// Your enrolled devices
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom device list
  strongroom device revoke 3fa9c1d2")]
pub struct Device {
    #[command(subcommand)]
    command: DeviceCommand,
}

#[derive(Debug, Subcommand)]
enum DeviceCommand {
    List(list::List),
    Revoke(revoke::Revoke),
}

impl Device {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        match self.command {
            DeviceCommand::List(command) => command.run(context).await,
            DeviceCommand::Revoke(command) => command.run(context).await,
        }
    }
}
