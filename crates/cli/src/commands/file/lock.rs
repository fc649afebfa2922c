use crate::commands::prelude::*;
use crate::parse::duration;
use std::time::Duration;

/// Lock a file while you work on it, or keep your lock
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file lock 77b0e4aa
  strongroom file lock 77b0e4aa --for 2h

What you put after your lock has ended becomes a conflict copy if somebody else locked the file meanwhile.")]
pub struct Lock {
    /// The file: its id or the beginning of it
    file: String,
    /// How long
    #[arg(long = "for", default_value = "15m", value_name = "DURATION", value_parser = duration)]
    length: Duration,
}

impl Lock {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let file = client.resolve_file(&self.file).await?;
        let length_ms = u64::try_from(self.length.as_millis()).unwrap_or(u64::MAX);
        let lease = client.file_lock(file, length_ms).await?;
        let human = format!(
            "Locked; ends {}.",
            until(lease.expires_ms, context.now_ms())
        );
        Ok(Reply::new(document(&lease), human).quiet(lease.lease.to_string()))
    }
}
