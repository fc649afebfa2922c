use crate::commands::prelude::*;

/// Fetch a vault's whole log anew and verify every signature in it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault verify clients

Two members who see the same head here have seen the same history. Exit code 5 says that something was tampered with.")]
pub struct Verify {
    /// The vault: its name, its id, or the beginning of it
    vault: String,
}

impl Verify {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let vault = client.resolve_vault(&self.vault).await?;
        let report = client.vault_verify(vault).await?;
        let mut human = format!("{}\n", context.style.green("Everything holds."));
        human += &Details::new()
            .add(
                "log",
                format!("{} entries, all signatures good", report.entries),
            )
            .add(
                "directory",
                format!("{} entries, all signatures good", report.directory_entries),
            )
            .add("records opened", report.records_opened.to_string())
            .add("members", report.members.to_string())
            .add("key epoch", report.epoch.0.to_string())
            .maybe(
                "erased",
                (report.erased > 0).then(|| report.erased.to_string()),
            )
            .add(
                "head",
                format!("{} {}", report.head_index, report.head_hash),
            )
            .add("state", report.state_root.to_string())
            .render(context.style);
        Ok(Reply::new(document(&report), human).quiet(report.head_hash.to_string()))
    }
}
