use crate::commands::prelude::*;
use crate::parse::duration;
use std::time::Duration;

/// Make an invitation link for a new colleague
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom account invite
  strongroom account invite --role admin --expires 2d

The server never sees the code in it. The link also proves the server and the organisation's keys to the one who joins.")]
pub struct Invite {
    /// The highest role of the one who joins
    #[arg(long, default_value = "member")]
    role: AccountRole,
    /// How long the code works
    #[arg(long, default_value = "7d", value_name = "DURATION", value_parser = duration)]
    expires: Duration,
}

impl Invite {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let valid_ms = u64::try_from(self.expires.as_millis()).unwrap_or(u64::MAX);
        let made = context
            .client()?
            .account_invite(self.role, valid_ms)
            .await?;
        let mut human = Details::new()
            .add("link", &made.link)
            .add("code", &made.code)
            .add("server", &made.url)
            .add("CA fingerprint", &made.ca_fingerprint)
            .add("role", made.account_role.to_string())
            .add("ends", until(made.expires_ms, context.now_ms()))
            .render(context.style);
        human += "\nPass it on by another way than this server: whoever has it can join once.\nThe colleague opens the link in a browser, or runs:\n";
        human += &format!(
            "  strongroom signup '{}' --name NAME --recovery-kit kit.txt\n",
            made.link
        );
        Ok(Reply::new(document(&made), human).quiet(made.code.clone()))
    }
}
