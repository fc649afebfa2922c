//! Changes that wait for the server.

use super::{Nothing, read, write};
use crate::Result;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use serde::Deserialize;
use serde_json::json;
use strongroom_types::RecordId;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Discard {
    record: RecordId,
}

/// Answers the calls of this file; `None` for others.
pub(super) async fn call<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Option<Result<String>> {
    match method {
        "outbox" => Some(outbox(engine, arguments).await),
        "send_waiting" => Some(send_waiting(engine, arguments).await),
        "discard_waiting" => Some(discard(engine, arguments).await),
        _ => None,
    }
}

async fn outbox<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    arguments: &str,
) -> Result<String> {
    read::<Nothing>(arguments)?;
    write(&engine.outbox().await?)
}

async fn send_waiting<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    arguments: &str,
) -> Result<String> {
    read::<Nothing>(arguments)?;
    engine.refresh_if_possible().await?;
    engine.send_waiting(true).await?;
    write(&engine.outbox().await?)
}

async fn discard<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    arguments: &str,
) -> Result<String> {
    let Discard { record } = read(arguments)?;
    engine.discard_waiting(record).await?;
    write(&json!({}))
}
