//! Vault entries that look well and contradict an earlier data entry: leases, fences, links,
//! protected files, erasure.

use crate::content::*;
use crate::directory::People;
use crate::story::{file_id, lease, link, revision_id, set_role};
use crate::vault::Vault;
use strongroom_crypto::DangerSeededRng;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::vault_payload::*;
use strongroom_types::*;

fn fenced(file: &FilePayload, fence: u64) -> VaultPayload {
    VaultPayload::File(FilePayload {
        fence,
        ..file.clone()
    })
}

/// While Bert holds lease 1 of file 1, taken at `fence` and renewed once.
pub fn open_lease(v: &mut Vault<'_>, people: &People, file: &FilePayload, fence: u64) {
    let (a1, b1, c1) = (
        &people.anna.devices[0],
        &people.bert.devices[0],
        &people.carla.devices[0],
    );
    let elsewhere = FilePayload {
        file: file_id(2),
        ..file.clone()
    };
    let short = FilePayload {
        key_box: vec![1; 88],
        ..file.clone()
    };
    let bare = FilePayload {
        manifest_box: vec![1; 100],
        ..file.clone()
    };
    use LeaseAction::*;
    let cases: [(&str, &str, VaultPayload, &SignSecret); 14] = [
        ("fence of the future", "rule", fenced(file, 99), b1),
        (
            "fence before the lease",
            "rule",
            fenced(file, fence - 1),
            b1,
        ),
        (
            "fence of an entry that took nothing",
            "rule",
            fenced(file, fence + 1),
            b1,
        ),
        (
            "fence of someone else's lease",
            "rule",
            fenced(file, fence),
            a1,
        ),
        (
            "fence of another file's lease",
            "rule",
            fenced(&elsewhere, fence),
            b1,
        ),
        (
            "lease taken with a fence",
            "rule",
            lease(3, Take, fence),
            b1,
        ),
        (
            "renewal of a lease that names no entry",
            "rule",
            lease(1, Renew, 0),
            b1,
        ),
        (
            "renewal of someone else's lease",
            "rule",
            lease(1, Renew, fence),
            a1,
        ),
        (
            "someone else's lease given back",
            "rule",
            lease(1, Release, fence),
            a1,
        ),
        (
            "renewal under another lease's id",
            "rule",
            lease(9, Renew, fence),
            b1,
        ),
        (
            "lease broken by a writer",
            "role_too_low",
            lease(1, Break, fence),
            b1,
        ),
        (
            "break of another entry's lease",
            "rule",
            lease(1, Break, fence + 1),
            c1,
        ),
        (
            "key box that holds no key",
            "form",
            VaultPayload::File(short),
            b1,
        ),
        (
            "manifest box without padding",
            "form",
            VaultPayload::File(bare),
            b1,
        ),
    ];
    for (name, reason, payload, device) in cases {
        v.reject(name, reason, v.honest(&payload, device));
    }
}

/// After Bert gave it back.
pub fn given_back(v: &mut Vault<'_>, people: &People, file: &FilePayload, fence: u64) {
    let (b1, c1) = (&people.bert.devices[0], &people.carla.devices[0]);
    for (name, payload, device) in [
        ("fence of a lease given back", fenced(file, fence), b1),
        (
            "renewal of a lease given back",
            lease(1, LeaseAction::Renew, fence),
            b1,
        ),
        (
            "lease given back twice",
            lease(1, LeaseAction::Release, fence),
            b1,
        ),
        (
            "break of a lease given back",
            lease(1, LeaseAction::Break, fence),
            c1,
        ),
    ] {
        v.reject(name, "rule", v.honest(&payload, device));
    }
}

/// Anna's lease, then a newer one of Carla's (the server's clock said that the first was over),
/// which Carla then breaks.
pub fn newer_lease(v: &mut Vault<'_>, people: &People, file: &FilePayload) {
    let (a1, c1) = (&people.anna.devices[0], &people.carla.devices[0]);
    v.push("lease take 2", &lease(2, LeaseAction::Take, 0), a1);
    let first = v.state.head().unwrap().index;
    v.push("lease take 3", &lease(3, LeaseAction::Take, 0), c1);
    let second = v.state.head().unwrap().index;
    for (name, payload, device) in [
        ("fence below the newest lease's", fenced(file, first), a1),
        (
            "renewal of a lease that a newer one ended",
            lease(2, LeaseAction::Renew, first),
            a1,
        ),
        (
            "break of a lease that a newer one ended",
            lease(2, LeaseAction::Break, first),
            c1,
        ),
    ] {
        v.reject(name, "rule", v.honest(&payload, device));
    }
    v.push("lease break", &lease(3, LeaseAction::Break, second), c1);
    let payload = fenced(file, second);
    v.reject("fence of a broken lease", "rule", v.honest(&payload, c1));
}

/// With Carla's link 1 in the log.
pub fn links(v: &mut Vault<'_>, people: &People) {
    let (a1, b1, c1) = (
        &people.anna.devices[0],
        &people.bert.devices[0],
        &people.carla.devices[0],
    );
    let VaultPayload::Link(revoke) = link(1, LinkAction::Revoke) else {
        return;
    };
    let file = LinkPayload {
        file: file_id(2),
        ..revoke
    };
    let revision = LinkPayload {
        revision: revision_id(2),
        ..revoke
    };
    let more = LinkPayload {
        max_count: 1,
        ..revoke
    };
    for (name, reason, payload, device) in [
        (
            "link created by a writer",
            "role_too_low",
            link(2, LinkAction::Create),
            b1,
        ),
        (
            "link created twice",
            "rule",
            link(1, LinkAction::Create),
            c1,
        ),
        (
            "link revoked by a writer who did not create it",
            "role_too_low",
            VaultPayload::Link(revoke),
            b1,
        ),
        (
            "revocation of a link that is not there",
            "rule",
            link(2, LinkAction::Revoke),
            c1,
        ),
        (
            "revocation that names another file",
            "rule",
            VaultPayload::Link(file),
            a1,
        ),
        (
            "revocation that names another revision",
            "rule",
            VaultPayload::Link(revision),
            c1,
        ),
        (
            "revocation that sets a count",
            "form",
            VaultPayload::Link(more),
            c1,
        ),
    ] {
        v.reject(name, reason, v.honest(&payload, device));
    }
}

/// While Dora is a reader.
pub fn reader(v: &mut Vault<'_>, people: &People) {
    let d1 = &people.dora.devices[0];
    let revoke = link(1, LinkAction::Revoke);
    v.reject(
        "reader revokes a link",
        "role_too_low",
        v.honest(&revoke, d1),
    );
}

/// Dora creates a link as a manager and revokes it as a writer, twice: two revocations that
/// cross are no harm.
pub fn creator(v: &mut Vault<'_>, people: &People) {
    let (a1, d1) = (&people.anna.devices[0], &people.dora.devices[0]);
    v.push("dora manages", &set_role(&people.dora, Role::Manager), a1);
    v.push("link 2 create", &link(2, LinkAction::Create), d1);
    v.push(
        "dora writes again",
        &set_role(&people.dora, Role::Writer),
        a1,
    );
    let other = link(1, LinkAction::Revoke);
    v.reject(
        "writer revokes another's link",
        "role_too_low",
        v.honest(&other, d1),
    );
    let own = link(2, LinkAction::Revoke);
    v.push("link 2 revoke", &own, d1);
    v.push("link 2 revoke again", &own, a1);
    let again = link(2, LinkAction::Create);
    v.reject("link created again", "rule", v.honest(&again, a1));
}

/// File 1 was just protected.
pub fn protected(v: &mut Vault<'_>, people: &People, file: &SealedFile, rng: &mut DangerSeededRng) {
    let a1 = &people.anna.devices[0];
    let put = file_payload(v, a1, file, &file.manifest.to_bytes(), 0, rng);
    let trash = attributes_entry(v, a1, "letter.pdf", (91, true, false), rng);
    let both = attributes_entry(v, a1, "letter.pdf", (91, true, true), rng);
    for (name, payload) in [
        ("protected file replaced", VaultPayload::File(put)),
        ("protected file deleted", trash.clone()),
        ("protected file deleted and still protected", both.clone()),
    ] {
        v.reject(name, "rule", v.honest(&payload, a1));
    }
    let lift = attributes_entry(v, a1, "letter.pdf", (92, false, false), rng);
    v.push("file attributes, protection lifted", &lift, a1);
    v.reject("deleted and protected at once", "rule", v.honest(&both, a1));
    let trash = attributes_entry(v, a1, "letter.pdf", (93, true, false), rng);
    v.push("file attributes, in the trash", &trash, a1);
}

/// Kinds whose payload stays for ever.
pub fn erased(v: &mut Vault<'_>, people: &People) {
    let c1 = &people.carla.devices[0];
    let erasable = [32, 33, 38, 40];
    let kinds: Vec<u64> = v
        .entries
        .iter()
        .map(|entry| entry["kind"].as_u64().unwrap())
        .collect();
    let mut tried = Vec::new();
    for (index, kind) in kinds.into_iter().enumerate() {
        if erasable.contains(&kind) || tried.contains(&kind) {
            continue;
        }
        tried.push(kind);
        let payload = VaultPayload::Erase {
            indexes: vec![index as u64],
        };
        let name = format!("erase of an entry of kind {kind}");
        v.reject(&name, "rule", v.honest(&payload, c1));
    }
}
