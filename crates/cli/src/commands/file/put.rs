use crate::commands::prelude::*;
use crate::error::exit;
use std::path::Path;
use strongroom_client::{PutDone, PutOptions, SameName, Source};

impl Put {
    /// A pipe cannot be read twice.
    pub fn resumes(&self) -> bool {
        self.paths.iter().all(|path| path != Path::new("-"))
    }
}

fn conflict(put: &PutDone) -> CliError {
    CliError::new(
        exit::CONFLICT,
        "conflict_copy",
        format!(
            "somebody else had the lock on {} in the meantime: yours is kept as a conflict copy",
            clean(&put.name)
        ),
    )
    .hint(format!(
        "see both: strongroom file revisions {}",
        short(put.file)
    ))
}

fn about(path: &Path, error: CliError) -> CliError {
    CliError {
        message: format!("{}: {}", path.display(), error.message),
        ..error
    }
}

/// Put files into a record
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file put 3fa9c1d2 contract.pdf plan.dwg
  strongroom file put 3fa9c1d2 contract.pdf --new-revision
  strongroom file put 3fa9c1d2 signed.pdf --replace 77b0e4aa
  tar c ./folder | strongroom file put 3fa9c1d2 - --name folder.tar

A record may have two files of one name, but never by accident: exit code 6 asks which is meant. Stopped or killed half way, the same command goes on from there (not from a pipe). The record's vault decides who can read.")]
pub struct Put {
    /// The record: its id or the beginning of it
    record: String,
    /// Files; - is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Another name for the file
    #[arg(long)]
    name: Option<String>,
    /// Make it the next revision of this file
    #[arg(long, value_name = "F")]
    replace: Option<String>,
    /// Where the record has a file of that name: make it the next revision of it
    #[arg(long, conflicts_with_all = ["keep_both", "replace"])]
    new_revision: bool,
    /// Where the record has a file of that name: keep both
    #[arg(long, conflicts_with = "replace")]
    keep_both: bool,
    /// Do not shrink images, keep location and all
    #[arg(long)]
    keep_original: bool,
    /// Media type instead of the one guessed from the name
    #[arg(long, value_name = "TYPE")]
    media_type: Option<String>,
}

impl Put {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let pipe = self.paths.iter().any(|path| path == Path::new("-"));
        if self.paths.len() > 1 && (self.name.is_some() || self.replace.is_some() || pipe) {
            return Err(CliError::usage(
                "--name, --replace and standard input are for one file at a time",
            ));
        }
        if pipe && self.name.is_none() && self.replace.is_none() {
            return Err(
                CliError::usage("what comes from standard input needs a name")
                    .hint("give --name NAME"),
            );
        }
        let client = context.client()?;
        let record = client.resolve_record(&self.record).await?;
        let replace = match &self.replace {
            Some(text) => Some(client.resolve_file(text).await?),
            None => None,
        };
        let options = PutOptions {
            name: self.name.clone(),
            keep_original: self.keep_original,
            replace,
            media_type: self.media_type.clone(),
            same_name: match (self.new_revision, self.keep_both) {
                (true, _) => SameName::NewRevision,
                (_, true) => SameName::KeepBoth,
                _ => SameName::Refuse,
            },
        };
        let mut done: Vec<PutDone> = Vec::new();
        let mut problem = None;
        for path in &self.paths {
            let source = match pipe {
                true => Source::Reader {
                    name: self.name.clone().unwrap_or_default(),
                    reader: Box::new(std::io::stdin()),
                },
                false => Source::Path(path),
            };
            match client
                .file_put(record, source, &options, context.progress())
                .await
            {
                Ok(put) => {
                    if put.conflict {
                        problem = Some(conflict(&put));
                    }
                    done.push(put);
                }
                Err(error) => {
                    context.clear_progress();
                    problem = Some(about(path, error.into()));
                    break;
                }
            }
        }
        if let (true, Some(problem)) = (done.is_empty(), &problem) {
            return Err(problem.clone());
        }
        let mut table = Table::new(&["FILE", "NAME", "SIZE", ""]).right(&[2]);
        for put in &done {
            let mut notes = Vec::new();
            if put.parts_resumed > 0 {
                let parts = usize::try_from(put.parts_resumed).unwrap_or(usize::MAX);
                notes.push(format!("{} were there already", count(parts, "part")));
            }
            if put.shrunk {
                notes.push("image made smaller".to_owned());
            }
            if put.conflict {
                notes.push("conflict copy".to_owned());
            }
            table.row([
                short(put.file),
                put.name.clone(),
                bytes(put.bytes),
                notes.join(", "),
            ]);
        }
        Ok(Reply::new(document(&done), table.render(context.style))
            .quiet(lines(done.iter().map(|put| put.file)))
            .problem(problem))
    }
}
