//! Prints the OpenAPI document as `spec/openapi.json` has it:
//! `cargo run -p strongroom-api --example openapi > spec/openapi.json`

use serde_json::Value;
use std::collections::BTreeMap;

/// Keys in order, whatever order a feature of serde_json gives to maps, so that a change of the
/// file shows what has changed.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let map: BTreeMap<String, Value> = map
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            Value::Object(map.into_iter().collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        other => other,
    }
}

fn main() -> serde_json::Result<()> {
    let document = serde_json::to_value(strongroom_api::openapi())?;
    println!("{}", serde_json::to_string_pretty(&sorted(document))?);
    Ok(())
}
