//! A wallet with two slots.

use crate::json::hex;
use crate::world::Human;
use serde_json::{Value, json};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{DangerSeededRng, Rng, Secret16, SymmetricKey, sealed_box};
use strongroom_format::cbor::{Blob, Fixed, from_cbor, to_cbor};
use strongroom_format::codes::{CodeKind, write_code};
use strongroom_format::context;
use strongroom_format::pad::{pad, unpad};
use strongroom_format::wallet::{Slot, SlotKind, StoredWallet, WalletContent};
use strongroom_types::*;
use zeroize::Zeroizing;

fn zeroizing(key: &SymmetricKey) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(*key.danger_bytes())
}

/// A wallet with all that its owner knows.
pub struct Built {
    pub wallet: StoredWallet,
    pub code: Secret16,
    device_secret: Secret16,
    export_key: [u8; 64],
    wallet_key: SymmetricKey,
    packed: Zeroizing<Vec<u8>>,
}

const KEY_GENERATION: u64 = 3;
const VERSION: u64 = 17;

/// Seals `human`'s wallet with `heads` and the seed of `identity_secret` in it.
pub fn build(
    tenant: TenantId,
    human: &Human,
    identity_secret: &SignSecret,
    heads: Vec<(Digest, u64, Digest)>,
    rng: &mut DangerSeededRng,
) -> Built {
    let identity = human.id();
    let (key_generation, version) = (KEY_GENERATION, VERSION);
    let code = Secret16::make(rng);
    let device_secret = Secret16::make(rng);
    let mut export_key = [0; 64];
    rng.fill_bytes(&mut export_key);
    let parts = [&export_key[..], device_secret.danger_bytes()];
    let slots = [
        (
            SlotId::make(rng),
            SlotKind::Passphrase,
            SymmetricKey::mix(&parts, &context::slot_key("passphrase")),
            SymmetricKey::mix(&parts, &context::slot_key("passphrase-identity")),
        ),
        (
            SlotId::make(rng),
            SlotKind::Recovery,
            code.derive(&context::slot_key("recovery")),
            code.derive(&context::slot_key("recovery-identity")),
        ),
    ];
    let wallet_key = SymmetricKey::make(rng);
    let identity_key = SymmetricKey::make(rng);
    let seed = identity_secret.danger_seed();
    let identity_box = sealed_box::seal(
        &identity_key,
        &context::identity_box(tenant, identity),
        &seed[..],
        rng,
    );
    let mut inner_slots = Vec::new();
    let mut stored = Vec::new();
    for (slot, kind, key, inner_key) in &slots {
        let inner = context::inner_slot(tenant, identity, kind.number(), *slot);
        inner_slots.push((
            *slot,
            sealed_box::seal(inner_key, &inner, identity_key.danger_bytes(), rng),
        ));
        let outer = context::slot(tenant, identity, key_generation, kind.number(), *slot);
        stored.push(Slot {
            slot: *slot,
            kind: *kind,
            sealed: sealed_box::seal(key, &outer, wallet_key.danger_bytes(), rng),
        });
    }
    stored.sort_by_key(|slot| slot.slot);
    let mut content = WalletContent {
        wrap_seeds: human
            .wraps
            .iter()
            .enumerate()
            .map(|(at, wrap)| (at as u64 + 1, Zeroizing::new(*wrap.danger_seed())))
            .collect(),
        identity_box,
        inner_slots,
        slot_keys: slots
            .iter()
            .map(|(slot, _, key, _)| (*slot, zeroizing(key)))
            .collect(),
        pins: vec![(IdentityId::from_bytes([1; 32]), "anna".to_owned())],
        heads,
        vaults: vec![(VaultId::from_bytes([2; 32]), "Acme ./. Roe".to_owned())],
        day: 20_720,
    };
    let packed = content.pack();
    let context = context::wallet(tenant, identity, key_generation, version);
    let wallet = StoredWallet {
        key_generation,
        version,
        sealed: sealed_box::seal(&wallet_key, &context, &packed, rng),
        slots: stored,
    };
    Built {
        wallet,
        code,
        device_secret,
        export_key,
        wallet_key,
        packed,
    }
}

/// Vectors of Bert's wallet.
pub fn make(tenant: TenantId, bert: &Human, rng: &mut DangerSeededRng) -> Value {
    let identity = bert.id();
    let heads = vec![(Digest::from_bytes([2; 32]), 9, Digest::from_bytes([3; 32]))];
    let Built {
        wallet,
        code,
        device_secret,
        export_key,
        wallet_key,
        packed,
    } = build(tenant, bert, &bert.identity, heads, rng);
    let seed = bert.identity.danger_seed();
    let seeds: Vec<Value> = bert
        .wraps
        .iter()
        .enumerate()
        .map(|(at, wrap)| json!([at + 1, hex(wrap.danger_seed())]))
        .collect();
    let recovery = json!({ "recovery_code": write_code(CodeKind::Recover, &code) });
    let passphrase = json!({ "export_key": hex(&export_key), "device_secret": write_code(CodeKind::Device, &device_secret) });
    let mut cases = Vec::new();
    let mut add = |name: &str,
                   reason: Option<&str>,
                   way: &Value,
                   identity: IdentityId,
                   wallet: Vec<u8>| {
        let mut value = json!({ "name": name, "tenant": tenant.to_string(), "identity": identity.to_string(), "way": way, "wallet": hex(&wallet) });
        match reason {
            None => {
                value["result"] = json!("valid");
                value["content"] = json!({ "wrap_seeds": seeds, "identity_seed": hex(&seed[..]), "day": 20_720,
                    "vaults": [[hex(&[2; 32]), "Acme ./. Roe"]], "pins": [[hex(&[1; 32]), "anna"]], "heads": [[hex(&[2; 32]), 9, hex(&[3; 32])]] });
            }
            Some(reason) => {
                value["result"] = json!("invalid");
                value["reason"] = json!(reason);
            }
        }
        cases.push(value);
    };
    add(
        "by recovery code",
        None,
        &recovery,
        identity,
        wallet.to_bytes(),
    );
    add(
        "by passphrase",
        None,
        &passphrase,
        identity,
        wallet.to_bytes(),
    );
    let wrong = json!({ "recovery_code": write_code(CodeKind::Recover, &Secret16::make(rng)) });
    add(
        "another code",
        Some("wallet"),
        &wrong,
        identity,
        wallet.to_bytes(),
    );
    let wrong = json!({ "export_key": hex(&export_key), "device_secret": write_code(CodeKind::Device, &Secret16::make(rng)) });
    add(
        "another device secret",
        Some("wallet"),
        &wrong,
        identity,
        wallet.to_bytes(),
    );
    let other = IdentityId::from_bytes([5; 32]);
    add(
        "somebody else's wallet",
        Some("wallet"),
        &recovery,
        other,
        wallet.to_bytes(),
    );
    let mut refuse = |name: &str, change: &dyn Fn(&mut StoredWallet)| {
        let mut altered = wallet.clone();
        change(&mut altered);
        add(
            name,
            Some("wallet"),
            &recovery,
            identity,
            altered.to_bytes(),
        );
    };
    refuse("version raised", &|w| w.version += 1);
    refuse("version lowered", &|w| w.version -= 1);
    refuse("key generation changed", &|w| w.key_generation += 1);
    refuse("wallet box altered", &|w| w.sealed[100] ^= 1);
    refuse("wallet box cut", &|w| w.sealed.truncate(56));
    refuse("slot box altered", &|w| {
        for slot in &mut w.slots {
            slot.sealed[70] ^= 1;
        }
    });
    refuse("slots exchanged", &|w| {
        let first = w.slots[0].slot;
        w.slots[0].slot = w.slots[1].slot;
        w.slots[1].slot = first;
    });
    refuse("kinds exchanged", &|w| {
        let first = w.slots[0].kind;
        w.slots[0].kind = w.slots[1].kind;
        w.slots[1].kind = first;
    });
    refuse("slot boxes exchanged", &|w| {
        let first = w.slots[0].sealed.clone();
        w.slots[0].sealed = std::mem::replace(&mut w.slots[1].sealed, first);
    });
    let other = SignSecret::make(rng);
    let swapped = build(tenant, bert, &other, Vec::new(), rng);
    let way = json!({ "recovery_code": write_code(CodeKind::Recover, &swapped.code) });
    add(
        "another identity's seed inside",
        Some("wallet"),
        &way,
        identity,
        swapped.wallet.to_bytes(),
    );
    let mut refuse = |name: &str, change: &dyn Fn(&mut StoredWallet)| {
        let mut altered = wallet.clone();
        change(&mut altered);
        add(
            name,
            Some("wallet"),
            &recovery,
            identity,
            altered.to_bytes(),
        );
    };
    let mut dirty = packed.to_vec();
    *dirty.last_mut().unwrap() = 1;
    let context = context::wallet(tenant, identity, KEY_GENERATION, VERSION);
    let sealed = sealed_box::seal(&wallet_key, &context, &dirty, rng);
    refuse("padding not zero", &|w| w.sealed = sealed.clone());
    for (name, unordered) in unordered(&packed) {
        let sealed = sealed_box::seal(&wallet_key, &context, &unordered, rng);
        refuse(name, &|w| w.sealed = sealed.clone());
    }
    refuse("slot twice", &|w| w.slots.push(w.slots[0].clone()));
    let none = StoredWallet {
        slots: Vec::new(),
        ..wallet.clone()
    };
    add(
        "no slots",
        Some("wallet"),
        &recovery,
        identity,
        none.to_bytes(),
    );
    let mut trailing = wallet.to_bytes();
    trailing.push(0);
    add(
        "trailing byte",
        Some("wallet"),
        &recovery,
        identity,
        trailing,
    );
    Value::Array(cases)
}

type Content = (
    String,
    Vec<(u64, Fixed<32>)>,
    Blob,
    Vec<(SlotId, Blob)>,
    Vec<(SlotId, Fixed<32>)>,
    Vec<(IdentityId, String)>,
    Vec<(Digest, u64, Digest)>,
    Vec<(VaultId, String)>,
    u64,
);

/// The content with a list out of its one order.
fn unordered(packed: &[u8]) -> Vec<(&'static str, Zeroizing<Vec<u8>>)> {
    type Change = fn(&mut Content);
    let cases: [(&str, Change); 9] = [
        ("wrap seeds not sorted", |c| c.1.reverse()),
        ("wrap seed twice", |c| c.1.insert(0, c.1[0])),
        ("inner slots not sorted", |c| c.3.reverse()),
        ("inner slot twice", |c| c.3.insert(0, c.3[0].clone())),
        ("slot keys not sorted", |c| c.4.reverse()),
        ("slot key twice", |c| c.4.insert(0, c.4[0])),
        ("pin twice, under two names", |c| {
            c.5.push((c.5[0].0, "bert".to_owned()))
        }),
        ("two heads of one log", |c| {
            c.6.push((c.6[0].0, c.6[0].1 + 1, c.6[0].2))
        }),
        ("vault twice", |c| c.7.insert(0, c.7[0].clone())),
    ];
    cases
        .into_iter()
        .map(|(name, change)| {
            let mut content: Content =
                from_cbor(unpad(packed).unwrap(), 1 << 20, "wallet content").unwrap();
            change(&mut content);
            (name, pad(&to_cbor(&content)))
        })
        .collect()
}
