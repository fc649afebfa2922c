use crate::commands::prelude::*;

/// Show a file's name, size, revision and lock
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file show 77b0e4aa")]
pub struct Show {
    /// The file: its id or the beginning of it
    file: String,
}

impl Show {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let file = client.resolve_file(&self.file).await?;
        let line = client.file_show(file).await?;
        let human = super::file_text(context, &line);
        Ok(Reply::new(document(&line), human).quiet(file.to_string()))
    }
}
