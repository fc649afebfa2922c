use crate::commands::prelude::*;

/// List the revisions of a file, newest first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file revisions 77b0e4aa")]
pub struct Revisions {
    /// The file: its id or the beginning of it
    file: String,
}

impl Revisions {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let file = client.resolve_file(&self.file).await?;
        let revisions = client.file_revisions(file).await?;
        let now = context.now_ms();
        let mut table = Table::new(&["REVISION", "NAME", "SIZE", "BY", "WHEN", ""]).right(&[2]);
        for line in &revisions {
            let state = match line {
                line if line.erased => "erased",
                line if line.conflict => "conflict copy",
                line if line.current => "current",
                _ => "",
            };
            table.row([
                short(line.revision),
                line.name.clone(),
                bytes(line.bytes),
                line.author.clone(),
                ago(line.appended_ms, now),
                state.to_owned(),
            ]);
        }
        Ok(
            Reply::new(document(&revisions), table.render(context.style))
                .quiet(lines(revisions.iter().map(|line| line.revision))),
        )
    }
}
