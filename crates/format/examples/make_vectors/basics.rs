//! Primitives as the formats use them: derivations, boxes, padding, codes, keys, contexts.

use crate::directory::{invite_id, s_key};
use crate::json::hex;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{DangerSeededRng, Secret16, SymmetricKey, password, sealed_box, sha256};
use strongroom_format::cbor::to_cbor;
use strongroom_format::codes::{CodeKind, read_code, write_code};
use strongroom_format::context;
use strongroom_format::names::{look, normalise};
use strongroom_format::pad::{pad, padme, unpad};
use strongroom_format::record::unpack_fields;
use strongroom_format::signing::{SignatureKind, Signatures};
use strongroom_types::*;

pub fn derivations(rng: &mut DangerSeededRng) -> Value {
    let mut cases = Vec::new();
    for label in ["records", "files"] {
        let key = SymmetricKey::make(rng);
        let context = to_cbor(&("vector", label));
        cases.push(json!({ "what": "derive", "key": hex(key.danger_bytes()), "context": hex(&context), "out": hex(key.derive(&context).danger_bytes()) }));
        let secret = Secret16::make(rng);
        cases.push(json!({ "what": "derive16", "secret": hex(secret.danger_bytes()), "context": hex(&context), "out": hex(secret.derive(&context).danger_bytes()) }));
        for parts in [vec![&b"one"[..], b"two"], vec![b"onet", b"wo"], vec![b""]] {
            let out = SymmetricKey::mix(&parts, &context);
            cases.push(json!({ "what": "mix", "parts": parts.iter().map(|part| hex(part)).collect::<Vec<_>>(), "context": hex(&context), "out": hex(out.danger_bytes()) }));
        }
    }
    let out = password::argon2id("correct horse".as_bytes(), &[4; 16]);
    cases.push(json!({ "what": "argon2id", "passphrase": "correct horse", "salt": hex(&[4; 16]), "out": hex(out.danger_bytes()) }));
    Value::Array(cases)
}

pub fn boxes(rng: &mut DangerSeededRng) -> Value {
    let mut cases = Vec::new();
    let context = context::recover_auth();
    for length in [0usize, 1, 255, 16_383, 16_384, 16_385] {
        let key = SymmetricKey::make(rng);
        let plain = vec![length as u8; length];
        let sealed = sealed_box::seal(&key, &context, &plain, rng);
        cases.push(json!({ "name": format!("{length} bytes"), "result": "valid", "key": hex(key.danger_bytes()), "context": hex(&context),
            "plain_byte": length as u8, "plain_length": length, "sealed": hex(&sealed) }));
    }
    let key = SymmetricKey::make(rng);
    let sealed = sealed_box::seal(&key, &context, b"thirty-two bytes of some secret.", rng);
    let mut refuse = |name: &str, key: &SymmetricKey, context: &[u8], sealed: &[u8]| {
        assert!(sealed_box::open(key, context, sealed).is_err(), "{name}");
        cases.push(json!({ "name": name, "result": "invalid", "reason": "box", "key": hex(key.danger_bytes()), "context": hex(context), "sealed": hex(sealed) }));
    };
    refuse("another key", &SymmetricKey::make(rng), &context, &sealed);
    refuse(
        "another context",
        &key,
        &context::slot_key("local"),
        &sealed,
    );
    for (name, at) in [
        ("salt altered", 3),
        ("commitment altered", 40),
        ("chunk altered", 60),
        ("tag altered", sealed.len() - 1),
    ] {
        let mut altered = sealed.clone();
        altered[at] ^= 0x10;
        refuse(name, &key, &context, &altered);
    }
    for keep in [0, 24, 55, 56, 71, sealed.len() - 1] {
        refuse(
            &format!("cut to {keep} bytes"),
            &key,
            &context,
            &sealed[..keep],
        );
    }
    let mut longer = sealed.clone();
    longer.push(0);
    refuse("a byte too long", &key, &context, &longer);
    let full = sealed_box::seal(&key, &context, &vec![3; 16_384], rng);
    refuse("last chunk cut away", &key, &context, &full[..56 + 16_400]);
    Value::Array(cases)
}

pub fn padding() -> Value {
    let mut cases = Vec::new();
    for length in [0usize, 1, 247, 248, 249, 300, 1000, 4096, 10_000] {
        let data = vec![0xab; length];
        cases.push(json!({ "name": format!("{length} bytes"), "result": "valid", "length": length, "padded_length": pad(&data).len(), "padded_hash": sha256(&pad(&data)).to_string() }));
    }
    let good = pad(b"data");
    let mut refuse = |name: &str, padded: Vec<u8>| {
        assert!(unpad(&padded).is_err(), "{name}");
        cases.push(json!({ "name": name, "result": "invalid", "reason": "padding", "padded": hex(&padded) }));
    };
    let mut set = good.to_vec();
    set[255] = 1;
    refuse("last byte not zero", set);
    let mut set = good.to_vec();
    set[12] = 1;
    refuse("first byte after the data not zero", set);
    let mut longer = good.to_vec();
    longer.push(0);
    refuse("padded too far", longer);
    refuse("not padded far enough", good[..255].to_vec());
    let mut length = good.to_vec();
    length[7] = 249;
    refuse("length past the end", length);
    let mut length = good.to_vec();
    length[0] = 0xff;
    refuse("huge length", length);
    refuse("shorter than the length field", vec![0; 7]);
    refuse("empty", Vec::new());
    let sizes: Vec<_> = [
        0u64,
        1,
        2,
        9,
        256,
        257,
        1_000,
        16_385,
        100_000,
        1 << 20,
        (1 << 20) + 1,
        123_456_789,
        1 << 43,
    ]
    .iter()
    .map(|length| json!([length, padme(*length)]))
    .collect();
    json!({ "padme": sizes, "cases": cases })
}

pub fn codes(rng: &mut DangerSeededRng) -> Value {
    let mut cases = Vec::new();
    let kinds = [
        (CodeKind::Invite, "invite"),
        (CodeKind::Setup, "setup"),
        (CodeKind::Recover, "recover"),
        (CodeKind::Device, "device"),
    ];
    for (kind, name) in kinds {
        let secret = Secret16::make(rng);
        let text = write_code(kind, &secret);
        cases.push(json!({ "kind": name, "result": "valid", "text": text, "canonical": true, "secret": hex(secret.danger_bytes()) }));
        let loose = format!(
            "  {} ",
            text.to_lowercase()
                .replace("sr-invite-", "SR-Invite-")
                .replace('0', "o")
                .replace('1', "l")
        );
        if read_code(kind, &loose).is_ok() {
            cases.push(json!({ "kind": name, "result": "valid", "text": loose, "canonical": false, "secret": hex(secret.danger_bytes()) }));
        }
    }
    let secret = Secret16::from_bytes([0; 16]);
    let good = write_code(CodeKind::Invite, &secret);
    let mut refuse = |name: &str, text: String| {
        assert!(read_code(CodeKind::Invite, &text).is_err(), "{name}");
        cases.push(json!({ "kind": "invite", "name": name, "result": "invalid", "reason": "code", "text": text }));
    };
    refuse("another kind of code", good.replace("INVITE", "RECOVER"));
    refuse("no beginning", good.replace("SR-INVITE-", ""));
    refuse("one character changed", good.replacen("0000", "0001", 1));
    refuse(
        "two characters swapped",
        good.replacen("0000-0", "0002-0", 1),
    );
    refuse("a character too few", good[..good.len() - 1].to_owned());
    refuse("a character too many", format!("{good}0"));
    refuse(
        "a letter that is not in the alphabet",
        good.replacen('0', "U", 1),
    );
    let body = &good[..good.len() - 3];
    let check = &good[good.len() - 2..];
    refuse("bits set after the secret", format!("{body}1{check}"));
    Value::Array(cases)
}

pub fn signatures(rng: &mut DangerSeededRng) -> Value {
    let mut cases = Vec::new();
    let secret = SignSecret::make(rng);
    let other = SignSecret::make(rng);
    let context = context::recover_auth();
    let kinds = [
        (SignatureKind::Entry, "entry"),
        (SignatureKind::Device, "device"),
        (SignatureKind::WrapGeneration, "wrapgen"),
        (SignatureKind::JoinInvite, "join-invite"),
        (SignatureKind::JoinIdentity, "join-identity"),
        (SignatureKind::DirectoryRecover, "drecover"),
    ];
    let public = secret.public();
    let case = |kind: &str, both: bool, key: &SignSecret, signatures: &[u8]| {
        json!({ "kind": kind, "both": both, "public": hex(key.public().as_bytes()),
            "key_hash": key.public().key_hash().to_string(), "context": hex(&context), "signatures": hex(signatures) })
    };
    let mut add = |name: &str, ok: bool, mut value: Value| {
        value["name"] = json!(name);
        value["result"] = json!(if ok { "valid" } else { "invalid" });
        if ok {
            value["seed"] = json!(hex(&secret.danger_seed()[..]));
        } else {
            value["reason"] = json!("signature");
        }
        cases.push(value);
    };
    for (kind, text) in kinds {
        let both = Signatures::both(&secret, kind, &context);
        both.verify(public, kind, &context, true).unwrap();
        add(text, true, case(text, true, &secret, &both.to_bytes()));
    }
    let single = Signatures::single(&secret, SignatureKind::Entry, &context);
    let both = Signatures::both(&secret, SignatureKind::Entry, &context);
    add(
        "Ed25519 alone",
        true,
        case("entry", false, &secret, &single.to_bytes()),
    );
    add(
        "one missing",
        false,
        case("entry", true, &secret, &single.to_bytes()),
    );
    add(
        "one too many",
        false,
        case("entry", false, &secret, &both.to_bytes()),
    );
    add(
        "another kind",
        false,
        case("device", true, &secret, &both.to_bytes()),
    );
    add(
        "another key",
        false,
        case("entry", true, &other, &both.to_bytes()),
    );
    for (name, at) in [("Ed25519 altered", 5), ("ML-DSA altered", 90)] {
        let mut altered = both.to_bytes();
        altered[at] ^= 1;
        add(name, false, case("entry", true, &secret, &altered));
    }
    let Signatures::Both(ed25519, ml_dsa) = &both else {
        return Value::Null;
    };
    let Signatures::Both(_, other_half) = Signatures::both(&other, SignatureKind::Entry, &context)
    else {
        return Value::Null;
    };
    let mixed = Signatures::Both(ed25519.clone(), other_half).to_bytes();
    add(
        "halves of two people",
        false,
        case("entry", true, &secret, &mixed),
    );
    // A malleable Ed25519 signature: S plus the group order.
    let order = HEXLOWER
        .decode(b"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
        .unwrap();
    let mut high = **ed25519;
    let mut carry = 0u16;
    for (byte, add) in high[32..].iter_mut().zip(&order) {
        carry += u16::from(*byte) + u16::from(*add);
        *byte = carry as u8;
        carry >>= 8;
    }
    let malleable = Signatures::Both(Box::new(high), ml_dsa.clone()).to_bytes();
    add(
        "S not reduced",
        false,
        case("entry", true, &secret, &malleable),
    );
    Value::Array(cases)
}

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

/// An invitation from the code that people pass on.
pub fn invites(rng: &mut DangerSeededRng) -> Value {
    let secret = Secret16::make(rng);
    let invite = invite_id(&secret);
    let auth = secret.derive(&context::invite_key("auth"));
    let root = secret.derive(&context::invite_key("root"));
    let content = to_cbor(&(
        "root/1",
        TenantId::from_bytes([1; 32]),
        7u64,
        Digest::from_bytes([2; 32]),
        IdentityId::from_bytes([3; 32]),
        "anna",
        AccountRole::Member,
    ));
    let sealed = sealed_box::seal(&root, &context::invite_root(invite), &pad(&content), rng);
    let mut altered = sealed.clone();
    altered[70] ^= 1;
    let good = json!({ "name": "invitation", "result": "valid", "code": write_code(CodeKind::Invite, &secret), "invite": invite.to_string(),
        "auth_hash": sha256(auth.danger_bytes()).to_string(), "s_public": hex(s_key(&secret).public().as_bytes()), "box": hex(&sealed),
        "content": { "tenant": hex(&[1; 32]), "directory_index": 7, "directory_hash": hex(&[2; 32]), "inviter": hex(&[3; 32]), "inviter_name": "anna", "account_role": 1 } });
    let mut bad = good.clone();
    bad["name"] = json!("box altered by the server");
    bad["result"] = json!("invalid");
    bad["reason"] = json!("box");
    bad["box"] = json!(hex(&altered));
    let mut other = bad.clone();
    other["name"] = json!("code of another invitation");
    other["code"] = json!(write_code(CodeKind::Invite, &Secret16::make(rng)));
    other["box"] = json!(hex(&sealed));
    json!([good, bad, other])
}

/// Every context of section 3 with its bytes. Arguments stand in the order of the table.
pub fn contexts() -> Value {
    let (tenant, vault) = (TenantId::from_bytes([1; 32]), VaultId::from_bytes([2; 32]));
    let (identity, device) = (
        IdentityId::from_bytes([3; 32]),
        DeviceId::from_bytes([4; 32]),
    );
    let (hash, other) = (Digest::from_bytes([5; 32]), Digest::from_bytes([6; 32]));
    let record = RecordId::from_bytes([0xa; 16]);
    let (file, revision) = (
        FileId::from_bytes([0xb; 16]),
        RevisionId::from_bytes([0xc; 16]),
    );
    let (link, slot, invite) = (
        LinkId::from_bytes([0xd; 16]),
        SlotId::from_bytes([0xe; 16]),
        InviteId::from_bytes([0xf; 16]),
    );
    let (v1, v2) = (
        VersionId::from_bytes([0x10; 16]),
        VersionId::from_bytes([0x11; 16]),
    );
    let (t, v, i, d) = (hex(&[1; 32]), hex(&[2; 32]), hex(&[3; 32]), hex(&[4; 32]));
    let (h, o, r) = (hex(&[5; 32]), hex(&[6; 32]), hex(&[0xa; 16]));
    let (f, n, l) = (hex(&[0xb; 16]), hex(&[0xc; 16]), hex(&[0xd; 16]));
    let (s, w) = (hex(&[0xe; 16]), hex(&[0xf; 16]));
    let (x, y) = (hex(&[0x10; 16]), hex(&[0x11; 16]));
    let e = Epoch(300);
    use strongroom_format::context::EpochPurpose::*;
    let b = |text: &String| json!({ "bytes": text });
    let mut out = Vec::new();
    let mut add = |label: &str, args: Value, context: Vec<u8>| {
        out.push(json!({ "label": label, "args": args, "bytes": hex(&context) }));
    };
    let body = strongroom_format::entry::EntryBody {
        tenant,
        vault,
        epoch: e,
        kind: strongroom_format::entry::Kind::Record,
        device,
        device_seq: 70_000,
        previous_own_entry: hash,
        seen_index: 23,
        seen_hash: other,
        directory_index: 24,
        directory_hash: hash,
        control_hash: other,
        payload_hash: hash,
    };
    add(
        "ent/1",
        json!([
            1,
            b(&t),
            b(&v),
            300,
            32,
            b(&d),
            70_000,
            b(&h),
            23,
            b(&o),
            24,
            b(&h),
            b(&o),
            b(&h)
        ]),
        body.to_bytes(),
    );
    add(
        "chain/1",
        json!([b(&v), 9, b(&h), b(&o), b(&h)]),
        to_cbor(&("chain/1", vault, 9u64, hash, other, hash)),
    );
    add(
        "sig/1",
        json!([1, "entry", b(&h), b(&o)]),
        to_cbor(&("sig/1", SUITE, "entry", hash, other)),
    );
    add(
        "device/1",
        json!([1, b(&t), b(&i), b(&d)]),
        context::device(tenant, identity, device),
    );
    add(
        "wrapgen/1",
        json!([1, b(&t), b(&i), 2, b(&h)]),
        context::wrap_generation(tenant, identity, 2, hash),
    );
    add(
        "join/1",
        json!([1, b(&t), b(&w), "anna", { "bytes": "01" }, { "bytes": "02" }, { "bytes": "03" }, 7, b(&h)]),
        context::join(tenant, invite, "anna", &[1], &[2], &[3], 7, hash),
    );
    add(
        "drecover/1",
        json!([1, b(&t), b(&i), 7]),
        context::directory_recover(tenant, identity, 7),
    );
    for purpose in ["id", "auth", "root", "sign-ed25519", "sign-ml-dsa"] {
        add(
            "invkey/1",
            json!([1, purpose]),
            context::invite_key(purpose),
        );
    }
    add("invroot/1", json!([1, b(&w)]), context::invite_root(invite));
    add(
        "wrap/1",
        json!([1, b(&t), b(&v), 300, b(&h), b(&o), b(&d)]),
        context::wrap(tenant, vault, e, hash, other, device),
    );
    add(
        "ecommit/1",
        json!([1, b(&t), b(&v), 300]),
        context::epoch_commitment(tenant, vault, e),
    );
    for (purpose, text) in [
        (Records, "records"),
        (Files, "files"),
        (Meta, "meta"),
        (History, "history"),
    ] {
        add(
            "ekey/1",
            json!([1, b(&t), b(&v), 300, text]),
            context::epoch_key(tenant, vault, e, purpose),
        );
    }
    add(
        "hist/1",
        json!([1, b(&t), b(&v), 300]),
        context::history(tenant, vault, e),
    );
    let fields = context::RecordContext {
        tenant,
        vault,
        epoch: e,
        table: "case",
        table_definition_hash: hash,
        record,
        version: v1,
        parents: &[v1, v2],
        device,
        clear_fields_hash: other,
        deleted: true,
    };
    add(
        "rec/1",
        json!([
            1,
            b(&t),
            b(&v),
            300,
            "case",
            b(&h),
            b(&r),
            b(&x),
            [b(&x), b(&y)],
            b(&d),
            b(&o),
            true
        ]),
        context::record(&fields),
    );
    add(
        "vmeta/1",
        json!([1, b(&t), b(&v), 300, b(&d), 5]),
        context::vault_meta(tenant, vault, e, device, 5),
    );
    add(
        "file/1",
        json!([1, b(&t), b(&v), b(&f), b(&n)]),
        context::file(tenant, vault, file, revision),
    );
    add(
        "fwrap/1",
        json!([1, b(&t), b(&v), 300, b(&f), b(&n)]),
        context::file_key(tenant, vault, e, file, revision),
    );
    add(
        "fmanbox/1",
        json!([1, b(&t), b(&v), 300, b(&r), b(&f), b(&n), b(&d)]),
        context::file_manifest(tenant, vault, e, record, file, revision, device),
    );
    add(
        "fattr/1",
        json!([
            1,
            b(&t),
            b(&v),
            300,
            b(&r),
            b(&f),
            b(&x),
            b(&d),
            false,
            true
        ]),
        context::file_attributes(tenant, vault, e, record, file, v1, device, false, true),
    );
    add(
        "link/1",
        json!([1, b(&t), b(&v), b(&f), b(&n), b(&l)]),
        context::link(tenant, vault, file, revision, link),
    );
    for purpose in ["box", "auth", "salt"] {
        add(
            "linkkey/1",
            json!([1, b(&l), purpose]),
            context::link_key(link, purpose),
        );
    }
    add(
        "wallet/1",
        json!([1, b(&t), b(&i), 2, 3]),
        context::wallet(tenant, identity, 2, 3),
    );
    add(
        "slot/1",
        json!([1, b(&t), b(&i), 2, 1, b(&s)]),
        context::slot(tenant, identity, 2, 1, slot),
    );
    add(
        "islot/1",
        json!([1, b(&t), b(&i), 1, b(&s)]),
        context::inner_slot(tenant, identity, 1, slot),
    );
    add(
        "ident/1",
        json!([1, b(&t), b(&i)]),
        context::identity_box(tenant, identity),
    );
    for purpose in [
        "passphrase",
        "passphrase-identity",
        "recovery",
        "recovery-identity",
        "local",
    ] {
        add("slotkey/1", json!([1, purpose]), context::slot_key(purpose));
    }
    add("recover-auth/1", json!([1]), context::recover_auth());
    for purpose in ["cache", "device"] {
        add(
            "local/1",
            json!([1, b(&t), b(&i), b(&d), purpose]),
            context::local(tenant, identity, device, purpose),
        );
    }
    let head = strongroom_format::vault_payload::VaultPayload::Head(
        strongroom_format::vault_payload::HeadPayload {
            index: 9,
            hash,
            directory_hash: other,
            wallet_version: 4,
            day: 20_720,
        },
    );
    add(
        "head/1",
        json!([1, b(&t), b(&v), 9, b(&h), b(&o), 4, 20_720]),
        head.to_bytes(tenant, vault),
    );
    Value::Array(out)
}
