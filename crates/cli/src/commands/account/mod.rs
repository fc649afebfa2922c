mod invitations;
mod invite;
mod list;
mod policy;
mod quota;
mod retire;
mod role;
mod sign_out;
mod withdraw;

use super::prelude::*;

/// People of the organisation (most of it for administrators)
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom account invite --role member
  strongroom account list
  strongroom account retire ben")]
pub struct Account {
    #[command(subcommand)]
    command: AccountCommand,
}

#[derive(Debug, Subcommand)]
enum AccountCommand {
    Invite(invite::Invite),
    Invitations(invitations::Invitations),
    Withdraw(withdraw::Withdraw),
    List(list::List),
    Role(role::Role),
    Quota(quota::Quota),
    SignOut(sign_out::SignOut),
    Retire(retire::Retire),
    Policy(policy::Policy),
}

impl Account {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        match self.command {
            AccountCommand::Invite(command) => command.run(context).await,
            AccountCommand::Invitations(command) => command.run(context).await,
            AccountCommand::Withdraw(command) => command.run(context).await,
            AccountCommand::List(command) => command.run(context).await,
            AccountCommand::Role(command) => command.run(context).await,
            AccountCommand::Quota(command) => command.run(context).await,
            AccountCommand::SignOut(command) => command.run(context).await,
            AccountCommand::Retire(command) => command.run(context).await,
            AccountCommand::Policy(command) => command.run(context).await,
        }
    }
}
