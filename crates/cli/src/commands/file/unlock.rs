use crate::commands::prelude::*;

/// Give a lock back, or break somebody else's
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file unlock 77b0e4aa
  strongroom file unlock 77b0e4aa --break")]
pub struct Unlock {
    /// The file: its id or the beginning of it
    file: String,
    /// Break a colleague's lock; for managers, and written in the log
    #[arg(long = "break")]
    break_lock: bool,
}

impl Unlock {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let file = client.resolve_file(&self.file).await?;
        client.file_unlock(file, self.break_lock).await?;
        Ok(Reply::new(
            json!({"file": file, "unlocked": true}),
            "Unlocked.",
        ))
    }
}
