use crate::commands::prelude::*;

/// Revoke a link
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom link revoke 3fa9c1d2")]
pub struct Revoke {
    /// The link: its id, the beginning of it, or its address
    link: String,
}

impl Revoke {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        // an address is taken too: its last part before the # is the id
        let id = self.link.split('#').next().unwrap_or_default();
        let id = id.rsplit('/').next().unwrap_or_default();
        let link = client.resolve_link(id).await?;
        client.link_revoke(link).await?;
        Ok(Reply::new(
            json!({"link": link, "revoked": true}),
            format!("Link {} is revoked.", short(link)),
        ))
    }
}
