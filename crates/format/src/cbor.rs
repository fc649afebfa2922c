//! Deterministic CBOR: encode, and decode by encoding again and comparing.

use crate::FormatError;
use minicbor::{Decode, Encode};

/// A byte string.
pub type Blob = minicbor::bytes::ByteVec;
/// A byte string of known length.
pub type Fixed<const N: usize> = minicbor::bytes::ByteArray<N>;

/// Borrows bytes so that they are encoded as a byte string.
pub fn bytes(bytes: &[u8]) -> &minicbor::bytes::ByteSlice {
    bytes.into()
}

/// Encodes deterministically. Writing to memory can't fail.
pub fn to_cbor<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    // The only error source of encoding is the writer, and Vec has none.
    let _ = minicbor::encode(value, &mut out);
    out
}

/// Decodes one item that fills `input` and is in canonical form.
///
/// # Errors
/// `TooLarge` above `limit_bytes` (checked first), `Malformed`, `NotCanonical`.
pub fn from_cbor<T>(input: &[u8], limit_bytes: usize, what: &'static str) -> Result<T, FormatError>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    if input.len() > limit_bytes {
        return Err(FormatError::TooLarge { what, limit_bytes });
    }
    let value: T = minicbor::decode(input).map_err(|_| FormatError::Malformed(what))?;
    if to_cbor(&value) != input {
        return Err(FormatError::NotCanonical(what));
    }
    Ok(value)
}

/// Decodes what this program itself has encoded, from a place that is authenticated: whether it
/// is in canonical form has nobody to prove.
///
/// # Errors
/// `TooLarge` above `limit_bytes` (checked first), `Malformed`.
pub fn from_own_cbor<T>(
    input: &[u8],
    limit_bytes: usize,
    what: &'static str,
) -> Result<T, FormatError>
where
    T: for<'b> Decode<'b, ()>,
{
    if input.len() > limit_bytes {
        return Err(FormatError::TooLarge { what, limit_bytes });
    }
    minicbor::decode(input).map_err(|_| FormatError::Malformed(what))
}

/// Compares a decoded label with the expected one.
pub fn expect_label(
    found: &str,
    expected: &'static str,
    what: &'static str,
) -> Result<(), FormatError> {
    if found == expected {
        Ok(())
    } else {
        Err(FormatError::Unknown(what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_canonical() {
        let good = to_cbor(&("a", 5u64));
        assert!(from_cbor::<(String, u64)>(&good, 100, "x").is_ok());
        let overlong = [0x82, 0x61, b'a', 0x18, 0x05];
        assert_eq!(
            from_cbor::<(String, u64)>(&overlong, 100, "x"),
            Err(FormatError::NotCanonical("x"))
        );
        let mut trailing = good.clone();
        trailing.push(0);
        assert!(from_cbor::<(String, u64)>(&trailing, 100, "x").is_err());
        let indefinite = [0x9f, 0x61, b'a', 0x05, 0xff];
        assert!(from_cbor::<(String, u64)>(&indefinite, 100, "x").is_err());
        assert!(from_cbor::<(String, u64)>(&good, 2, "x").is_err());
        // An array that claims 2^60 elements must fail without allocating them.
        let huge = [0x9b, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x01];
        assert!(from_cbor::<Vec<u64>>(&huge, 100, "x").is_err());
    }
}
