mod cat;
mod cp;
mod get;
mod link;
mod lock;
mod ls;
mod mv;
mod put;
mod restore;
mod revisions;
mod rm;
mod set;
mod show;
mod unlock;

use super::prelude::*;

/// Files of a record
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file put 3fa9c1d2 contract.pdf
  strongroom file ls 3fa9c1d2
  strongroom file get 77b0e4aa -o .
  strongroom file cat 77b0e4aa --range 0-1023")]
pub struct File {
    #[command(subcommand)]
    command: FileCommand,
}

#[derive(Debug, Subcommand)]
enum FileCommand {
    Put(put::Put),
    Ls(ls::Ls),
    Show(show::Show),
    Get(get::Get),
    Cat(cat::Cat),
    Revisions(revisions::Revisions),
    Lock(lock::Lock),
    Unlock(unlock::Unlock),
    Mv(mv::Mv),
    Cp(cp::Cp),
    Rm(rm::Rm),
    Restore(restore::Restore),
    Set(set::Set),
    Link(link::Link),
}

impl File {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        match self.command {
            FileCommand::Put(command) => command.run(context).await,
            FileCommand::Ls(command) => command.run(context).await,
            FileCommand::Show(command) => command.run(context).await,
            FileCommand::Get(command) => command.run(context).await,
            FileCommand::Cat(command) => command.run(context).await,
            FileCommand::Revisions(command) => command.run(context).await,
            FileCommand::Lock(command) => command.run(context).await,
            FileCommand::Unlock(command) => command.run(context).await,
            FileCommand::Mv(command) => command.run(context).await,
            FileCommand::Cp(command) => command.run(context).await,
            FileCommand::Rm(command) => command.run(context).await,
            FileCommand::Restore(command) => command.run(context).await,
            FileCommand::Set(command) => command.run(context).await,
            FileCommand::Link(command) => command.run(context).await,
        }
    }
}

impl File {
    /// Whether the same command goes on where it was stopped.
    pub fn resumes(&self) -> bool {
        match &self.command {
            FileCommand::Put(command) => command.resumes(),
            FileCommand::Get(command) => command.resumes(),
            _ => false,
        }
    }
}

/// A file with its facts.
fn file_text(context: &Context, line: &strongroom_client::FileLine) -> String {
    let now = context.now_ms();
    Details::new()
        .add("file", line.file.to_string())
        .add("name", &line.name)
        .add("type", &line.media_type)
        .add(
            "size",
            format!("{} ({} bytes)", bytes(line.bytes), line.bytes),
        )
        .add("record", short(line.record))
        .add(
            "revision",
            format!("{} of {}", short(line.revision), line.revisions),
        )
        .add(
            "by",
            format!("{}, {}", clean(&line.author), when(line.appended_ms, now)),
        )
        .maybe(
            "locked",
            line.lease
                .as_ref()
                .map(|lease| format!("by {}, ends {}", lease.holder, until(lease.expires_ms, now))),
        )
        .maybe("state", Some(state(line)).filter(|state| !state.is_empty()))
        .render(context.style)
}

/// What is special about a file, in words.
fn state(line: &strongroom_client::FileLine) -> String {
    [
        (line.conflict, "conflict"),
        (line.deleted, "in the trash"),
        (line.protected, "protected"),
        (line.hidden, "hidden"),
    ]
    .iter()
    .filter_map(|(holds, word)| holds.then_some(*word))
    .collect::<Vec<_>>()
    .join(", ")
}
