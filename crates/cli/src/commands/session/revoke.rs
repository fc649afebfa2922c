use crate::commands::prelude::*;

/// End one of your sessions
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom session revoke 3fa9c1d2")]
pub struct Revoke {
    /// The session: its id or the beginning of it
    session: String,
}

impl Revoke {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let session = client.resolve_session(&self.session).await?;
        client.session_revoke(session).await?;
        Ok(Reply::new(
            json!({"session": session, "revoked": true}),
            format!("Session {} is over.", short(session)),
        ))
    }
}
