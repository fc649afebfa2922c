use super::prelude::*;
use crate::{context::device_name, passphrase::first_line};
use strongroom_client::{Client, SignupRequest};

/// Sign up with a set-up code or an invitation
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom signup https://localhost:8443 --code SR-SETUP-… --name anna --ca ca.pem --recovery-kit kit.txt
  strongroom signup https://localhost:8443 --code SR-INVITE-… --name ben --ca ca.pem --passphrase-file pass.txt

The recovery kit gets you back in when the passphrase or this machine is lost. Nothing else does: print it, lock it away.
Without --recovery-kit it is shown once, on standard output.")]
pub struct Signup {
    /// Address of the server
    url: String,
    /// The server's set-up code, or an invitation; - reads it from standard input
    #[arg(long)]
    code: String,
    /// Your name in the organisation
    #[arg(long)]
    name: String,
    /// The server's certificate authority (ca.pem in its data folder); nothing else is trusted
    #[arg(long, value_name = "FILE")]
    ca: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Write the recovery kit to this file and confirm it at the server
    #[arg(long, value_name = "OUT")]
    recovery_kit: Option<PathBuf>,
    /// What to call this device [default: the machine's name]
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
}

impl Signup {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let code = match self.code.as_str() {
            "-" => first_line("-".as_ref())?.to_string(),
            _ => self.code,
        };
        let passphrase = self.passphrase.read_new("Choose a passphrase: ")?;
        let request = SignupRequest {
            home: context.home.clone(),
            url: self.url,
            code,
            name: self.name,
            ca_file: self.ca,
            passphrase,
            device_name: device_name(self.device_name),
            kit_out: self.recovery_kit.clone(),
        };
        let (client, kit) = Client::signup(request).await?;
        let who = client.whoami().await?;
        let mut answer = json!({
            "account": who.account,
            "tenant": who.tenant,
            "identity": who.identity,
            "device": who.device,
            "name": who.name,
            "account_role": who.account_role,
            "url": who.url,
            "recovery_kit": self.recovery_kit,
        });
        let mut human = format!("Welcome, {}.\n\n", clean(&who.name));
        human += &Details::new()
            .add("role", who.account_role.to_string())
            .add("identity", short(who.identity))
            .add("server", &who.url)
            .add("profile", context.home.display().to_string())
            .render(context.style);
        match &self.recovery_kit {
            Some(path) => {
                human += &format!(
                    "\nYour recovery kit is in {}. Print it, lock it away, and delete the file.\n",
                    path.display()
                );
            }
            None => {
                let text = kit.to_text();
                if let Some(fields) = answer.as_object_mut() {
                    fields.insert("recovery_kit_text".to_owned(), text.as_str().into());
                }
                human += "\nYour recovery kit follows; it is shown only now. Keep it on paper, then say so with\n  \
                          strongroom kit confirm FILE\n\n";
                human += &text;
            }
        }
        Ok(Reply::new(answer, human).quiet(who.identity.to_string()))
    }
}
