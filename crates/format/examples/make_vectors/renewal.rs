//! A directory in which an identity gets a new key, and everything that must not pass for that.
//! Its random numbers are its own, so that the other vectors stay as they are.

use crate::directory::{invite_id, join, s_key};
use crate::json::hex;
use crate::world::{Directory, Human};
use serde_json::{Value, json};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_crypto::{DangerSeededRng, Rng, Secret16};
use strongroom_format::context::{self, RenewalContext};
use strongroom_format::directory::{DirectoryPayload as P, IdentityRenewal, NewWrap};
use strongroom_format::person::device_id;
use strongroom_format::signing::{SignatureKind, Signatures, wrap_key_hash};
use strongroom_types::*;

/// Everything that goes into a renewal, to be changed one by one.
struct Draft<'a> {
    identity: IdentityId,
    old: &'a SignSecret,
    /// Who signs as the old key.
    old_signer: &'a SignSecret,
    new: &'a SignSecret,
    /// Who signs as the new key.
    new_signer: &'a SignSecret,
    /// Who certifies the devices, and the wrap key.
    certifier: &'a SignSecret,
    generation: u64,
    wrap: &'a WrapSecret,
    stay: Vec<DeviceId>,
    head: (u64, Digest),
}

impl Draft<'_> {
    fn payload(&self, tenant: TenantId) -> IdentityRenewal {
        let public = self.new.public().to_bytes();
        let wrap_public = self.wrap.public().as_bytes().to_vec();
        let key_hash = wrap_key_hash(&wrap_public);
        let context = context::identity_renewal(&RenewalContext {
            tenant,
            identity: self.identity,
            old_key_hash: self.old.public().key_hash(),
            new_public: &public,
            generation: self.generation,
            wrap_key_hash: key_hash,
            stay: &self.stay,
            renewed_ms: 1_800_000_000_000,
            directory_index: self.head.0,
            directory_hash: self.head.1,
        });
        let certified = context::wrap_generation(tenant, self.identity, self.generation, key_hash);
        let sign = Signatures::both;
        IdentityRenewal {
            identity: self.identity,
            wrap: NewWrap {
                generation: self.generation,
                public: wrap_public.into(),
                signatures: sign(self.certifier, SignatureKind::WrapGeneration, &certified),
            },
            stay: self
                .stay
                .iter()
                .map(|device| {
                    let context = context::device(tenant, self.identity, *device);
                    (
                        *device,
                        sign(self.certifier, SignatureKind::Device, &context),
                    )
                })
                .collect(),
            renewed_ms: 1_800_000_000_000,
            old_signatures: sign(self.old_signer, SignatureKind::RenewalOldKey, &context),
            new_signatures: sign(self.new_signer, SignatureKind::RenewalNewKey, &context),
            public,
        }
    }
}

fn enter(log: &mut Directory, human: &Human, rng: &mut dyn Rng, by: &SignSecret) {
    let secret = Secret16::make(rng);
    let invite = P::Invite {
        invite: invite_id(&secret),
        account_role: AccountRole::Member,
        expires_ms: 1_900_000_000_000,
        public: s_key(&secret).public().to_bytes(),
    };
    log.push(&format!("invite {}", human.name), &invite, by);
    let payload = join(log, human, human.name, &secret, &s_key(&secret));
    log.push(&format!("join {}", human.name), &payload, &human.devices[0]);
}

fn device_of(human: &Human, signer: &SignSecret, device: &SignSecret, tenant: TenantId) -> P {
    let context = context::device(tenant, human.id(), device_id(device.public()));
    P::Device {
        identity: human.id(),
        device_public: device.public().to_bytes(),
        device_name: format!("{} again", human.name),
        signatures: Signatures::both(signer, SignatureKind::Device, &context),
    }
}

fn wrap_up(
    human: &Human,
    signer: &SignSecret,
    generation: u64,
    wrap: &WrapSecret,
    tenant: TenantId,
) -> P {
    let public = wrap.public().as_bytes().to_vec();
    let context = context::wrap_generation(tenant, human.id(), generation, wrap_key_hash(&public));
    P::WrapGeneration {
        identity: human.id(),
        wrap: NewWrap {
            generation,
            signatures: Signatures::both(signer, SignatureKind::WrapGeneration, &context),
            public: public.into(),
        },
    }
}

pub fn make() -> Value {
    let rng = &mut DangerSeededRng::new(75);
    let anna = Human::make("anna", rng);
    let mut bert = Human::make("bert", rng);
    let recovery = SignSecret::make(rng);
    let mut log = Directory::new();
    let genesis = P::Genesis {
        nonce: [8; 16],
        person: anna.person(TenantId::ZERO, "anna"),
        recovery_public: recovery.public().to_bytes(),
    };
    log.push("genesis", &genesis, &anna.devices[0]);
    let tenant = log.tenant();
    enter(&mut log, &bert, rng, &anna.devices[0]);
    for name in ["bert 2", "bert 3", "bert 4"] {
        let device = SignSecret::make(rng);
        let mut payload = device_of(&bert, &bert.identity, &device, tenant);
        if let P::Device { device_name, .. } = &mut payload {
            *device_name = name.to_owned();
        }
        log.push(&format!("device {name}"), &payload, &device);
        bert.devices.push(device);
    }
    let ids: Vec<DeviceId> = bert.devices.iter().map(|d| device_id(d.public())).collect();
    let gone = P::RevokeDevice {
        identity: bert.id(),
        device: ids[3],
        wrap: None,
    };
    log.push("administrator revokes bert 4", &gone, &anna.devices[0]);

    let (new, third, thief) = (
        SignSecret::make(rng),
        SignSecret::make(rng),
        SignSecret::make(rng),
    );
    let (wrap, later) = (WrapSecret::make(rng), WrapSecret::make(rng));
    let mut stay = vec![ids[0], ids[1]];
    stay.sort();
    let head = log.state.head().unwrap();
    let draft = || Draft {
        identity: bert.id(),
        old: &bert.identity,
        old_signer: &bert.identity,
        new: &new,
        new_signer: &new,
        certifier: &new,
        generation: 2,
        wrap: &wrap,
        stay: stay.clone(),
        head: (head.index, head.hash),
    };
    refused(&mut log, &anna, &bert, &thief, &ids, &draft);

    let right = draft().payload(tenant);
    let renewal = |payload: &IdentityRenewal| P::IdentityRenewal(Box::new(payload.clone()));
    log.push(
        "bert renews his identity",
        &renewal(&right),
        &bert.devices[0],
    );
    log.reject(
        "renewal repeated",
        "rule",
        log.honest(&renewal(&right), &bert.devices[0]),
    );
    log.reject(
        "device that did not stay writes",
        "device_revoked",
        log.honest(&wrap_up(&bert, &new, 3, &later, tenant), &bert.devices[2]),
    );
    log.reject(
        "former key certifies a wrap key",
        "signature",
        log.honest(
            &wrap_up(&bert, &bert.identity, 3, &later, tenant),
            &bert.devices[0],
        ),
    );
    let fifth = SignSecret::make(rng);
    log.reject(
        "former key certifies a device",
        "signature",
        log.honest(&device_of(&bert, &bert.identity, &fifth, tenant), &fifth),
    );
    log.reject(
        "device that was revoked by the renewal enters again",
        "rule",
        log.honest(
            &device_of(&bert, &new, &bert.devices[2], tenant),
            &bert.devices[2],
        ),
    );
    let head = log.state.head().unwrap();
    let second = |old, old_signer, next| Draft {
        identity: bert.id(),
        old,
        old_signer,
        new: next,
        new_signer: next,
        certifier: next,
        generation: 3,
        wrap: &later,
        stay: vec![ids[0]],
        head: (head.index, head.hash),
    };
    for (name, draft, reason) in [
        (
            "renewal signed by the former key",
            second(&bert.identity, &bert.identity, &third),
            "signature",
        ),
        (
            "renewal that names the new key and is signed by the former one",
            second(&new, &bert.identity, &third),
            "signature",
        ),
        (
            "renewal that goes back to the former key",
            second(&new, &new, &bert.identity),
            "rule",
        ),
    ] {
        let payload = renewal(&draft.payload(tenant));
        log.reject(name, reason, log.honest(&payload, &bert.devices[0]));
    }
    let secret = Secret16::make(rng);
    let invite = P::Invite {
        invite: invite_id(&secret),
        account_role: AccountRole::Member,
        expires_ms: 1_900_000_000_000,
        public: s_key(&secret).public().to_bytes(),
    };
    log.push("invite somebody", &invite, &anna.devices[0]);
    for (name, key) in [
        ("join with the key that an identity was renewed to", &new),
        ("join with an identity's first key", &bert.identity),
    ] {
        let borrowed = Human {
            name: "mallory",
            identity: SignSecret::from_seed(&key.danger_seed()),
            devices: vec![SignSecret::make(rng)],
            wraps: vec![WrapSecret::make(rng)],
        };
        let payload = join(&log, &borrowed, "mallory", &secret, &s_key(&secret));
        log.reject(name, "rule", log.honest(&payload, &borrowed.devices[0]));
    }
    log.push(
        "the new key certifies a device",
        &device_of(&bert, &new, &fifth, tenant),
        &fifth,
    );
    let head = log.state.head().unwrap();
    let again = Draft {
        head: (head.index, head.hash),
        ..second(&new, &new, &third)
    };
    log.push(
        "bert renews his identity again",
        &renewal(&again.payload(tenant)),
        &bert.devices[0],
    );
    let known = log.state.identity(bert.id()).unwrap();
    let keys: Vec<Value> = known
        .keys
        .iter()
        .map(|key| json!([key.key_hash.to_string(), key.since_index, key.renewed_ms]))
        .collect();
    let wraps: Vec<Value> = known
        .wrap_generations
        .iter()
        .map(|wrap| json!([wrap.generation, wrap.key_hash.to_string(), wrap.since_index]))
        .collect();
    let mut devices: Vec<_> = log.state.devices_of(bert.id()).collect();
    devices.sort_by_key(|(device, _)| *device);
    let devices: Vec<Value> = devices
        .iter()
        .map(|(device, known)| json!([device.to_string(), known.since_index, known.revoked_index]))
        .collect();
    json!({
        "tenant": tenant.to_string(),
        "entries": log.entries,
        "rejections": log.rejections,
        "state": { "identity": bert.id().to_string(), "public": hex(&known.public.to_bytes()), "keys": keys,
            "wrap_keys": wraps, "devices": devices },
    })
}

/// Renewals with one thing wrong in each.
fn refused<'a>(
    log: &mut Directory,
    anna: &'a Human,
    bert: &'a Human,
    thief: &'a SignSecret,
    ids: &[DeviceId],
    draft: &dyn Fn() -> Draft<'a>,
) {
    let tenant = log.tenant();
    let first = log.state.hash_at(0).unwrap();
    let author = &bert.devices[0];
    let sorted = |mut list: Vec<DeviceId>| {
        list.sort();
        list
    };
    let reversed: Vec<DeviceId> = draft().stay.into_iter().rev().collect();
    let twice = sorted(vec![ids[0], ids[0]]);
    let with_revoked = sorted(vec![ids[0], ids[3]]);
    let with_foreign = sorted(vec![ids[0], device_id(anna.devices[0].public())]);
    let with_unknown = sorted(vec![ids[0], DeviceId::from_bytes([9; 32])]);
    let cases: Vec<(&str, &str, Draft<'a>)> = vec![
        (
            "renewal not signed by the old key",
            "signature",
            Draft {
                old_signer: thief,
                ..draft()
            },
        ),
        (
            "renewal signed by a colleague's key as the old one",
            "signature",
            Draft {
                old: &anna.identity,
                old_signer: &anna.identity,
                ..draft()
            },
        ),
        (
            "renewal signed by a device as the old key",
            "signature",
            Draft {
                old_signer: author,
                ..draft()
            },
        ),
        (
            "renewal without the new key's signature",
            "signature",
            Draft {
                new_signer: &bert.identity,
                ..draft()
            },
        ),
        (
            "renewal signed over another directory head",
            "signature",
            Draft {
                head: (0, first),
                ..draft()
            },
        ),
        (
            "renewal whose device and wrap key the old key certifies",
            "signature",
            Draft {
                certifier: &bert.identity,
                ..draft()
            },
        ),
        (
            "renewal with a gap in the wrap generations",
            "rule",
            Draft {
                generation: 3,
                ..draft()
            },
        ),
        (
            "renewal that repeats the wrap generation",
            "rule",
            Draft {
                generation: 1,
                ..draft()
            },
        ),
        (
            "renewal to the key in force",
            "rule",
            Draft {
                new: &bert.identity,
                new_signer: &bert.identity,
                certifier: &bert.identity,
                ..draft()
            },
        ),
        (
            "renewal to a colleague's key",
            "rule",
            Draft {
                new: &anna.identity,
                new_signer: &anna.identity,
                certifier: &anna.identity,
                ..draft()
            },
        ),
        (
            "renewal in which the author does not stay",
            "rule",
            Draft {
                stay: vec![ids[1]],
                ..draft()
            },
        ),
        (
            "renewal in which nobody stays",
            "rule",
            Draft {
                stay: vec![],
                ..draft()
            },
        ),
        (
            "renewal in which a revoked device stays",
            "rule",
            Draft {
                stay: with_revoked,
                ..draft()
            },
        ),
        (
            "renewal in which a colleague's device stays",
            "rule",
            Draft {
                stay: with_foreign,
                ..draft()
            },
        ),
        (
            "renewal in which an unknown device stays",
            "rule",
            Draft {
                stay: with_unknown,
                ..draft()
            },
        ),
        (
            "renewal whose devices are not sorted",
            "form",
            Draft {
                stay: reversed,
                ..draft()
            },
        ),
        (
            "renewal in which a device stays twice",
            "form",
            Draft {
                stay: twice,
                ..draft()
            },
        ),
    ];
    for (name, reason, draft) in cases {
        let payload = P::IdentityRenewal(Box::new(draft.payload(tenant)));
        log.reject(name, reason, log.honest(&payload, author));
    }
    let right = draft().payload(tenant);
    let sealed = |payload: IdentityRenewal| P::IdentityRenewal(Box::new(payload));
    log.reject(
        "administrator renews for another",
        "role_too_low",
        log.honest(&sealed(right.clone()), &anna.devices[0]),
    );
    log.reject(
        "revoked device renews",
        "device_revoked",
        log.honest(&sealed(right.clone()), &bert.devices[3]),
    );
    let mut other = right.clone();
    other.identity = anna.id();
    log.reject(
        "renewal of a colleague's identity",
        "role_too_low",
        log.honest(&sealed(other), author),
    );
    let mut swapped = right.clone();
    swapped.old_signatures = right.new_signatures.clone();
    swapped.new_signatures = right.old_signatures.clone();
    log.reject(
        "the two signatures exchanged",
        "signature",
        log.honest(&sealed(swapped), author),
    );
    let mut substituted = right.clone();
    substituted.public = thief.public().to_bytes();
    log.reject(
        "new key substituted",
        "signature",
        log.honest(&sealed(substituted), author),
    );
    let mut dated = right.clone();
    dated.renewed_ms += 1;
    log.reject(
        "date of the renewal altered",
        "signature",
        log.honest(&sealed(dated), author),
    );
    let mut fewer = right.clone();
    fewer.stay.retain(|(device, _)| *device == ids[0]);
    log.reject(
        "a device that stays taken out",
        "signature",
        log.honest(&sealed(fewer), author),
    );
    let mut short = right;
    short.public.pop();
    log.reject(
        "new key too short",
        "form",
        log.honest(&sealed(short), author),
    );
}
