use minicbor::{Decoder, data::Type};

/// Nesting that no stored value of ours reaches.
const DEPTH_MAX: usize = 32;

/// Any CBOR item, as far as an audit cares. Indefinite strings are joined.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Number(i128),
    Bool(bool),
    Null,
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Item>),
    /// Keys and values in turn.
    Map(Vec<Item>),
    /// Floats and simple values.
    Other,
}

impl Item {
    /// Reads one item that fills `input`.
    pub fn read(input: &[u8]) -> Option<Self> {
        let mut decoder = Decoder::new(input);
        let item = read(&mut decoder, 0).ok()?;
        (decoder.position() == input.len()).then_some(item)
    }

    /// Calls `visit` with every string in it.
    pub fn strings<'a>(&'a self, visit: &mut dyn FnMut(&'a [u8])) {
        match self {
            Item::Bytes(bytes) => visit(bytes),
            Item::Text(text) => visit(text.as_bytes()),
            Item::Array(items) | Item::Map(items) => {
                for item in items {
                    item.strings(visit);
                }
            }
            _ => {}
        }
    }
}

type Error = minicbor::decode::Error;

fn read(decoder: &mut Decoder<'_>, depth: usize) -> Result<Item, Error> {
    if depth > DEPTH_MAX {
        return Err(Error::message("too deep"));
    }
    Ok(match decoder.datatype()? {
        Type::Bool => Item::Bool(decoder.bool()?),
        Type::Null => {
            decoder.null()?;
            Item::Null
        }
        Type::Bytes => Item::Bytes(decoder.bytes()?.to_vec()),
        Type::BytesIndef => {
            let mut joined = Vec::new();
            for piece in decoder.bytes_iter()? {
                joined.extend_from_slice(piece?);
            }
            Item::Bytes(joined)
        }
        Type::String => Item::Text(decoder.str()?.to_owned()),
        Type::StringIndef => {
            let mut joined = String::new();
            for piece in decoder.str_iter()? {
                joined.push_str(piece?);
            }
            Item::Text(joined)
        }
        Type::Array | Type::ArrayIndef => {
            let count = decoder.array()?;
            Item::Array(items(decoder, count, depth)?)
        }
        Type::Map | Type::MapIndef => {
            let count = decoder.map()?;
            Item::Map(items(
                decoder,
                count.map(|count| count.saturating_mul(2)),
                depth,
            )?)
        }
        Type::Tag => {
            decoder.tag()?;
            read(decoder, depth + 1)?
        }
        Type::F16 | Type::F32 | Type::F64 | Type::Simple | Type::Undefined => {
            decoder.skip()?;
            Item::Other
        }
        Type::Break | Type::Unknown(_) => return Err(Error::message("no item")),
        _ => Item::Number(i128::from(decoder.int()?)),
    })
}

fn items(decoder: &mut Decoder<'_>, count: Option<u64>, depth: usize) -> Result<Vec<Item>, Error> {
    // nothing is allocated for a count that is only claimed
    let mut items = Vec::new();
    match count {
        Some(count) => {
            for _ in 0..count {
                items.push(read(decoder, depth + 1)?);
            }
        }
        None => {
            while decoder.datatype()? != Type::Break {
                items.push(read(decoder, depth + 1)?);
            }
            decoder.skip()?;
        }
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_items_and_joins_strings() {
        assert_eq!(
            Item::read(&[0x83, 0x01, 0x20, 0xf6]),
            Some(Item::Array(vec![
                Item::Number(1),
                Item::Number(-1),
                Item::Null
            ]))
        );
        let split = [0x5f, 0x42, b'c', b'a', 0x42, b'n', b'a', 0xff];
        assert_eq!(Item::read(&split), Some(Item::Bytes(b"cana".to_vec())));
        let map = [0xbf, 0x61, b'k', 0x61, b'v', 0xff];
        let mut seen = Vec::new();
        let item = Item::read(&map).unwrap();
        item.strings(&mut |text| seen.push(text));
        assert_eq!(seen, [b"k", b"v"]);
    }

    #[test]
    fn refuses_rubbish() {
        assert_eq!(Item::read(&[]), None);
        assert_eq!(Item::read(&[0x01, 0x01]), None);
        assert_eq!(
            Item::read(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            None
        );
        assert_eq!(Item::read(&[0x81; 200]), None);
    }
}
