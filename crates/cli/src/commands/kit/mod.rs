mod confirm;
mod new;

use super::prelude::*;
use crate::passphrase::first_line;
use serde_json::Value;
use std::{fs::File, io::Read, path::Path};
use strongroom_client::{RecoveryKit, WhoAmI};
use zeroize::Zeroizing;

/// A longer file is no kit.
const KIT_MAX_BYTES: u64 = 64 << 10;

/// Your recovery kit: prove that you have it, or make a new one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom kit confirm kit.txt
  strongroom kit new kit.txt")]
pub struct Kit {
    #[command(subcommand)]
    command: KitCommand,
}

#[derive(Debug, Subcommand)]
enum KitCommand {
    Confirm(confirm::Confirm),
    New(new::New),
}

impl Kit {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        match self.command {
            KitCommand::Confirm(command) => command.run(context).await,
            KitCommand::New(command) => command.run(context).await,
        }
    }
}

/// Reads a kit's text from a file, or from standard input to its end.
pub fn read_kit(path: &Path) -> CliResult<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let read = if path == Path::new("-") {
        std::io::stdin()
            .take(KIT_MAX_BYTES)
            .read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(KIT_MAX_BYTES).read_to_string(&mut text))
    };
    read.map_err(|error| CliError::io("read", path, &error))?;
    if text.trim().is_empty() {
        // the same words as for an empty passphrase file
        first_line(path)?;
    }
    Ok(text)
}

/// What is to be done with the page that the new one replaces.
pub fn old_page(keep_earlier_page: bool) -> &'static str {
    if keep_earlier_page {
        "keep the earlier page that has the directory recovery key"
    } else {
        "destroy the old one"
    }
}

/// Document and text about a kit that is new.
pub fn new_kit(who: &WhoAmI, kit: &RecoveryKit, out: Option<&Path>) -> (Value, String) {
    let mut answer = json!({
        "account": who.account,
        "tenant": who.tenant,
        "identity": who.identity,
        "device": who.device,
        "name": who.name,
        "recovery_kit": out,
    });
    let human = match out {
        Some(path) => format!(
            "Your new recovery kit is in {}. Print it, lock it away, and {}.",
            path.display(),
            old_page(kit.keep_earlier_page)
        ),
        None => {
            let text = kit.to_text();
            if let Some(fields) = answer.as_object_mut() {
                fields.insert("recovery_kit_text".to_owned(), text.as_str().into());
            }
            format!(
                "Your new recovery kit follows; it is shown only now. Lock it away, and {}.\n\n{}",
                old_page(kit.keep_earlier_page),
                text.as_str()
            )
        }
    };
    (answer, human)
}
