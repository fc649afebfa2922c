//! Searching: words without case and accents, so that "Muller" finds "Müller", in what is seen of
//! a record.

use std::collections::BTreeMap;
use strongroom_format::record::{Fields, Value};
use strongroom_format::table::{FieldType, TableDefinition};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What the values of choices are called: by field, by value.
pub(crate) type Labels = BTreeMap<String, BTreeMap<String, String>>;

/// A word that is looked for.
pub(crate) struct Word {
    text: String,
    /// The same as a number is kept, where it can be one: `1.200,50` is `1200.50`.
    number: Option<String>,
}

/// Text without case and accents.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    plain.to_lowercase()
}

/// The words of a search.
pub(crate) fn words(search: &str) -> Vec<Word> {
    fold(search)
        .split_whitespace()
        .map(|word| Word {
            text: word.to_owned(),
            number: number(word),
        })
        .collect()
}

/// A number as it is kept, from one with the marks of any language; `None` where it is the same.
fn number(word: &str) -> Option<String> {
    let is_mark = |c: char| matches!(c, '.' | ',' | '\'');
    if !word.contains(is_mark) || !word.chars().all(|c| c.is_ascii_digit() || is_mark(c)) {
        return None;
    }
    // Marks before groups of three divide thousands, unless the last one stands alone.
    let parts: Vec<&str> = word.split(is_mark).collect();
    let (last, before) = parts.split_last()?;
    let kept = match before {
        [whole] => format!("{whole}.{last}"),
        _ if last.len() == 3 && !word.contains(',') => parts.concat(),
        _ => format!("{}.{last}", before.concat()),
    };
    (kept != word).then_some(kept)
}

/// Whether every word is somewhere in a text.
pub(crate) fn fits(text: &str, words: &[Word]) -> bool {
    words.iter().all(|word| {
        text.contains(word.text.as_str())
            || word
                .number
                .as_ref()
                .is_some_and(|number| text.contains(number.as_str()))
    })
}

/// Everything in a record that a search looks at. Never empty.
pub(crate) fn text(table: &TableDefinition, fields: Option<&Fields>, labels: &Labels) -> Box<str> {
    let mut text = String::new();
    for field in &table.fields {
        let label = |value: &str| Some(labels.get(&field.name)?.get(value)?.as_str());
        match fields.and_then(|fields| fields.get(&field.name)) {
            None | Some(Value::Null) => continue,
            Some(Value::Text(value)) => {
                text.push_str(&fold(label(value).unwrap_or(value)));
                if field.field_type == FieldType::Date {
                    push_day(&mut text, value);
                }
            }
            Some(Value::Integer(value)) => text.push_str(&value.to_string()),
            Some(Value::Bool(value)) => {
                text.push_str(&fold(label(&value.to_string()).unwrap_or_default()));
            }
        }
        text.push('\n');
    }
    text.push('\n');
    text.into_boxed_str()
}

/// A day as it is written in numbers: `31.3.2026`, `31. 3. 2026` and `3/31/2026`, also with zeros.
fn push_day(text: &mut String, day: &str) {
    let mut parts = day.splitn(3, '-');
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else {
        return;
    };
    let (short_month, short_day) = (month.trim_start_matches('0'), day.trim_start_matches('0'));
    text.push_str(&format!(
        "\n{short_day}.{short_month}.{year}\n{short_day}. {short_month}. {year}\n{day}.{month}.{year}\n{short_month}/{short_day}/{year}\n{month}/{day}/{year}"
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record_read::table;

    fn finds(search: &str) -> bool {
        let text_of = |text: &str| Value::Text(text.to_owned());
        let fields = Fields::from([
            ("title".to_owned(), text_of("Erbe MÜLLER & Söhne")),
            ("status".to_owned(), text_of("open")),
            ("amount".to_owned(), text_of("1200.50")),
            ("date".to_owned(), text_of("2026-03-05")),
        ]);
        let labels = Labels::from([(
            "status".to_owned(),
            BTreeMap::from([("open".to_owned(), "otevřeno".to_owned())]),
        )]);
        let text = text(table("case").unwrap(), Some(&fields), &labels);
        fits(&text, &words(search))
    }

    #[test]
    fn words_are_found_in_what_is_seen() {
        for found in [
            "",
            "muller",
            "SOHNE müll",
            "otevreno",
            "1200.5",
            "1,200.50",
            "1.200,50",
            "5.3.2026",
            "3/5/2026",
            "2026-03",
            "05.03.2026",
        ] {
            assert!(finds(found), "{found}");
        }
        for missing in ["mueller", "open", "1201", "müller nowhere", "1,3"] {
            assert!(!finds(missing), "{missing}");
        }
    }
}
