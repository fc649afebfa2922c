use crate::commands::prelude::*;

/// Make a new recovery kit; the old one ends
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom kit new kit.txt
  strongroom kit new")]
pub struct New {
    /// Where to write it; without, it is shown once
    out: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl New {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let passphrase = self.passphrase.read("Passphrase: ")?;
        let kit = client.kit_new(&passphrase, self.out.as_deref()).await?;
        let who = client.whoami().await?;
        let (answer, human) = super::new_kit(&who, &kit, self.out.as_deref());
        Ok(Reply::new(answer, human))
    }
}
