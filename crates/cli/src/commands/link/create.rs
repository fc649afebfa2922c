use crate::commands::prelude::*;
use crate::{parse::duration, passphrase::read_new};
use std::time::Duration;
use strongroom_client::LinkOptions;

/// Make a link to a file's newest revision
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom link create 3fa9c1d2 --expires 7d
  strongroom link create 3fa9c1d2 --count 1 --passphrase-file pass.txt
  strongroom file link create 3fa9c1d2")]
pub struct Create {
    /// The file: its id or the beginning of it
    file: String,
    /// How long it works
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expires: Option<Duration>,
    /// How often it works
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Ask for a passphrase too, and type it here
    #[arg(long, conflicts_with = "passphrase_file")]
    passphrase: bool,
    /// Ask for a passphrase too: the first line of FILE; - is standard input
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Another revision than the newest
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
}

impl Create {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let file = client.resolve_file(&self.file).await?;
        let revision = named_revision(&client, file, self.revision.as_deref()).await?;
        let passphrase = match (&self.passphrase_file, self.passphrase) {
            (None, false) => None,
            (file, _) => Some(read_new(file.as_deref(), "Passphrase for the link: ")?),
        };
        let options = LinkOptions {
            revision,
            expires_ms: self.expires.map(|expires| {
                let length_ms = u64::try_from(expires.as_millis()).unwrap_or(u64::MAX);
                context.now_ms().saturating_add(length_ms)
            }),
            max_count: self.count,
            passphrase,
        };
        let made = client.link_create(file, &options).await?;
        let mut human = format!("{}\n\n", made.url);
        human += &Details::new()
            .add("link", short(made.link))
            .maybe(
                "ends",
                made.expires_ms.map(|end| until(end, context.now_ms())),
            )
            .maybe("times", made.max_count.map(|times| times.to_string()))
            .maybe("passphrase", made.passphrase.then_some("needed too"))
            .render(context.style);
        human += "\nThe part after # is the key and is shown only now. Expiry, count and revocation are the server's doing.\n";
        Ok(Reply::new(document(&made), human).quiet(made.url.clone()))
    }
}
