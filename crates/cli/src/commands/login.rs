use super::prelude::*;
use crate::context::device_name;
use strongroom_client::{Client, LoginRequest};

/// Log in with your passphrase
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom login https://localhost:8443 --name anna --ca ca.pem
  strongroom login https://localhost:8443 --name anna --ca ca.pem --kit kit.txt

On a new machine the recovery kit is needed once beside the passphrase, for the device secret in it.")]
pub struct Login {
    /// Address of the server
    url: String,
    /// Your name in the organisation
    #[arg(long)]
    name: String,
    /// The server's certificate authority; nothing else is trusted
    #[arg(long, value_name = "FILE")]
    ca: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Your recovery kit, on a machine that is new to you
    #[arg(long, value_name = "FILE")]
    kit: Option<PathBuf>,
    /// What to call this device [default: the machine's name]
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
}

impl Login {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let kit_text = match &self.kit {
            Some(path) => Some(super::kit::read_kit(path)?.to_string()),
            None => None,
        };
        let request = LoginRequest {
            home: context.home.clone(),
            url: self.url,
            name: self.name,
            ca_file: self.ca,
            passphrase: self.passphrase.read("Passphrase: ")?,
            kit_text,
            device_name: device_name(self.device_name),
        };
        let client = Client::login(request).await?;
        let who = client.whoami().await?;
        let human = format!(
            "Logged in as {} on {}.",
            clean(&who.name),
            clean(&who.device_name)
        );
        Ok(Reply::new(document(&who), human).quiet(who.identity.to_string()))
    }
}
