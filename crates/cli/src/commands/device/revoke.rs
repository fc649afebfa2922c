use crate::commands::prelude::*;

/// Revoke a device: its key is worth nothing any more, and every key it knew is renewed
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom device revoke 3fa9c1d2

What the device had read before it cannot be made to forget. If somebody has it while you are logged in there, run `strongroom passphrase change --someone-knows-it` instead: what it holds opens your wallet as long as the passphrase stays.")]
pub struct Revoke {
    /// The device: its id or the beginning of it
    device: String,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl Revoke {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let device = client.resolve_device(&self.device).await?;
        let passphrase = self.passphrase.read("Passphrase: ")?;
        client.device_revoke(device, &passphrase).await?;
        Ok(Reply::new(
            json!({"device": device, "revoked": true}),
            format!("Device {} is revoked; its keys are renewed.", short(device)),
        ))
    }
}
