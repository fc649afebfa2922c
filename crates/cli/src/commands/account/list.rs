use crate::commands::prelude::*;

/// List the accounts of the organisation
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom account list
  strongroom account list --json")]
pub struct List {
    /// Retired ones too
    #[arg(long)]
    retired: bool,
}

impl List {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let mut accounts = context.client()?.accounts().await?;
        accounts.retain(|line| self.retired || !line.retired);
        let now = context.now_ms();
        let mut table = Table::new(&[
            "NAME",
            "ROLE",
            "IDENTITY",
            "USED",
            "LIMIT",
            "KIT",
            "LAST SEEN",
        ])
        .right(&[3, 4]);
        for line in &accounts {
            table.row([
                line.name.clone(),
                match line.retired {
                    true => "retired".to_owned(),
                    false => line.account_role.to_string(),
                },
                short(line.identity),
                bytes(line.used_bytes),
                limit(line.total_max_bytes),
                tick(line.recovery_confirmed).to_owned(),
                line.last_seen_ms
                    .map_or_else(|| "never".to_owned(), |seen| ago(seen, now)),
            ]);
        }
        Ok(Reply::new(document(&accounts), table.render(context.style))
            .quiet(lines(accounts.iter().map(|line| line.name.clone()))))
    }
}
