use crate::audit::Allowed as Published;
use crate::commands::prelude::*;

/// Print the list of everything that a server may store, and why
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom audit allowed
  strongroom audit allowed --markdown > what-the-server-sees.md")]
pub struct Allowed {
    /// As a page
    #[arg(long)]
    markdown: bool,
}

impl Allowed {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let allowed =
            Published::published().map_err(|error| CliError::failed(error.to_string()))?;
        if self.markdown {
            return Ok(
                Reply::new(json!({"markdown": allowed.markdown()}), allowed.markdown())
                    .quiet(allowed.markdown()),
            );
        }
        let mut table = Table::new(&["COLUMN", "KIND", "WHY"]);
        let mut columns = Vec::new();
        for (name, column) in &allowed.columns {
            table.row([name.as_str(), &column.kind, &column.why]);
            columns.push(json!({"column": name, "kind": column.kind, "why": column.why}));
        }
        for file in &allowed.files {
            table.row([&file.path, &file.kind, &file.why]);
            columns.push(json!({"file": file.path, "kind": file.kind, "why": file.why}));
        }
        Ok(Reply::new(columns.into(), table.render(context.style)))
    }
}
