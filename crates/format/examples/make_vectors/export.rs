//! The story as `spec/export.md` lays it out: what Anna exports.

use crate::content::{fields, pattern};
use crate::directory::People;
use crate::json::hex;
use crate::story::Story;
use crate::wallet;
use crate::world::Directory;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use strongroom_crypto::{DangerSeededRng, sha256};
use strongroom_format::codes::{CodeKind, write_code};
use strongroom_format::entry::{Head, UnverifiedEntry};
use strongroom_format::transport::{Page, StoredEntry};
use strongroom_types::Digest;

/// Pages of at most ten entries.
fn pages(raw: &[Vec<u8>], head: Head, erased: &[usize]) -> Vec<u8> {
    let mut out = Vec::new();
    let entries: Vec<UnverifiedEntry> = raw
        .iter()
        .map(|raw| UnverifiedEntry::from_bytes(raw).unwrap())
        .collect();
    for (number, page) in entries.chunks(10).enumerate() {
        let stored: Vec<StoredEntry<'_>> = page
            .iter()
            .enumerate()
            .map(|(at, entry)| StoredEntry {
                index: (10 * number + at) as u64,
                appended_ms: 1_790_000_000_000,
                body: entry.body_bytes(),
                signatures: entry.signatures_bytes(),
                payload: entry
                    .payload()
                    .filter(|_| !erased.contains(&(10 * number + at))),
            })
            .collect();
        out.extend(Page::encode(head, &stored));
    }
    out
}

fn save(path: &Path, value: &Value) {
    let text = serde_json::to_string_pretty(value).unwrap();
    fs::write(path, text + "\n").unwrap();
}

pub fn write(
    folder: &Path,
    log: &Directory,
    story: &Story<'_>,
    people: &People,
    rng: &mut DangerSeededRng,
) {
    let anna = &people.anna;
    let (tenant, vault) = (log.tenant(), story.vault.vault());
    let place = folder.join("vaults").join(vault.to_string());
    // Another vault's id would leave the old folder behind.
    fs::remove_dir_all(folder).ok();
    fs::create_dir_all(place.join("files")).unwrap();
    let directory_head = log.state.head().unwrap();
    let head = story.vault.state.head().unwrap();
    let directory = pages(&log.raw, directory_head, &[]);
    fs::write(folder.join("directory.cbor"), directory).unwrap();
    let entries = pages(&story.vault.raw, head, &[4]);
    fs::write(place.join("log.cbor"), entries).unwrap();
    for epoch in &story.vault.wraps {
        let own = epoch["wraps"]
            .as_array()
            .unwrap()
            .iter()
            .find(|wrap| wrap[0] == json!(anna.id().to_string()))
            .unwrap();
        let body = crate::vault::wraps_body(
            &crate::vault::leaves_of(epoch),
            Some(&crate::vault::unhex(&own[2])),
            epoch["carrier_index"].as_u64().unwrap(),
        );
        fs::write(place.join(format!("wraps-{}.cbor", epoch["epoch"])), body).unwrap();
    }
    for (revision, sealed, leaves) in &story.vault.files {
        let stem = place.join("files").join(revision.to_string());
        fs::write(stem.with_extension("sealed"), sealed).unwrap();
        fs::write(stem.with_extension("leaves"), leaves).unwrap();
    }
    let heads = vec![
        (
            Digest::from_bytes(*tenant.as_bytes()),
            directory_head.index,
            directory_head.hash,
        ),
        (Digest::from_bytes(*vault.as_bytes()), head.index, head.hash),
    ];
    let built = wallet::build(tenant, anna, &anna.identity, heads, rng);
    fs::write(folder.join("wallet.cbor"), built.wallet.to_bytes()).unwrap();
    save(
        &folder.join("keys.json"),
        &json!({ "recovery_code": write_code(CodeKind::Recover, &built.code) }),
    );
    let device = strongroom_format::person::device_id(anna.devices[0].public());
    save(
        &folder.join("export.json"),
        &json!({ "format": "strongroom-export/1", "tenant": tenant.to_string(), "identity": anna.id().to_string(), "device": device.to_string(),
            "made_ms": 1_790_000_000_000u64, "directory": { "index": directory_head.index, "hash": directory_head.hash.to_string() },
            "vaults": { vault.to_string(): { "index": head.index, "hash": head.hash.to_string() } } }),
    );
    save(
        &folder.join("expected.json"),
        &json!({ "vaults": { vault.to_string(): {
            "name": "Acme ./. Roe",
            "records": {
                text(0xaa, 1): one(12, true, "both"),
                text(0xaa, 2): one(9, false, "second record"),
                text(0xaa, 3): one(11, false, "after the removal"),
            },
            "files": {
                text(0xdd, 1): { "file": text(0xcc, 1), "record": text(0xaa, 1), "name": "brief.pdf", "true_length": 1_000, "sha256": sha256(&pattern(1_000)).to_string() },
                text(0xdd, 2): { "file": text(0xcc, 1), "record": text(0xaa, 1), "name": "brief (2).pdf", "true_length": 17_000, "sha256": sha256(&pattern(17_000)).to_string() },
            } } } }),
    );
}

fn text(kind: u8, number: u8) -> String {
    hex(&crate::content::id(kind, number))
}

/// A record with one head.
fn one(version: u8, deleted: bool, title: &str) -> Value {
    let shown: serde_json::Map<String, Value> = fields(title)
        .iter()
        .map(|(name, field)| (name.clone(), crate::sealed::field_json(field)))
        .collect();
    json!({ "table": "case", "heads": [{ "version": text(0xbb, version), "deleted": deleted, "fields": shown }] })
}
