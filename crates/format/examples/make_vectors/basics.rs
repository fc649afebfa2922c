//! Primitives as the formats use them: derivations, boxes, padding, codes, keys, contexts.

use crate::json::hex;
use crate::payloads::{invite_id, s_key};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use strongroom_crypto::sign::{SignPublic, SignSecret};
use strongroom_crypto::{DangerSeededRng, Secret16, SymmetricKey, password, sealed_box, sha256};
use strongroom_format::cbor::to_cbor;
use strongroom_format::codes::{CodeKind, read_code, write_code};
use strongroom_format::context;
use strongroom_format::pad::{pad, padme, unpad};
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
    for (name, point) in [("weak key, order 1", 1u8), ("weak key, order 2", 0xec)] {
        let mut weak = public.to_bytes();
        weak[..32].fill(if point == 1 { 0 } else { 0xff });
        weak[0] = point;
        weak[31] = if point == 1 { 0 } else { 0x7f };
        assert!(SignPublic::from_slice(&weak).is_err());
        cases.push(json!({ "name": name, "result": "invalid", "reason": "form", "kind": "entry", "both": true,
            "public": hex(&weak), "context": hex(&context), "signatures": hex(&both.to_bytes()) }));
    }
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
