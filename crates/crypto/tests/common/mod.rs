//! Reads the vector files of `spec/vectors/crypto`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
#![allow(dead_code, reason = "not every test uses everything")]

use serde_json::Value;

/// One vector.
pub struct Case(Value);

/// All vectors of a file; their number is given so that a cut file fails.
pub fn cases(name: &str, count: usize) -> Vec<Case> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/vectors/crypto");
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    let values: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(values.len(), count, "{name}");
    values.into_iter().map(Case).collect()
}

/// Lowercase hexadecimal digits as bytes.
pub fn unhex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

impl Case {
    /// The bytes of a field; an absent one is empty.
    pub fn bytes(&self, field: &str) -> Vec<u8> {
        unhex(self.0[field].as_str().unwrap_or_default())
    }

    /// The bytes of a field of fixed length.
    pub fn array<const LENGTH: usize>(&self, field: &str) -> [u8; LENGTH] {
        self.bytes(field).try_into().unwrap()
    }

    /// The bytes of a field that may be absent.
    pub fn optional(&self, field: &str) -> Option<Vec<u8>> {
        self.0[field].as_str().map(unhex)
    }

    /// Whether an implementation must accept.
    pub fn valid(&self) -> bool {
        match self.0["result"].as_str() {
            Some("valid") => true,
            Some("invalid") => false,
            other => panic!("{other:?}"),
        }
    }

    /// Number and comment, for messages.
    pub fn name(&self) -> String {
        format!("{} {}", self.0["tcId"], self.0["comment"])
    }

    /// The raw JSON.
    pub fn json(&self) -> &Value {
        &self.0
    }
}
