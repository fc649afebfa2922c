use crate::commands::prelude::*;

/// Show a vault and its members
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault show clients")]
pub struct Show {
    /// The vault: its name, its id, or the beginning of it
    vault: String,
}

impl Show {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let vault = client.resolve_vault(&self.vault).await?;
        let shown = client.vault_show(vault).await?;
        let line = &shown.line;
        let mut human = Details::new()
            .add("vault", &line.name)
            .add("id", line.vault.to_string())
            .add("kind", line.kind)
            .add("your role", line.role.to_string())
            .add("key epoch", line.epoch.0.to_string())
            .add("records", shown.records.to_string())
            .add("files", shown.files.to_string())
            .add(
                "log",
                format!(
                    "{} entries, head {}",
                    line.head_index + 1,
                    short(shown.head_hash)
                ),
            )
            .add("seen", when(line.synced_ms, context.now_ms()))
            .maybe(
                "to do",
                line.rekey_required
                    .then_some("a manager has to renew the keys: strongroom vault rekey"),
            )
            .render(context.style);
        let mut table = Table::new(&["MEMBER", "ROLE", "IDENTITY", "SAFETY NUMBER"]);
        for member in &shown.members_list {
            let mut compared = match (member.you, member.compared, member.changed) {
                (true, ..) => "you",
                (_, true, _) => "compared",
                (_, _, true) => "changed",
                _ => "not compared",
            }
            .to_owned();
            if let Some(renewed_ms) = member.renewed_ms {
                compared += &format!(", renewed on {}", day(renewed_ms));
            }
            table.row([
                member.name.clone(),
                member.role.to_string(),
                short(member.identity),
                compared,
            ]);
        }
        human.push('\n');
        human += &table.render(context.style);
        Ok(Reply::new(document(&shown), human).quiet(vault.to_string()))
    }
}
