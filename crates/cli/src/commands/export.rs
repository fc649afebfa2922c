use super::prelude::*;
use strongroom_client::ExportOptions;

/// Write out logs, files and keys so that anybody can prove them without this program
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom export ./proof --vault clients --files
  strongroom export ./proof --all --files --wallet

The folder holds keys that open what is in it: it is as secret as its content. Its form is described in spec/export.md.")]
pub struct Export {
    /// The folder to write, which must not exist yet
    out: PathBuf,
    /// A vault to write out; may be repeated
    #[arg(long, value_name = "V", conflicts_with = "all")]
    vault: Vec<String>,
    /// All your vaults
    #[arg(long)]
    all: bool,
    /// The files too
    #[arg(long)]
    files: bool,
    /// Your wallet and the keys in it
    #[arg(long)]
    wallet: bool,
}

impl Export {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let mut vaults = Vec::new();
        for text in &self.vault {
            vaults.push(client.resolve_vault(text).await?);
        }
        if self.all {
            vaults.extend(client.vaults().await?.iter().map(|line| line.vault));
        }
        if vaults.is_empty() && !self.wallet {
            return Err(CliError::usage("nothing is chosen")
                .hint("name a vault with --vault V, or take --all, or --wallet"));
        }
        let options = ExportOptions {
            vaults,
            files: self.files,
            wallet: self.wallet,
        };
        let done = client.export(&self.out, &options).await?;
        let human = format!(
            "Written to {}: {} with {} log entries, {}.\nIt holds keys: keep it as secret as what it opens.",
            done.path,
            count(usize::try_from(done.vaults).unwrap_or(usize::MAX), "vault"),
            done.entries,
            count(usize::try_from(done.files).unwrap_or(usize::MAX), "file"),
        );
        Ok(Reply::new(document(&done), human).quiet(done.path.clone()))
    }
}
