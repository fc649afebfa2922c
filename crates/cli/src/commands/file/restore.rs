use crate::commands::prelude::*;

/// Take a file out of the trash
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file restore 77b0e4aa")]
pub struct Restore {
    /// The file: its id or the beginning of it
    file: String,
}

impl Restore {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let file = client.resolve_file(&self.file).await?;
        client.file_restore(file).await?;
        Ok(Reply::new(
            json!({"file": file, "deleted": false}),
            format!("File {} is back.", short(file)),
        ))
    }
}
