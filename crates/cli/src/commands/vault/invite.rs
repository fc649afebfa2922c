use crate::commands::prelude::*;

/// Take a colleague into a vault
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault invite clients ben --role writer
  strongroom vault invite clients carla --role reader

New members read what was there before them.")]
pub struct Invite {
    /// The vault: its name, its id, or the beginning of it
    vault: String,
    /// The colleague's name in the organisation
    name: String,
    /// reader, writer, manager or owner
    #[arg(long)]
    role: Role,
}

impl Invite {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let vault = client.resolve_vault(&self.vault).await?;
        client.vault_invite(vault, &self.name, self.role).await?;
        Ok(Reply::new(
            json!({"vault": vault, "name": self.name, "role": self.role}),
            format!(
                "{} is {} now.\nCompare safety numbers once: strongroom safety {}",
                clean(&self.name),
                self.role,
                clean(&self.name)
            ),
        ))
    }
}
