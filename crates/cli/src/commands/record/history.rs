use crate::commands::prelude::*;

/// Show all versions of a record, newest first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom record history 3fa9c1d2")]
pub struct History {
    /// The record: its id or the beginning of it
    record: String,
}

impl History {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let record = client.resolve_record(&self.record).await?;
        let history = client.record_history(record).await?;
        let now = context.now_ms();
        let mut human = String::new();
        for version in &history {
            let state = match version {
                version if version.deleted => ", moved to the trash",
                version if version.current => ", current",
                _ => "",
            };
            let mark = if version.queued { ", not yet sent" } else { "" };
            let title = format!(
                "version {} by {}, {}{state}{mark}",
                short(version.version),
                clean(&version.author),
                when(version.appended_ms, now)
            );
            human += &format!("{}\n", context.style.bold(&title));
            human += &super::version_text(context, version);
            human.push('\n');
        }
        Ok(Reply::new(document(&history), human.trim_end())
            .quiet(lines(history.iter().map(|version| version.version))))
    }
}
