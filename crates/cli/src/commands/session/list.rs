use crate::commands::prelude::*;

/// List your sessions
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom session list")]
pub struct List {}

impl List {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let sessions = context.client()?.sessions().await?;
        let now = context.now_ms();
        let mut table = Table::new(&["SESSION", "DEVICE", "SINCE", "LAST SEEN", "ENDS", ""]);
        for session in &sessions {
            table.row([
                short(session.session),
                session.device_name.clone(),
                ago(session.created_ms, now),
                ago(session.last_seen_ms, now),
                until(session.expires_ms, now),
                if session.current { "this one" } else { "" }.to_owned(),
            ]);
        }
        Ok(Reply::new(document(&sessions), table.render(context.style))
            .quiet(lines(sessions.iter().map(|session| session.session))))
    }
}
