//! Many records in one call.

use super::{read, write};
use crate::Result;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::record_batch::Row;
use serde::Deserialize;
use serde_json::json;
use strongroom_types::VaultId;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteRecords {
    vault: VaultId,
    table: String,
    rows: Vec<Row>,
}

/// Answers the calls of this file; `None` for others.
pub(super) async fn call<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Option<Result<String>> {
    match method {
        "write_records" => Some(write_records(engine, arguments).await),
        _ => None,
    }
}

async fn write_records<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    arguments: &str,
) -> Result<String> {
    let WriteRecords { vault, table, rows } = read(arguments)?;
    let written = engine.write_records(vault, &table, rows).await?;
    write(&json!({ "written": written }))
}
