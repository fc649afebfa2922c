//! Padding inside boxes (formats, section 2): sizes leak little, and every byte is checked.

use crate::FormatError;
use zeroize::Zeroizing;

const PREFIX_BYTES: usize = 8;
const MIN_BYTES: u64 = 256;

/// Padmé: the smallest padded size for `length`, at most 12 % above it
/// (Nikitin et al., PoPETS 2019, Algorithm 1).
pub const fn padme(length: u64) -> u64 {
    if length < 2 {
        return length;
    }
    let exponent = 63 - length.leading_zeros() as u64;
    let mantissa_bits = 64 - exponent.leading_zeros() as u64;
    let low_bits = exponent.saturating_sub(mantissa_bits);
    let mask = (1u64 << low_bits) - 1;
    match length.checked_add(mask) {
        Some(sum) => sum & !mask,
        None => length,
    }
}

/// The padded size of a file of `length` bytes: Padmé, at least 256.
pub const fn padded_file_len(length: u64) -> u64 {
    if length < MIN_BYTES {
        MIN_BYTES
    } else {
        padme(length)
    }
}

/// Whether padded content can have this length.
pub const fn is_padded_len(length: u64) -> bool {
    length >= MIN_BYTES && padme(length) == length
}

/// `u64 length | data | zeros`.
pub fn pad(data: &[u8]) -> Zeroizing<Vec<u8>> {
    let total = padded_file_len((PREFIX_BYTES + data.len()) as u64) as usize;
    let mut out = Zeroizing::new(Vec::with_capacity(total));
    out.extend_from_slice(&(data.len() as u64).to_be_bytes());
    out.extend_from_slice(data);
    out.resize(total, 0);
    out
}

/// The data inside, after checking length, total size and every zero.
pub fn unpad(padded: &[u8]) -> Result<&[u8], FormatError> {
    let wrong = FormatError::Malformed("padding");
    let (prefix, rest) = padded.split_at_checked(PREFIX_BYTES).ok_or(wrong.clone())?;
    let length = prefix
        .iter()
        .fold(0u64, |acc, byte| (acc << 8) | u64::from(*byte));
    if length > rest.len() as u64 {
        return Err(wrong);
    }
    let (data, zeros) = rest
        .split_at_checked(length as usize)
        .ok_or(wrong.clone())?;
    let expected = padded_file_len(length + PREFIX_BYTES as u64);
    if padded.len() as u64 != expected || zeros.iter().any(|byte| *byte != 0) {
        return Err(wrong);
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_sizes() {
        for (length, padded) in [
            (0, 256),
            (248, 256),
            (249, 272),
            (1000, 1024),
            (100_000, 100_352),
        ] {
            assert_eq!(pad(&vec![1; length]).len(), padded, "{length}");
        }
        assert_eq!(padme(9), 10);
        let padded: Vec<u64> = (0..=300).filter(|length| is_padded_len(*length)).collect();
        assert_eq!(padded, [256, 272, 288]);
        assert_eq!(padded_file_len(1 << 30), 1 << 30);
        assert_eq!(padme(u64::MAX), u64::MAX);
    }

    proptest! {
        #[test]
        fn round_trip_and_rejections(data in proptest::collection::vec(any::<u8>(), 0..2000), at in any::<usize>()) {
            let mut padded = pad(&data).to_vec();
            prop_assert_eq!(unpad(&padded).unwrap(), &data[..]);
            prop_assert!(is_padded_len(padded.len() as u64));
            prop_assert!(padded.len() as u64 <= 256.max((data.len() as u64 + 8) * 112 / 100 + 1));
            let tail = 8 + data.len();
            if padded.len() > tail {
                let at = tail + at % (padded.len() - tail);
                padded[at] = 1;
                prop_assert!(unpad(&padded).is_err());
                padded[at] = 0;
            }
            padded.push(0);
            prop_assert!(unpad(&padded).is_err());
        }
    }
}
