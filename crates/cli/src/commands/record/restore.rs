use crate::commands::prelude::*;

/// Take a record out of the trash
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom record restore 3fa9c1d2")]
pub struct Restore {
    /// The record: its id or the beginning of it
    record: String,
}

impl Restore {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let record = client.resolve_record(&self.record).await?;
        let change = client.record_restore(record).await?;
        Ok(super::changed(&change, "back"))
    }
}
