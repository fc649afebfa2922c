use crate::commands::prelude::*;
use std::path::Path;
use strongroom_client::{Client, GetOptions};

impl Get {
    /// What goes to standard output cannot be taken back.
    pub fn resumes(&self) -> bool {
        self.output != Path::new("-")
    }
}

/// Download a file, or all files of a record
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file get 77b0e4aa -o .
  strongroom file get 77b0e4aa -o contract.pdf --overwrite
  strongroom file get 77b0e4aa -o old.pdf --revision 1b2c3d4e
  strongroom file get --record 3fa9c1d2 -o ./case

Nothing is written before it is verified, and never outside the folder that you name, whatever the file is called. Stopped or killed half way, the same command goes on from there: until then a hidden .part file stays in the folder.")]
pub struct Get {
    /// The file: its id or the beginning of it
    #[arg(required_unless_present = "record")]
    file: Option<String>,
    /// All files of this record instead; the output is a folder
    #[arg(long, value_name = "RECORD", conflicts_with_all = ["file", "revision"])]
    record: Option<String>,
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
        if let Some(record) = &self.record {
            return self.all(context, &client, record).await;
        }
        let file = client.resolve_file(&self.file.unwrap_or_default()).await?;
        let revision = named_revision(&client, file, self.revision.as_deref()).await?;
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
        let resumed = match done.bytes_resumed {
            0 => String::new(),
            there => format!(", {} were there already", bytes(there)),
        };
        let human = format!("{} ({}{resumed})", clean(&done.path), bytes(done.bytes));
        Ok(Reply::new(document(&done), human).quiet(done.path.clone()))
    }

    async fn all(&self, context: &Context, client: &Client, record: &str) -> CliResult<Reply> {
        let record = client.resolve_record(record).await?;
        let done = client
            .files_get(record, &self.output, self.overwrite, context.progress())
            .await?;
        let mut table = Table::new(&["FILE", "SIZE", "PATH"]).right(&[1]);
        for got in &done {
            table.row([short(got.file), bytes(got.bytes), got.path.clone()]);
        }
        let human = match table.is_empty() {
            true => "The record has no files.".to_owned(),
            false => table.render(context.style),
        };
        let paths = lines(done.iter().map(|got| &got.path));
        Ok(Reply::new(document(&done), human).quiet(paths))
    }
}
