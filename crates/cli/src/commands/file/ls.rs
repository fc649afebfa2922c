use crate::commands::prelude::*;

/// List the files of a record
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file ls 3fa9c1d2
  strongroom file ls 3fa9c1d2 --hidden --trash")]
pub struct Ls {
    /// The record: its id or the beginning of it
    record: String,
    /// Hidden ones too
    #[arg(long)]
    hidden: bool,
    /// Those in the trash too
    #[arg(long)]
    trash: bool,
}

impl Ls {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let record = client.resolve_record(&self.record).await?;
        let files = client.files(record, self.hidden, self.trash).await?;
        let now = context.now_ms();
        let mut table = Table::new(&[
            "FILE",
            "NAME",
            "SIZE",
            "BY",
            "CHANGED",
            "REVISIONS",
            "LOCK",
            "",
        ])
        .right(&[2, 5]);
        for line in &files {
            let lock = match &line.lease {
                Some(lease) if lease.mine => {
                    format!("yours, ends {}", until(lease.expires_ms, now))
                }
                Some(lease) => format!("{}, ends {}", lease.holder, until(lease.expires_ms, now)),
                None => String::new(),
            };
            table.row([
                short(line.file),
                line.name.clone(),
                bytes(line.bytes),
                line.author.clone(),
                ago(line.appended_ms, now),
                line.revisions.to_string(),
                lock,
                super::state(line),
            ]);
        }
        let human = match table.is_empty() {
            true => format!(
                "No files yet. Put one: strongroom file put {} PATH",
                short(record)
            ),
            false => table.render(context.style),
        };
        Ok(Reply::new(document(&files), human).quiet(lines(files.iter().map(|line| line.file))))
    }
}
