use crate::commands::prelude::*;
use crate::parse::size;
use strongroom_client::QuotaSettings;

/// A limit as typed; clap would take an inner `Option` for itself.
#[derive(Debug, Clone, Copy)]
struct Limit(Option<u64>);

impl Limit {
    fn from_text(text: &str) -> Result<Self, String> {
        size(text).map(Self)
    }
}

/// Limit what an account, or all accounts of a role, may store
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom account quota ben --total-max 50GiB
  strongroom account quota ben --file-max none
  strongroom account quota --role member --file-max 5GiB --total-max 100GiB --parts 4")]
pub struct Quota {
    /// The person's name
    #[arg(required_unless_present = "role", conflicts_with = "role")]
    name: Option<String>,
    /// Limits for all accounts of this role that have none of their own
    #[arg(long)]
    role: Option<AccountRole>,
    /// Largest file, in sealed bytes; `none` falls back to the role or the server
    #[arg(long, value_name = "SIZE", value_parser = Limit::from_text)]
    file_max: Option<Limit>,
    /// All files together, in sealed bytes; `none` falls back
    #[arg(long, value_name = "SIZE", value_parser = Limit::from_text)]
    total_max: Option<Limit>,
    /// Parts of 8 MiB that may travel at the same time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    parts: Option<u32>,
}

impl Quota {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        if self.file_max.is_none() && self.total_max.is_none() && self.parts.is_none() {
            return Err(
                CliError::usage("no limit is given").hint("use --file-max, --total-max or --parts")
            );
        }
        // what is not named stays as it is
        let mut quota = QuotaSettings::default();
        if let Some(name) = &self.name {
            let accounts = client.accounts().await?;
            let line = accounts
                .iter()
                .find(|line| line.name == *name)
                .ok_or_else(|| CliError::not_found(format!("there is nobody called {name:?}")))?;
            quota = QuotaSettings {
                file_max_bytes: line.file_max_bytes,
                total_max_bytes: line.total_max_bytes,
                parts_in_flight_max: line.parts_in_flight_max,
            };
        }
        if let Some(Limit(length)) = self.file_max {
            quota.file_max_bytes = length;
        }
        if let Some(Limit(length)) = self.total_max {
            quota.total_max_bytes = length;
        }
        quota.parts_in_flight_max = self.parts.or(quota.parts_in_flight_max);
        let whose = match (&self.name, self.role) {
            (Some(name), _) => {
                client.account_quota(name, quota).await?;
                clean(name)
            }
            (None, Some(role)) => {
                client.role_quota(role, quota).await?;
                format!("every {role}")
            }
            (None, None) => return Err(CliError::usage("a name or --role is needed")),
        };
        let human = Details::new()
            .add("limits of", whose)
            .add("largest file", limit(quota.file_max_bytes))
            .add("together", limit(quota.total_max_bytes))
            .maybe(
                "parts at once",
                quota.parts_in_flight_max.map(|parts| parts.to_string()),
            )
            .render(context.style);
        Ok(Reply::new(document(&quota), human))
    }
}
