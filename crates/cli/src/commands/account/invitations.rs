use crate::commands::prelude::*;

/// List invitations
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom account invitations")]
pub struct Invitations {}

impl Invitations {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let invitations = context.client()?.invitations().await?;
        let now = context.now_ms();
        let mut table = Table::new(&["INVITATION", "ROLE", "BY", "STATE"]);
        for line in &invitations {
            let state = match (line.closed, line.expires_ms > now) {
                (true, _) => "used or withdrawn".to_owned(),
                (_, true) => format!("open, ends {}", until(line.expires_ms, now)),
                _ => until(line.expires_ms, now),
            };
            table.row([
                short(line.invite),
                line.account_role.to_string(),
                line.inviter.clone(),
                state,
            ]);
        }
        let human = match table.is_empty() {
            true => "No invitations. Make one: strongroom account invite".to_owned(),
            false => table.render(context.style),
        };
        Ok(Reply::new(document(&invitations), human)
            .quiet(lines(invitations.iter().map(|line| line.invite))))
    }
}
