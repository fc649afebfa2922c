mod confirm;
mod create;
mod invite;
mod leave;
mod list;
mod log;
mod personal;
mod rekey;
mod remove;
mod rename;
mod role;
mod safety;
mod show;
mod verify;

use super::prelude::*;

/// Vaults: containers with their own members and keys
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault create clients
  strongroom vault invite clients ben --role writer
  strongroom vault verify clients")]
pub struct Vault {
    #[command(subcommand)]
    command: VaultCommand,
}

#[derive(Debug, Subcommand)]
enum VaultCommand {
    Create(create::Create),
    List(list::List),
    Show(show::Show),
    Rename(rename::Rename),
    Invite(invite::Invite),
    Role(role::Role),
    Remove(remove::Remove),
    Leave(leave::Leave),
    Rekey(rekey::Rekey),
    Log(log::Log),
    Verify(verify::Verify),
    Safety(safety::Safety),
    Confirm(confirm::Confirm),
    Personal(personal::Personal),
}

impl Vault {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        match self.command {
            VaultCommand::Create(command) => command.run(context).await,
            VaultCommand::List(command) => command.run(context).await,
            VaultCommand::Show(command) => command.run(context).await,
            VaultCommand::Rename(command) => command.run(context).await,
            VaultCommand::Invite(command) => command.run(context).await,
            VaultCommand::Role(command) => command.run(context).await,
            VaultCommand::Remove(command) => command.run(context).await,
            VaultCommand::Leave(command) => command.run(context).await,
            VaultCommand::Rekey(command) => command.run(context).await,
            VaultCommand::Log(command) => command.run(context).await,
            VaultCommand::Verify(command) => command.run(context).await,
            VaultCommand::Safety(command) => command.run(context).await,
            VaultCommand::Confirm(command) => command.run(context).await,
            VaultCommand::Personal(command) => command.run(context).await,
        }
    }
}
