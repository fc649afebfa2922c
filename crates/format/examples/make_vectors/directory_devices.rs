//! The directory's story of Bert's devices and wrap keys, and what must not pass for them.

use crate::directory::People;
use crate::payloads::new_device;
use crate::world::{Directory, Human};
use strongroom_crypto::DangerSeededRng;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_format::context;
use strongroom_format::directory::{DirectoryPayload as P, NewWrap};
use strongroom_format::person::device_id;
use strongroom_format::signing::{SignatureKind, Signatures, wrap_key_hash};
use strongroom_types::*;

/// Bert enrols a device, renews his wrap key and revokes his first device.
pub fn devices(
    log: &mut Directory,
    people: &mut People,
    stranger: &Human,
    rng: &mut DangerSeededRng,
) {
    let tenant = log.tenant();
    let second = SignSecret::make(rng);
    let mut wrong = new_device(&people.bert, &second, tenant, "bert 2");
    if let P::Device { signatures, .. } = &mut wrong {
        *signatures = stranger.certify(tenant, &second);
    }
    log.reject(
        "device certified by another identity",
        "signature",
        log.honest(&wrong, &second),
    );
    let right = new_device(&people.bert, &second, tenant, "bert 2");
    log.reject(
        "device entered by another device",
        "rule",
        log.honest(&right, &people.bert.devices[0]),
    );
    log.push("device bert 2", &right, &second);
    log.reject("device entered twice", "rule", log.honest(&right, &second));
    people.bert.devices.push(second);
    let bert = people.bert.id();
    let two = WrapSecret::make(rng);
    let up = |wrap| P::WrapGeneration {
        identity: bert,
        wrap,
    };
    let gap = people.bert.new_wrap(tenant, 3, &two);
    log.reject(
        "wrap generation with a gap",
        "rule",
        log.honest(&up(gap), &people.bert.devices[0]),
    );
    let next = people.bert.new_wrap(tenant, 2, &two);
    log.reject(
        "wrap generation by a colleague",
        "role_too_low",
        log.honest(&up(next.clone()), &people.anna.devices[0]),
    );
    let mut short = two.public().as_bytes().to_vec();
    short.pop();
    let mut unreduced = two.public().as_bytes().to_vec();
    unreduced[..1_184].fill(0xff);
    for (name, public) in [
        ("wrap key too short", short),
        ("wrap key whose numbers are not below q", unreduced),
    ] {
        let certified = context::wrap_generation(tenant, bert, 2, wrap_key_hash(&public));
        let wrap = NewWrap {
            generation: 2,
            signatures: Signatures::both(
                &people.bert.identity,
                SignatureKind::WrapGeneration,
                &certified,
            ),
            public: public.into(),
        };
        log.reject(name, "form", log.honest(&up(wrap), &people.bert.devices[0]));
    }
    let mut forged = next.clone();
    forged.signatures = people.anna.new_wrap(tenant, 2, &two).signatures;
    log.reject(
        "wrap generation certified by another identity",
        "signature",
        log.honest(&up(forged), &people.bert.devices[0]),
    );
    log.push("wrap generation 2", &up(next), &people.bert.devices[0]);
    people.bert.wraps.push(two);
    let three = WrapSecret::make(rng);
    let off = |wrap| P::RevokeDevice {
        identity: bert,
        device: device_id(people.bert.devices[0].public()),
        wrap,
    };
    let wrap = people.bert.new_wrap(tenant, 3, &three);
    let unknown = P::RevokeDevice {
        identity: bert,
        device: DeviceId::from_bytes([1; 32]),
        wrap: Some(wrap.clone()),
    };
    log.reject(
        "revoked device that is not in the directory",
        "unknown_device",
        log.honest(&unknown, &people.bert.devices[1]),
    );
    log.reject(
        "own device revoked without new wrap key",
        "rule",
        log.honest(&off(None), &people.bert.devices[1]),
    );
    log.reject(
        "author revokes the device it writes with",
        "rule",
        log.honest(&off(Some(wrap.clone())), &people.bert.devices[0]),
    );
    log.push("revoke bert 1", &off(Some(wrap)), &people.bert.devices[1]);
    let up = P::WrapGeneration {
        identity: bert,
        wrap: people.bert.new_wrap(tenant, 4, &three),
    };
    people.bert.wraps.push(three);
    log.reject(
        "revoked device writes",
        "device_revoked",
        log.honest(&up, &people.bert.devices[0]),
    );
}
