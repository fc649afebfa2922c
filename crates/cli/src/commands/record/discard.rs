use crate::commands::prelude::*;
use serde_json::json;

/// Forget edits that were made offline and wait to be sent
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom record discard 3fa9c1d2

What was sent already stays. Needed only where sync says that an edit cannot be sent.")]
pub struct Discard {
    /// The record: its id or the beginning of it
    record: String,
}

impl Discard {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let record = client.resolve_record(&self.record).await?;
        let discarded = client.record_discard(record).await?;
        let edits = usize::try_from(discarded).unwrap_or(usize::MAX);
        let human = format!(
            "Forgotten: {} of record {}.",
            count(edits, "edit"),
            short(record)
        );
        let answer = json!({"record": record, "discarded": discarded});
        Ok(Reply::new(answer, human).quiet(record.to_string()))
    }
}
