use crate::commands::prelude::*;
use strongroom_client::Query;
use strongroom_format::table::FieldType;

/// List the records of a table
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom record list clients --table case
  strongroom record list clients --table case --where \"status = open and amount > 1000\" --sort -amount
  strongroom record list clients --table case --trash

Filter and order are worked out on this machine: the server knows neither.")]
pub struct List {
    /// The vault: its name, its id, or the beginning of it
    vault: String,
    /// The table; see strongroom tables
    #[arg(long, value_name = "T")]
    table: String,
    /// Only those for which this holds: = != < <= > >= ~ (contains), and, or, not, parentheses
    #[arg(long, value_name = "EXPR")]
    r#where: Option<String>,
    /// Order by this field; -FIELD is descending
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true)]
    sort: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Those in the trash instead
    #[arg(long)]
    trash: bool,
}

impl List {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let vault = client.resolve_vault(&self.vault).await?;
        let query = Query {
            filter: self.r#where.clone(),
            sort: self.sort,
            limit: self.limit,
            trash: self.trash,
        };
        let list = client.record_list(vault, &self.table, &query).await?;
        let fields: Vec<&str> = client
            .table(&self.table)?
            .fields
            .iter()
            .filter(|field| field.field_type != FieldType::LongText)
            .map(|field| field.name.as_str())
            .collect();
        let now = context.now_ms();
        let mut headings = vec!["RECORD".to_owned()];
        headings.extend(fields.iter().map(|field| field.to_uppercase()));
        headings.extend(["CHANGED".to_owned(), String::new()]);
        let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
        let mut table = Table::new(&headings);
        for line in &list.records {
            let mut row = vec![short(line.record)];
            for field in &fields {
                row.push(
                    line.fields
                        .get(*field)
                        .map(super::shown)
                        .unwrap_or_default(),
                );
            }
            row.push(ago(line.updated_ms, now));
            row.push(super::state(line.conflict, line.queued));
            table.row(row);
        }
        let mut human = table.render(context.style);
        let shown = u64::try_from(list.records.len()).unwrap_or(u64::MAX);
        if list.total > shown {
            human += &format!("{shown} of {} records\n", list.total);
        }
        if list.records.is_empty() {
            human = match (self.trash, self.r#where.is_some()) {
                (true, _) => "The trash is empty.".to_owned(),
                (_, true) => "No record fits.".to_owned(),
                _ => format!(
                    "No records yet. Add one: strongroom record add {} --table {} --set FIELD=VALUE",
                    clean(&self.vault),
                    clean(&self.table)
                ),
            };
        }
        Ok(Reply::new(document(&list.records), human)
            .quiet(lines(list.records.iter().map(|line| line.record))))
    }
}
