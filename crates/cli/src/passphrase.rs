//! Passphrases come from the terminal without echo, from a file, or from standard input;
//! never from the command line, where other processes can see them.

use crate::error::{CliError, CliResult};
use clap::Args;
use rustix::termios::Termios;
use std::{
    fs::File,
    io::{self, BufRead, IsTerminal, Read},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};
use strongroom_client::{ClientError, Passphrase};
use zeroize::Zeroizing;

/// A longer first line is no passphrase.
const LINE_MAX_BYTES: u64 = 4_096;

/// Where the passphrase comes from.
#[derive(Debug, Args)]
pub struct PassphraseArgs {
    /// Read the passphrase from the first line of FILE; - is standard input
    #[arg(
        long,
        value_name = "FILE",
        env = "STRONGROOM_PASSPHRASE_FILE",
        hide_env_values = true
    )]
    pub passphrase_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// An existing passphrase.
    pub fn read(&self, prompt: &str) -> CliResult<Passphrase> {
        read(self.passphrase_file.as_deref(), prompt)
    }

    /// A new passphrase: asked for twice on a terminal.
    pub fn read_new(&self, prompt: &str) -> CliResult<Passphrase> {
        read_new(self.passphrase_file.as_deref(), prompt)
    }
}

/// An existing passphrase from `file`, or from the terminal.
pub fn read(file: Option<&Path>, prompt: &str) -> CliResult<Passphrase> {
    let text = match file {
        Some(file) => first_line(file)?,
        None => ask(prompt)?,
    };
    passphrase(&text)
}

/// A new passphrase from `file`, or from the terminal, there three tries to type it twice.
pub fn read_new(file: Option<&Path>, prompt: &str) -> CliResult<Passphrase> {
    if let Some(file) = file {
        let passphrase = passphrase(&first_line(file)?)?;
        passphrase.check_strength().map_err(ClientError::from)?;
        return Ok(passphrase);
    }
    for _ in 0..3 {
        let first = ask(prompt)?;
        let typed = passphrase(&first)?;
        if let Err(error) = typed.check_strength() {
            eprintln!("{error}");
            continue;
        }
        if *ask("The same again: ")? == *first {
            return Ok(typed);
        }
        eprintln!("These were not the same.");
    }
    Err(CliError::usage("no passphrase was chosen"))
}

fn passphrase(text: &str) -> CliResult<Passphrase> {
    Ok(Passphrase::new(text).map_err(ClientError::from)?)
}

fn ask(prompt: &str) -> CliResult<Zeroizing<String>> {
    if !io::stdin().is_terminal() {
        return Err(
            CliError::usage("a passphrase is needed and there is no terminal")
                .hint("give it with --passphrase-file FILE, or - for standard input"),
        );
    }
    *asking() = rustix::termios::tcgetattr(io::stdin()).ok();
    let typed = rpassword::prompt_password(prompt).map(Zeroizing::new);
    *asking() = None;
    typed.map_err(|error| CliError::failed(format!("cannot read the passphrase: {error}")))
}

/// The terminal's settings from before a prompt, while one waits.
static ASKING: Mutex<Option<Termios>> = Mutex::new(None);

fn asking() -> MutexGuard<'static, Option<Termios>> {
    ASKING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Turns echo on again if a prompt waits, and says whether one does. For Ctrl-C: the prompt
/// itself cannot be cut off.
pub fn leave_prompt() -> bool {
    match asking().take() {
        Some(settings) => {
            let now = rustix::termios::OptionalActions::Now;
            // the terminal may be gone
            let _ = rustix::termios::tcsetattr(io::stdin(), now, &settings);
            true
        }
        None => false,
    }
}

/// The first line of a file or of standard input, without its line end. Read byte by byte
/// from standard input, so that what follows is left for others.
pub fn first_line(path: &Path) -> CliResult<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::with_capacity(256));
    let read = if path == Path::new("-") {
        io::stdin().lock().take(LINE_MAX_BYTES).read_line(&mut line)
    } else {
        File::open(path)
            .and_then(|file| io::BufReader::new(file.take(LINE_MAX_BYTES)).read_line(&mut line))
    };
    read.map_err(|error| CliError::io("read", path, &error))?;
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    if line.is_empty() {
        return Err(CliError::usage(format!(
            "the first line of {} is empty",
            path.display()
        )));
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p");
        std::fs::write(&path, "a long passphrase \r\nmore\n").unwrap();
        assert_eq!(*first_line(&path).unwrap(), "a long passphrase ");
        std::fs::write(&path, "\nmore").unwrap();
        assert_eq!(first_line(&path).unwrap_err().exit, 2);
        assert_eq!(first_line(&folder.path().join("q")).unwrap_err().exit, 3);
    }

    #[test]
    fn new_ones_are_long_enough() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p");
        std::fs::write(&path, "short").unwrap();
        assert!(read(Some(&path), "").is_ok());
        assert_eq!(read_new(Some(&path), "").err().unwrap().exit, 2);
    }
}
