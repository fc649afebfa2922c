//! `spec/vectors/records` and `spec/vectors/files`.

use crate::read::*;
use serde_json::{Value, json};
use strongroom_crypto::sealed_box::{self, Opener};
use strongroom_crypto::tree::{Segments, TreeHasher, check_group};
use strongroom_crypto::{Secret16, SymmetricKey, blake3_hash, password, sha256};
use strongroom_format::context::{self, EpochPurpose, RecordContext};
use strongroom_format::entry::Kind;
use strongroom_format::file::FileManifest;
use strongroom_format::link::unpack_shared;
use strongroom_format::pad::{padded_file_len, unpad};
use strongroom_format::record::{Value as Field, unpack_fields};
use strongroom_format::table::TableDefinition;
use strongroom_format::vault_payload::{FilePayload, LinkAction, VaultPayload};
use strongroom_types::limits::*;
use strongroom_types::*;

/// Where a case's entry stands.
struct Place {
    tenant: TenantId,
    vault: VaultId,
    epoch: Epoch,
    device: DeviceId,
    secret: SymmetricKey,
}

impl Place {
    fn of(case: &Value) -> Self {
        Self {
            tenant: text(case, "tenant").parse().unwrap(),
            vault: text(case, "vault").parse().unwrap(),
            epoch: Epoch(number(case, "epoch")),
            device: text(case, "device").parse().unwrap(),
            secret: SymmetricKey::from_slice(&bytes(case, "secret")).unwrap(),
        }
    }

    fn key(&self, purpose: EpochPurpose) -> SymmetricKey {
        let context = context::epoch_key(self.tenant, self.vault, self.epoch, purpose);
        self.secret.derive(&context)
    }
}

fn payload(case: &Value, kind: Kind, tenant: TenantId, vault: VaultId) -> Outcome<VaultPayload> {
    VaultPayload::from_bytes(kind, &bytes(case, "payload"), tenant, vault).map_err(|_| "form")
}

fn to_json(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => json!(value),
        Field::Integer(value) => json!(value),
        Field::Text(value) => json!(value),
    }
}

#[test]
fn records() {
    each(&file("records/records.json"), 19, |case| {
        let place = Place::of(case);
        let VaultPayload::Record(r) = payload(case, Kind::Record, place.tenant, place.vault)?
        else {
            panic!("not a record");
        };
        let context = context::record(&RecordContext {
            tenant: place.tenant,
            vault: place.vault,
            epoch: place.epoch,
            table: &r.table,
            table_definition_hash: r.table_definition_hash,
            record: r.record,
            version: r.version,
            parents: &r.parents,
            device: place.device,
            clear_fields_hash: sha256(&r.clear_fields),
            deleted: r.deleted,
        });
        let opened = sealed_box::open(&place.key(EpochPurpose::Records), &context, &r.sealed)
            .map_err(|_| "box")?;
        unpad(&opened).map_err(|_| "padding")?;
        let fields = unpack_fields(&opened).map_err(|_| "form")?;
        let found: serde_json::Map<String, Value> = fields
            .iter()
            .map(|(name, field)| (name.clone(), to_json(field)))
            .collect();
        assert_eq!(Value::Object(found), case["fields"]);
        let table = TableDefinition::from_json(&case["table_definition"].to_string()).unwrap();
        assert_eq!(table.definition_hash(), r.table_definition_hash);
        Ok(())
    });
}

/// A sealed file with one thing done to it.
fn change(sealed: &mut Vec<u8>, leaves: &mut Vec<u8>, change: &Value) {
    let at = |place: usize| change[place].as_u64().unwrap() as usize;
    let chunk = |place: usize| {
        let start = BOX_HEADER_BYTES + at(place) * CHUNK_SEALED_BYTES;
        start..start + CHUNK_SEALED_BYTES
    };
    match change[0].as_str().unwrap() {
        "flip" => sealed[at(1)] ^= 1,
        "cut" => sealed.truncate(sealed.len() - at(1)),
        "append" => sealed.extend(hex(change[1].as_str().unwrap())),
        "swap_chunks" => {
            let first = sealed[chunk(1)].to_vec();
            sealed.copy_within(chunk(2), chunk(1).start);
            sealed[chunk(2)].copy_from_slice(&first);
        }
        "copy_chunk" => sealed.copy_within(chunk(1), chunk(2).start),
        "flip_leaf" => leaves[at(1)] ^= 1,
        "swap_leaves" => {
            for byte in 0..32 {
                leaves.swap(32 * at(1) + byte, 32 * at(2) + byte);
            }
        }
        "cut_leaves" => leaves.truncate(leaves.len() - at(1)),
        "append_leaves" => leaves.extend(hex(change[1].as_str().unwrap())),
        "content_of" => *sealed = stored(change[1].as_str().unwrap(), "sealed"),
        other => panic!("unknown change {other}"),
    }
}

fn stored(name: &str, extension: &str) -> Vec<u8> {
    std::fs::read(path(&format!("files/{name}.{extension}"))).unwrap()
}

fn open_manifest(place: &Place, p: &FilePayload) -> Outcome<FileManifest> {
    let context = context::file_manifest(
        place.tenant,
        place.vault,
        place.epoch,
        p.record,
        p.file,
        p.revision,
        place.device,
    );
    let key = place.key(EpochPurpose::Meta);
    let opened = sealed_box::open(&key, &context, &p.manifest_box).map_err(|_| "box")?;
    let m = FileManifest::unpack(&opened).map_err(|_| "form")?;
    let same = m.tenant == place.tenant
        && m.vault == place.vault
        && (m.record, m.file, m.revision) == (p.record, p.file, p.revision)
        && (&m.parents, m.sealed_length) == (&p.parents, p.sealed_length);
    if same { Ok(m) } else { Err("manifest") }
}

fn open_file(
    key: &SymmetricKey,
    m: &FileManifest,
    sealed: &[u8],
    leaves: &[u8],
) -> Outcome<Vec<u8>> {
    let length = sealed.len() as u64;
    if length != m.sealed_length {
        return Err("length");
    }
    let mut builder = Segments::builder(length);
    builder.push_leaves(leaves);
    let segments = builder.finish(&m.tree_root).map_err(|_| "leaves")?;
    let segment_bytes = 32 * TREE_SEGMENT_GROUPS;
    for (number, segment) in leaves.chunks(segment_bytes).enumerate() {
        segments
            .check_leaves(number as u64, segment)
            .map_err(|_| "leaves")?;
    }
    if sealed[..BOX_HEADER_BYTES] != *m.header {
        return Err("header");
    }
    for (group, piece) in sealed.chunks(TREE_GROUP_BYTES).enumerate() {
        let leaf = array(&leaves[32 * group..32 * group + 32]);
        check_group(length, group as u64, piece, &leaf).map_err(|_| "group")?;
    }
    let context = context::file(m.tenant, m.vault, m.file, m.revision);
    let header = array(&sealed[..BOX_HEADER_BYTES]);
    let opener = Opener::new(key, &context, &header).map_err(|_| "box")?;
    let mut plain = Vec::new();
    let mut body = sealed[BOX_HEADER_BYTES..].to_vec();
    for (index, chunk) in body.chunks_mut(CHUNK_SEALED_BYTES).enumerate() {
        let last = chunk.len() < CHUNK_SEALED_BYTES;
        let opened = opener
            .open_chunk(index as u64, last, chunk)
            .map_err(|_| "box")?;
        plain.extend_from_slice(opened);
    }
    let length = m.true_length as usize;
    let padded = plain.len() as u64 == padded_file_len(m.true_length);
    if !padded || plain[length..].iter().any(|byte| *byte != 0) {
        return Err("padding");
    }
    plain.truncate(length);
    Ok(plain)
}

#[test]
fn files() {
    let value = file("files/files.json");
    let place = Place::of(&value);
    each(&value["cases"], 43, |case| {
        let stem = text(case, "file");
        let (mut sealed, mut leaves) = (stored(stem, "sealed"), stored(stem, "leaves"));
        if case["change"].is_array() {
            change(&mut sealed, &mut leaves, &case["change"]);
        }
        let VaultPayload::File(p) = payload(case, Kind::File, place.tenant, place.vault)? else {
            panic!("not a file");
        };
        let m = open_manifest(&place, &p)?;
        let context = context::file_key(place.tenant, place.vault, place.epoch, p.file, p.revision);
        let opened = sealed_box::open(&place.key(EpochPurpose::Files), &context, &p.key_box)
            .map_err(|_| "box")?;
        let key = SymmetricKey::from_slice(&opened).ok_or("box")?;
        let plain = open_file(&key, &m, &sealed, &leaves)?;
        assert_eq!(plain.len() as u64, number(case, "true_length"));
        assert_eq!(sha256(&plain), digest(case, "sha256"));
        assert_eq!(m.name, text(case, "file_name"));
        assert_eq!(m.tree_root, digest(case, "tree_root"));
        assert_eq!(blake3_hash(&sealed), m.tree_root);
        Ok(())
    });
}

#[test]
fn trees() {
    each(&file("files/trees.json"), 8, |case| {
        let length = number(case, "length") as usize;
        let data: Vec<u8> = (0..length)
            .map(|at| ((7 * at + length) % 251) as u8)
            .collect();
        let mut leaves = Vec::new();
        let mut tree = TreeHasher::new();
        tree.update(&data, &mut leaves);
        assert_eq!(tree.finish(&mut leaves), digest(case, "root"));
        let stored = std::fs::read(path(&format!("files/{}", text(case, "leaves")))).unwrap();
        assert_eq!(leaves, stored);
        Ok(())
    });
}

#[test]
fn links() {
    each(&file("files/links.json"), 19, |case| {
        let tenant = text(case, "tenant").parse().unwrap();
        let vault = text(case, "vault").parse().unwrap();
        let VaultPayload::Link(l) = payload(case, Kind::Link, tenant, vault)? else {
            panic!("not a link");
        };
        let (address, code) = text(case, "url").split_once('#').unwrap();
        let link: LinkId = address.rsplit('/').next().unwrap().parse().unwrap();
        let fragment = Secret16::from_code(code).unwrap();
        let part = |purpose: &str| fragment.derive(&context::link_key(link, purpose));
        let sealed = bytes(case, "box");
        if l.link != link
            || l.action != LinkAction::Create
            || sha256(part("auth").danger_bytes()) != l.token_hash
            || sha256(&sealed) != l.box_hash
        {
            return Err("link");
        }
        let stretched = case["passphrase"].as_str().map(|passphrase| {
            let salt = array(&part("salt").danger_bytes()[..16]);
            password::argon2id(passphrase.as_bytes(), &salt)
        });
        if stretched.is_some() != l.passphrase {
            return Err("link");
        }
        let derived = part("box");
        let mut parts = vec![&derived.danger_bytes()[..]];
        parts.extend(stretched.as_ref().map(|key| &key.danger_bytes()[..]));
        let key = SymmetricKey::mix(&parts, &context::link_key(link, "box"));
        let context = context::link(tenant, vault, l.file, l.revision, link);
        let opened = sealed_box::open(&key, &context, &sealed).map_err(|_| "box")?;
        let (file_key, manifest) = unpack_shared(&opened).map_err(|_| "form")?;
        let m = &manifest;
        if (m.tenant, m.vault, m.file, m.revision) != (tenant, vault, l.file, l.revision) {
            return Err("manifest");
        }
        assert_eq!(file_key.danger_bytes().as_slice(), bytes(case, "file_key"));
        assert_eq!(manifest.name, text(case, "file_name"));
        Ok(())
    });
}
