use crate::commands::prelude::*;
use crate::parse::size;
use strongroom_client::{Client, QuotaSettings};

/// A limit as typed; clap would take an inner `Option` for itself.
#[derive(Debug, Clone, Copy)]
struct Limit(Option<u64>);

impl Limit {
    fn from_text(text: &str) -> Result<Self, String> {
        size(text).map(Self)
    }
}

/// Show or limit what an account, or all accounts of a role, may store
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom account quota ben
  strongroom account quota ben --total-max 50GiB
  strongroom account quota ben --file-max none
  strongroom account quota --role member --file-max 5GiB --total-max 100GiB --parts 4

What is not named stays as it is.")]
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
        let (whose, set, otherwise) = match (&self.name, self.role) {
            (Some(name), _) => {
                let (role, present) = of_person(&client, name).await?;
                let set = self.changed(present);
                if self.names_a_limit() {
                    client.account_quota(name, set).await?;
                }
                (clean(name), set, client.role_quota(role).await?.in_force)
            }
            (None, Some(role)) => {
                let mut present = client.role_quota(role).await?;
                if self.names_a_limit() {
                    let set = self.changed(present.set);
                    client.role_quota_set(role, set).await?;
                    present = client.role_quota(role).await?;
                }
                (format!("every {role}"), present.set, present.in_force)
            }
            (None, None) => return Err(CliError::usage("a name or --role is needed")),
        };
        let in_force = QuotaSettings {
            file_max_bytes: set.file_max_bytes.or(otherwise.file_max_bytes),
            total_max_bytes: set.total_max_bytes.or(otherwise.total_max_bytes),
            parts_in_flight_max: set.parts_in_flight_max.or(otherwise.parts_in_flight_max),
        };
        let parts = |quota: &QuotaSettings| {
            let parts = quota.parts_in_flight_max;
            parts.map_or_else(|| "-".to_owned(), |parts| parts.to_string())
        };
        let human = Details::new()
            .add("limits of", whose)
            .add("largest file", limit(set.file_max_bytes))
            .add("together", limit(set.total_max_bytes))
            .add("parts at once", parts(&set))
            .add("in force: largest file", limit(in_force.file_max_bytes))
            .add("in force: together", limit(in_force.total_max_bytes))
            .add("in force: parts at once", parts(&in_force))
            .render(context.style);
        let mut answer = document(&set);
        if let Some(fields) = answer.as_object_mut() {
            fields.insert("in_force".to_owned(), document(&in_force));
        }
        Ok(Reply::new(answer, human))
    }

    fn names_a_limit(&self) -> bool {
        self.file_max.is_some() || self.total_max.is_some() || self.parts.is_some()
    }

    /// What is not named stays as it is.
    fn changed(&self, mut quota: QuotaSettings) -> QuotaSettings {
        if let Some(Limit(length)) = self.file_max {
            quota.file_max_bytes = length;
        }
        if let Some(Limit(length)) = self.total_max {
            quota.total_max_bytes = length;
        }
        quota.parts_in_flight_max = self.parts.or(quota.parts_in_flight_max);
        quota
    }
}

/// The role of a person, and what is set for this person alone.
async fn of_person(client: &Client, name: &str) -> CliResult<(AccountRole, QuotaSettings)> {
    let accounts = client.accounts().await?;
    let line = accounts
        .iter()
        .find(|line| line.name == *name)
        .ok_or_else(|| CliError::not_found(format!("there is nobody called {name:?}")))?;
    let set = QuotaSettings {
        file_max_bytes: line.file_max_bytes,
        total_max_bytes: line.total_max_bytes,
        parts_in_flight_max: line.parts_in_flight_max,
    };
    Ok((line.account_role, set))
}
