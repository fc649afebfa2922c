use crate::commands::prelude::*;

/// Prove that you have your recovery kit
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom kit confirm kit.txt
  strongroom kit confirm - < kit.txt

The last owner of a vault can write only with a confirmed kit, so that nothing can be locked in.")]
pub struct Confirm {
    /// The kit as a file; - reads it from standard input
    file: PathBuf,
}

impl Confirm {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let text = super::read_kit(&self.file)?;
        context.client()?.kit_confirm(&text).await?;
        Ok(Reply::new(
            json!({"confirmed": true}),
            "The kit is right, and confirmed. Keep it on paper, not on this machine.",
        ))
    }
}
