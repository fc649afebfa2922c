use crate::commands::prelude::*;

/// Retire someone for good: no login, out of every vault
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom account retire ben

The name cannot be used again, and nobody comes back: a later return is a new person.")]
pub struct Retire {
    /// The person's name
    name: String,
}

impl Retire {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        context.client()?.account_retire(&self.name).await?;
        Ok(Reply::new(
            json!({"name": self.name, "retired": true}),
            format!(
                "{} is retired. The vaults they were in get new keys when a manager next syncs.",
                clean(&self.name)
            ),
        ))
    }
}
