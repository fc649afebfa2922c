//! Names and what is inside a record box: right and wrong ways to write them.

use crate::json::hex;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use strongroom_format::names::{look, normalise};
use strongroom_format::pad::pad;
use strongroom_format::record::unpack_fields;

pub fn names() -> Value {
    let accepted: Vec<Value> = ["anna", "Äöü ß", "李雷", "o'neil", "anna 2", "Σίσυφος"]
        .iter()
        .map(|name| json!({ "name": name, "normal": normalise(name).unwrap(), "look": look(name) }))
        .collect();
    let alike: Vec<Value> = [
        ("Alice", "аlice"),
        ("paypal", "раураӏ"),
        ("O", "0"),
        ("rn", "m"),
    ]
    .iter()
    .map(|(a, b)| json!([a, b, look(a) == look(b)]))
    .collect();
    let refused: Vec<Value> = [
        "",
        " a",
        "a ",
        "a\u{202e}b",
        "a\nb",
        "a\u{200b}b",
        "\u{feff}a",
        "a\u{e0061}",
    ]
    .iter()
    .map(|name| {
        assert!(normalise(name).is_err());
        json!(name)
    })
    .collect();
    json!({ "accepted": accepted, "alike": alike, "refused": refused })
}

/// Every prototype of UTS 39 that the skeleton uses, as `code point<TAB>code points`, and
/// what it leaves out.
pub fn confusables() -> String {
    let mut out = String::from(
        "# Skeleton of formats.md, section 5 (UTS 39): what each character becomes between two NFDs; nothing: left out.\n",
    );
    let version = unicode_security::UNICODE_VERSION;
    out.push_str(&format!(
        "# Unicode {}.{}.{}\n",
        version.0, version.1, version.2
    ));
    for c in '\0'..=char::MAX {
        let one = c.to_string();
        let decomposed: String =
            unicode_normalization::UnicodeNormalization::nfd(one.as_str()).collect();
        if decomposed != one {
            continue;
        }
        let skeleton: String = unicode_security::confusable_detection::skeleton(&one).collect();
        if skeleton != one {
            let to: Vec<String> = skeleton
                .chars()
                .map(|c| format!("{:04X}", u32::from(c)))
                .collect();
            out.push_str(&format!("{:04X}\t{}\n", u32::from(c), to.join(" ")));
        }
    }
    out
}

/// Bytes inside a record box, canonical and not.
pub fn structures() -> Value {
    let mut cases = Vec::new();
    let mut case = |name: &str, ok: bool, text: &str| {
        let content = HEXLOWER.decode(text.replace(' ', "").as_bytes()).unwrap();
        assert_eq!(unpack_fields(&pad(&content)).is_ok(), ok, "{name}");
        let result = if ok { "valid" } else { "invalid" };
        let mut value = json!({ "name": name, "structure": "fields", "bytes": hex(&content), "result": result });
        if !ok {
            value["reason"] = json!("form");
        }
        cases.push(value);
    };
    let label = "6866 69656c64732f31";
    let one = |value: &str| format!("82 {label} 81 82 6161 {value}");
    case("no fields", true, &format!("82 {label} 80"));
    for (name, value) in [
        ("zero", "00"),
        ("23", "17"),
        ("24", "1818"),
        ("255", "18ff"),
        ("256", "190100"),
        ("65536", "1a00010000"),
        ("2^32", "1b0000000100000000"),
        ("largest", "1b7fffffffffffffff"),
        ("minus one", "20"),
        ("smallest", "3b7fffffffffffffff"),
        ("empty text", "60"),
        ("two-byte text", "62c3a4"),
        ("false", "f4"),
        ("true", "f5"),
        ("null", "f6"),
    ] {
        case(name, true, &one(value));
    }
    for (name, value) in [
        ("5 in two bytes", "1805"),
        ("5 in three bytes", "190005"),
        ("255 in three bytes", "1900ff"),
        ("5 in nine bytes", "1b0000000000000005"),
        ("minus one in two bytes", "3800"),
        ("2^63", "1b8000000000000000"),
        ("minus 2^63 minus one", "3b8000000000000000"),
        ("text with an overlong length", "780161"),
        ("text without end", "7f6161ff"),
        ("text that is not UTF-8", "61ff"),
        ("text with a surrogate", "63eda080"),
        ("byte string", "4161"),
        ("half float", "f93c00"),
        ("double", "fb3ff0000000000000"),
        ("undefined", "f7"),
        ("simple value 32", "f820"),
        ("tag", "c100"),
        ("map", "a0"),
        ("array", "80"),
        ("break alone", "ff"),
        ("reserved head", "1c"),
        ("cut off", "19"),
    ] {
        case(name, false, &one(value));
    }
    case("trailing byte", false, &format!("82 {label} 80 00"));
    case("array without end", false, &format!("9f {label} 80 ff"));
    case(
        "array with an overlong length",
        false,
        &format!("9802 {label} 80"),
    );
    case("an element too many", false, &format!("83 {label} 80 f6"));
    case("an element too few", false, &format!("81 {label}"));
    case("unknown label", false, "82 6866 69656c64732f32 80");
    case(
        "fields not sorted",
        false,
        &format!("82 {label} 82 82 6162 00 82 6161 00"),
    );
    case(
        "field twice",
        false,
        &format!("82 {label} 82 82 6161 00 82 6161 01"),
    );
    case(
        "field of three",
        false,
        &format!("82 {label} 81 83 6161 00 00"),
    );
    case(
        "2^60 elements",
        false,
        &format!("82 {label} 9b1000000000000000"),
    );
    case("nothing", false, "");
    Value::Array(cases)
}
