//! Reading vector files.

use data_encoding::HEXLOWER;
use serde_json::Value;
use std::path::PathBuf;
use strongroom_types::*;

/// Outcome of a case: `Err` names the class of a refusal.
pub type Outcome<T = ()> = Result<T, &'static str>;

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../spec/vectors")
        .join(name)
}

pub fn file(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path(name)).unwrap()).unwrap()
}

/// Checks `count` cases, each against its `result` and `reason`.
pub fn each(cases: &Value, count: usize, mut check: impl FnMut(&Value) -> Outcome) {
    let cases = cases.as_array().unwrap();
    assert_eq!(cases.len(), count, "number of cases");
    for case in cases {
        assert_eq!(check(case), expected(case), "{}", name(case));
    }
}

/// What a case must give.
pub fn expected(case: &Value) -> Result<(), &str> {
    match case["reason"].as_str() {
        None => Ok(()),
        Some(reason) => Err(reason),
    }
}

pub fn name(case: &Value) -> String {
    let first = ["name", "label", "what", "kind"]
        .iter()
        .find_map(|key| case[*key].as_str());
    first.unwrap_or("case").to_owned()
}

pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("no text {key} in {}", name(value)))
}

pub fn bytes(value: &Value, key: &str) -> Vec<u8> {
    hex(text(value, key))
}

pub fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

pub fn digest(value: &Value, key: &str) -> Digest {
    text(value, key).parse().unwrap()
}

pub fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap()
}

pub fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap()
}

pub fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap()
}
