//! Record content: what stands inside a record box (formats, section 7).

use crate::FormatError;
use crate::cbor::{expect_label, from_cbor, to_cbor};
use crate::pad::{pad, unpad};
use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder};
use std::collections::BTreeMap;
use strongroom_types::limits::{NAME_MAX_BYTES, RECORD_MAX_BYTES};
use zeroize::Zeroizing;

/// A value of a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    /// Text; decimal amounts and dates too.
    Text(String),
}

impl<C> Encode<C> for Value {
    fn encode<W: minicbor::encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Value::Null => encoder.null()?.ok(),
            Value::Bool(value) => encoder.bool(*value)?.ok(),
            Value::Integer(value) => encoder.i64(*value)?.ok(),
            Value::Text(value) => encoder.str(value)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Value {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        match decoder.datatype()? {
            Type::Null => decoder.null().map(|()| Value::Null),
            Type::Bool => decoder.bool().map(Value::Bool),
            Type::String => decoder.str().map(|text| Value::Text(text.to_owned())),
            _ => decoder.i64().map(Value::Integer),
        }
    }
}

impl Value {
    /// The value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Null => serde_json::Value::Null,
            Value::Bool(flag) => (*flag).into(),
            Value::Integer(number) => (*number).into(),
            Value::Text(text) => text.as_str().into(),
        }
    }
}

/// Fields of a record by name.
pub type Fields = BTreeMap<String, Value>;

/// Packs and pads fields for a box.
///
/// # Errors
/// `TooLarge` above 256 KiB, `Invalid` for a field name that is empty or too long.
pub fn pack_fields(fields: &Fields) -> Result<Zeroizing<Vec<u8>>, FormatError> {
    if fields
        .keys()
        .any(|name| name.is_empty() || name.len() > NAME_MAX_BYTES)
    {
        return Err(FormatError::Invalid("a field name has 1 to 200 bytes"));
    }
    let list: Vec<(&String, &Value)> = fields.iter().collect();
    let packed = Zeroizing::new(to_cbor(&("fields/1", list)));
    if packed.len() > RECORD_MAX_BYTES {
        return Err(FormatError::TooLarge {
            what: "record",
            limit_bytes: RECORD_MAX_BYTES,
        });
    }
    Ok(pad(&packed))
}

/// Reads the content of a record box.
///
/// # Errors
/// [`FormatError`] for wrong padding, form, order or size.
pub fn unpack_fields(padded: &[u8]) -> Result<Fields, FormatError> {
    let (label, list): (String, Vec<(String, Value)>) =
        from_cbor(unpad(padded)?, RECORD_MAX_BYTES, "record")?;
    expect_label(&label, "fields/1", "record")?;
    let count = list.len();
    let ordered = list
        .windows(2)
        .all(|pair| matches!(pair, [(a, _), (b, _)] if a < b));
    let fields: Fields = list.into_iter().collect();
    if !ordered || fields.len() != count {
        return Err(FormatError::NotCanonical("record"));
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Integer),
            ".{0,40}".prop_map(Value::Text),
        ]
    }

    proptest! {
        #[test]
        fn fields_come_back(fields in proptest::collection::btree_map("[a-z]{1,10}", value(), 0..8)) {
            prop_assert_eq!(unpack_fields(&pack_fields(&fields).unwrap()).unwrap(), fields);
        }
    }

    #[test]
    fn unsorted_and_repeated_fields_are_refused() {
        for list in [vec![("b", 1u64), ("a", 2)], vec![("a", 1), ("a", 2)]] {
            assert!(unpack_fields(&pad(&to_cbor(&("fields/1", list)))).is_err());
        }
    }
}
