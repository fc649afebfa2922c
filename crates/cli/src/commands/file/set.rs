use crate::commands::prelude::*;

/// Rename a file, hide it, or protect it from deletion
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom file set 77b0e4aa --protected
  strongroom file set 77b0e4aa --hidden=false
  strongroom file set 77b0e4aa --name 'Lease, signed.pdf'")]
pub struct Set {
    /// The file: its id or the beginning of it
    file: String,
    /// Leave it out of lists
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = on_off)]
    hidden: Option<bool>,
    /// Refuse to delete or replace it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = on_off)]
    protected: Option<bool>,
    /// Another name
    #[arg(long)]
    name: Option<String>,
}

impl Set {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        if self.hidden.is_none() && self.protected.is_none() && self.name.is_none() {
            return Err(
                CliError::usage("nothing to set").hint("give --hidden, --protected or --name NAME")
            );
        }
        let client = context.client()?;
        let file = client.resolve_file(&self.file).await?;
        let line = client
            .file_set(file, self.hidden, self.protected, self.name.as_deref())
            .await?;
        let human = super::file_text(context, &line);
        Ok(Reply::new(document(&line), human).quiet(file.to_string()))
    }
}
