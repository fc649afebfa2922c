//! Values in a form that compares and sorts rightly by itself: numbers before texts, decimals by
//! value.

use strongroom_format::record::Value;
use strongroom_format::table::FieldType;

/// A value to compare. An empty one is none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    Number(i64),
    Text(String),
}

impl Cell {
    /// The cell of a value; `None` for an empty one.
    pub fn of(field_type: Option<FieldType>, value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(flag) => Some(Self::Number(i64::from(*flag))),
            Value::Integer(number) => Some(Self::Number(*number)),
            Value::Text(text) if text.is_empty() => None,
            Value::Text(text) => Some(Self::of_text(field_type, text)),
        }
    }

    /// The cell of a text, which may be a decimal number.
    pub fn of_text(field_type: Option<FieldType>, text: &str) -> Self {
        match field_type {
            Some(FieldType::Decimal) => {
                Self::Text(decimal_key(text).unwrap_or_else(|| text.to_owned()))
            }
            _ => Self::Text(text.to_owned()),
        }
    }
}

/// A decimal number as text that sorts like the number: sign, count of whole digits, digits;
/// negative ones complemented. `None` where it is not a decimal of at most 40 characters.
pub fn decimal_key(text: &str) -> Option<String> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > 40 || whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    if whole.is_empty() && fraction.is_empty() {
        return Some("1".to_owned());
    }
    let magnitude = format!("{:02}{whole}{fraction}", whole.len());
    if negative {
        let complement: String = magnitude
            .bytes()
            .map(|byte| char::from(b'0' + b'9' - byte))
            .collect();
        Some(format!("0{complement}~"))
    } else {
        Some(format!("2{magnitude}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_sort_as_numbers() {
        let ordered = [
            "-1000.5", "-1000", "-20", "-3.25", "-3.2", "-0.5", "-0.25", "0", "0.1", "0.25", "1",
            "1.5", "3", "20", "1000", "1000.01",
        ];
        let keys: Vec<String> = ordered.iter().map(|t| decimal_key(t).unwrap()).collect();
        let mut sorted = keys.clone();
        sorted.sort();
        assert_eq!(keys, sorted);
        assert_eq!(decimal_key("1200.50"), decimal_key("01200.5"));
        assert_eq!(decimal_key("-0"), decimal_key("0.00"));
        for wrong in ["", "-", "1e5", ".5", "1,5", &"9".repeat(41)] {
            assert_eq!(decimal_key(wrong), None, "{wrong}");
        }
    }
}
