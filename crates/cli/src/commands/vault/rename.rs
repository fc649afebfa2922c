use crate::commands::prelude::*;

/// Give a vault another name
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault rename clients customers")]
pub struct Rename {
    /// The vault: its name, its id, or the beginning of it
    vault: String,
    /// The new name
    name: String,
}

impl Rename {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let vault = client.resolve_vault(&self.vault).await?;
        client.vault_rename(vault, &self.name).await?;
        Ok(Reply::new(
            json!({"vault": vault, "name": self.name}),
            format!("The vault is called {} now.", clean(&self.name)),
        ))
    }
}
