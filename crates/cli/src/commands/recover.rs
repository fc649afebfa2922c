use super::prelude::*;
use crate::context::device_name;
use strongroom_client::{Client, RecoverRequest};

/// Get back in with the recovery kit, and choose a new passphrase
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom recover https://localhost:8443 --name anna --ca ca.pem --kit kit.txt --recovery-kit new-kit.txt

The old passphrase and the old kit end once the new ones have worked. Stopped half way, run it again.")]
pub struct Recover {
    /// Address of the server
    url: String,
    /// Your name in the organisation
    #[arg(long)]
    name: String,
    /// The server's certificate authority; nothing else is trusted
    #[arg(long, value_name = "FILE")]
    ca: PathBuf,
    /// Your recovery kit; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    kit: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Write the new recovery kit to this file and confirm it at the server
    #[arg(long, value_name = "OUT")]
    recovery_kit: Option<PathBuf>,
    /// What to call this device [default: the machine's name]
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
}

impl Recover {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let request = RecoverRequest {
            home: context.home.clone(),
            url: self.url,
            name: self.name,
            ca_file: self.ca,
            kit_text: super::kit::read_kit(&self.kit)?.to_string(),
            new_passphrase: self.passphrase.read_new("Choose a new passphrase: ")?,
            device_name: device_name(self.device_name),
            kit_out: self.recovery_kit.clone(),
        };
        let (client, kit) = Client::recover(request).await?;
        let who = client.whoami().await?;
        let (answer, human) = super::kit::new_kit(&who, &kit, self.recovery_kit.as_deref());
        let human = format!("Welcome back, {}.\n{human}", clean(&who.name));
        Ok(Reply::new(answer, human).quiet(who.identity.to_string()))
    }
}
