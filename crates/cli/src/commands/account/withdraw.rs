use crate::commands::prelude::*;

/// Withdraw an open invitation
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom account withdraw 3fa9c1d2")]
pub struct Withdraw {
    /// The invitation: its id or the beginning of it
    invitation: String,
}

impl Withdraw {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let invite = client.resolve_invite(&self.invitation).await?;
        client.invitation_withdraw(invite).await?;
        Ok(Reply::new(
            json!({"invite": invite, "withdrawn": true}),
            format!("Invitation {} is withdrawn.", short(invite)),
        ))
    }
}
