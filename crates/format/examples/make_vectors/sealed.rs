//! Records, files and links: what opens, and what must not.

use crate::content::*;
use crate::json::{hex, write};
use crate::vault::Vault;
use serde_json::{Value, json};
use std::path::Path;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::tree::TreeHasher;
use strongroom_crypto::{DangerSeededRng, Secret16, SymmetricKey, password, sealed_box, sha256};
use strongroom_format::cbor::to_cbor;
use strongroom_format::context::{self, EpochPurpose};
use strongroom_format::link::pack_shared;
use strongroom_format::pad::{pad, padded_file_len};
use strongroom_format::person::device_id;
use strongroom_format::record::{Value as Field, pack_fields};
use strongroom_format::vault_payload::*;
use strongroom_types::*;

fn common(v: &Vault<'_>, device: &SignSecret) -> Value {
    json!({ "tenant": v.tenant().to_string(), "vault": v.vault().to_string(), "epoch": v.epoch().0,
        "device": device_id(device.public()).to_string(), "secret": hex(v.secrets.last().unwrap().danger_bytes()) })
}

fn payload(v: &Vault<'_>, payload: &VaultPayload) -> String {
    hex(&payload.to_bytes(v.tenant(), v.vault()))
}

pub fn field_json(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => json!(value),
        Field::Integer(value) => json!(value),
        Field::Text(value) => json!(value),
    }
}

pub fn records(v: &Vault<'_>, device: &SignSecret, rng: &mut DangerSeededRng) -> Value {
    let version = Version {
        record: 7,
        version: 7,
        parents: &[5, 6],
        deleted: false,
    };
    let content = pack_fields(&fields("A title")).unwrap();
    let good = record(v, device, &version, &content, rng);
    let shown: serde_json::Map<String, Value> = fields("A title")
        .iter()
        .map(|(name, field)| (name.clone(), field_json(field)))
        .collect();
    let mut cases = Vec::new();
    let mut case = |name: &str, reason: Option<&str>, change: Value, r: &RecordPayload| {
        let mut value = common(v, device);
        value["name"] = json!(name);
        value["payload"] = json!(payload(v, &VaultPayload::Record(r.clone())));
        match reason {
            None => {
                value["result"] = json!("valid");
                value["fields"] = json!(shown);
                value["table_definition"] = serde_json::from_str(CASE).unwrap();
            }
            Some(reason) => {
                value["result"] = json!("invalid");
                value["reason"] = json!(reason);
            }
        }
        if let Value::Object(change) = change {
            for (key, field) in change {
                value[key] = field;
            }
        }
        cases.push(value);
    };
    case("version", None, json!({}), &good);
    let boxed = Some("box");
    let o = hex(&[1; 32]);
    case(
        "shown in another tenant",
        boxed,
        json!({ "tenant": o }),
        &good,
    );
    case(
        "shown in another vault",
        boxed,
        json!({ "vault": o }),
        &good,
    );
    case(
        "shown as another device's",
        boxed,
        json!({ "device": o }),
        &good,
    );
    case(
        "shown in another epoch",
        boxed,
        json!({ "epoch": 4 }),
        &good,
    );
    case(
        "opened with another secret",
        boxed,
        json!({ "secret": o }),
        &good,
    );
    let mut swap = |name: &str, change: fn(&mut RecordPayload)| {
        let mut altered = good.clone();
        change(&mut altered);
        case(name, boxed, json!({}), &altered);
    };
    swap("another record", |r| {
        r.record = RecordId::from_bytes(id(0xaa, 8))
    });
    swap("another version", |r| {
        r.version = VersionId::from_bytes(id(0xbb, 8))
    });
    swap("another table", |r| r.table = "person".to_owned());
    swap("another table definition", |r| {
        r.table_definition_hash = Digest::from_bytes([1; 32])
    });
    swap("parent left out", |r| {
        r.parents.pop();
    });
    swap("not deleted shown as deleted", |r| r.deleted = true);
    swap("box altered", |r| r.sealed[80] ^= 1);
    let mut forged = |name: &str, reason: &str, content: &[u8]| {
        let r = record(v, device, &version, content, rng);
        case(name, Some(reason), json!({}), &r);
    };
    let mut dirty = content.to_vec();
    *dirty.last_mut().unwrap() = 1;
    forged("padding not zero", "padding", &dirty);
    forged("padded too little", "form", &content[..content.len() - 1]);
    let mut more = content.to_vec();
    more.resize(padded_file_len(more.len() as u64 + 1) as usize, 0);
    forged("padded too much", "padding", &more);
    let unsorted = pad(&to_cbor(&("fields/1", vec![("b", 1u64), ("a", 2)])));
    forged("fields not sorted", "form", &unsorted);
    let label = pad(&to_cbor(&("vname/1", "a name")));
    forged("content of another kind", "form", &label);
    let mut cut = good.clone();
    cut.sealed.pop();
    case("box cut", Some("form"), json!({}), &cut);
    Value::Array(cases)
}

pub fn files(
    v: &Vault<'_>,
    device: &SignSecret,
    rng: &mut DangerSeededRng,
    folder: &Path,
) -> Value {
    let mut cases: Vec<Value> = Vec::new();
    let ids = |revision: u8| FileIds {
        tenant: v.tenant(),
        vault: v.vault(),
        file: 1,
        revision,
        parents: &[],
        name: "a file.bin",
    };
    let store = |name: &str, file: &SealedFile| {
        std::fs::write(folder.join(format!("{name}.sealed")), &file.sealed).unwrap();
        std::fs::write(folder.join(format!("{name}.leaves")), &file.leaves).unwrap();
    };
    let entry = |payload_: FilePayload| payload(v, &VaultPayload::File(payload_));
    let mut bases = Vec::new();
    for (at, size) in [0usize, 1, 16_383, 16_384, 16_385, 100_000]
        .into_iter()
        .enumerate()
    {
        let content = pattern(size);
        let file = seal_file(&ids(at as u8 + 10), &content, None, rng);
        let name = size.to_string();
        store(&name, &file);
        let p = file_payload(v, device, &file, &file.manifest.to_bytes(), 0, rng);
        let payload = entry(p.clone());
        cases.push(json!({ "name": format!("{size} bytes"), "result": "valid", "file": name, "payload": payload, "true_length": size,
            "sha256": sha256(&content).to_string(), "tree_root": file.manifest.tree_root.to_string(), "file_name": "a file.bin" }));
        bases.push((name, payload, file, p));
    }
    let (name, good, file, parts) = &bases[5];
    let total = file.sealed.len() as u64;
    let mut bad = |title: &str, reason: &str, change: Value| {
        cases.push(json!({ "name": title, "result": "invalid", "reason": reason, "file": name, "payload": good, "change": change }));
    };
    bad("salt altered", "header", json!(["flip", 3]));
    bad("commitment altered", "header", json!(["flip", 50]));
    bad("first chunk altered", "group", json!(["flip", 60]));
    bad(
        "tag of the first chunk altered",
        "group",
        json!(["flip", 56 + 16_384 + 2]),
    );
    bad("last byte altered", "group", json!(["flip", total - 1]));
    bad(
        "last chunk cut away",
        "length",
        json!(["cut", (total - 56) % 16_400]),
    );
    bad("last byte cut away", "length", json!(["cut", 1]));
    bad("a byte added", "length", json!(["append", "00"]));
    bad(
        "first two chunks exchanged",
        "group",
        json!(["swap_chunks", 0, 1]),
    );
    bad(
        "second chunk repeats the first",
        "group",
        json!(["copy_chunk", 0, 1]),
    );
    bad("a leaf altered", "leaves", json!(["flip_leaf", 40]));
    bad("leaves exchanged", "leaves", json!(["swap_leaves", 0, 1]));
    bad("a leaf too few", "leaves", json!(["cut_leaves", 32]));
    bad(
        "a leaf too many",
        "leaves",
        json!(["append_leaves", hex(&[0; 32])]),
    );
    bad("leaves cut inside", "leaves", json!(["cut_leaves", 1]));
    bad(
        "content of another revision",
        "length",
        json!(["content_of", "16385"]),
    );
    let mut altered = |title: &str, reason: &str, change: fn(&mut FilePayload)| {
        let mut p = parts.clone();
        change(&mut p);
        cases.push(json!({ "name": title, "result": "invalid", "reason": reason, "file": name, "payload": entry(p) }));
    };
    altered("another file", "box", |p| {
        p.file = FileId::from_bytes(id(0xcc, 9))
    });
    altered("another revision", "box", |p| {
        p.revision = RevisionId::from_bytes(id(0xdd, 9))
    });
    altered("another record", "box", |p| {
        p.record = RecordId::from_bytes(id(0xaa, 9))
    });
    altered("another length in the entry", "manifest", |p| {
        p.sealed_length += 1
    });
    altered("other parents in the entry", "manifest", |p| {
        p.parents = vec![RevisionId::from_bytes(id(0xdd, 9))]
    });
    altered("key box altered", "box", |p| p.key_box[60] ^= 1);
    altered("manifest box altered", "box", |p| p.manifest_box[60] ^= 1);
    altered("key box and manifest box exchanged", "form", |p| {
        std::mem::swap(&mut p.key_box, &mut p.manifest_box)
    });
    let mut short = parts.clone();
    let context = context::file_key(v.tenant(), v.vault(), v.epoch(), parts.file, parts.revision);
    short.key_box = sealed_box::seal(&v.key(EpochPurpose::Files), &context, &[1; 31], rng);
    cases.push(json!({ "name": "key box holds 31 bytes", "result": "invalid", "reason": "form", "file": name, "payload": entry(short) }));
    let small = &bases[1].2;
    let mut manifest = |title: &str, reason: &str, bytes: &[u8], stem: &str| {
        let p = file_payload(v, device, small, bytes, 0, rng);
        cases.push(json!({ "name": title, "result": "invalid", "reason": reason, "file": stem, "payload": entry(p) }));
    };
    let mut m = small.manifest.clone();
    m.true_length = 300;
    manifest("true length that does not fit", "form", &m.to_bytes(), "1");
    let mut m = small.manifest.clone();
    m.record = RecordId::from_bytes(id(0xaa, 9));
    manifest("manifest of another record", "manifest", &m.to_bytes(), "1");
    let mut m = small.manifest.clone();
    m.revision = RevisionId::from_bytes(id(0xdd, 9));
    manifest(
        "manifest of another revision",
        "manifest",
        &m.to_bytes(),
        "1",
    );
    let mut m = small.manifest.clone();
    m.tenant = TenantId::from_bytes([1; 32]);
    manifest("manifest of another tenant", "manifest", &m.to_bytes(), "1");
    let mut m = small.manifest.clone();
    m.tree_root = Digest::from_bytes([1; 32]);
    manifest("another tree root", "leaves", &m.to_bytes(), "1");
    let mut m = small.manifest.clone();
    m.media_type = "m".repeat(201);
    manifest("media type too long", "form", &m.to_bytes(), "1");
    let mut m = small.manifest.clone();
    m.name = String::new();
    manifest("file without a name", "form", &m.to_bytes(), "1");
    let mut trailing = small.manifest.to_bytes();
    trailing.push(0);
    manifest("manifest with a trailing byte", "form", &trailing, "1");
    let mut m = small.manifest.clone();
    m.true_length = 0;
    manifest(
        "true length shorter than the content",
        "padding",
        &m.to_bytes(),
        "1",
    );

    // What a colleague who holds the keys could seal badly.
    let mut padded = pattern(10);
    padded.resize(256, 0);
    padded[200] = 1;
    let dirty = seal_file(&ids(20), &pattern(10), Some(padded), rng);
    store("dirty", &dirty);
    let p = file_payload(v, device, &dirty, &dirty.manifest.to_bytes(), 0, rng);
    cases.push(json!({ "name": "zeros after the file that are none", "result": "invalid", "reason": "padding", "file": "dirty", "payload": entry(p) }));
    let mut wrong = seal_file(&ids(21), &pattern(10), None, rng);
    store("wrong-key", &wrong);
    wrong.key = SymmetricKey::make(rng);
    let p = file_payload(v, device, &wrong, &wrong.manifest.to_bytes(), 0, rng);
    cases.push(json!({ "name": "key box with another key", "result": "invalid", "reason": "box", "file": "wrong-key", "payload": entry(p) }));
    let moved = seal_file(&ids(22), &pattern(10), None, rng);
    store("moved", &moved);
    let mut as_other = moved.manifest.clone();
    as_other.revision = RevisionId::from_bytes(id(0xdd, 23));
    let moved = SealedFile {
        manifest: as_other,
        ..moved
    };
    let p = file_payload(v, device, &moved, &moved.manifest.to_bytes(), 0, rng);
    cases.push(json!({ "name": "content sealed for another revision", "result": "invalid", "reason": "box", "file": "moved", "payload": entry(p) }));
    let mut value = common(v, device);
    value["cases"] = json!(cases);
    value
}

/// Trees of more than one segment, over `(7·i + length) mod 251`, without any box.
pub fn trees(folder: &Path) -> Value {
    let mut cases = Vec::new();
    for length in [
        0usize,
        1,
        16_384,
        16_385,
        49_152,
        8 << 20,
        (8 << 20) + 1,
        20_000_000,
    ] {
        let mut leaves = Vec::new();
        let mut tree = TreeHasher::new();
        tree.update(&pattern(length), &mut leaves);
        let root = tree.finish(&mut leaves);
        std::fs::write(folder.join(format!("tree-{length}.leaves")), &leaves).unwrap();
        cases.push(json!({ "length": length, "root": root.to_string(), "leaves": format!("tree-{length}.leaves") }));
    }
    Value::Array(cases)
}

pub fn links(v: &Vault<'_>, rng: &mut DangerSeededRng) -> Value {
    let mut cases = Vec::new();
    for passphrase in [None, Some("open sesame")] {
        let ids = FileIds {
            tenant: v.tenant(),
            vault: v.vault(),
            file: 1,
            revision: 30,
            parents: &[],
            name: "shared.pdf",
        };
        let file = seal_file(&ids, &pattern(20), None, rng);
        let fragment = Secret16::make(rng);
        let link = LinkId::make(rng);
        let derived = fragment.derive(&context::link_key(link, "box"));
        let key = match passphrase {
            None => SymmetricKey::mix(&[derived.danger_bytes()], &context::link_key(link, "box")),
            Some(text) => {
                let salt = fragment.derive(&context::link_key(link, "salt"));
                let mut first = [0; 16];
                first.copy_from_slice(&salt.danger_bytes()[..16]);
                let stretched = password::argon2id(text.as_bytes(), &first);
                let parts = [&derived.danger_bytes()[..], stretched.danger_bytes()];
                SymmetricKey::mix(&parts, &context::link_key(link, "box"))
            }
        };
        let m = &file.manifest;
        let context = context::link(v.tenant(), v.vault(), m.file, m.revision, link);
        let sealed = sealed_box::seal(&key, &context, &pack_shared(&file.key, m), rng);
        let token = fragment.derive(&context::link_key(link, "auth"));
        let entry = LinkPayload {
            link,
            file: m.file,
            revision: m.revision,
            action: LinkAction::Create,
            expires_ms: 1_900_000_000_000,
            max_count: 2,
            token_hash: sha256(token.danger_bytes()),
            box_hash: sha256(&sealed),
            passphrase: passphrase.is_some(),
        };
        let url = format!("https://localhost:8443/l/{link}#{}", fragment.to_code());
        let base = json!({ "tenant": v.tenant().to_string(), "vault": v.vault().to_string(), "url": url, "passphrase": passphrase,
            "payload": payload(v, &VaultPayload::Link(entry)), "box": hex(&sealed), "file_key": hex(file.key.danger_bytes()), "file_name": "shared.pdf" });
        let mut add = |name: &str, reason: Option<&str>, change: Value| {
            let mut value = base.clone();
            value["name"] = json!(name);
            value["result"] = json!(if reason.is_some() { "invalid" } else { "valid" });
            if let Some(reason) = reason {
                value["reason"] = json!(reason);
            }
            if let Value::Object(change) = change {
                for (key, field) in change {
                    value[key] = field;
                }
            }
            cases.push(value);
        };
        add("link", None, json!({}));
        let mut altered = sealed.clone();
        altered[100] ^= 1;
        add(
            "box altered by the server",
            Some("link"),
            json!({ "box": hex(&altered) }),
        );
        let honest_hash = LinkPayload {
            box_hash: sha256(&altered),
            ..entry
        };
        add(
            "box and its hash altered",
            Some("box"),
            json!({ "box": hex(&altered), "payload": payload(v, &VaultPayload::Link(honest_hash)) }),
        );
        let other = LinkPayload {
            revision: RevisionId::from_bytes(id(0xdd, 31)),
            ..entry
        };
        add(
            "another revision",
            Some("box"),
            json!({ "payload": payload(v, &VaultPayload::Link(other)) }),
        );
        add(
            "another vault",
            Some("box"),
            json!({ "vault": hex(&[1; 32]) }),
        );
        let mut said = file.manifest.clone();
        said.revision = RevisionId::from_bytes(id(0xdd, 32));
        let lie = sealed_box::seal(&key, &context, &pack_shared(&file.key, &said), rng);
        let signed = LinkPayload {
            box_hash: sha256(&lie),
            ..entry
        };
        add(
            "manifest of another revision in the box",
            Some("manifest"),
            json!({ "box": hex(&lie), "payload": payload(v, &VaultPayload::Link(signed)) }),
        );
        let unlocked = LinkPayload {
            passphrase: !entry.passphrase,
            ..entry
        };
        add(
            "passphrase asked for or not, unlike the entry",
            Some("link"),
            json!({ "payload": payload(v, &VaultPayload::Link(unlocked)) }),
        );
        let stranger = Secret16::make(rng);
        add(
            "another fragment",
            Some("link"),
            json!({ "url": format!("https://localhost:8443/l/{link}#{}", stranger.to_code()) }),
        );
        let elsewhere = LinkId::make(rng);
        add(
            "another link",
            Some("link"),
            json!({ "url": format!("https://localhost:8443/l/{elsewhere}#{}", fragment.to_code()) }),
        );
        if passphrase.is_some() {
            add(
                "another passphrase",
                Some("box"),
                json!({ "passphrase": "open barley" }),
            );
        }
    }
    Value::Array(cases)
}

/// Writes all of them.
pub fn write_all(v: &Vault<'_>, device: &SignSecret, rng: &mut DangerSeededRng, root: &Path) {
    write(root, "records/records.json", &records(v, device, rng));
    let folder = root.join("files");
    std::fs::create_dir_all(&folder).unwrap();
    write(root, "files/files.json", &files(v, device, rng, &folder));
    write(root, "files/trees.json", &trees(&folder));
    write(root, "files/links.json", &links(v, rng));
}
