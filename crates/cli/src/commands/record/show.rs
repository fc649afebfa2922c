use crate::commands::prelude::*;

/// Show a record; in a conflict, all its current versions
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom record show 3fa9c1d2
  strongroom record show 3fa9c1d2 --json")]
pub struct Show {
    /// The record: its id or the beginning of it
    record: String,
}

impl Show {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let record = client.resolve_record(&self.record).await?;
        let shown = client.record_show(record).await?;
        let human = super::record_text(context, &shown);
        Ok(Reply::new(document(&shown), human).quiet(record.to_string()))
    }
}
