use crate::commands::prelude::*;

/// Show a vault's log, newest entry first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault log clients
  strongroom vault log clients --limit 200 --json")]
pub struct Log {
    /// The vault: its name, its id, or the beginning of it
    vault: String,
    /// How many entries
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: u64,
}

impl Log {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let vault = client.resolve_vault(&self.vault).await?;
        let log = client.vault_log(vault, self.limit).await?;
        let now = context.now_ms();
        let mut table = Table::new(&["#", "WHAT", "ABOUT", "BY", "WHEN", "HASH"]).right(&[0]);
        for line in &log {
            table.row([
                line.index.to_string(),
                match line.erased {
                    true => format!("{} (erased)", line.kind),
                    false => line.kind.to_owned(),
                },
                line.subject.clone(),
                line.author.clone(),
                ago(line.appended_ms, now),
                short(line.hash),
            ]);
        }
        Ok(Reply::new(document(&log), table.render(context.style))
            .quiet(lines(log.iter().map(|line| line.hash))))
    }
}
