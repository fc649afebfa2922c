use crate::commands::prelude::*;
use crate::passphrase::first_line;
use strongroom_client::{LinkGetRequest, link_get, link_info};

/// Download from a link; needs no account
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom link get 'https://localhost:8443/l/…#…' -o .
  strongroom link get 'https://localhost:8443/l/…#…' -o contract.pdf --ca ca.pem

The link's key stays on this machine: the part after the # is never sent.")]
pub struct Get {
    /// The whole address, with the part after the #; - reads it from standard input
    url: String,
    /// Where to: a file or a folder
    #[arg(short, long, value_name = "PATH", default_value = ".")]
    output: PathBuf,
    /// The server's certificate authority [default: the one of this profile]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Replace a file that is there
    #[arg(long)]
    overwrite: bool,
}

impl Get {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let url = match self.url.as_str() {
            "-" => first_line("-".as_ref())?.to_string(),
            _ => self.url,
        };
        let ca = self.ca.or_else(|| {
            let own = context.home.join("ca.pem");
            own.is_file().then_some(own)
        });
        let needs = link_info(&url, ca.as_deref()).await?;
        let passphrase = match needs.passphrase {
            true => Some(self.passphrase.read("Passphrase of the link: ")?),
            false => None,
        };
        let request = LinkGetRequest {
            url: &url,
            ca_file: ca.as_deref(),
            passphrase: passphrase.as_ref(),
            dest: &self.output,
            overwrite: self.overwrite,
        };
        let done = link_get(request, context.progress()).await?;
        let human = format!("{} ({})", clean(&done.path), bytes(done.bytes));
        Ok(Reply::new(document(&done), human).quiet(done.path.clone()))
    }
}
