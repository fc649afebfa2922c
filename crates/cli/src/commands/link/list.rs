use crate::commands::prelude::*;

/// List links
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom link list
  strongroom link list --record 3fa9c1d2")]
pub struct List {
    /// Only links to files of this record
    #[arg(long, value_name = "R")]
    record: Option<String>,
}

impl List {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let record = match &self.record {
            Some(text) => Some(client.resolve_record(text).await?),
            None => None,
        };
        let links = client.links(record).await?;
        let now = context.now_ms();
        let mut table = Table::new(&["LINK", "FILE", "NAME", "BY", "MADE", "STATE"]);
        for line in &links {
            let state = match (line.revoked, line.expires_ms) {
                (true, _) => "revoked".to_owned(),
                (_, Some(end)) if end > now => format!("ends {}", until(end, now)),
                (_, Some(end)) => until(end, now),
                _ => "open".to_owned(),
            };
            table.row([
                short(line.link),
                short(line.file),
                line.file_name.clone(),
                line.creator.clone(),
                ago(line.created_ms, now),
                state,
            ]);
        }
        let human = match table.is_empty() {
            true => "No links. Make one: strongroom link create FILE --expires 7d".to_owned(),
            false => table.render(context.style),
        };
        Ok(Reply::new(document(&links), human).quiet(lines(links.iter().map(|line| line.link))))
    }
}
