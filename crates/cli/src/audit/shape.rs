//! Holds structured values against the list, field by field.

use super::{
    allowed::{Allowed, Field},
    cbor::Item,
    entropy::{is_box, looks_random},
    report::Report,
};

/// HPKE with X-Wing: encapsulation 1,120, key 32, tag 16.
const WRAP_BYTES: usize = 1_168;
/// Ed25519 and ML-DSA-65, and X-Wing.
const PUBLIC_KEY_BYTES: [usize; 2] = [32 + 1_952, 1_216];
/// ML-DSA-65.
const ML_DSA_BYTES: usize = 3_309;
/// Names of people, devices and tables.
const NAME_MAX_BYTES: usize = strongroom_types::limits::NAME_MAX_BYTES;

/// A checker that writes what it sees into a report.
pub struct Shapes<'a> {
    allowed: &'a Allowed,
    report: &'a mut Report,
}

impl<'a> Shapes<'a> {
    /// Checks against `allowed`.
    pub fn new(allowed: &'a Allowed, report: &'a mut Report) -> Self {
        Self { allowed, report }
    }

    /// The payload of an entry: its first element says which structure it must have.
    pub fn payload(&mut self, bytes: &[u8]) {
        let label = match Item::read(bytes) {
            Some(Item::Array(items)) => match items.first() {
                Some(Item::Text(label)) => Some((label.clone(), items)),
                _ => None,
            },
            _ => None,
        };
        let Some((label, items)) = label else {
            return self
                .report
                .violation("entry.payload", "is no payload that the formats know");
        };
        match self.allowed.payloads.get(&label) {
            Some(fields) => self.fields(&label, fields, &items),
            None => {
                let label: String = label.chars().take(40).collect();
                self.report
                    .violation("entry.payload", format!("has the unknown label {label:?}"));
            }
        }
    }

    /// A structure that is a whole column: `wallet`, `ent/1`.
    pub fn structure(&mut self, place: &str, name: &str, bytes: &[u8]) {
        match (Item::read(bytes), self.allowed.structures.get(name)) {
            (Some(Item::Array(items)), Some(fields)) => self.fields(name, fields, &items),
            _ => self.report.violation(place, format!("is no {name}")),
        }
    }

    /// Signatures of an entry.
    pub fn signatures(&mut self, place: &str, bytes: &[u8]) {
        if !Item::read(bytes).is_some_and(|item| is_signatures(&item)) {
            self.report.violation(place, "are no signatures");
        }
    }

    /// A stored answer: nothing, or JSON with known fields.
    pub fn answer(&mut self, place: &str, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        match serde_json::from_slice(bytes) {
            Ok(serde_json::Value::Object(fields)) => {
                for name in fields.keys() {
                    if self.allowed.answers.contains_key(name) {
                        self.report.field(&format!("answer.{name}"), "answer");
                    } else {
                        self.report
                            .violation(place, format!("has the unknown field {name:?}"));
                    }
                }
            }
            _ => self.report.violation(place, "is no JSON object"),
        }
    }

    fn fields(&mut self, label: &str, fields: &[Field], items: &[Item]) {
        if fields.len() != items.len() {
            let problem = format!("has {} fields instead of {}", items.len(), fields.len());
            return self.report.violation(label, problem);
        }
        for (Field(name, kind, _), item) in fields.iter().zip(items) {
            let place = format!("{label} {name}");
            if kind != "label" {
                self.report.field(&place, kind);
            }
            self.field(&place, kind, item);
        }
    }

    fn field(&mut self, place: &str, kind: &str, item: &Item) {
        if let Some(many) = kind.strip_suffix("[]") {
            match item {
                Item::Array(items) => items.iter().for_each(|item| self.field(place, many, item)),
                _ => self.report.violation(place, "is no list"),
            }
        } else if let Some(perhaps) = kind.strip_suffix('?') {
            if *item != Item::Null {
                self.field(place, perhaps, item);
            }
        } else if let Some(name) = kind.strip_prefix('@') {
            match (item, self.allowed.structures.get(name)) {
                (Item::Array(items), Some(fields)) => self.fields(name, fields, items),
                _ => self.report.violation(place, format!("is no {name}")),
            }
        } else if let Err(problem) = check(kind, item) {
            self.report.violation(place, problem);
        }
    }
}

/// Whether one value is of a plain kind.
fn check(kind: &str, item: &Item) -> Result<(), &'static str> {
    match (kind, item) {
        ("number", Item::Number(_)) | ("flag", Item::Bool(_)) => Ok(()),
        (kind, Item::Bytes(bytes)) => check_bytes(kind, bytes),
        (kind, Item::Text(text)) => check_text(kind, text),
        ("signatures", item) if is_signatures(item) => Ok(()),
        _ => Err("is of another type than the list says"),
    }
}

/// Whether bytes are of a plain kind.
pub fn check_bytes(kind: &str, bytes: &[u8]) -> Result<(), &'static str> {
    let (fits, problem) = match kind {
        "id16" => (bytes.len() == 16, "is no id of 16 bytes"),
        "hash" => (bytes.len() == 32, "is no hash of 32 bytes"),
        "public_key" => (PUBLIC_KEY_BYTES.contains(&bytes.len()), "is no public key"),
        "box" => (is_box(bytes), "is no box"),
        "box_or_nothing" => (
            bytes.is_empty() || is_box(bytes),
            "is neither empty nor a box",
        ),
        "wrap" => (
            bytes.len() == WRAP_BYTES && looks_random(bytes),
            "is no wrap",
        ),
        "opaque" => (
            bytes.len() <= 1_024 && looks_random(bytes),
            "is no OPAQUE record",
        ),
        "numbers" => (are_numbers(bytes), "is no list of integers"),
        "no_clear_fields" => (bytes == [0x80], "has readable fields"),
        _ => (false, "is bytes where the list says otherwise"),
    };
    if fits { Ok(()) } else { Err(problem) }
}

/// Integers of 8 bytes, big-endian, so small that no text fits in.
fn are_numbers(bytes: &[u8]) -> bool {
    bytes.len().is_multiple_of(8) && bytes.chunks(8).all(|number| number.starts_with(&[0, 0]))
}

/// Whether text is of a plain kind.
pub fn check_text(kind: &str, text: &str) -> Result<(), &'static str> {
    let (fits, problem) = match kind {
        "name" | "table" => (
            !text.is_empty() && text.len() <= NAME_MAX_BYTES,
            "is no name of 1 to 200 bytes",
        ),
        "label" => (true, ""),
        "word" => (
            text.len() <= 200 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            "is no word of the program",
        ),
        _ => (false, "is text where the list says otherwise"),
    };
    if fits { Ok(()) } else { Err(problem) }
}

fn is_signatures(item: &Item) -> bool {
    let Item::Array(items) = item else {
        return false;
    };
    match items.as_slice() {
        [Item::Bytes(ed25519)] => ed25519.len() == 64,
        [Item::Bytes(ed25519), Item::Bytes(ml_dsa)] => {
            ed25519.len() == 64 && ml_dsa.len() == ML_DSA_BYTES
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use strongroom_crypto::DangerSeededRng;
    use strongroom_types::Rng;

    fn violations(run: impl FnOnce(&mut Shapes<'_>)) -> Vec<String> {
        let allowed = Allowed::published().unwrap();
        let mut report = Report::new(Path::new("x"), &[]);
        run(&mut Shapes::new(&allowed, &mut report));
        report.take_hits(crate::audit::search::Search::new(&[]).unwrap());
        report
            .violations
            .iter()
            .map(|found| format!("{} {}", found.place, found.problem))
            .collect()
    }

    fn record(clear: &[u8], sealed: &[u8]) -> Vec<u8> {
        use minicbor::bytes::ByteSlice;
        let id = <&ByteSlice>::from(&[7_u8; 16][..]);
        let parents: Vec<&ByteSlice> = vec![id];
        let hash = <&ByteSlice>::from(&[7_u8; 32][..]);
        minicbor::to_vec((
            "record/1",
            "case",
            hash,
            id,
            id,
            parents,
            false,
            <&ByteSlice>::from(clear),
            <&ByteSlice>::from(sealed),
        ))
        .unwrap()
    }

    fn sealed() -> Vec<u8> {
        let mut bytes = vec![0; 328];
        DangerSeededRng::new(1).fill_bytes(&mut bytes);
        bytes
    }

    #[test]
    fn a_good_record_passes() {
        let payload = record(&[0x80], &sealed());
        assert_eq!(violations(|shapes| shapes.payload(&payload)), [""; 0]);
    }

    #[test]
    fn readable_payloads_fail() {
        let clear = record(b"\x81\x65title", &sealed());
        assert_eq!(
            violations(|shapes| shapes.payload(&clear)),
            ["record/1 clear_fields has readable fields"]
        );
        let open = record(
            &[0x80],
            &"Harbour lease, second floor. ".repeat(10).into_bytes(),
        );
        assert_eq!(
            violations(|shapes| shapes.payload(&open)),
            ["record/1 box is no box"]
        );
        let unknown = minicbor::to_vec(("note/1", "hello")).unwrap();
        assert_eq!(violations(|shapes| shapes.payload(&unknown)).len(), 1);
        assert_eq!(violations(|shapes| shapes.payload(b"hello")).len(), 1);
        let longer = minicbor::to_vec(("leave/1", 1, "because")).unwrap();
        assert_eq!(
            violations(|shapes| shapes.payload(&longer)),
            ["leave/1 has 3 fields instead of 2"]
        );
        assert_eq!(
            violations(|shapes| shapes.answer("answer", b"{\"title\":1}")).len(),
            1
        );
        assert_eq!(
            violations(|shapes| shapes.answer("answer", b"{\"log\":\"\"}")).len(),
            0
        );
    }
}
