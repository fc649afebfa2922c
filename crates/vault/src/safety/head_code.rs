//! A log's place as a code that one person reads to another: its index and its number.

use super::{GROUPS, head_number};
use strongroom_format::entry::Head;
use strongroom_types::*;

/// `INDEX: ` and twelve groups of five digits. Two people with the same code have been shown the
/// same history up to that entry.
pub fn write_head_code(tenant: TenantId, log: Digest, head: Head) -> String {
    format!("{}: {}", head.index, head_number(tenant, log, head))
}

/// Reads a code as people copy it, with any spaces or hyphens between the digits: the entry's
/// index and the digits.
pub fn read_head_code(code: &str) -> Option<(u64, String)> {
    let (index, number) = code.trim().split_once(':')?;
    let index = index.trim().parse().ok()?;
    let kept = |c: &char| !c.is_whitespace() && *c != '-';
    let digits: String = number.chars().filter(kept).collect();
    let whole = digits.len() == GROUPS * 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
    whole.then_some((index, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_with_and_without_spaces() {
        let digits = "0123456789".repeat(6);
        let spaced = ["01234 56789"; 6].join(" ");
        let read = read_head_code;
        assert_eq!(read(&format!("41:{digits}")), Some((41, digits.clone())));
        assert_eq!(
            read(&format!(" 41: {spaced}\n")),
            Some((41, digits.clone()))
        );
        assert_eq!(read(&digits), None);
        assert_eq!(read("41: 12345"), None);
        assert_eq!(read(&format!("x:{digits}")), None);
        assert_eq!(read(&format!("1:{digits}0")), None);
    }

    #[test]
    fn what_is_written_is_read() {
        let head = Head {
            index: 7,
            hash: Digest::from_bytes([3; 32]),
        };
        let code = write_head_code(TenantId::ZERO, Digest::ZERO, head);
        let digits = head_number(TenantId::ZERO, Digest::ZERO, head).replace(' ', "");
        assert_eq!(read_head_code(&code), Some((7, digits)));
    }
}
