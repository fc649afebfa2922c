use crate::commands::prelude::*;
use crate::parse::field_value;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};
use strongroom_client::{Fields, TableDefinition};
use strongroom_types::limits::RECORD_MAX_BYTES;

/// Reads one JSON object a line; every value is read as if it had been typed.
fn read_many(path: &Path, table: &TableDefinition) -> CliResult<Vec<Fields>> {
    let failed = |error: &io::Error| CliError::io("read", path, error);
    let mut reader: Box<dyn BufRead> = match path == Path::new("-") {
        true => Box::new(BufReader::new(io::stdin())),
        false => Box::new(BufReader::new(
            File::open(path).map_err(|error| failed(&error))?,
        )),
    };
    let mut records = Vec::new();
    let mut line = String::new();
    for number in 1_u64.. {
        line.clear();
        let limit = RECORD_MAX_BYTES as u64 * 2;
        let read = reader.by_ref().take(limit).read_line(&mut line);
        if read.map_err(|error| failed(&error))? == 0 {
            break;
        }
        if !line.trim().is_empty() {
            let fields = read_fields(&line, table)
                .map_err(|problem| CliError::usage(format!("line {number}: {problem}")))?;
            records.push(fields);
        }
    }
    Ok(records)
}

fn read_fields(line: &str, table: &TableDefinition) -> Result<Fields, String> {
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(line).map_err(|_| "is no JSON object".to_owned())?;
    let mut fields = Fields::new();
    for (name, value) in object {
        let text = match value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text,
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
                return Err(format!("field {name:?} is no plain value"));
            }
            other => other.to_string(),
        };
        let value = table
            .parse_field(&name, &text)
            .map_err(|error| error.to_string())?;
        fields.insert(name, value);
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_json() {
        let table = TableDefinition::from_json(
            r#"{"name":"t","title":"T","fields":[{"name":"a","title":"A","type":"decimal"},{"name":"n","title":"N","type":"integer"}]}"#,
        )
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "{\"a\": 1.50, \"n\": 3}\n\n{\"a\": \"2\"}").unwrap();
        assert_eq!(read_many(&path, &table).unwrap().len(), 2);
        for wrong in ["[1]", "{\"b\":1}", "{\"n\":\"x\"}", "{\"n\":[]}", "{"] {
            std::fs::write(&path, wrong).unwrap();
            assert_eq!(read_many(&path, &table).unwrap_err().exit, 2, "{wrong}");
        }
    }
}

/// Add a record
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom record add clients --table case --set title='Harbour lease' amount=1200.50
  strongroom record add clients --table case --set title=Roof --set-from notes=notes.txt
  strongroom record add clients --table case --many cases.jsonl")]
pub struct Add {
    /// The vault: its name, its id, or the beginning of it
    vault: String,
    /// The table; see strongroom tables
    #[arg(long, value_name = "T")]
    table: String,
    /// A field, as FIELD=VALUE; an empty value clears it; may be repeated
    #[arg(long, value_name = "FIELD=VALUE", num_args = 1.., value_parser = field_value)]
    set: Vec<(String, String)>,
    /// A field from a file, as FIELD=PATH; - is standard input; may be repeated
    #[arg(long, value_name = "FIELD=PATH", num_args = 1.., value_parser = field_value)]
    set_from: Vec<(String, String)>,
    /// Many records at once: a file with one JSON object a line; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "set_from"])]
    many: Option<PathBuf>,
}

impl Add {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let vault = client.resolve_vault(&self.vault).await?;
        if let Some(path) = &self.many {
            let records = read_many(path, client.table(&self.table)?)?;
            let added = client.record_add_many(vault, &self.table, records).await?;
            let human = format!("{} added.", count(added.len(), "record"));
            return Ok(Reply::new(document(&added), human)
                .quiet(lines(added.iter().map(|change| change.record))));
        }
        let fields = super::typed_fields(self.set, self.set_from)?;
        let change = client.record_add(vault, &self.table, &fields).await?;
        Ok(super::changed(&change, "added"))
    }
}
