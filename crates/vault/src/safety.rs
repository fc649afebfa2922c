//! Numbers that two people compare by another way than the server (formats, section 13).

mod head_code;
mod words;

pub use head_code::{read_head_code, write_head_code};
pub use words::in_words;

use strongroom_crypto::sha256;
use strongroom_format::cbor::to_cbor;
use strongroom_format::entry::Head;
use strongroom_types::*;

const GROUPS: usize = 12;

/// The safety number between two people, by the hashes of their identity keys in force: the
/// same on both sides, another one as soon as either key or the tenant differs. Twelve groups of
/// five digits.
pub fn safety_number(tenant: TenantId, one: Digest, other: Digest) -> String {
    let (first, second) = if one <= other {
        (one, other)
    } else {
        (other, one)
    };
    digits(sha256(&to_cbor(&(
        "safety/1", SUITE, tenant, first, second,
    ))))
}

/// The number of a log's place (a directory, with the tenant's id as `log`): two people with
/// the same number have been shown the same history up to there.
pub fn head_number(tenant: TenantId, log: Digest, head: Head) -> String {
    digits(sha256(&to_cbor(&(
        "safetyhead/1",
        SUITE,
        tenant,
        log,
        head.index,
        head.hash,
    ))))
}

/// The hash as a big-endian number modulo 10^60, in twelve groups of five digits.
fn digits(hash: Digest) -> String {
    let mut number = *hash.as_bytes();
    let mut groups = Vec::with_capacity(GROUPS);
    for _ in 0..GROUPS {
        let mut rest = 0_u32;
        for byte in &mut number {
            let value = (rest << 8) | u32::from(*byte);
            *byte = u8::try_from(value / 100_000).unwrap_or(u8::MAX);
            rest = value % 100_000;
        }
        groups.push(format!("{rest:05}"));
    }
    groups.reverse();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symmetric_and_specific() {
        let tenant = TenantId::from_bytes([1; 32]);
        let [a, b, c] = [2, 3, 4].map(|byte| Digest::from_bytes([byte; 32]));
        let number = safety_number(tenant, a, b);
        assert_eq!(number, safety_number(tenant, b, a));
        assert_eq!(number.split(' ').count(), 12);
        assert!(number.split(' ').all(|group| group.len() == 5));
        assert_ne!(number, safety_number(tenant, a, c));
        assert_ne!(number, safety_number(TenantId::ZERO, a, b));
        assert_eq!(digits(Digest::from_bytes([0; 32])), ["00000"; 12].join(" "));
        let mut one = [0; 32];
        one[31] = 7;
        one[28] = 1;
        assert!(digits(Digest::from_bytes(one)).ends_with("00167 77223"));
    }
}
