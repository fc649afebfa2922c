//! Safety numbers in words: easier to say over the telephone than sixty digits.

/// A thousand words, one for every three digits.
const WORDS: &str = include_str!("../../../../spec/safety-words.txt");
/// Digits that one word stands for.
const DIGITS_PER_WORD: usize = 3;

/// A number in words: one for every three digits, in their order. It is the number itself in
/// another writing, so that equal words mean equal digits.
pub fn in_words(number: &str) -> Vec<&'static str> {
    let digits: Vec<u8> = number
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|digit| digit - b'0')
        .collect();
    digits
        .chunks(DIGITS_PER_WORD)
        .filter_map(|three| {
            let place = three
                .iter()
                .fold(0, |n, digit| n * 10 + usize::from(*digit));
            WORDS.lines().nth(place)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_a_thousand_words_that_differ_early() {
        let beginnings: BTreeSet<&str> = WORDS
            .lines()
            .map(|word| &word[..word.len().min(4)])
            .collect();
        assert_eq!(WORDS.lines().count(), 1_000);
        assert_eq!(beginnings.len(), 1_000);
    }

    #[test]
    fn every_three_digits_are_one_word() {
        let words = in_words(&["00000 10029"; 6].join(" "));
        assert_eq!(words.len(), 20);
        let list: Vec<&str> = WORDS.lines().collect();
        assert_eq!(words[..4], [list[0], list[1], list[2], list[900]]);
        let digit_changed = in_words(&format!("{} 00000 10028", ["00000 10029"; 5].join(" ")));
        assert_ne!(words, digit_changed);
        assert_eq!(words[..19], digit_changed[..19]);
    }
}
