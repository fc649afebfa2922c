//! Many records in one call: writing them, and reading them for a file.

use super::{read, write};
use crate::Result;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::record_batch::{Away, Row};
use serde::Deserialize;
use serde_json::json;
use strongroom_types::{RecordId, VaultId};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteRecords {
    vault: VaultId,
    table: String,
    rows: Vec<Row>,
    /// Without the server, each row waits as a change of its own.
    #[serde(default)]
    may_wait: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportRecords {
    vault: VaultId,
    table: String,
    after: Option<RecordId>,
    count: usize,
}

/// Answers the calls of this file; `None` for others.
pub(super) async fn call<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Option<Result<String>> {
    match method {
        "write_records" => Some(write_records(engine, arguments).await),
        "export_records" => Some(export_records(engine, arguments).await),
        _ => None,
    }
}

async fn write_records<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    arguments: &str,
) -> Result<String> {
    let WriteRecords {
        vault,
        table,
        rows,
        may_wait,
    } = read(arguments)?;
    let away = match may_wait {
        true => Away::Wait,
        false => Away::Fail,
    };
    let written = engine.write_records(vault, &table, rows, away).await?;
    write(&json!({ "written": written }))
}

async fn export_records<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    arguments: &str,
) -> Result<String> {
    let ExportRecords {
        vault,
        table,
        after,
        count,
    } = read(arguments)?;
    write(&engine.export_records(vault, &table, after, count).await?)
}
