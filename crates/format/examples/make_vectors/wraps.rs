//! Wraps that lie: entries that replay accepts and whose reader must stop all the same.

use crate::directory::People;
use crate::json::hex;
use crate::vault::{Vault, Wraps, ids, leaves, wraps_body};
use crate::world::Human;
use serde_json::{Value, json};
use strongroom_crypto::wrap::WrapSecret;
use strongroom_crypto::{DangerSeededRng, SymmetricKey, sealed_box, sha256};
use strongroom_format::cbor::to_cbor;
use strongroom_format::context::{self, EpochPurpose};
use strongroom_format::merkle;
use strongroom_format::vault_payload::{Renewal, VaultPayload, WrapLeaf, wraps_root};
use strongroom_types::*;

/// The next epoch's entry, once for each lie. The reader is Carla.
pub fn reject(
    v: &mut Vault<'_>,
    people: &People,
    members: &[&Human],
    rng: &mut DangerSeededRng,
    bad: &mut Vec<Value>,
) {
    let carla = &people.carla;
    let a1 = &people.anna.devices[0];
    let secret = SymmetricKey::make(rng);
    let (good, wraps) = v.renewal(&secret, &ids(members), a1, rng);
    let place = wraps
        .iter()
        .position(|(identity, ..)| *identity == carla.id())
        .unwrap();
    let own = wraps[place].2.clone();
    let after = v.raw.len();
    let mut case = |v: &Vault<'_>,
                    name: &str,
                    reason: &str,
                    renewal: &Renewal,
                    leaves: &[WrapLeaf],
                    own: &[u8]| {
        let entry = v.honest(&VaultPayload::Epoch(renewal.clone()), a1);
        let body = wraps_body(leaves, Some(own), after as u64);
        bad.push(
            json!({ "name": name, "after": after, "entry": hex(&entry), "wraps": hex(&body),
            "identity": carla.id().to_string(), "reason": reason }),
        );
    };
    let list = leaves(&wraps);
    let epoch = v.epoch().next().unwrap();

    let mut altered = list.clone();
    altered[0].wrap_hash = Digest::from_bytes([1; 32]);
    case(v, "leaf altered", "leaves", &good, &altered, &own);
    let mut altered = list.clone();
    altered.pop();
    case(v, "leaf left out", "leaves", &good, &altered, &own);
    let mut altered = list.clone();
    altered.swap(0, 1);
    case(v, "leaves not sorted", "leaves", &good, &altered, &own);
    let encoded: Vec<Vec<u8>> = altered.iter().map(to_cbor).collect();
    let unsorted = Renewal {
        wraps_root: merkle::root(&encoded),
        ..good.clone()
    };
    case(
        v,
        "leaves not sorted under their root",
        "leaves",
        &unsorted,
        &altered,
        &own,
    );
    let (_, second) = v.wrap(&secret, epoch, carla.id(), a1, rng);
    case(
        v,
        "another wrap of the same secret",
        "wrap",
        &good,
        &list,
        &second,
    );
    case(
        v,
        "somebody else's wrap",
        "wrap",
        &good,
        &list,
        &wraps[usize::from(place == 0)].2,
    );
    let mut flipped = own.clone();
    flipped[1_130] ^= 1;
    case(v, "own wrap altered", "wrap", &good, &list, &flipped);

    // A manager without one of the members: the removal that nobody wrote.
    let fewer: Vec<IdentityId> = ids(members)
        .into_iter()
        .filter(|id| *id != people.bert.id())
        .collect();
    let (without, few) = v.renewal(&secret, &fewer, a1, rng);
    let own_few = &few.iter().find(|(id, ..)| *id == carla.id()).unwrap().2;
    case(
        v,
        "member left out",
        "members",
        &without,
        &leaves(&few),
        own_few,
    );
    let mut generations = list.clone();
    generations[0].generation += 1;
    let lying = Renewal {
        wraps_root: wraps_root(&generations).unwrap(),
        ..good.clone()
    };
    case(
        v,
        "wrap key that is not the newest",
        "members",
        &lying,
        &generations,
        &own,
    );

    for (name, wrong) in wrong_contexts(v, carla, a1) {
        let key = v
            .directory
            .wrap_key_at(carla.id(), v.directory_index)
            .unwrap();
        let wrap = key.public.wrap(&wrong, &secret, rng).unwrap();
        with_wrap(v, name, &good, &wraps, place, wrap, &mut case);
    }
    // The right context under a key that the server made.
    let server = WrapSecret::make(rng);
    let context = v.wrap_context(epoch, carla.id(), a1);
    let wrap = server.public().wrap(&context, &secret, rng).unwrap();
    with_wrap(
        v,
        "wrapped to a substituted key",
        &good,
        &wraps,
        place,
        wrap,
        &mut case,
    );

    let other = SymmetricKey::make(rng);
    let committed = Renewal {
        commitment: other.derive_public(&context::epoch_commitment(v.tenant(), v.vault(), epoch)),
        ..good.clone()
    };
    case(
        v,
        "commitment mismatch",
        "commitment",
        &committed,
        &list,
        &own,
    );
    let false_history = Renewal {
        history_box: history(v, &secret, other.danger_bytes(), rng).into(),
        ..good.clone()
    };
    case(
        v,
        "history holds another secret",
        "history",
        &false_history,
        &list,
        &own,
    );
    let short = Renewal {
        history_box: history(v, &secret, &[1; 31], rng).into(),
        ..good.clone()
    };
    v.reject(
        "history holds 31 bytes",
        "form",
        v.honest(&VaultPayload::Epoch(short), a1),
    );
    let sealed_by_other = Renewal {
        history_box: history(v, &other, v.secrets[0].danger_bytes(), rng).into(),
        ..good.clone()
    };
    case(
        v,
        "history under another key",
        "history",
        &sealed_by_other,
        &list,
        &own,
    );

    // What replay itself refuses.
    let first = v.state.epoch_facts(Epoch(1)).unwrap().renewal.commitment;
    let reused = Renewal {
        commitment: first,
        ..good.clone()
    };
    v.reject(
        "commitment used again",
        "rule",
        v.honest(&VaultPayload::Epoch(reused), a1),
    );
    let without_history = Renewal {
        history_box: Vec::new().into(),
        ..good
    };
    v.reject(
        "epoch without history",
        "rule",
        v.honest(&VaultPayload::Epoch(without_history), a1),
    );
}

/// Contexts of the wrap with one thing wrong in each.
fn wrong_contexts(
    v: &Vault<'_>,
    carla: &Human,
    device: &strongroom_crypto::sign::SignSecret,
) -> Vec<(&'static str, Vec<u8>)> {
    let key = v
        .directory
        .wrap_key_at(carla.id(), v.directory_index)
        .unwrap()
        .key_hash;
    let issuer = strongroom_format::person::device_id(device.public());
    let (tenant, vault, control) = (v.tenant(), v.vault(), v.state.control_hash());
    let epoch = v.epoch().next().unwrap();
    let ones = [1; 32];
    let wrap = context::wrap;
    vec![
        (
            "wrap for another tenant",
            wrap(
                TenantId::from_bytes(ones),
                vault,
                epoch,
                control,
                key,
                issuer,
            ),
        ),
        (
            "wrap for another vault",
            wrap(
                tenant,
                VaultId::from_bytes(ones),
                epoch,
                control,
                key,
                issuer,
            ),
        ),
        (
            "wrap for another epoch",
            wrap(tenant, vault, v.epoch(), control, key, issuer),
        ),
        (
            "wrap beside another control entry",
            wrap(tenant, vault, epoch, Digest::from_bytes(ones), key, issuer),
        ),
        (
            "wrap for another recipient",
            wrap(
                tenant,
                vault,
                epoch,
                control,
                Digest::from_bytes(ones),
                issuer,
            ),
        ),
        (
            "wrap by another issuer",
            wrap(
                tenant,
                vault,
                epoch,
                control,
                key,
                DeviceId::from_bytes(ones),
            ),
        ),
    ]
}

/// A case whose own wrap is `wrap`, with leaves and root that agree with it.
fn with_wrap(
    v: &Vault<'_>,
    name: &str,
    good: &Renewal,
    wraps: &Wraps,
    place: usize,
    wrap: Vec<u8>,
    case: &mut impl FnMut(&Vault<'_>, &str, &str, &Renewal, &[WrapLeaf], &[u8]),
) {
    let mut list = leaves(wraps);
    list[place].wrap_hash = sha256(&wrap);
    let renewal = Renewal {
        wraps_root: wraps_root(&list).unwrap(),
        ..good.clone()
    };
    case(v, name, "wrap", &renewal, &list, &wrap);
}

/// Seals a secret under another's history key, for a forged history.
fn history(
    v: &Vault<'_>,
    secret: &SymmetricKey,
    inside: &[u8],
    rng: &mut DangerSeededRng,
) -> Vec<u8> {
    let epoch = v.epoch().next().unwrap();
    let key = secret.derive(&context::epoch_key(
        v.tenant(),
        v.vault(),
        epoch,
        EpochPurpose::History,
    ));
    sealed_box::seal(
        &key,
        &context::history(v.tenant(), v.vault(), epoch),
        inside,
        rng,
    )
}
