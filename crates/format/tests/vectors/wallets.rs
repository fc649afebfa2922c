//! `spec/vectors/wallets`.

use crate::read::*;
use serde_json::{Value, json};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{SymmetricKey, sealed_box};
use strongroom_format::codes::{CodeKind, read_code};
use strongroom_format::context;
use strongroom_format::person::identity_id;
use strongroom_format::wallet::{SlotKind, StoredWallet, WalletContent};
use strongroom_types::*;

/// Kind, slot key and identity slot key of a way in.
fn way(value: &Value) -> (SlotKind, SymmetricKey, SymmetricKey) {
    if value["recovery_code"].is_string() {
        let code = read_code(CodeKind::Recover, text(value, "recovery_code")).unwrap();
        return (
            SlotKind::Recovery,
            code.derive(&context::slot_key("recovery")),
            code.derive(&context::slot_key("recovery-identity")),
        );
    }
    let secret = read_code(CodeKind::Device, text(value, "device_secret")).unwrap();
    let export_key = bytes(value, "export_key");
    let parts = [export_key.as_slice(), secret.danger_bytes()];
    (
        SlotKind::Passphrase,
        SymmetricKey::mix(&parts, &context::slot_key("passphrase")),
        SymmetricKey::mix(&parts, &context::slot_key("passphrase-identity")),
    )
}

fn open(case: &Value) -> Option<(WalletContent, Vec<u8>)> {
    let tenant: TenantId = text(case, "tenant").parse().unwrap();
    let identity: IdentityId = text(case, "identity").parse().unwrap();
    let stored = StoredWallet::from_bytes(&bytes(case, "wallet")).ok()?;
    let (kind, key, inner_key) = way(&case["way"]);
    let slot = stored.slots.iter().find(|slot| slot.kind == kind)?;
    let (generation, number) = (stored.key_generation, kind.number());
    let context = context::slot(tenant, identity, generation, number, slot.slot);
    let open = |key: &SymmetricKey, context: &[u8], sealed: &[u8]| {
        sealed_box::open(key, context, sealed).ok()
    };
    let wallet_key = SymmetricKey::from_slice(&open(&key, &context, &slot.sealed)?)?;
    let context = context::wallet(tenant, identity, generation, stored.version);
    let content = WalletContent::unpack(&open(&wallet_key, &context, &stored.sealed)?).ok()?;
    let (_, inner) = content
        .inner_slots
        .iter()
        .find(|(id, _)| *id == slot.slot)?;
    let context = context::inner_slot(tenant, identity, number, slot.slot);
    let identity_key = SymmetricKey::from_slice(&open(&inner_key, &context, inner)?)?;
    let context = context::identity_box(tenant, identity);
    let seed = open(&identity_key, &context, &content.identity_box)?.to_vec();
    let public = SignSecret::from_seed(seed.as_slice().try_into().ok()?);
    (identity_id(public.public()) == identity).then_some((content, seed))
}

#[test]
fn wallets() {
    each(&file("wallets/wallet.json"), 28, |case| {
        let (content, seed) = open(case).ok_or("wallet")?;
        let wanted = &case["content"];
        assert_eq!(seed, bytes(wanted, "identity_seed"));
        assert_eq!(content.day, number(wanted, "day"));
        assert_eq!(content.wrap_seeds.len(), 3);
        for ((generation, seed), pair) in content.wrap_seeds.iter().zip(items(wanted, "wrap_seeds"))
        {
            assert_eq!(json!(generation), pair[0]);
            assert_eq!(seed.as_slice(), hex(pair[1].as_str().unwrap()));
        }
        let vaults: Vec<Value> = content
            .vaults
            .iter()
            .map(|(vault, name)| json!([vault.to_string(), name]))
            .collect();
        assert_eq!(json!(vaults), wanted["vaults"]);
        Ok(())
    });
}
