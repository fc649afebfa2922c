mod change;

use super::prelude::*;

/// Change your passphrase
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom passphrase change
  strongroom passphrase change --someone-knows-it --recovery-kit new-kit.txt")]
pub struct Passphrase {
    #[command(subcommand)]
    command: PassphraseCommand,
}

#[derive(Debug, Subcommand)]
enum PassphraseCommand {
    Change(change::Change),
}

impl Passphrase {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        match self.command {
            PassphraseCommand::Change(command) => command.run(context).await,
        }
    }
}
