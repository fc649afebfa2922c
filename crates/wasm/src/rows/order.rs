//! Orders: numbers by value, choices as their table lists them, text as its language has it. What
//! is empty comes last, whichever way the order goes.

use super::index::TableIndex;
use super::search::fold;
use crate::Result;
use crate::vault::Vault;
use strongroom_format::record::Value;
use strongroom_format::table::{FieldDefinition, FieldType, TableDefinition};
use strongroom_vault::filter::Cell;

/// Places of an index's rows in an order: `field` or `-field`, `created`, `updated`.
///
/// # Errors
/// Usage, for a field that there is not.
pub(crate) fn order(
    index: &TableIndex,
    vault: &Vault,
    table: &TableDefinition,
    sort: &str,
    locale: &str,
) -> Result<Vec<u32>> {
    let (field, descending) = match sort.strip_prefix('-') {
        Some(field) => (field, true),
        None => (sort, false),
    };
    let rows = (0u32..).zip(index.rows());
    let mut keyed: Vec<(Option<Cell>, u32)> = match (field, table.field(field)) {
        (_, Some(definition)) => rows
            .map(|(place, row)| {
                let version = vault.version(row.shown).map(|(_, version)| version);
                let value = version.and_then(|version| version.fields()?.get(&definition.name));
                (
                    value.and_then(|value| key(definition, value, locale)),
                    place,
                )
            })
            .collect(),
        ("created", None) => rows
            .map(|(place, _)| (Some(Cell::Number(i64::from(place))), place))
            .collect(),
        ("updated", None) => rows
            .map(|(place, row)| {
                let changed = i64::try_from(row.changed_ms).unwrap_or(i64::MAX);
                (Some(Cell::Number(changed)), place)
            })
            .collect(),
        (_, None) => {
            table.parse_field(field, "")?;
            Vec::new()
        }
    };
    keyed.sort_by(|(a, place_a), (b, place_b)| {
        let empty_last = a.is_none().cmp(&b.is_none());
        let order = match descending {
            true => b.cmp(a).then(place_b.cmp(place_a)),
            false => a.cmp(b).then(place_a.cmp(place_b)),
        };
        empty_last.then(order)
    });
    Ok(keyed.into_iter().map(|(_, place)| place).collect())
}

fn key(field: &FieldDefinition, value: &Value, locale: &str) -> Option<Cell> {
    let cell = Cell::of(Some(field.field_type), value)?;
    Some(match (field.field_type, cell) {
        (FieldType::Choice, Cell::Text(text)) => {
            let place = field.choices.iter().position(|choice| *choice == text);
            Cell::Number(place.map_or(i64::MAX, |place| place as i64))
        }
        (FieldType::Text | FieldType::LongText, Cell::Text(text)) => {
            Cell::Text(text_key(&text, locale))
        }
        (_, cell) => cell,
    })
}

/// A text as it sorts in a language: case and accents do not count, numbers in it go by value.
/// Czech and Slovak have letters of their own: č after c, ch after h.
pub(crate) fn text_key(text: &str, locale: &str) -> String {
    let own_letters = locale.starts_with("cs") || locale.starts_with("sk");
    let plain = match own_letters && (!text.is_ascii() || has_ch(text)) {
        false => fold(text),
        true => own_letters_last(text),
    };
    if !plain.bytes().any(|byte| byte.is_ascii_digit()) {
        return plain;
    }
    let mut key = String::with_capacity(plain.len() + 4);
    let mut rest = plain.chars().peekable();
    while let Some(c) = rest.next() {
        if !c.is_ascii_digit() {
            key.push(c);
            continue;
        }
        let mut digits = String::from(c);
        while let Some(digit) = rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        let digits = digits.trim_start_matches('0');
        // Longer numbers are larger ones; a digit in front keeps numbers before letters.
        let length = u32::try_from(digits.len()).unwrap_or(0).min(0xD000);
        key.push('0');
        key.push(char::from_u32(length + 1).unwrap_or('0'));
        key.push_str(digits);
    }
    key
}

fn has_ch(text: &str) -> bool {
    text.as_bytes()
        .windows(2)
        .any(|pair| pair.eq_ignore_ascii_case(b"ch"))
}

/// `{` sorts after every letter: `c{` is a letter between c and d.
fn own_letters_last(text: &str) -> String {
    let mut key = String::with_capacity(text.len() + 2);
    let mut rest = text.chars().flat_map(char::to_lowercase).peekable();
    while let Some(c) = rest.next() {
        match c {
            'c' if rest.next_if_eq(&'h').is_some() => key.push_str("h{"),
            'č' | 'ř' | 'š' | 'ž' => {
                key.push_str(&fold(c.encode_utf8(&mut [0; 4])));
                key.push('{');
            }
            _ => key.push_str(&fold(c.encode_utf8(&mut [0; 4]))),
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted<'a>(texts: &[&'a str], locale: &str) -> Vec<&'a str> {
        let mut texts = texts.to_vec();
        texts.sort_by_key(|text| text_key(text, locale));
        texts
    }

    #[test]
    fn texts_sort_as_their_language_has_them() {
        assert_eq!(
            sorted(&["Zoll", "bau 10", "Äpfel", "Bau 9", "Bau 009a"], "de"),
            ["Äpfel", "Bau 9", "Bau 009a", "bau 10", "Zoll"]
        );
        assert_eq!(
            sorted(
                &["Inka", "Chata", "Hrad", "Čáp", "Cyril", "Dům", "Šum", "Sůl"],
                "cs"
            ),
            ["Cyril", "Čáp", "Dům", "Hrad", "Chata", "Inka", "Sůl", "Šum"]
        );
        assert_eq!(
            sorted(&["Cyril", "Chata", "Čap"], "en"),
            ["Čap", "Chata", "Cyril"]
        );
    }
}
