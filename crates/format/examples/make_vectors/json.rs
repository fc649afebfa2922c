//! Writing vectors: bytes as lowercase hexadecimal, one case a line.

use data_encoding::HEXLOWER;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Writes an object whose arrays have one element a line, so that changes can be read.
pub fn write(folder: &Path, name: &str, value: &Value) {
    let mut out = String::new();
    match value {
        Value::Object(fields) => {
            out.push_str("{\n");
            for (at, (key, field)) in fields.iter().enumerate() {
                let comma = if at + 1 == fields.len() { "" } else { "," };
                match field {
                    Value::Array(items) if items.iter().any(|item| item.is_object()) => {
                        let _ = writeln!(out, "\"{key}\": [");
                        lines(&mut out, items);
                        let _ = writeln!(out, "]{comma}");
                    }
                    other => {
                        let _ = writeln!(out, "\"{key}\": {other}{comma}");
                    }
                }
            }
            out.push_str("}\n");
        }
        Value::Array(items) => {
            out.push_str("[\n");
            lines(&mut out, items);
            out.push_str("]\n");
        }
        other => out = other.to_string(),
    }
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, out).unwrap();
    println!("{}", path.display());
}

fn lines(out: &mut String, items: &[Value]) {
    for (at, item) in items.iter().enumerate() {
        let comma = if at + 1 == items.len() { "" } else { "," };
        let _ = writeln!(out, "{item}{comma}");
    }
}
