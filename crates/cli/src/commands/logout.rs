use super::prelude::*;

/// Log out: end the session and remove everything readable from this profile
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom logout
  strongroom --home ~/.strongroom-ben logout

The device stays enrolled, its key sealed under the passphrase: the next login is by the same device.
Edits made offline that were not sent yet would be lost: run `strongroom sync` before.")]
pub struct Logout {}

impl Logout {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        context.client()?.logout().await?;
        Ok(Reply::new(json!({"logged_out": true}), "Logged out."))
    }
}
