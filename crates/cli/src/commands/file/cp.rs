use crate::commands::prelude::*;

/// Copy a file to another record, also of another vault
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file cp 77b0e4aa 3fa9c1d2

To another vault it is sealed anew by this machine, with that vault's keys.")]
pub struct Cp {
    /// The file: its id or the beginning of it
    file: String,
    /// The record to put it in: its id or the beginning of it
    record: String,
}

impl Cp {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let file = client.resolve_file(&self.file).await?;
        let record = client.resolve_record(&self.record).await?;
        let line = client.file_copy(file, record, context.progress()).await?;
        let human = format!(
            "{} is copied to record {}.",
            clean(&line.name),
            short(line.record)
        );
        Ok(Reply::new(document(&line), human).quiet(line.file.to_string()))
    }
}
