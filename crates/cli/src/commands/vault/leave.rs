use crate::commands::prelude::*;

/// Leave a vault
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault leave clients")]
pub struct Leave {
    /// The vault: its name, its id, or the beginning of it
    vault: String,
}

impl Leave {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let vault = client.resolve_vault(&self.vault).await?;
        client.vault_leave(vault).await?;
        Ok(Reply::new(
            json!({"vault": vault, "left": true}),
            "You left the vault. A manager's client renews its keys when it next syncs.",
        ))
    }
}
