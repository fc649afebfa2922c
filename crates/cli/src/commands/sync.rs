use super::prelude::*;

/// Fetch and verify what is new, and send edits made offline
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom sync
  strongroom sync --json

Other commands do this by themselves where the server can be reached. Exit code 6 says that there are conflicts.")]
pub struct Sync {}

impl Sync {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let done = context.client()?.sync().await?;
        let mut human = format!(
            "{} new in {}; {} sent.\n",
            plural(done.entries, "entry", "entries"),
            plural(done.vaults, "vault", "vaults"),
            plural(done.edits_sent, "edit", "edits"),
        );
        for warning in &done.warnings {
            human += &format!("{} {}\n", context.style.yellow("note:"), clean(warning));
        }
        let problem = (!done.conflicts.is_empty()).then(|| {
            let ids: Vec<String> = done.conflicts.iter().map(short).collect();
            CliError::new(
                crate::error::exit::CONFLICT,
                "conflict",
                format!("edited by two people at once, both kept: {}", ids.join(", ")),
            )
            .hint("see both with `strongroom record show R`, settle with `strongroom record edit R --merge --set …`")
        });
        Ok(Reply::new(document(&done), human).problem(problem))
    }
}

fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
