use crate::commands::prelude::*;

/// Remove a member; the same step renews the vault's keys
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault remove clients ben")]
pub struct Remove {
    /// The vault: its name, its id, or the beginning of it
    vault: String,
    /// The member's name
    name: String,
}

impl Remove {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let vault = client.resolve_vault(&self.vault).await?;
        client.vault_remove(vault, &self.name).await?;
        Ok(Reply::new(
            json!({"vault": vault, "name": self.name, "removed": true}),
            format!(
                "{} is removed and the keys are new. What they had read before, they may have kept.",
                clean(&self.name)
            ),
        ))
    }
}
