use crate::commands::prelude::*;
use crate::passphrase::read_new;

/// Change your passphrase; the old one works until the new one has
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom passphrase change
  strongroom passphrase change --passphrase-file old.txt --new-passphrase-file new.txt

Stopped half way, one of the two opens everything: run it again.")]
pub struct Change {
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Read the new passphrase from the first line of FILE; - is standard input
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
}

impl Change {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let old = self.passphrase.read("Passphrase now: ")?;
        let new = read_new(self.new_passphrase_file.as_deref(), "New passphrase: ")?;
        client.passphrase_change(&old, &new).await?;
        Ok(Reply::new(
            json!({"changed": true}),
            "The passphrase is changed. Your recovery kit stays as it is.",
        ))
    }
}
