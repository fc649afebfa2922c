//! The directory's log: a story of 22 entries, and everything that must not get in.

use crate::payloads::{invite, invite_id, join, new_device, policy, role, s_key};
use crate::world::{Directory, Human};
use crate::{directory_devices, directory_lies};
use serde_json::{Value, json};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{DangerSeededRng, Rng, Secret16};
use strongroom_format::context;
use strongroom_format::directory::DirectoryPayload as P;
use strongroom_format::person::device_id;
use strongroom_format::signing::{SignatureKind, Signatures};
use strongroom_types::*;

/// Everybody in the vectors.
pub struct People {
    pub anna: Human,
    pub bert: Human,
    pub carla: Human,
    pub dora: Human,
    pub emil: Human,
}

fn enter(log: &mut Directory, human: &Human, role: AccountRole, rng: &mut dyn Rng, by: &Human) {
    let secret = Secret16::make(rng);
    log.push(
        &format!("invite {}", human.name),
        &invite(&secret, role),
        &by.devices[0],
    );
    let payload = join(log, human, human.name, &secret, &s_key(&secret));
    log.push(&format!("join {}", human.name), &payload, &human.devices[0]);
}

/// Builds the log. Its people have devices and wrap keys as the log says at its end.
pub fn make(rng: &mut DangerSeededRng) -> (Value, Directory, People) {
    let mut people = People {
        anna: Human::make("anna", rng),
        bert: Human::make("bert", rng),
        carla: Human::make("carla", rng),
        dora: Human::make("dora", rng),
        emil: Human::make("emil", rng),
    };
    let recovery = SignSecret::make(rng);
    let stranger = Human::make("mallory", rng);
    let mut log = Directory::new();
    genesis(&mut log, &people.anna, &recovery, &stranger);
    let tenant = log.tenant();

    let bert_secret = Secret16::make(rng);
    let offer = invite(&bert_secret, AccountRole::Member);
    directory_lies::places(&mut log, &people.anna, &stranger, &offer);
    log.push("invite bert", &offer, &people.anna.devices[0]);
    log.reject(
        "invitation id taken",
        "rule",
        log.honest(&offer, &people.anna.devices[0]),
    );
    directory_lies::joins(&mut log, &people, &stranger, &bert_secret, rng);
    let payload = join(
        &log,
        &people.bert,
        "bert",
        &bert_secret,
        &s_key(&bert_secret),
    );
    log.push("join bert", &payload, &people.bert.devices[0]);
    let again = join(
        &log,
        &stranger,
        "mallory",
        &bert_secret,
        &s_key(&bert_secret),
    );
    log.reject(
        "replayed invitation",
        "rule",
        log.honest(&again, &stranger.devices[0]),
    );
    log.reject(
        "a member who is no administrator invites",
        "role_too_low",
        log.honest(
            &invite(&Secret16::make(rng), AccountRole::Admin),
            &people.bert.devices[0],
        ),
    );
    last_administrator(&mut log, &people.anna);

    enter(
        &mut log,
        &people.carla,
        AccountRole::Admin,
        rng,
        &people.anna,
    );
    let withdrawn = Secret16::make(rng);
    log.push(
        "invite nobody",
        &invite(&withdrawn, AccountRole::Member),
        &people.carla.devices[0],
    );
    let gone = P::WithdrawInvite {
        invite: invite_id(&withdrawn),
    };
    log.push("withdraw invite", &gone, &people.anna.devices[0]);
    log.reject(
        "invitation withdrawn twice",
        "rule",
        log.honest(&gone, &people.anna.devices[0]),
    );
    let late = join(&log, &stranger, "mallory", &withdrawn, &s_key(&withdrawn));
    log.reject(
        "withdrawn invitation",
        "rule",
        log.honest(&late, &stranger.devices[0]),
    );

    directory_devices::devices(&mut log, &mut people, &stranger, rng);
    log.push(
        "bert becomes administrator",
        &role(&people.bert, AccountRole::Admin),
        &people.anna.devices[0],
    );
    log.push(
        "bert is no administrator",
        &role(&people.bert, AccountRole::Member),
        &people.bert.devices[1],
    );
    enter(
        &mut log,
        &people.dora,
        AccountRole::Member,
        rng,
        &people.anna,
    );
    log.push("policy", &policy(2048, 1), &people.anna.devices[0]);
    log.reject(
        "minimum suite falls",
        "rule",
        log.honest(&policy(0, 0), &people.anna.devices[0]),
    );
    log.reject(
        "minimum suite unknown",
        "form",
        log.honest(&policy(0, 2), &people.anna.devices[0]),
    );
    enter(
        &mut log,
        &people.emil,
        AccountRole::Member,
        rng,
        &people.anna,
    );

    let second = SignSecret::make(rng);
    log.push(
        "device emil 2",
        &new_device(&people.emil, &second, tenant, "emil 2"),
        &second,
    );
    people.emil.devices.push(second);
    let off = |wrap| P::RevokeDevice {
        identity: people.emil.id(),
        device: device_id(people.emil.devices[0].public()),
        wrap,
    };
    log.reject(
        "a member revokes a colleague's device",
        "role_too_low",
        log.honest(&off(None), &people.bert.devices[1]),
    );
    let extra = people.emil.new_wrap(tenant, 2, &people.emil.wraps[0]);
    log.reject(
        "administrator gives a wrap key for another",
        "rule",
        log.honest(&off(Some(extra)), &people.anna.devices[0]),
    );
    log.push(
        "administrator revokes emil 1",
        &off(None),
        &people.anna.devices[0],
    );
    log.reject(
        "device revoked twice",
        "rule",
        log.honest(&off(None), &people.anna.devices[0]),
    );
    let retire = P::Retire {
        identity: people.dora.id(),
    };
    log.reject(
        "a member retires a colleague",
        "role_too_low",
        log.honest(&retire, &people.bert.devices[1]),
    );
    log.push("retire dora", &retire, &people.anna.devices[0]);
    log.reject(
        "retired twice",
        "rule",
        log.honest(&retire, &people.anna.devices[0]),
    );
    let third = SignSecret::make(rng);
    log.reject(
        "retired person enrols a device",
        "rule",
        log.honest(&new_device(&people.dora, &third, tenant, "dora 2"), &third),
    );
    let wrap = people.dora.new_wrap(tenant, 2, &people.dora.wraps[0]);
    let up = P::WrapGeneration {
        identity: people.dora.id(),
        wrap,
    };
    log.reject(
        "device of a retired person writes",
        "device_revoked",
        log.honest(&up, &people.dora.devices[0]),
    );
    appoint(&mut log, &people, &recovery);
    let open = Secret16::make(rng);
    log.push(
        "invite that stays open",
        &invite(&open, AccountRole::Member),
        &people.bert.devices[1],
    );
    for (name, order) in [
        ("entry dropped", &[0, 1, 2, 4][..]),
        ("entries reordered", &[0, 1, 2, 4, 3]),
        ("entry repeated", &[0, 1, 1]),
        ("first entry dropped", &[1, 2]),
    ] {
        log.reject_order(name, order);
    }
    let everybody: Vec<Value> = [
        &people.anna,
        &people.bert,
        &people.carla,
        &people.dora,
        &people.emil,
    ]
    .iter()
    .map(|human| human.to_json())
    .collect();
    let value = json!({
        "tenant": tenant.to_string(),
        "recovery_seed": crate::json::hex(&recovery.danger_seed()[..]),
        "people": everybody,
        "entries": log.entries,
        "state": state(&log),
        "rejections": log.rejections,
    });
    (value, log, people)
}

fn state(log: &Directory) -> Value {
    let mut identities: Vec<Value> = Vec::new();
    for (id, known) in log.state.identities() {
        let mut devices: Vec<_> = log.state.devices_of(id).collect();
        devices.sort_by_key(|(device, _)| *device);
        let devices: Vec<Value> = devices
            .iter()
            .map(|(device, known)| json!({ "device": device.to_string(), "name": known.name, "since": known.since_index, "revoked": known.revoked_index }))
            .collect();
        let wraps: Vec<Value> = known
            .wrap_generations
            .iter()
            .map(|wrap| json!([wrap.generation, wrap.key_hash.to_string(), wrap.since_index]))
            .collect();
        identities.push(json!({ "identity": id.to_string(), "name": known.name, "account_role": known.account_role.to_string(),
            "joined": known.joined_index, "retired": known.retired_index, "wrap_keys": wraps, "devices": devices }));
    }
    let policy = log.state.policy();
    let open = log
        .state
        .invites()
        .filter(|(_, invite)| !invite.closed)
        .count();
    json!({ "identities": identities, "open_invites": open,
        "policy": [policy.image_max_pixels, policy.offline_max_days, policy.min_suite],
        "control_hash": log.state.control_hash().to_string() })
}

fn genesis(log: &mut Directory, anna: &Human, recovery: &SignSecret, stranger: &Human) {
    let first = |person| P::Genesis {
        nonce: [7; 16],
        person,
        recovery_public: recovery.public().to_bytes(),
    };
    let payload = first(anna.person(TenantId::ZERO, "anna"));
    let device = &anna.devices[0];
    let wrong = TenantId::from_bytes([1; 32]);
    log.reject(
        "genesis names a tenant",
        "wrong_log",
        log.forge(&payload, device, |b| b.tenant = wrong),
    );
    log.reject(
        "genesis by another device",
        "rule",
        log.honest(&payload, &stranger.devices[0]),
    );
    log.reject(
        "genesis with a past",
        "rule",
        log.forge(&payload, device, |b| {
            b.control_hash = Digest::from_bytes([1; 32])
        }),
    );
    log.reject(
        "genesis with a second place in the author's sequence",
        "rule",
        log.forge(&payload, device, |b| b.device_seq = 2),
    );
    let foreign = first(anna.person(wrong, "anna"));
    log.reject(
        "certificates for another tenant",
        "signature",
        log.honest(&foreign, device),
    );
    let mut person = anna.person(TenantId::ZERO, "anna");
    person.wrap_public = stranger.wraps[0].public().as_bytes().to_vec().into();
    log.reject(
        "substituted wrap key",
        "signature",
        log.honest(&first(person), device),
    );
    let mut person = anna.person(TenantId::ZERO, "anna");
    person.identity_public = stranger.identity.public().to_bytes().into();
    log.reject(
        "substituted identity key",
        "signature",
        log.honest(&first(person), device),
    );
    log.push("genesis", &payload, device);
    log.reject("second genesis", "rule", log.honest(&payload, device));
}

fn last_administrator(log: &mut Directory, anna: &Human) {
    let device = &anna.devices[0];
    log.reject(
        "last administrator steps down",
        "rule",
        log.honest(&role(anna, AccountRole::Member), device),
    );
    let retire = P::Retire {
        identity: anna.id(),
    };
    log.reject(
        "last administrator retires",
        "rule",
        log.honest(&retire, device),
    );
}

fn appoint(log: &mut Directory, people: &People, recovery: &SignSecret) {
    let tenant = log.tenant();
    let device = &people.emil.devices[1];
    let signed = |key: &SignSecret, human: &Human, index: u64| P::Recover {
        identity: human.id(),
        recovery_signatures: Signatures::both(
            key,
            SignatureKind::DirectoryRecover,
            &context::directory_recover(tenant, human.id(), index),
        ),
    };
    let index = log.index();
    log.reject(
        "appointed by a key that is not the recovery key",
        "signature",
        log.honest(&signed(&people.anna.identity, &people.emil, index), device),
    );
    log.reject(
        "appointment signed for an earlier place",
        "signature",
        log.honest(&signed(recovery, &people.bert, index - 1), device),
    );
    log.reject(
        "appointment of a retired person",
        "rule",
        log.honest(&signed(recovery, &people.dora, index), device),
    );
    log.push(
        "recovery key appoints bert",
        &signed(recovery, &people.bert, index),
        device,
    );
}
