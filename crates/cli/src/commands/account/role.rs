use crate::commands::prelude::*;

/// Make someone an administrator, or a member again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom account role ben admin")]
pub struct Role {
    /// The person's name
    name: String,
    /// member or admin
    role: AccountRole,
}

impl Role {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        context
            .client()?
            .account_role(&self.name, self.role)
            .await?;
        Ok(Reply::new(
            json!({"name": self.name, "account_role": self.role}),
            format!("{} is {} now.", clean(&self.name), self.role),
        ))
    }
}
