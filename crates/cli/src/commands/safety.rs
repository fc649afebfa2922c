use super::prelude::*;

/// Show the safety number that you share with a colleague
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom safety ben
  strongroom safety ben --compared

Both of you must see the same digits. Compare them by voice or on paper, not through this server; then say so with --compared.")]
pub struct Safety {
    /// The colleague's name
    name: String,
    /// Remember that you compared the digits and that they were the same
    #[arg(long)]
    compared: bool,
}

impl Safety {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let safety = match self.compared {
            true => client.safety_compared(&self.name).await?,
            false => client.safety_number(&self.name).await?,
        };
        let mut human = String::new();
        let groups: Vec<&str> = safety.number.split_whitespace().collect();
        for line in groups.chunks(4) {
            human += &format!("  {}\n", context.style.bold(&line.join(" ")));
        }
        human += "\nThe same in words:\n";
        for line in safety.words.chunks(5) {
            human += &format!("  {}\n", line.join(" "));
        }
        if let Some(renewed_ms) = safety.renewed_ms {
            human += &format!(
                "\n{} renewed their identity key on {}, signed with the former one.\n",
                clean(&safety.name),
                day(renewed_ms)
            );
        }
        human += &match safety.compared {
            true => format!("\nYou compared this with {}.\n", clean(&safety.name)),
            false if safety.changed => format!(
                "\n{} The digits that you compared were others. Compare these: strongroom safety {} --compared\n",
                context.style.yellow("changed:"),
                clean(&safety.name)
            ),
            false => format!(
                "\nNot compared yet. When {} sees the same digits: strongroom safety {} --compared\n",
                clean(&safety.name),
                clean(&safety.name)
            ),
        };
        Ok(Reply::new(document(&safety), human).quiet(safety.number.clone()))
    }
}
