//! Directory entries that must not get in, whatever their payload, and joins that lie.

use crate::directory::People;
use crate::payloads::{join, join_at, policy, s_key};
use crate::world::{Directory, Human, raw_entry};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_crypto::{Rng, Secret16, sha256};
use strongroom_format::cbor::to_cbor;
use strongroom_format::directory::DirectoryPayload as P;
use strongroom_format::entry::{Kind, UnverifiedEntry};
use strongroom_format::signing::{SignatureKind, Signatures};
use strongroom_types::*;

/// Everything that can be wrong with an entry whatever its payload.
pub fn places(log: &mut Directory, anna: &Human, stranger: &Human, offer: &P) {
    let device = &anna.devices[0];
    log.push("policy without limits", &policy(0, 0), device);
    let ones = Digest::from_bytes([1; 32]);
    let good = UnverifiedEntry::from_bytes(&log.honest(offer, device)).unwrap();
    let body = log.body(Kind::Invite, device);
    let payload_hash = sha256(&offer.to_bytes());
    for (name, suite, label, kind) in [
        ("unknown suite", 2u64, "ent/1", 65u64),
        ("unknown label", 1, "ent/2", 65),
        ("reserved kind 6", 1, "ent/1", 6),
        ("unknown kind 76", 1, "ent/1", 76),
    ] {
        let bytes = to_cbor(&(
            label,
            suite,
            body.tenant,
            body.vault,
            body.epoch,
            kind,
            body.device,
            body.device_seq,
            body.previous_own_entry,
            body.seen_index,
            body.seen_hash,
            body.directory_index,
            body.directory_hash,
            body.control_hash,
            payload_hash,
        ));
        let signatures = Signatures::both(device, SignatureKind::Entry, &bytes).to_bytes();
        log.reject(name, "form", raw_entry(&bytes, &signatures, good.payload()));
    }
    let signatures = good.signatures_bytes();
    let mut overlong = good.body_bytes().to_vec();
    // The suite, 0x01, becomes 0x18 0x01.
    let at = 1 + 6;
    assert_eq!(overlong[at], 1);
    overlong.insert(at, 0x18);
    let signed = Signatures::both(device, SignatureKind::Entry, &overlong).to_bytes();
    log.reject(
        "body not canonical",
        "form",
        raw_entry(&overlong, &signed, good.payload()),
    );
    let mut trailing = good.body_bytes().to_vec();
    trailing.push(0);
    let signed = Signatures::both(device, SignatureKind::Entry, &trailing).to_bytes();
    log.reject(
        "body with a trailing byte",
        "form",
        raw_entry(&trailing, &signed, good.payload()),
    );
    let mut trailing = good.to_bytes();
    trailing.push(0);
    log.reject("entry with a trailing byte", "form", trailing);
    let mut altered = offer.to_bytes();
    *altered.last_mut().unwrap() ^= 1;
    log.reject(
        "payload altered",
        "payload_hash",
        raw_entry(good.body_bytes(), signatures, Some(&altered)),
    );
    log.reject(
        "payload missing",
        "payload_missing",
        raw_entry(good.body_bytes(), signatures, None),
    );
    let single = Signatures::single(device, SignatureKind::Entry, good.body_bytes()).to_bytes();
    log.reject(
        "ML-DSA signature missing",
        "signature",
        raw_entry(good.body_bytes(), &single, good.payload()),
    );
    for (name, at) in [
        ("Ed25519 signature altered", 10),
        ("ML-DSA signature altered", 200),
    ] {
        let mut altered = signatures.to_vec();
        altered[at] ^= 1;
        log.reject(
            name,
            "signature",
            raw_entry(good.body_bytes(), &altered, good.payload()),
        );
    }
    let other = Signatures::both(
        &stranger.devices[0],
        SignatureKind::Entry,
        good.body_bytes(),
    );
    log.reject(
        "signed by another key",
        "signature",
        raw_entry(good.body_bytes(), &other.to_bytes(), good.payload()),
    );
    let kind = Signatures::both(device, SignatureKind::Device, good.body_bytes());
    log.reject(
        "signature of another kind",
        "signature",
        raw_entry(good.body_bytes(), &kind.to_bytes(), good.payload()),
    );
    let first = UnverifiedEntry::from_bytes(&log.raw[0])
        .unwrap()
        .body_hash();
    type Change = Box<dyn Fn(&mut strongroom_format::entry::EntryBody)>;
    let cases: Vec<(&str, &str, Change)> = vec![
        (
            "another tenant",
            "wrong_log",
            Box::new(|b| b.tenant = TenantId::from_bytes([9; 32])),
        ),
        (
            "a vault's id in a directory",
            "wrong_log",
            Box::new(|b| b.vault = VaultId::from_bytes([9; 32])),
        ),
        (
            "epoch in a directory",
            "stale_epoch",
            Box::new(|b| b.epoch = Epoch(1)),
        ),
        (
            "saw an entry that is not there",
            "seen",
            Box::new(|b| b.seen_index = 2),
        ),
        (
            "saw another history",
            "seen",
            Box::new(move |b| b.seen_hash = ones),
        ),
        (
            "directory differs from seen",
            "directory_hash",
            Box::new(move |b| b.directory_hash = ones),
        ),
        (
            "stale control hash",
            "stale_control",
            Box::new(move |b| b.control_hash = first),
        ),
        (
            "sequence repeated",
            "sequence",
            Box::new(|b| b.device_seq = 2),
        ),
        (
            "sequence with a gap",
            "sequence",
            Box::new(|b| b.device_seq = 4),
        ),
        (
            "own previous entry wrong",
            "previous_own",
            Box::new(move |b| b.previous_own_entry = ones),
        ),
    ];
    for (name, reason, change) in cases {
        log.reject(name, reason, log.forge(offer, device, |b| change(b)));
    }
    log.reject(
        "device that is not in the directory",
        "unknown_device",
        log.honest(offer, &stranger.devices[0]),
    );
    let mut body = log.body(Kind::Record, device);
    body.payload_hash = Digest::ZERO;
    let record = UnverifiedEntry::author(body, vec![0x80], device).to_bytes();
    log.reject("a vault's entry in a directory", "rule", record);
}

/// Joins with one thing wrong in each.
pub fn joins(
    log: &mut Directory,
    people: &People,
    stranger: &Human,
    secret: &Secret16,
    rng: &mut dyn Rng,
) {
    let key = s_key(secret);
    let device = &stranger.devices[0];
    let wrong_key = join(
        log,
        stranger,
        "mallory",
        secret,
        &s_key(&Secret16::make(rng)),
    );
    log.reject(
        "join without the invitation's secret",
        "signature",
        log.honest(&wrong_key, device),
    );
    let unknown = Secret16::make(rng);
    let nothing = join(log, stranger, "mallory", &unknown, &s_key(&unknown));
    log.reject(
        "invitation that was never made",
        "rule",
        log.honest(&nothing, device),
    );
    let old = log.state.hash_at(0).unwrap();
    let stale = join_at(log, stranger, "mallory", secret, &key, 0, old);
    log.reject(
        "join signed over another directory head",
        "signature",
        log.honest(&stale, device),
    );
    for (name, shown, reason) in [
        ("name that looks like another", "\u{430}nna", "rule"),
        ("name in other case", "ANNA", "rule"),
        ("name not normalised", "\u{fb01}nn", "form"),
        ("name that turns text", "m\u{202e}b", "form"),
        ("name with a space at its end", "mallory ", "form"),
        ("name that is empty", "", "form"),
    ] {
        let payload = join(log, stranger, shown, secret, &key);
        log.reject(name, reason, log.honest(&payload, device));
    }
    let again = Human {
        name: "annabel",
        identity: SignSecret::from_seed(&people.anna.identity.danger_seed()),
        devices: vec![SignSecret::make(rng)],
        wraps: vec![WrapSecret::make(rng)],
    };
    let payload = join(log, &again, "annabel", secret, &key);
    log.reject(
        "identity that is in the directory joins again",
        "rule",
        log.honest(&payload, &again.devices[0]),
    );
    let borrowed = Human {
        name: "mallory",
        identity: SignSecret::make(rng),
        devices: vec![SignSecret::from_seed(&people.anna.devices[0].danger_seed())],
        wraps: vec![WrapSecret::make(rng)],
    };
    let payload = join(log, &borrowed, "mallory", secret, &key);
    log.reject(
        "join with a device that is in the directory",
        "rule",
        log.honest(&payload, &borrowed.devices[0]),
    );
    let long = "x".repeat(201);
    let payload = join(log, stranger, &long, secret, &key);
    log.reject("name too long", "form", log.honest(&payload, device));
    let payload = join(log, stranger, "mallory", secret, &key);
    log.reject(
        "join written by another device",
        "rule",
        log.honest(&payload, &people.bert.devices[0]),
    );
    if let P::Join {
        invite,
        person,
        invite_signatures,
        identity_signatures,
    } = &payload
    {
        let mut swapped = person.clone();
        let wrap = stranger.new_wrap(log.tenant(), 1, &people.bert.wraps[0]);
        swapped.wrap_public = wrap.public;
        swapped.wrap_signatures = wrap.signatures;
        let payload = P::Join {
            invite: *invite,
            person: swapped,
            invite_signatures: invite_signatures.clone(),
            identity_signatures: identity_signatures.clone(),
        };
        log.reject(
            "wrap key not the one that was signed for",
            "signature",
            log.honest(&payload, device),
        );
        let payload = P::Join {
            invite: *invite,
            person: person.clone(),
            invite_signatures: invite_signatures.clone(),
            identity_signatures: invite_signatures.clone(),
        };
        log.reject(
            "join without the identity's signature",
            "signature",
            log.honest(&payload, device),
        );
    }
}
