//! How answers look: one JSON document for scripts, or aligned text for people.

mod details;
mod table;
mod text;
mod time;

pub use details::Details;
pub use table::Table;
pub use text::{bytes, clean, count, short};
pub use time::{ago, day, parse_day, stamp, until, when};

use crate::error::CliError;
use serde_json::Value;
use std::io::{self, IsTerminal, Write};

/// How to write.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// One JSON document instead of text.
    pub json: bool,
    /// Ids only, no notes, no progress.
    pub quiet: bool,
    /// Colours on standard output.
    pub colour: bool,
    /// Columns of the terminal; `None` where output is no terminal.
    pub width: Option<usize>,
}

impl Style {
    /// Looks at the terminal and at `NO_COLOR` (no-color.org).
    pub fn detect(json: bool, quiet: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self {
            json,
            quiet,
            colour: terminal && !json && !no_colour && !dumb,
            width: terminal.then(|| usize::from(console::Term::stdout().size().1).max(40)),
        }
    }

    /// Plain text without a terminal, for tests.
    pub fn plain() -> Self {
        Self {
            json: false,
            quiet: false,
            colour: false,
            width: None,
        }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// Headings.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What matters less.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Good news.
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Bad news.
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// What to look at.
    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }
}

/// The answer of a command. Both faces are always filled in, one is shown.
#[derive(Debug, Default)]
pub struct Reply {
    /// The document of `--json`; `Null` writes nothing.
    pub json: Value,
    /// The text for people, with or without a last line end.
    pub human: String,
    /// What `--quiet` shows: ids, one a line. Empty shows nothing.
    pub quiet: String,
    /// Something that went wrong although there is an answer: shown after it, decides the
    /// exit code.
    pub problem: Option<CliError>,
}

impl Reply {
    /// An answer with both faces.
    pub fn new(json: Value, human: impl Into<String>) -> Self {
        Self {
            json,
            human: human.into(),
            ..Self::default()
        }
    }

    /// Nothing to say: the command wrote its own output.
    pub fn silent() -> Self {
        Self::default()
    }

    /// What `--quiet` shows.
    #[must_use]
    pub fn quiet(mut self, text: impl Into<String>) -> Self {
        self.quiet = text.into();
        self
    }

    /// Adds a problem.
    #[must_use]
    pub fn problem(mut self, problem: Option<CliError>) -> Self {
        self.problem = problem;
        self
    }

    /// Writes the answer to standard output. A closed pipe (`… | head`) is no error.
    pub fn write(&self, style: Style) -> io::Result<()> {
        let text = match style {
            _ if style.json && self.json.is_null() => String::new(),
            Style { json: true, .. } => self.json.to_string(),
            Style { quiet: true, .. } => self.quiet.clone(),
            _ => self.human.clone(),
        };
        if text.is_empty() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        let written = out
            .write_all(text.as_bytes())
            .and_then(|()| match text.ends_with('\n') {
                true => Ok(()),
                false => out.write_all(b"\n"),
            })
            .and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}

/// Writes an error to standard error, in the face that was asked for.
pub fn write_error(error: &CliError, json: bool) {
    let mut err = io::stderr().lock();
    let text = if json {
        error.to_json().to_string()
    } else {
        let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let label = if colour {
            "\x1b[31merror:\x1b[0m"
        } else {
            "error:"
        };
        let hint = match &error.hint {
            Some(hint) => format!("\n  {hint}"),
            None => String::new(),
        };
        format!("{label} {}{hint}", error.message)
    };
    let text = match std::env::var_os("STRONGROOM_CAUSES") {
        Some(_) => [&[text], error.causes.as_slice()]
            .concat()
            .join("\n  caused by: "),
        None => text,
    };
    // nothing is left to be done when standard error is gone
    let _ = writeln!(err, "{text}");
}
