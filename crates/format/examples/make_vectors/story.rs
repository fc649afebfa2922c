//! The story of one shared vault from its first entry to its last, and what must not get in.

use crate::content::*;
use crate::directory::People;
use crate::vault::{Vault, Wraps, ids, leaves};
use crate::world::{Human, raw_entry};
use crate::{data_lies, vault_lies};
use serde_json::{Value, json};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{DangerSeededRng, SymmetricKey, sha256};
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::vault_payload::*;
use strongroom_types::*;

/// Everything that the story leaves behind for other vectors.
pub struct Story<'a> {
    pub vault: Vault<'a>,
    pub json: Value,
    pub wraps: Value,
}

const EXPIRES: u64 = 1_900_000_000_000;

pub fn file_id(number: u8) -> FileId {
    FileId::from_bytes(id(0xcc, number))
}

pub fn revision_id(number: u8) -> RevisionId {
    RevisionId::from_bytes(id(0xdd, number))
}

pub fn lease(number: u8, action: LeaseAction, fence: u64) -> VaultPayload {
    VaultPayload::Lease(LeasePayload {
        file: file_id(1),
        lease: LeaseId::from_bytes(id(0xe0, number)),
        action,
        expires_ms: EXPIRES,
        fence,
    })
}

pub fn link(number: u8, action: LinkAction) -> VaultPayload {
    let create = action == LinkAction::Create;
    let some = |byte| {
        if create {
            Digest::from_bytes([byte; 32])
        } else {
            Digest::ZERO
        }
    };
    VaultPayload::Link(LinkPayload {
        link: LinkId::from_bytes(id(0xf0, number)),
        file: file_id(1),
        revision: revision_id(1),
        action,
        expires_ms: if create { EXPIRES } else { 0 },
        max_count: if create { 3 } else { 0 },
        token_hash: some(5),
        box_hash: some(6),
        passphrase: false,
    })
}

pub fn head(vault: &Vault<'_>, day: u64) -> VaultPayload {
    let head = vault.state.head().unwrap();
    VaultPayload::Head(HeadPayload {
        index: head.index,
        hash: head.hash,
        directory_hash: vault.directory.hash_at(vault.directory_index).unwrap(),
        wallet_version: 4,
        day,
    })
}

pub fn checkpoint(vault: &Vault<'_>) -> VaultPayload {
    let head = vault.state.head().unwrap();
    VaultPayload::Checkpoint {
        index: head.index,
        hash: head.hash,
        state_root: vault.state.state_root(),
    }
}

pub fn set_role(human: &Human, role: Role) -> VaultPayload {
    VaultPayload::Role {
        identity: human.id(),
        role,
    }
}

/// A member entry and its wrap.
pub fn member(
    vault: &Vault<'_>,
    human: &Human,
    role: Role,
    device: &SignSecret,
    rng: &mut DangerSeededRng,
) -> (VaultPayload, Wraps) {
    let secret = vault.secrets.last().unwrap();
    let (generation, wrap) = vault.wrap(secret, vault.epoch(), human.id(), device, rng);
    let payload = VaultPayload::Member {
        identity: human.id(),
        role,
        generation,
        wrap_hash: sha256(&wrap),
    };
    (payload, vec![(human.id(), generation, wrap)])
}

fn add(
    vault: &mut Vault<'_>,
    human: &Human,
    role: Role,
    device: &SignSecret,
    rng: &mut DangerSeededRng,
    out: &mut Vec<Value>,
) {
    let (payload, wraps) = member(vault, human, role, device, rng);
    vault.push(&format!("member {}", human.name), &payload, device);
    let (identity, generation, wrap) = &wraps[0];
    out.push(json!({ "epoch": vault.epoch().0, "carrier_index": vault.state.head().unwrap().index,
        "identity": identity.to_string(), "generation": generation, "wrap": crate::json::hex(wrap) }));
}

fn keep(vault: &mut Vault<'_>, file: &SealedFile) {
    let revision = file.manifest.revision;
    vault
        .files
        .push((revision, file.sealed.clone(), file.leaves.clone()));
}

/// A new epoch for everybody who is left; `removed` goes with the same entry.
fn renew(
    vault: &mut Vault<'_>,
    name: &str,
    removed: Option<&Human>,
    stay: &[&Human],
    device: &SignSecret,
    rng: &mut DangerSeededRng,
) {
    let secret = SymmetricKey::make(rng);
    let (renewal, wraps) = vault.renewal(&secret, &ids(stay), device, rng);
    let payload = match removed {
        None => VaultPayload::Epoch(renewal),
        Some(human) => VaultPayload::Remove {
            identity: human.id(),
            renewal,
        },
    };
    vault.push(name, &payload, device);
    assert_eq!(leaves(&wraps).len(), vault.members().len(), "{name}");
    vault.note_wraps(secret, &wraps);
}

pub fn make<'a>(
    directory: &'a strongroom_format::directory::DirectoryState,
    people: &People,
    rng: &mut DangerSeededRng,
) -> Story<'a> {
    let (anna, bert, carla) = (&people.anna, &people.bert, &people.carla);
    let (a1, b1, c1) = (&anna.devices[0], &bert.devices[0], &carla.devices[0]);
    let mut joined = Vec::new();
    let mut bad_wraps = Vec::new();
    let mut v = Vault::new(directory, 5);
    let genesis = VaultPayload::Genesis {
        nonce: [9; 16],
        vault_kind: VaultKind::Shared,
        identity: anna.id(),
    };
    v.reject("genesis for somebody else", "rule", v.honest(&genesis, b1));
    v.reject(
        "genesis in the middle of a sequence",
        "sequence",
        v.forge(&genesis, a1, |b| b.device_seq = 2),
    );
    v.reject(
        "genesis of another tenant",
        "wrong_log",
        v.forge(&genesis, a1, |b| b.tenant = TenantId::from_bytes([3; 32])),
    );
    v.reject(
        "genesis that has seen something",
        "seen",
        v.forge(&genesis, a1, |b| b.seen_hash = Digest::from_bytes([1; 32])),
    );
    v.push("genesis", &genesis, a1);
    v.reject("second genesis", "wrong_log", v.honest(&genesis, a1));
    v.reject(
        "anything before the first keys",
        "rule",
        v.honest(
            &VaultPayload::VaultMeta {
                sealed: vec![1; 328],
            },
            a1,
        ),
    );
    vault_lies::first_keys(&mut v, people, rng, &mut bad_wraps);
    renew(&mut v, "epoch 1", None, &[anna], a1, rng);
    let name = name_entry(&v, a1, "Acme ./. Roe", rng);
    v.push("vault meta", &name, a1);
    add(&mut v, bert, Role::Writer, a1, rng, &mut joined);
    let first = Version {
        record: 1,
        version: 1,
        parents: &[],
        deleted: false,
    };
    let entry = record_entry(&v, b1, &first, "first", rng);
    vault_lies::places(&mut v, people, &entry);
    v.push("record", &entry, b1);
    for (number, device, title) in [(2, a1, "hers"), (3, b1, "his")] {
        let version = Version {
            record: 1,
            version: number,
            parents: &[1],
            deleted: false,
        };
        let entry = record_entry(&v, device, &version, title, rng);
        v.push(&format!("record, edit {number}"), &entry, device);
    }
    let merge = Version {
        record: 1,
        version: 4,
        parents: &[2, 3],
        deleted: false,
    };
    let entry = record_entry(&v, a1, &merge, "both", rng);
    v.push("record, merge", &entry, a1);
    add(&mut v, carla, Role::Manager, a1, rng, &mut joined);
    vault_lies::roles(&mut v, people, rng);
    let ids1 = FileIds {
        tenant: v.tenant(),
        vault: v.vault(),
        file: 1,
        revision: 1,
        parents: &[],
        name: "brief.pdf",
    };
    let file = seal_file(&ids1, &pattern(1000), None, rng);
    v.push("lease take", &lease(1, LeaseAction::Take, 0), b1);
    let fence = v.state.head().unwrap().index;
    v.push("lease renew", &lease(1, LeaseAction::Renew, fence), b1);
    let entry = file_payload(&v, b1, &file, &file.manifest.to_bytes(), fence, rng);
    data_lies::open_lease(&mut v, people, &entry, fence);
    v.push("file", &VaultPayload::File(entry.clone()), b1);
    keep(&mut v, &file);
    v.push("lease release", &lease(1, LeaseAction::Release, fence), b1);
    data_lies::given_back(&mut v, people, &entry, fence);
    v.push("link create", &link(1, LinkAction::Create), c1);
    data_lies::links(&mut v, people);
    vault_lies::attest(&mut v, people);
    later(&mut v, people, &file, rng, &mut joined, &mut bad_wraps);
    data_lies::erased(&mut v, people);
    data_lies::newer_lease(&mut v, people, &entry);
    finish(v, people, directory, joined, bad_wraps)
}

/// From the directory of entry 14: new wrap keys, a leaver, a removal, a retirement.
fn later(
    v: &mut Vault<'_>,
    people: &People,
    file: &SealedFile,
    rng: &mut DangerSeededRng,
    joined: &mut Vec<Value>,
    bad: &mut Vec<Value>,
) {
    let (anna, bert, carla) = (&people.anna, &people.bert, &people.carla);
    let (dora, emil) = (&people.dora, &people.emil);
    let (a1, b2, c1) = (&anna.devices[0], &bert.devices[1], &carla.devices[0]);
    let (d1, e2) = (&dora.devices[0], &emil.devices[1]);
    v.directory_index = 14;
    let old = VaultPayload::Member {
        identity: dora.id(),
        role: Role::Reader,
        generation: 2,
        wrap_hash: Digest::ZERO,
    };
    v.reject(
        "member under a wrap key that is not the newest",
        "rule",
        v.honest(&old, c1),
    );
    let (owner, _) = member(v, dora, Role::Manager, c1, rng);
    v.reject(
        "manager adds a manager",
        "role_too_low",
        v.honest(&owner, c1),
    );
    add(v, dora, Role::Reader, c1, rng, joined);
    let version = Version {
        record: 2,
        version: 9,
        parents: &[],
        deleted: false,
    };
    let entry = record_entry(v, d1, &version, "reader", rng);
    v.reject(
        "reader writes a record",
        "role_too_low",
        v.honest(&entry, d1),
    );
    v.reject(
        "reader takes a lease",
        "role_too_low",
        v.honest(&lease(3, LeaseAction::Take, 0), d1),
    );
    let raw = v.honest(&entry, d1);
    let parts = UnverifiedEntry::from_bytes(&raw).unwrap();
    v.reject(
        "reader's record without its payload",
        "role_too_low",
        raw_entry(parts.body_bytes(), parts.signatures_bytes(), None),
    );
    let put = file_payload(v, d1, file, &file.manifest.to_bytes(), 0, rng);
    v.reject(
        "reader puts a file",
        "role_too_low",
        v.honest(&VaultPayload::File(put), d1),
    );
    let revoked = record_entry(v, &bert.devices[0], &version, "lost device", rng);
    v.reject(
        "device revoked in a directory already seen",
        "device_revoked",
        v.honest(&revoked, &bert.devices[0]),
    );
    data_lies::reader(v, people);
    crate::wraps::reject(v, people, &[anna, bert, carla, dora], rng, bad);
    renew(v, "epoch 2", None, &[anna, bert, carla, dora], c1, rng);
    let stale = record_entry(v, b2, &version, "stale", rng);
    v.reject(
        "sealed in the epoch before",
        "stale_epoch",
        v.forge(&stale, b2, |b| b.epoch = Epoch(1)),
    );
    let rewrapped = VaultPayload::FileKey {
        file: file.manifest.file,
        revision: file.manifest.revision,
        key_box: key_box(
            v,
            file.manifest.file,
            file.manifest.revision,
            &file.key,
            rng,
        ),
    };
    v.push("file key", &rewrapped, a1);
    let entry = record_entry(v, b2, &version, "second record", rng);
    v.push("record 2", &entry, b2);
    v.push("role dora", &set_role(dora, Role::Writer), c1);
    data_lies::creator(v, people);
    v.directory_index = 19;
    add(v, emil, Role::Writer, c1, rng, joined);
    let version = Version {
        record: 3,
        version: 10,
        parents: &[],
        deleted: false,
    };
    let entry = record_entry(v, e2, &version, "third record", rng);
    v.push("record 3", &entry, e2);
    let leave = VaultPayload::Leave {
        identity: emil.id(),
    };
    v.push("leave emil", &leave, e2);
    let version = Version {
        record: 3,
        version: 11,
        parents: &[10],
        deleted: false,
    };
    let entry = record_entry(v, a1, &version, "waiting", rng);
    v.reject(
        "writing while new keys are due",
        "rekey_required",
        v.honest(&entry, a1),
    );
    renew(v, "epoch 3", None, &[anna, bert, carla, dora], c1, rng);
    let entry = record_entry(v, e2, &version, "gone", rng);
    v.reject("leaver writes", "not_member", v.honest(&entry, e2));
    renew(
        v,
        "remove bert, epoch 4",
        Some(bert),
        &[anna, carla, dora],
        c1,
        rng,
    );
    let entry = record_entry(v, b2, &version, "gone", rng);
    v.reject("removed member writes", "not_member", v.honest(&entry, b2));
    let entry = record_entry(v, a1, &version, "after the removal", rng);
    v.push("record 3, edit", &entry, a1);
    let attributes = attributes_entry(v, a1, "letter.pdf", (90, false, true), rng);
    v.push("file attributes", &attributes, a1);
    data_lies::protected(v, people, file, rng);
    let attested = head(v, 20_721);
    v.push("head dora", &attested, d1);
    v.directory_index = 20;
    let version = Version {
        record: 1,
        version: 12,
        parents: &[4],
        deleted: true,
    };
    let entry = record_entry(v, a1, &version, "both", rng);
    v.reject(
        "a member is retired, new keys are due",
        "rekey_required",
        v.honest(&entry, a1),
    );
    v.reject(
        "retired member's device writes",
        "device_revoked",
        v.honest(&head(v, 20_722), d1),
    );
    renew(v, "epoch 5 without dora", None, &[anna, carla], a1, rng);
    let entry = record_entry(v, a1, &version, "both", rng);
    v.push("record to the trash", &entry, a1);
    let ids2 = FileIds {
        tenant: v.tenant(),
        vault: v.vault(),
        file: 1,
        revision: 2,
        parents: &[1],
        name: "brief (2).pdf",
    };
    let second = seal_file(&ids2, &pattern(17_000), None, rng);
    let entry = file_payload(v, a1, &second, &second.manifest.to_bytes(), 0, rng);
    v.push("file, second revision", &VaultPayload::File(entry), a1);
    keep(v, &second);
    v.push("erase", &VaultPayload::Erase { indexes: vec![4] }, c1);
    v.push("link revoke", &link(1, LinkAction::Revoke), c1);
}

fn finish<'a>(
    mut v: Vault<'a>,
    people: &People,
    directory: &'a strongroom_format::directory::DirectoryState,
    joined: Vec<Value>,
    bad_wraps: Vec<Value>,
) -> Story<'a> {
    for (name, order) in [
        ("entry dropped", &[0, 1, 3][..]),
        ("data entry dropped", &[0, 1, 2, 3, 5]),
        ("entries reordered", &[0, 1, 3, 2]),
        ("entry repeated", &[0, 1, 2, 3, 4, 4]),
    ] {
        v.reject_order(name, order);
    }
    let humans = [
        &people.anna,
        &people.bert,
        &people.carla,
        &people.dora,
        &people.emil,
    ];
    let everybody: Vec<Value> = humans.iter().map(|human| human.to_json()).collect();
    let json = json!({
        "directory": "directory.json",
        "tenant": directory.tenant().unwrap().to_string(),
        "entries": v.entries,
        "state": v.state_json(),
        "erased": [4],
        "rejections": v.rejections,
    });
    let wraps = json!({
        "vault": "vault.json",
        "people": everybody,
        "epochs": v.wraps,
        "joined": joined,
        "rejections": bad_wraps,
    });
    Story {
        vault: v,
        json,
        wraps,
    }
}

/// A personal vault: one member for ever.
pub fn personal(
    directory: &strongroom_format::directory::DirectoryState,
    people: &People,
    rng: &mut DangerSeededRng,
) -> Value {
    let (anna, a1) = (&people.anna, &people.anna.devices[0]);
    let mut v = Vault::new(directory, directory.head().unwrap().index);
    let genesis = VaultPayload::Genesis {
        nonce: [8; 16],
        vault_kind: VaultKind::Personal,
        identity: anna.id(),
    };
    v.push("genesis", &genesis, a1);
    renew(&mut v, "epoch 1", None, &[anna], a1, rng);
    let (payload, _) = member(&v, &people.carla, Role::Reader, a1, rng);
    v.reject("member of a personal vault", "rule", v.honest(&payload, a1));
    json!({ "directory": "directory.json", "tenant": directory.tenant().unwrap().to_string(), "entries": v.entries,
        "state": v.state_json(), "erased": [], "rejections": v.rejections })
}
