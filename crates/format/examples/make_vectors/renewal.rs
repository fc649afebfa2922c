//! A directory in which an identity gets a new key, and everything that must not pass for that.
//! Its random numbers are its own, so that the other vectors stay as they are.

use crate::json::hex;
use crate::payloads::{invite_id, join, s_key};
use crate::renewal_lies;
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
pub struct Draft<'a> {
    pub identity: IdentityId,
    pub old: &'a SignSecret,
    /// Who signs as the old key.
    pub old_signer: &'a SignSecret,
    pub new: &'a SignSecret,
    /// Who signs as the new key.
    pub new_signer: &'a SignSecret,
    /// Who certifies the devices, and the wrap key.
    pub certifier: &'a SignSecret,
    pub generation: u64,
    pub wrap: &'a WrapSecret,
    pub stay: Vec<DeviceId>,
    pub head: (u64, Digest),
}

impl Draft<'_> {
    /// The payload, signed as the draft says.
    pub fn payload(&self, tenant: TenantId) -> IdentityRenewal {
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
    renewal_lies::refused(&mut log, &anna, &bert, &thief, &ids, &draft);

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
