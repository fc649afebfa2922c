use crate::commands::prelude::*;
use std::path::Path;
use strongroom_client::GetOptions;

/// Download a file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file get 77b0e4aa -o .
  strongroom file get 77b0e4aa -o contract.pdf --overwrite
  strongroom file get 77b0e4aa -o old.pdf --revision 1b2c3d4e

Nothing is written before it is verified, and never outside the folder that you name, whatever the file is called.")]
pub struct Get {
    /// The file: its id or the beginning of it
    file: String,
    /// Where to: a file or a folder; - is standard output
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
    /// Another revision than the newest
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
    /// Replace a file that is there
    #[arg(long)]
    overwrite: bool,
}

impl Get {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let file = client.resolve_file(&self.file).await?;
        let revision = match &self.revision {
            Some(text) => Some(client.resolve_revision(file, text).await?),
            None => None,
        };
        if self.output == Path::new("-") {
            super::cat::to_stdout(&client, file, revision, None).await?;
            return Ok(Reply::silent());
        }
        let options = GetOptions {
            revision,
            overwrite: self.overwrite,
        };
        let done = client
            .file_get(file, &self.output, &options, context.progress())
            .await?;
        let human = format!("{} ({})", clean(&done.path), bytes(done.bytes));
        Ok(Reply::new(document(&done), human).quiet(done.path.clone()))
    }
}
