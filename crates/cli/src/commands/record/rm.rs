use crate::commands::prelude::*;

/// Move a record to the trash
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom record rm 3fa9c1d2

It stays in the trash until somebody erases it: strongroom record erase.")]
pub struct Rm {
    /// The record: its id or the beginning of it
    record: String,
}

impl Rm {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let record = client.resolve_record(&self.record).await?;
        let change = client.record_remove(record).await?;
        let mut reply = super::changed(&change, "in the trash");
        reply.human += &format!("\nBack: strongroom record restore {}", short(record));
        Ok(reply)
    }
}
