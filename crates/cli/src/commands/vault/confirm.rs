use crate::commands::prelude::*;

/// Compare a vault's state with what a colleague has seen
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault confirm clients \"41: 12345 67890 …\"

A device that is new to a vault only reads it where no colleague has attested its state in the last 7 days. The colleague runs `strongroom vault safety VAULT --state` and gives you the code of the state by voice or on paper, not through this server. Exit code 5 says that the server has shown you two different histories.")]
pub struct Confirm {
    /// The vault: its name, its id, or the beginning of it
    vault: String,
    /// The colleague's code of the state
    code: String,
}

impl Confirm {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let vault = client.resolve_vault(&self.vault).await?;
        let state = client.vault_confirm(vault, &self.code).await?;
        Ok(Reply::new(
            document(&state),
            format!(
                "You and your colleague have been shown the same history up to entry {}.",
                state.index
            ),
        ))
    }
}
