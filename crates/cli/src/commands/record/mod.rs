mod add;
mod discard;
mod edit;
mod erase;
mod history;
mod list;
mod restore;
mod rm;
mod show;

use super::prelude::*;
use std::{fs::File, io::Read};
use strongroom_client::{RecordChange, RecordView, VersionView, value_to_json};
use strongroom_types::limits::RECORD_MAX_BYTES;

/// Records in a vault
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom record add clients --table case --set title='Harbour lease'
  strongroom record list clients --table case --where \"status = 'open'\"
  strongroom record show 3fa9c1d2")]
pub struct Record {
    #[command(subcommand)]
    command: RecordCommand,
}

#[derive(Debug, Subcommand)]
enum RecordCommand {
    Add(add::Add),
    List(list::List),
    Show(show::Show),
    Edit(edit::Edit),
    Discard(discard::Discard),
    History(history::History),
    Rm(rm::Rm),
    Restore(restore::Restore),
    Erase(erase::Erase),
}

impl Record {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        match self.command {
            RecordCommand::Add(command) => command.run(context).await,
            RecordCommand::List(command) => command.run(context).await,
            RecordCommand::Show(command) => command.run(context).await,
            RecordCommand::Edit(command) => command.run(context).await,
            RecordCommand::Discard(command) => command.run(context).await,
            RecordCommand::History(command) => command.run(context).await,
            RecordCommand::Rm(command) => command.run(context).await,
            RecordCommand::Restore(command) => command.run(context).await,
            RecordCommand::Erase(command) => command.run(context).await,
        }
    }
}

/// Fields as typed and from files, in this order.
fn typed_fields(
    set: Vec<(String, String)>,
    set_from: Vec<(String, String)>,
) -> CliResult<Vec<(String, String)>> {
    let mut fields = set;
    for (field, path) in set_from {
        let mut text = String::new();
        let limit = RECORD_MAX_BYTES as u64 + 1;
        let read = match path.as_str() {
            "-" => std::io::stdin().take(limit).read_to_string(&mut text),
            _ => File::open(&path).and_then(|file| file.take(limit).read_to_string(&mut text)),
        };
        read.map_err(|error| CliError::io("read", path.as_ref(), &error))?;
        fields.push((field, text));
    }
    Ok(fields)
}

/// The answer to a write.
fn changed(change: &RecordChange, done: &str) -> Reply {
    let id = short(change.record);
    let human = match change.queued {
        true => format!("Record {id} is {done} here; the next sync or write sends it."),
        false => format!("Record {id} is {done}."),
    };
    Reply::new(document(change), human).quiet(change.record.to_string())
}

/// What is special about a record or version, in words.
fn state(conflict: bool, queued: bool) -> String {
    [(conflict, "conflict"), (queued, "not yet sent")]
        .iter()
        .filter_map(|(holds, word)| holds.then_some(*word))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A value for people.
fn shown(value: &strongroom_client::Value) -> String {
    match value_to_json(value) {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

/// One version, field by field.
fn version_text(context: &Context, version: &VersionView) -> String {
    if version.erased {
        return "  (erased for good)\n".to_owned();
    }
    let mut details = Details::new();
    for (field, value) in &version.fields {
        details = details.add(field, shown(value));
    }
    details.render(context.style)
}

/// A record with all its current versions.
fn record_text(context: &Context, record: &RecordView) -> String {
    let now = context.now_ms();
    let mut human = Details::new()
        .add("record", record.record.to_string())
        .add("table", &record.table)
        .add("vault", short(record.vault))
        .add("made", when(record.created_ms, now))
        .maybe(
            "files",
            (record.files > 0).then(|| record.files.to_string()),
        )
        .maybe("state", record.deleted.then_some("in the trash"))
        .maybe(
            "waiting",
            (record.queued > 0).then(|| {
                let edits = usize::try_from(record.queued).unwrap_or(usize::MAX);
                format!("{} not yet sent", count(edits, "edit"))
            }),
        )
        .render(context.style);
    if record.conflict {
        human += &format!(
            "\n{} {} versions stand side by side. Settle: strongroom record edit {} --merge --set FIELD=VALUE\n",
            context.style.yellow("conflict:"),
            record.heads.len(),
            short(record.record),
        );
    }
    for version in &record.heads {
        let mark = if version.queued { ", not yet sent" } else { "" };
        human += &format!(
            "\n{}\n",
            context.style.dim(&format!(
                "version {} by {}, {}{mark}",
                short(version.version),
                clean(&version.author),
                ago(version.appended_ms, now)
            ))
        );
        human += &version_text(context, version);
    }
    human
}
