use crate::commands::prelude::*;

/// List your vaults
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault list
  strongroom vault list --json")]
pub struct List {}

impl List {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let vaults = context.client()?.vaults().await?;
        let now = context.now_ms();
        let mut table =
            Table::new(&["VAULT", "NAME", "ROLE", "MEMBERS", "ENTRIES", "SEEN", ""]).right(&[3, 4]);
        for line in &vaults {
            let note = match (line.rekey_required, line.kind) {
                (true, _) => "new keys needed",
                (_, "personal") => "personal",
                _ => "",
            };
            table.row([
                short(line.vault),
                line.name.clone(),
                line.role.to_string(),
                line.members.to_string(),
                (line.head_index + 1).to_string(),
                ago(line.synced_ms, now),
                note.to_owned(),
            ]);
        }
        let human = match table.is_empty() {
            true => "No vaults yet. Create one: strongroom vault create NAME".to_owned(),
            false => table.render(context.style),
        };
        Ok(Reply::new(document(&vaults), human).quiet(lines(vaults.iter().map(|line| line.vault))))
    }
}
