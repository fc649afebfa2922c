use crate::commands::prelude::*;

/// End all sessions of someone
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom account sign-out ben")]
pub struct SignOut {
    /// The person's name
    name: String,
}

impl SignOut {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        context.client()?.account_sign_out(&self.name).await?;
        Ok(Reply::new(
            json!({"name": self.name, "signed_out": true}),
            format!("All sessions of {} are over.", clean(&self.name)),
        ))
    }
}
