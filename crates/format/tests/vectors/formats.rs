//! `spec/vectors/formats`.

use crate::read::*;
use serde_json::{Value, json};
use strongroom_crypto::sign::{SignPublic, SignSecret};
use strongroom_crypto::{Secret16, SymmetricKey, password, sealed_box, sha256};
use strongroom_format::cbor::{Blob, from_cbor, to_cbor};
use strongroom_format::codes::{CodeKind, read_code, write_code};
use strongroom_format::context;
use strongroom_format::names::{look, normalise};
use strongroom_format::pad::{pad, padme, unpad};
use strongroom_format::record::unpack_fields;
use strongroom_format::signing::{SignatureKind, Signatures};
use strongroom_types::*;

fn key(bytes: &[u8]) -> SymmetricKey {
    SymmetricKey::from_slice(bytes).unwrap()
}

#[test]
fn derivations() {
    each(&file("formats/derivations.json"), 11, |case| {
        let context = case["context"].as_str().map(hex).unwrap_or_default();
        let out = match text(case, "what") {
            "derive" => key(&bytes(case, "key")).derive(&context),
            "derive16" => Secret16::from_slice(&bytes(case, "secret"))
                .unwrap()
                .derive(&context),
            "mix" => {
                let parts: Vec<Vec<u8>> = items(case, "parts")
                    .iter()
                    .map(|part| hex(part.as_str().unwrap()))
                    .collect();
                let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
                SymmetricKey::mix(&parts, &context)
            }
            _ => password::argon2id(
                text(case, "passphrase").as_bytes(),
                &array(&bytes(case, "salt")),
            ),
        };
        assert_eq!(out.danger_bytes().as_slice(), bytes(case, "out"));
        Ok(())
    });
}

#[test]
fn boxes() {
    each(&file("formats/boxes.json"), 20, |case| {
        let sealed = bytes(case, "sealed");
        let plain = sealed_box::open(&key(&bytes(case, "key")), &bytes(case, "context"), &sealed)
            .map_err(|_| "box")?;
        let wanted = vec![number(case, "plain_byte") as u8; number(case, "plain_length") as usize];
        assert_eq!(plain.as_slice(), wanted);
        Ok(())
    });
}

#[test]
fn padding() {
    let value = file("formats/padding.json");
    assert_eq!(items(&value, "padme").len(), 13);
    for pair in items(&value, "padme") {
        assert_eq!(padme(pair[0].as_u64().unwrap()), pair[1].as_u64().unwrap());
    }
    each(&value["cases"], 17, |case| {
        if case["padded"].is_string() {
            return unpad(&bytes(case, "padded"))
                .map(|_| ())
                .map_err(|_| "padding");
        }
        let data = vec![0xab; number(case, "length") as usize];
        let padded = pad(&data);
        assert_eq!(padded.len() as u64, number(case, "padded_length"));
        assert_eq!(sha256(&padded), digest(case, "padded_hash"));
        assert_eq!(unpad(&padded).unwrap(), data);
        Ok(())
    });
}

#[test]
fn codes() {
    let cases = file("formats/codes.json");
    let loose = cases
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| case["canonical"] == json!(false))
        .count();
    assert!(loose > 0, "no case with loose spelling");
    each(&cases, 12 + loose, |case| {
        let kind = match text(case, "kind") {
            "invite" => CodeKind::Invite,
            "setup" => CodeKind::Setup,
            "recover" => CodeKind::Recover,
            _ => CodeKind::Device,
        };
        let secret = read_code(kind, text(case, "text")).map_err(|_| "code")?;
        assert_eq!(secret.danger_bytes().as_slice(), bytes(case, "secret"));
        if case["canonical"] == json!(true) {
            assert_eq!(write_code(kind, &secret), text(case, "text"));
        }
        Ok(())
    });
}

#[test]
fn signatures() {
    each(&file("formats/signatures.json"), 17, |case| {
        let public = SignPublic::from_slice(&bytes(case, "public")).map_err(|_| "form")?;
        assert_eq!(public.key_hash(), digest(case, "key_hash"));
        let kind = match text(case, "kind") {
            "entry" => SignatureKind::Entry,
            "device" => SignatureKind::Device,
            "wrapgen" => SignatureKind::WrapGeneration,
            "join-invite" => SignatureKind::JoinInvite,
            "join-identity" => SignatureKind::JoinIdentity,
            _ => SignatureKind::DirectoryRecover,
        };
        let (context, both) = (bytes(case, "context"), case["both"] == json!(true));
        let signatures = Signatures::from_bytes(&bytes(case, "signatures")).unwrap();
        signatures
            .verify(&public, kind, &context, both)
            .map_err(|_| "signature")?;
        let secret = SignSecret::from_seed(&array(&bytes(case, "seed")));
        let again = if both {
            Signatures::both(&secret, kind, &context)
        } else {
            Signatures::single(&secret, kind, &context)
        };
        assert_eq!(again, signatures, "signing is deterministic");
        Ok(())
    });
}

#[test]
fn names() {
    let value = file("formats/names.json");
    assert_eq!(items(&value, "accepted").len(), 6);
    for case in items(&value, "accepted") {
        let name = text(case, "name");
        assert_eq!(normalise(name).unwrap(), text(case, "normal"));
        assert_eq!(look(name), text(case, "look"));
    }
    assert_eq!(items(&value, "alike").len(), 4);
    for case in items(&value, "alike") {
        let (a, b) = (case[0].as_str().unwrap(), case[1].as_str().unwrap());
        assert_eq!(json!(look(a) == look(b)), case[2], "{a} {b}");
    }
    assert_eq!(items(&value, "refused").len(), 8);
    for name in items(&value, "refused") {
        assert!(normalise(name.as_str().unwrap()).is_err(), "{name}");
    }
}

/// A newer table of confusables would let one side take a name that another refuses.
#[test]
fn confusables_are_the_published_ones() {
    let table = std::fs::read_to_string(path("formats/confusables.txt")).unwrap();
    let version = unicode_security::UNICODE_VERSION;
    assert!(table.contains(&format!(
        "# Unicode {}.{}.{}\n",
        version.0, version.1, version.2
    )));
    let mut count = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let (from, to) = line.split_once('\t').unwrap();
        let letter = |code: &str| char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap();
        let wanted: String = to.split_whitespace().map(letter).collect();
        let found: String =
            unicode_security::confusable_detection::skeleton(&letter(from).to_string()).collect();
        assert_eq!(found, wanted, "{from}");
        count += 1;
    }
    assert_eq!(count, 10_884);
}

#[test]
fn structures() {
    each(&file("formats/structures.json"), 49, |case| {
        unpack_fields(&pad(&bytes(case, "bytes")))
            .map(|_| ())
            .map_err(|_| "form")
    });
}

#[test]
fn invites() {
    each(&file("formats/invites.json"), 3, |case| {
        let secret = read_code(CodeKind::Invite, text(case, "code")).unwrap();
        let part = |purpose: &str| secret.derive(&context::invite_key(purpose));
        let invite = InviteId::from_slice(&part("id").danger_bytes()[..16]).unwrap();
        let opened = sealed_box::open(
            &part("root"),
            &context::invite_root(invite),
            &bytes(case, "box"),
        )
        .map_err(|_| "box")?;
        type Root = (
            String,
            TenantId,
            u64,
            Digest,
            IdentityId,
            String,
            AccountRole,
        );
        let root: Root = from_cbor(unpad(&opened).unwrap(), 4_096, "root").unwrap();
        let content = &case["content"];
        assert_eq!(invite.to_string(), text(case, "invite"));
        assert_eq!(
            sha256(part("auth").danger_bytes()),
            digest(case, "auth_hash")
        );
        assert_eq!(root.0, "root/1");
        assert_eq!(root.1.to_string(), text(content, "tenant"));
        assert_eq!(root.2, number(content, "directory_index"));
        assert_eq!(root.3, digest(content, "directory_hash"));
        assert_eq!(root.4.to_string(), text(content, "inviter"));
        assert_eq!(root.5, text(content, "inviter_name"));
        let seed = [
            *part("sign-ed25519").danger_bytes(),
            *part("sign-ml-dsa").danger_bytes(),
        ]
        .concat();
        let public = SignSecret::from_seed(&array(&seed)).public().to_bytes();
        assert_eq!(public, bytes(case, "s_public"));
        Ok(())
    });
}

/// The bytes of each context against a plain encoding of its row in the table.
#[test]
fn contexts() {
    let cases = file("formats/contexts.json");
    assert_eq!(cases, crate::contexts::contexts());
    each(&cases, 51, |case| {
        let mut out = vec![0x80 | (items(case, "args").len() as u8 + 1)];
        out.extend(to_cbor(&text(case, "label")));
        for item in items(case, "args") {
            encode(item, &mut out);
        }
        assert_eq!(out, bytes(case, "bytes"));
        Ok(())
    });
    let labels: std::collections::BTreeSet<&str> = cases
        .as_array()
        .unwrap()
        .iter()
        .map(|case| text(case, "label"))
        .collect();
    let spec = std::fs::read_to_string(path("../formats.md")).unwrap();
    let section = spec
        .split("## 3. All contexts")
        .nth(1)
        .and_then(|rest| rest.split("## 4.").next())
        .unwrap();
    let mut rows = 0;
    for row in section.lines().filter(|line| line.starts_with("| `[\"")) {
        let cell = row.split('|').nth(1).unwrap();
        for label in cell.split("[\"").skip(1).map(|rest| rest.split('"').next()) {
            assert!(labels.contains(label.unwrap()), "no vector of {label:?}");
            rows += 1;
        }
    }
    assert_eq!(rows, labels.len(), "a context that the table lacks");
}

fn encode(item: &Value, out: &mut Vec<u8>) {
    match item {
        Value::Bool(value) => out.extend(to_cbor(value)),
        Value::Number(value) => out.extend(to_cbor(&value.as_u64().unwrap())),
        Value::String(value) => out.extend(to_cbor(&value.as_str())),
        Value::Array(inner) => {
            out.push(0x80 | inner.len() as u8);
            for item in inner {
                encode(item, out);
            }
        }
        other => out.extend(to_cbor(&Blob::from(bytes(other, "bytes")))),
    }
}
