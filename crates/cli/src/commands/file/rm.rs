use crate::commands::prelude::*;

/// Move a file to the trash
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file rm 77b0e4aa")]
pub struct Rm {
    /// The file: its id or the beginning of it
    file: String,
}

impl Rm {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let file = client.resolve_file(&self.file).await?;
        client.file_remove(file).await?;
        Ok(Reply::new(
            json!({"file": file, "deleted": true}),
            format!(
                "In the trash. Back: strongroom file restore {}",
                short(file)
            ),
        ))
    }
}
