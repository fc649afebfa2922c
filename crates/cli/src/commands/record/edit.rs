use crate::commands::prelude::*;
use crate::parse::field_value;
use strongroom_client::VersionView;

/// A version by its id or the beginning of it.
fn version(text: &str, history: &[VersionView]) -> CliResult<VersionId> {
    let fits: Vec<VersionId> = history
        .iter()
        .map(|version| version.version)
        .filter(|id| text.len() >= 6 && id.to_string().starts_with(text))
        .collect();
    match fits.as_slice() {
        [one] => Ok(*one),
        [] => Err(
            CliError::not_found(format!("the record has no version {text:?}"))
                .hint("see strongroom record history R; at least six characters are needed"),
        ),
        _ => Err(CliError::usage(format!(
            "several versions begin with {text:?}"
        ))),
    }
}

/// Change fields of a record
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom record edit 3fa9c1d2 --set status=closed
  strongroom record edit 3fa9c1d2 --set client=
  strongroom record edit 3fa9c1d2 --merge --set status=closed

If somebody else changed the record since you saw it, both versions are kept and the exit code is 6.")]
pub struct Edit {
    /// The record: its id or the beginning of it
    record: String,
    /// A field, as FIELD=VALUE; an empty value clears it; may be repeated
    #[arg(long, value_name = "FIELD=VALUE", num_args = 1.., value_parser = field_value)]
    set: Vec<(String, String)>,
    /// A field from a file, as FIELD=PATH; - is standard input; may be repeated
    #[arg(long, value_name = "FIELD=PATH", num_args = 1.., value_parser = field_value)]
    set_from: Vec<(String, String)>,
    /// Settle a conflict: the new version replaces all current ones
    #[arg(long, conflicts_with = "base")]
    merge: bool,
    /// The version that you saw when you decided on the change; may be repeated
    #[arg(long, value_name = "VERSION")]
    base: Vec<String>,
}

impl Edit {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let record = client.resolve_record(&self.record).await?;
        let fields = super::typed_fields(self.set, self.set_from)?;
        if fields.is_empty() && !self.merge {
            return Err(CliError::usage("nothing to change").hint("give --set FIELD=VALUE"));
        }
        let mut base = Vec::new();
        if !self.base.is_empty() {
            let history = client.record_history(record).await?;
            for text in &self.base {
                base.push(version(text, &history)?);
            }
        }
        let base = (!base.is_empty()).then_some(base.as_slice());
        let change = client
            .record_edit(record, &fields, base, self.merge)
            .await?;
        Ok(super::changed(&change, "changed"))
    }
}
