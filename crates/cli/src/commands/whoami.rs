use super::prelude::*;

/// Show whose profile this is, and what it may do
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom whoami
  strongroom whoami --json")]
pub struct Whoami {}

impl Whoami {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let who = context.client()?.whoami().await?;
        let kit = match who.recovery_confirmed {
            true => "confirmed",
            false => "not confirmed: strongroom kit confirm FILE",
        };
        let used = match who.total_max_bytes {
            Some(total) => format!("{} of {}", bytes(who.used_bytes), bytes(total)),
            None => bytes(who.used_bytes),
        };
        let human = Details::new()
            .add("name", &who.name)
            .add("role", who.account_role.to_string())
            .add("device", &who.device_name)
            .add("server", &who.url)
            .maybe(
                "",
                (!who.online).then_some("not reachable; this is what was known last"),
            )
            .add("identity", who.identity.to_string())
            .add("tenant", who.tenant.to_string())
            .add("used", used)
            .maybe("largest file", who.file_max_bytes.map(bytes))
            .add("recovery kit", kit)
            .render(context.style);
        Ok(Reply::new(document(&who), human).quiet(who.identity.to_string()))
    }
}
