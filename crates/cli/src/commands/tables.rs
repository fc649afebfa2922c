use super::prelude::*;
use strongroom_client::builtin_tables;

/// Show the tables that records can be in, and their fields
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom tables
  strongroom tables case")]
pub struct Tables {
    /// Only this table
    table: Option<String>,
}

impl Tables {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let tables: Vec<_> = builtin_tables()
            .iter()
            .filter(|table| self.table.as_ref().is_none_or(|name| *name == table.name))
            .collect();
        if let (true, Some(name)) = (tables.is_empty(), &self.table) {
            let known: Vec<&str> = builtin_tables()
                .iter()
                .map(|table| table.name.as_str())
                .collect();
            return Err(CliError::not_found(format!("there is no table {name:?}"))
                .hint(format!("there are: {}", known.join(", "))));
        }
        let mut human = String::new();
        for table in &tables {
            let private = match table.private {
                true => " (private: always in your own personal vault)",
                false => "",
            };
            human += &format!("{}{private}\n", context.style.bold(&table.name));
            for field in &table.fields {
                let mut kind = serde_json::to_value(field.field_type)
                    .ok()
                    .and_then(|kind| kind.as_str().map(str::to_owned))
                    .unwrap_or_default();
                if !field.choices.is_empty() {
                    kind = field.choices.join(" | ");
                }
                let required = if field.required { ", required" } else { "" };
                human += &format!("  {:<12} {kind}{required}\n", field.name);
            }
        }
        Ok(Reply::new(document(&tables), human)
            .quiet(lines(tables.iter().map(|table| table.name.clone()))))
    }
}
