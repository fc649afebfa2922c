use crate::commands::prelude::*;

/// Show the safety numbers that you share with a vault's members
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom vault safety clients
  strongroom vault safety clients --state

Compare the digits by voice or on paper, then say so: strongroom safety NAME --compared. A colleague gives the code of the state to: strongroom vault confirm VAULT CODE")]
pub struct Safety {
    /// The vault: its name, its id, or the beginning of it
    vault: String,
    /// Show the code of the vault's state instead: equal codes, equal history
    #[arg(long)]
    state: bool,
}

impl Safety {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let vault = client.resolve_vault(&self.vault).await?;
        if self.state {
            let state = client.vault_head_code(vault).await?;
            return Ok(Reply::new(document(&state), state.code.clone()).quiet(state.code));
        }
        let shown = client.vault_show(vault).await?;
        let mut numbers = Vec::new();
        let mut human = String::new();
        for member in shown.members_list.iter().filter(|member| !member.you) {
            let safety = client.safety_number(&member.name).await?;
            let state = if safety.compared {
                "compared"
            } else {
                "not compared"
            };
            human += &format!("{} ({state})\n", context.style.bold(&clean(&safety.name)));
            human += &format!("  {}\n", safety.number);
            numbers.push(safety);
        }
        if numbers.is_empty() {
            human = "There is nobody else in this vault.".to_owned();
        }
        Ok(Reply::new(document(&numbers), human))
    }
}
