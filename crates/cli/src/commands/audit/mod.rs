mod allowed;
mod blindness;

use super::prelude::*;

/// Hold a server to its promise
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom audit blindness --data ./strongroom-data --canary 'Harbour lease'
  strongroom audit allowed")]
pub struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    Blindness(blindness::Blindness),
    Allowed(allowed::Allowed),
}

impl Audit {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        match self.command {
            AuditCommand::Blindness(command) => command.run(context).await,
            AuditCommand::Allowed(command) => command.run(context).await,
        }
    }
}
