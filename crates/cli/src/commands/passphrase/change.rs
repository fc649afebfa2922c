use crate::commands::kit::old_page;
use crate::commands::prelude::*;
use crate::passphrase::read_new;
use strongroom_client::{Passphrase, RenewalDone};

/// Change your passphrase; the old one works until the new one has
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom passphrase change
  strongroom passphrase change --passphrase-file old.txt --new-passphrase-file new.txt
  strongroom passphrase change --someone-knows-it --recovery-kit new-kit.txt

With --someone-knows-it everything that the passphrase opened is made anew: recovery kit, wallet key, your identity key, and the keys of your vaults. Your other devices and sessions end and log in again; colleagues see the day, and compare safety numbers with you again. What was read before stays known.

Stopped half way, one of the two opens everything: run it again.")]
pub struct Change {
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Read the new passphrase from the first line of FILE; - is standard input
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// Somebody else may know it: make everything anew that it opened
    #[arg(long, requires = "recovery_kit")]
    someone_knows_it: bool,
    /// With --someone-knows-it: write the new recovery kit to this file; the old one ends
    #[arg(long, value_name = "OUT", requires = "someone_knows_it")]
    recovery_kit: Option<PathBuf>,
}

impl Change {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let old = self.passphrase.read("Passphrase now: ")?;
        let new = read_new(self.new_passphrase_file.as_deref(), "New passphrase: ")?;
        if let Some(kit) = self.recovery_kit.filter(|_| self.someone_knows_it) {
            return everything(context, &old, &new, kit).await;
        }
        client.passphrase_change(&old, &new).await?;
        Ok(Reply::new(
            json!({"changed": true}),
            "The passphrase is changed. Your recovery kit stays as it is.",
        ))
    }
}

async fn everything(
    context: &Context,
    old: &Passphrase,
    new: &Passphrase,
    kit: PathBuf,
) -> CliResult<Reply> {
    let client = context.client()?;
    let done = client
        .passphrase_change_someone_knows(old, new, &kit)
        .await?;
    let mut human = "The passphrase is changed, and your keys are new.\n".to_owned();
    if done.kit_confirmed {
        human += &format!(
            "Your new recovery kit is in {}. Print it, lock it away, and {}.\n",
            kit.display(),
            old_page(done.keep_earlier_page)
        );
    }
    human += &vaults(&done);
    if !done.devices_revoked.is_empty() {
        human += &format!(
            "Ended, and to be logged in again with the new passphrase: {}.\n",
            names(&done.devices_revoked)
        );
    }
    human += "Colleagues are shown the day of the change; compare safety numbers again.\n";
    for warning in &done.warnings {
        human += &format!("{} {}\n", context.style.yellow("note:"), clean(warning));
    }
    let mut answer = document(&done);
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("changed".to_owned(), true.into());
        fields.insert("recovery_kit".to_owned(), json!(kit));
    }
    Ok(Reply::new(answer, human))
}

fn vaults(done: &RenewalDone) -> String {
    let mut text = String::new();
    if !done.vaults_renewed.is_empty() {
        text += &format!("New keys in: {}.\n", names(&done.vaults_renewed));
    }
    if !done.vaults_waiting.is_empty() {
        text += &format!(
            "Waiting for a manager or owner to make new keys, which their program does by itself: {}.\n",
            names(&done.vaults_waiting)
        );
    }
    text
}

fn names(list: &[String]) -> String {
    let cleaned: Vec<String> = list.iter().map(|name| clean(name).to_string()).collect();
    cleaned.join(", ")
}
