use crate::commands::prelude::*;

/// Change the role of a member
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault role clients ben manager")]
pub struct Role {
    /// The vault: its name, its id, or the beginning of it
    vault: String,
    /// The member's name
    name: String,
    /// reader, writer, manager or owner
    role: strongroom_types::Role,
}

impl Role {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let vault = client.resolve_vault(&self.vault).await?;
        client.vault_role(vault, &self.name, self.role).await?;
        Ok(Reply::new(
            json!({"vault": vault, "name": self.name, "role": self.role}),
            format!("{} is {} now.", clean(&self.name), self.role),
        ))
    }
}
