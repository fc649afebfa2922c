use crate::commands::prelude::*;

/// Renew a vault's keys
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault rekey clients")]
pub struct Rekey {
    /// The vault: its name, its id, or the beginning of it
    vault: String,
}

impl Rekey {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let vault = client.resolve_vault(&self.vault).await?;
        let epoch = client.vault_rekey(vault).await?;
        Ok(Reply::new(
            json!({"vault": vault, "epoch": epoch}),
            format!("The vault has new keys (epoch {}).", epoch.0),
        ))
    }
}
