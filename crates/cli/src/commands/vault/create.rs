use crate::commands::prelude::*;

/// Create a vault; you become its owner
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault create clients

The first write needs a second member with keys, or your confirmed recovery kit.")]
pub struct Create {
    /// What to call it; the server does not see the name
    name: String,
}

impl Create {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let line = context.client()?.vault_create(&self.name).await?;
        let human = format!(
            "Created vault {} ({}).\nInvite somebody: strongroom vault invite {} NAME --role writer",
            clean(&line.name),
            short(line.vault),
            clean(&self.name)
        );
        Ok(Reply::new(document(&line), human).quiet(line.vault.to_string()))
    }
}
