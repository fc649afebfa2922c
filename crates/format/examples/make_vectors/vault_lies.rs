//! Vault entries that must not get in.

use crate::content::*;
use crate::directory::People;
use crate::story::{checkpoint, head, member, set_role};
use crate::vault::{Vault, ids, leaves, wraps_body};
use crate::world::{Human, raw_entry};
use serde_json::{Value, json};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{DangerSeededRng, SymmetricKey};
use strongroom_format::cbor::{Blob, to_cbor};
use strongroom_format::directory::DirectoryPayload;
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::signing::{SignatureKind, Signatures};
use strongroom_format::vault_payload::*;
use strongroom_types::*;

/// Everything that can be wrong with an entry whatever its payload.
pub fn places(v: &mut Vault<'_>, people: &People, good: &VaultPayload) {
    let b1 = &people.bert.devices[0];
    let ones = Digest::from_bytes([1; 32]);
    let entry = UnverifiedEntry::from_bytes(&v.honest(good, b1)).unwrap();
    let payload = entry.payload().unwrap().to_vec();
    let both = Signatures::both(b1, SignatureKind::Entry, entry.body_bytes()).to_bytes();
    v.reject(
        "data entry with two signatures",
        "signature",
        raw_entry(entry.body_bytes(), &both, Some(&payload)),
    );
    for (name, signatures) in [
        ("signature too short", to_cbor(&(Blob::from(vec![1; 63]),))),
        (
            "three signatures",
            to_cbor(&(
                Blob::from(vec![1; 64]),
                Blob::from(vec![1; 3_309]),
                Blob::from(vec![1; 64]),
            )),
        ),
        ("no signature", vec![0x80]),
    ] {
        v.reject(
            name,
            "form",
            raw_entry(entry.body_bytes(), &signatures, Some(&payload)),
        );
    }
    let invite = DirectoryPayload::WithdrawInvite {
        invite: InviteId::ZERO,
    };
    let mut body = v.body(good, b1);
    body.kind = invite.kind();
    let foreign = UnverifiedEntry::author(body, invite.to_bytes(), b1).to_bytes();
    v.reject("a directory's entry in a vault", "rule", foreign);
    let mut flipped = entry.signatures_bytes().to_vec();
    flipped[20] ^= 4;
    v.reject(
        "signature altered",
        "signature",
        raw_entry(entry.body_bytes(), &flipped, Some(&payload)),
    );
    for (name, at) in [("first", 30), ("last", payload.len() - 1)] {
        let mut altered = payload.clone();
        altered[at] ^= 1;
        v.reject(
            &format!("payload altered, {name}"),
            "payload_hash",
            raw_entry(entry.body_bytes(), entry.signatures_bytes(), Some(&altered)),
        );
    }
    let mut body = entry.body_bytes().to_vec();
    let last = body.len() - 40;
    body[last] ^= 1;
    v.reject(
        "body altered",
        "signature",
        raw_entry(&body, entry.signatures_bytes(), Some(&payload)),
    );
    type Change = fn(&mut strongroom_format::entry::EntryBody);
    let cases: [(&str, &str, Change); 11] = [
        ("another tenant", "wrong_log", |b| {
            b.tenant = TenantId::from_bytes([2; 32])
        }),
        ("another vault", "wrong_log", |b| {
            b.vault = VaultId::from_bytes([2; 32])
        }),
        ("sequence repeated", "sequence", |b| b.device_seq = 0),
        ("sequence with a gap", "sequence", |b| b.device_seq = 2),
        ("first entry has a previous one", "previous_own", |b| {
            b.previous_own_entry = Digest::from_bytes([1; 32])
        }),
        ("saw the future", "seen", |b| b.seen_index = 4),
        ("saw another history", "seen", |b| {
            b.seen_hash = Digest::from_bytes([1; 32])
        }),
        ("epoch before this one", "stale_epoch", |b| {
            b.epoch = Epoch(0)
        }),
        ("epoch after this one", "stale_epoch", |b| {
            b.epoch = Epoch(2)
        }),
        ("does not know the newest member", "stale_control", |b| {
            b.control_hash = Digest::from_bytes([1; 32])
        }),
        ("another directory", "directory_hash", |b| {
            b.directory_hash = Digest::from_bytes([1; 32])
        }),
    ];
    for (name, reason, change) in cases {
        v.reject(name, reason, v.forge(good, b1, change));
    }
    let fourth = v.directory.hash_at(4).unwrap();
    v.reject(
        "older directory than the log has seen",
        "directory_falls",
        v.forge(good, b1, |b| {
            b.directory_index = 4;
            b.directory_hash = fourth;
        }),
    );
    v.reject(
        "directory that we have not read",
        "directory_ahead",
        v.forge(good, b1, |b| b.directory_index = 99),
    );
    v.reject(
        "somebody who is no member writes",
        "not_member",
        v.honest(good, &people.carla.devices[0]),
    );
    let stranger = Human::make("mallory", &mut DangerSeededRng::new(77));
    v.reject(
        "device that is not in the directory",
        "unknown_device",
        v.honest(good, &stranger.devices[0]),
    );
    v.reject(
        "device that is not enrolled yet",
        "device_revoked",
        v.honest(good, &people.emil.devices[1]),
    );
    let tenth = v.directory.hash_at(10).unwrap();
    v.reject(
        "device that is revoked",
        "device_revoked",
        v.forge(good, b1, |b| {
            b.directory_index = 10;
            b.directory_hash = tenth;
        }),
    );
    forms(v, b1, good, ones);
}

/// Payloads that are signed but not well formed.
fn forms(v: &mut Vault<'_>, b1: &SignSecret, good: &VaultPayload, ones: Digest) {
    let VaultPayload::Record(r) = good else {
        return;
    };
    let two = [
        VersionId::from_bytes(id(2, 2)),
        VersionId::from_bytes(id(2, 1)),
    ];
    let many: Vec<VersionId> = (0..17).map(|n| VersionId::from_bytes(id(2, n))).collect();
    let sealed = strongroom_format::cbor::bytes(&r.sealed);
    let pack = |label: &str, table: &str, parents: &[VersionId], clear: &[u8]| {
        to_cbor(&(
            label,
            table,
            ones,
            r.record,
            r.version,
            parents,
            false,
            strongroom_format::cbor::bytes(clear),
            sealed,
        ))
    };
    let boxed = |length: usize| {
        let mut sealed = r.sealed.clone();
        sealed.resize(length, 0);
        VaultPayload::Record(RecordPayload {
            sealed,
            ..r.clone()
        })
    };
    for (name, length) in [
        ("record in the clear", 20),
        ("record box without padding", 56 + 255 + 16),
        ("record box of no padded length", 56 + 257 + 16),
        ("record box that ends in a tag", 56 + 16_400 + 10),
    ] {
        v.reject(name, "form", v.honest(&boxed(length), b1));
    }
    let mut trailing = pack("record/1", "case", &[], &[0x80]);
    trailing.push(0);
    let long = "t".repeat(201);
    for (name, payload) in [
        (
            "payload with unknown label",
            pack("record/2", "case", &[], &[0x80]),
        ),
        ("table without a name", pack("record/1", "", &[], &[0x80])),
        ("table name too long", pack("record/1", &long, &[], &[0x80])),
        (
            "parents not sorted",
            pack("record/1", "case", &two, &[0x80]),
        ),
        ("too many parents", pack("record/1", "case", &many, &[0x80])),
        ("clear field", pack("record/1", "case", &[], &[0x81, 0x00])),
        ("payload with a trailing byte", trailing),
        ("payload of another kind", to_cbor(&("vmeta/1", sealed))),
    ] {
        let body = v.body(good, b1);
        let entry = UnverifiedEntry::author(body, payload, b1).to_bytes();
        v.reject(name, "form", entry);
    }
}

/// The first epoch, before it is made.
pub fn first_keys(
    v: &mut Vault<'_>,
    people: &People,
    rng: &mut DangerSeededRng,
    bad: &mut Vec<Value>,
) {
    let a1 = &people.anna.devices[0];
    let secret = SymmetricKey::make(rng);
    let (good, _) = v.renewal(&secret, &[people.anna.id()], a1, rng);
    let gap = Renewal {
        epoch: Epoch(2),
        history_box: vec![1; 104].into(),
        ..good.clone()
    };
    v.reject(
        "epoch with a gap",
        "rule",
        v.honest(&VaultPayload::Epoch(gap), a1),
    );
    let history = Renewal {
        history_box: vec![1; 104].into(),
        ..good.clone()
    };
    v.reject(
        "history before the first epoch",
        "rule",
        v.honest(&VaultPayload::Epoch(history), a1),
    );
    let long = Renewal {
        history_box: vec![1; 88].into(),
        ..good.clone()
    };
    v.reject(
        "history box that holds no key",
        "form",
        v.honest(&VaultPayload::Epoch(long), a1),
    );
    v.reject(
        "first keys by somebody else",
        "not_member",
        v.honest(&VaultPayload::Epoch(good), &people.bert.devices[0]),
    );
    // A server that knows a wrap key can add a leaf, but not name a member.
    let (ghost, wraps) = v.renewal(&secret, &ids(&[&people.anna, &people.carla]), a1, rng);
    let raw = v.honest(&VaultPayload::Epoch(ghost), a1);
    let own = |human: &Human| {
        wraps
            .iter()
            .find(|(identity, ..)| *identity == human.id())
            .map(|(.., wrap)| wrap.clone())
    };
    bad.push(json!({ "name": "wraps root with an extra member", "after": v.raw.len(), "entry": crate::json::hex(&raw),
        "wraps": crate::json::hex(&wraps_body(&leaves(&wraps), own(&people.anna).as_deref(), 1)),
        "identity": people.anna.id().to_string(), "reason": "members" }));
}

/// What roles do not allow.
pub fn roles(v: &mut Vault<'_>, people: &People, rng: &mut DangerSeededRng) {
    let (a1, b1, c1) = (
        &people.anna.devices[0],
        &people.bert.devices[0],
        &people.carla.devices[0],
    );
    for (name, reason, payload, device) in [
        (
            "writer makes himself manager",
            "role_too_low",
            set_role(&people.bert, Role::Manager),
            b1,
        ),
        (
            "manager makes a manager",
            "role_too_low",
            set_role(&people.bert, Role::Manager),
            c1,
        ),
        (
            "manager lowers the owner",
            "role_too_low",
            set_role(&people.anna, Role::Reader),
            c1,
        ),
        (
            "last owner steps down",
            "rule",
            set_role(&people.anna, Role::Writer),
            a1,
        ),
        (
            "role of somebody who is no member",
            "rule",
            set_role(&people.dora, Role::Writer),
            a1,
        ),
        (
            "last owner leaves",
            "rule",
            VaultPayload::Leave {
                identity: people.anna.id(),
            },
            a1,
        ),
        (
            "leave for somebody else",
            "rule",
            VaultPayload::Leave {
                identity: people.anna.id(),
            },
            b1,
        ),
        (
            "writer erases",
            "role_too_low",
            VaultPayload::Erase { indexes: vec![4] },
            b1,
        ),
        (
            "erase of the future",
            "rule",
            VaultPayload::Erase { indexes: vec![50] },
            a1,
        ),
        (
            "erase of nothing",
            "form",
            VaultPayload::Erase { indexes: vec![] },
            a1,
        ),
        (
            "erase of more than 1,000",
            "form",
            VaultPayload::Erase {
                indexes: (0..1_001).collect(),
            },
            a1,
        ),
        (
            "erase of the genesis",
            "rule",
            VaultPayload::Erase { indexes: vec![0] },
            a1,
        ),
        (
            "erase of a vault's name",
            "rule",
            VaultPayload::Erase {
                indexes: vec![2, 4],
            },
            a1,
        ),
        (
            "erase of a member's admission",
            "rule",
            VaultPayload::Erase {
                indexes: vec![3, 4],
            },
            a1,
        ),
        (
            "erase list not sorted",
            "form",
            VaultPayload::Erase {
                indexes: vec![5, 4],
            },
            a1,
        ),
    ] {
        v.reject(name, reason, v.honest(&payload, device));
    }
    let (twice, _) = member(v, &people.bert, Role::Reader, c1, rng);
    v.reject("member twice", "rule", v.honest(&twice, c1));
    let stranger = VaultPayload::Member {
        identity: people.dora.id(),
        role: Role::Reader,
        generation: 1,
        wrap_hash: Digest::ZERO,
    };
    v.reject(
        "member who is not in the directory yet",
        "rule",
        v.honest(&stranger, c1),
    );
    let secret = SymmetricKey::make(rng);
    let (renewal, _) = v.renewal(&secret, &v.members(), b1, rng);
    v.reject(
        "writer makes new keys",
        "role_too_low",
        v.honest(&VaultPayload::Epoch(renewal.clone()), b1),
    );
    let remove = |human: &Human| VaultPayload::Remove {
        identity: human.id(),
        renewal: renewal.clone(),
    };
    v.reject(
        "manager removes the owner",
        "role_too_low",
        v.honest(&remove(&people.anna), c1),
    );
    v.reject(
        "removing oneself",
        "rule",
        v.honest(&remove(&people.anna), a1),
    );
    v.reject(
        "removing somebody who is no member",
        "rule",
        v.honest(&remove(&people.dora), a1),
    );
    let name = name_entry(v, b1, "mine", rng);
    v.reject("writer renames", "role_too_low", v.honest(&name, b1));
}

/// Heads and checkpoints.
pub fn attest(v: &mut Vault<'_>, people: &People) {
    let (b1, c1) = (&people.bert.devices[0], &people.carla.devices[0]);
    let good = head(v, 20_720);
    let VaultPayload::Head(fields) = &good else {
        return;
    };
    let wrong = VaultPayload::Head(HeadPayload {
        index: fields.index - 1,
        ..*fields
    });
    v.reject(
        "head that its author has not seen",
        "rule",
        v.honest(&wrong, b1),
    );
    let wrong = VaultPayload::Head(HeadPayload {
        directory_hash: Digest::ZERO,
        ..*fields
    });
    v.reject("head over another directory", "rule", v.honest(&wrong, b1));
    let foreign = good.to_bytes(v.tenant(), VaultId::from_bytes([4; 32]));
    let entry = UnverifiedEntry::author(v.body(&good, b1), foreign, b1).to_bytes();
    v.reject("head of another vault", "wrong_log", entry);
    v.push("head", &good, b1);
    let good = checkpoint(v);
    v.reject(
        "checkpoint by a writer",
        "role_too_low",
        v.honest(&good, b1),
    );
    let head = v.state.head().unwrap();
    let wrong = VaultPayload::Checkpoint {
        index: head.index,
        hash: head.hash,
        state_root: Digest::from_bytes([1; 32]),
    };
    v.reject("checkpoint of another state", "rule", v.honest(&wrong, c1));
    let entry = UnverifiedEntry::from_bytes(&v.honest(&good, c1)).unwrap();
    let single = Signatures::single(c1, SignatureKind::Entry, entry.body_bytes()).to_bytes();
    v.reject(
        "checkpoint with one signature",
        "signature",
        raw_entry(entry.body_bytes(), &single, entry.payload()),
    );
    v.push("checkpoint", &good, c1);
}
