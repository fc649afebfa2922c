use crate::commands::prelude::*;

/// Show your personal vault, which holds your private tables; made on first use
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault personal")]
pub struct Personal {}

impl Personal {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let vault = context.client()?.personal_vault().await?;
        Ok(Reply::new(json!({"vault": vault}), vault.to_string()).quiet(vault.to_string()))
    }
}
