use crate::commands::prelude::*;

/// Erase a record and its files for good
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom record erase 3fa9c1d2
  strongroom record erase 3fa9c1d2 --now

Without --now only a record that has been in the trash for 30 days is erased. Copies that members took are theirs.")]
pub struct Erase {
    /// The record: its id or the beginning of it
    record: String,
    /// Also if it has not been in the trash for 30 days
    #[arg(long)]
    now: bool,
}

impl Erase {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let record = client.resolve_record(&self.record).await?;
        let done = client.record_erase(record, self.now).await?;
        let human = format!(
            "Record {} is erased: the content of {} log entries is gone. Their hashes stay.",
            short(record),
            done.entries
        );
        Ok(Reply::new(document(&done), human))
    }
}
