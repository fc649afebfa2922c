use crate::commands::prelude::*;
use crate::{
    audit::{AuditError, Options, Report, run},
    error::exit,
};

fn refused(error: AuditError) -> CliError {
    let text = match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    match error {
        AuditError::NoFolder(_) => CliError::not_found(text),
        AuditError::Needle(_) => CliError::usage(text),
        AuditError::Database(_) => CliError::failed(text)
            .hint("the key belongs to another database, or the database is damaged"),
        _ => CliError::failed(text),
    }
}

fn text(context: &Context, report: &Report, brief: bool) -> String {
    let style = context.style;
    let mut human = String::new();
    if !brief {
        let mut table = Table::new(&["STORED", "KIND", "VALUES", "SIZE", "WHY"]).right(&[2, 3]);
        for line in &report.columns {
            table.row([
                line.column.as_str(),
                line.kind.as_deref().unwrap_or("NOT ALLOWED"),
                &line.values.to_string(),
                &bytes(line.bytes),
                line.why.as_deref().unwrap_or(""),
            ]);
        }
        for line in &report.fields {
            table.row([
                line.field.as_str(),
                &line.kind,
                &line.values.to_string(),
                "",
                "",
            ]);
        }
        for line in &report.files {
            let number = line.count.to_string();
            table.row([
                &line.files,
                &line.kind,
                &number,
                &bytes(line.bytes),
                &line.why,
            ]);
        }
        human += &table.render(style);
        human.push('\n');
    }
    if !report.violations.is_empty() {
        let mut table = Table::new(&["WHERE", "TIMES", "WHAT IS WRONG"]).right(&[1]);
        for found in &report.violations {
            table.row([&found.place, &found.times.to_string(), &found.problem]);
        }
        human += &table.render(style);
        human.push('\n');
    }
    if !report.hits.is_empty() {
        let mut table = Table::new(&["CANARY", "FOUND IN", "AS"]);
        for hit in &report.hits {
            table.row([&hit.canary, &hit.place, &hit.form]);
        }
        human += &table.render(style);
        human.push('\n');
    }
    let values: u64 = report.columns.iter().map(|line| line.values).sum();
    let files: u64 = report.files.iter().map(|line| line.count).sum();
    human += &Details::new()
        .add("data folder", &report.data)
        .add(
            "database",
            format!("{values} values in {} columns", report.columns.len()),
        )
        .add("fields inside them", report.fields.len().to_string())
        .add("files", files.to_string())
        .add(
            "searched",
            format!(
                "{} in {} pieces, {} packed streams opened",
                bytes(report.searched_bytes),
                report.searched_pieces,
                report.decoded_streams
            ),
        )
        .add("canaries", report.canaries.len().to_string())
        .render(style);
    for note in &report.notes {
        human += &format!("{} {note}\n", style.yellow("note:"));
    }
    human += &match report.blind {
        true => {
            style.green("Blind: nothing is stored that is not on the list, no canary was found.")
        }
        false => style.red("NOT BLIND."),
    };
    human
}

/// Search everything that a server keeps for what it must not have
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom audit blindness --data ./strongroom-data
  strongroom audit blindness --data ./strongroom-data --canary 'Harbour lease' contract.pdf
  strongroom audit blindness --data ./strongroom-data --canary-file canaries.txt --also server.log --json

Looks at every table, every value of every row, log entries field by field, decrypted free pages, and every file, also inside compressed and encoded data. Changes nothing.
Exit code 5 when something is found. What may be stored: strongroom audit allowed.")]
pub struct Blindness {
    /// The server's data folder; the server may be running
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Texts that were put into vaults and must not be found, each at least 6 bytes
    #[arg(long, value_name = "TEXT", num_args = 1..)]
    canary: Vec<String>,
    /// A file with one such text a line; may be repeated
    #[arg(long, value_name = "FILE")]
    canary_file: Vec<PathBuf>,
    /// Another file to search: the server's log, a core dump; may be repeated
    #[arg(long, value_name = "FILE")]
    also: Vec<PathBuf>,
    /// Only what is wrong, and the sums
    #[arg(long)]
    brief: bool,
}

impl Blindness {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let mut canaries: Vec<Vec<u8>> = self
            .canary
            .iter()
            .map(|text| text.clone().into_bytes())
            .collect();
        for path in &self.canary_file {
            let text = std::fs::read(path).map_err(|error| CliError::io("read", path, &error))?;
            let lines = text.split(|byte| *byte == b'\n');
            canaries.extend(lines.filter(|line| !line.is_empty()).map(<[u8]>::to_vec));
        }
        let options = Options {
            data: self.data,
            canaries,
            also: self.also,
        };
        let report = tokio::task::spawn_blocking(move || run(&options))
            .await
            .map_err(|error| CliError::failed(error.to_string()))?
            .map_err(refused)?;
        let human = text(context, &report, self.brief);
        let problem = (!report.blind).then(|| {
            CliError::new(
                exit::INTEGRITY,
                "not_blind",
                format!(
                    "the server has what it must not have: {}, {}",
                    count(report.violations.len(), "violation"),
                    count(report.hits.len(), "canary hit")
                ),
            )
        });
        Ok(Reply::new(document(&report), human).problem(problem))
    }
}
