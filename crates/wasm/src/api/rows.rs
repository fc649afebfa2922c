//! Lists, marks and views.

use super::{OfRecord, OfVault, read, write};
use crate::Result;
use crate::engine::Engine;
use crate::own::{MarkChange, ViewToSave};
use crate::platform::{Http, Storage};
use crate::rows::RowQuery;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use strongroom_types::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageOf {
    query: RowQuery,
    offset: usize,
    count: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllOf {
    query: RowQuery,
    /// Of what fits, only these.
    only: Option<BTreeSet<RecordId>>,
    field: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ViewsOf {
    vault: VaultId,
    table: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfView {
    vault: VaultId,
    view: RecordId,
}

/// Answers the calls of this file; `None` for others.
pub(super) async fn call<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Option<Result<String>> {
    match method {
        "query_records" | "pick_records" | "record" | "side_by_side" | "marks" | "set_mark"
        | "views" | "save_view" | "delete_view" | "mark_seen" => {
            Some(answer(engine, method, arguments).await)
        }
        _ => None,
    }
}

async fn answer<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Result<String> {
    match method {
        "query_records" => {
            let PageOf {
                query,
                offset,
                count,
            } = read(arguments)?;
            write(&engine.query_records(&query, offset, count).await?)
        }
        "pick_records" => {
            let AllOf { query, only, field } = read(arguments)?;
            let picked = engine.pick_records(&query, only.as_ref(), field.as_deref());
            write(&json!({ "records": picked.await? }))
        }
        "record" => {
            let OfRecord { vault, record } = read(arguments)?;
            write(&engine.record(vault, record).await?)
        }
        "side_by_side" => {
            let OfRecord { vault, record } = read(arguments)?;
            write(&engine.side_by_side(vault, record).await?)
        }
        "marks" => {
            let OfVault { vault } = read(arguments)?;
            write(&json!({ "marks": engine.marks(vault).await? }))
        }
        "set_mark" => {
            let change: MarkChange = read(arguments)?;
            write(&engine.set_mark(change).await?)
        }
        "views" => {
            let ViewsOf { vault, table } = read(arguments)?;
            write(&json!({ "views": engine.views(vault, &table).await? }))
        }
        "save_view" => {
            let view: ViewToSave = read(arguments)?;
            write(&json!({ "view": engine.save_view(view).await? }))
        }
        "delete_view" => {
            let OfView { vault, view } = read(arguments)?;
            engine.delete_view(vault, view).await?;
            write(&json!({}))
        }
        _ => {
            let OfVault { vault } = read(arguments)?;
            engine.mark_seen(vault).await?;
            write(&json!({}))
        }
    }
}
