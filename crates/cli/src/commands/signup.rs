use super::prelude::*;
use crate::{context::device_name, passphrase::first_line};
use strongroom_client::{Admission, Client, SignupRequest};

/// Sign up with an invitation link, or with a code
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom signup https://localhost:8443 --code SR-SETUP-… --name anna --ca ca.pem --recovery-kit kit.txt
  strongroom signup 'https://localhost:8443/join#SR-INVITE-…&ca=…' --name ben --recovery-kit kit.txt
  strongroom signup - --name ben --passphrase-file pass.txt < link.txt

A link needs '…' around it: the shell would end it at the &. It has the code in it, and the fingerprint of the server's certificate authority: a server with another one is refused before anything is sent.
The recovery kit gets you back in when the passphrase or this machine is lost. Nothing else does: print it, lock it away.
Without --recovery-kit it is shown once, on standard output.")]
pub struct Signup {
    /// The invitation link, or the server's address with --code and --ca; - reads it from
    /// standard input
    #[arg(value_name = "LINK|URL")]
    address: String,
    /// The server's set-up code, or an invitation; - reads it from standard input
    #[arg(long)]
    code: Option<String>,
    /// Your name in the organisation
    #[arg(long)]
    name: String,
    /// The server's certificate authority (ca.pem in its data folder); nothing else is trusted
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
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
        let address = typed_or_read(self.address)?;
        let code = self.code.map(typed_or_read).transpose()?;
        let admission = Admission::read(&address, code.as_deref(), self.ca.as_deref())?;
        let passphrase = self.passphrase.read_new("Choose a passphrase: ")?;
        let request = SignupRequest {
            home: context.home.clone(),
            admission,
            name: self.name,
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

/// What was typed; for `-`, the next line of standard input.
fn typed_or_read(text: String) -> CliResult<String> {
    match text.as_str() {
        "-" => Ok(first_line("-".as_ref())?.to_string()),
        _ => Ok(text),
    }
}
