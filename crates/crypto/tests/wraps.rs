//! ML-KEM-768, X-Wing and wraps against Wycheproof, the drafts and pyca.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use hpke::{Deserializable as _, Serializable as _};
use ml_kem::{DecapsulationKey, MlKem768, kem::KeyExport as _};
use strongroom_crypto::wrap::{WRAP_BYTES, WRAP_PUBLIC_BYTES, WrapPublic, WrapSecret};
use x_wing::{Decapsulate as _, Decapsulator as _};

#[test]
fn ml_kem_768() {
    let (mut accepted, mut refused) = (0, 0);
    for case in common::cases("mlkem_768", 201) {
        let secret =
            case.bytes("seed")
                .as_slice()
                .try_into()
                .ok()
                .and_then(|seed: ml_kem::Seed| {
                    let secret = DecapsulationKey::<MlKem768>::from_seed(seed);
                    if let Some(public) = case.optional("ek") {
                        assert!(secret.encapsulation_key().to_bytes().as_slice() == public);
                    }
                    let text = case.bytes("c");
                    let text = ml_kem::Ciphertext::<MlKem768>::try_from(text.as_slice()).ok()?;
                    Some(secret.decapsulate(&text))
                });
        let right = secret.is_some_and(|secret| secret.as_slice() == case.bytes("K"));
        assert_eq!(right, case.valid(), "{}", case.name());
        accepted += usize::from(right);
        refused += usize::from(!right);
    }
    assert!(accepted >= 100 && refused >= 5, "{accepted} {refused}");
}

#[test]
fn bad_ml_kem_keys_are_no_wrap_keys() {
    let good = WrapSecret::from_seed([1; 32]).public();
    for case in common::cases("mlkem_768_bad_keys", 132) {
        assert!(!case.valid());
        let key = [&case.bytes("ek"), &good.as_bytes()[1_184..]].concat();
        assert!(WrapPublic::from_slice(&key).is_err(), "{}", case.name());
    }
}

#[test]
fn x_wing_draft() {
    for case in common::cases("x_wing", 3) {
        let public = WrapSecret::from_seed(case.array("seed")).public();
        assert!(public.as_bytes() == case.bytes("pk"));
        assert_eq!(public.as_bytes().len(), WRAP_PUBLIC_BYTES);
        let secret = x_wing::DecapsulationKey::from(case.array::<32>("sk"));
        let eseed = case.array::<64>("eseed");
        let (text, shared) = secret
            .encapsulation_key()
            .encapsulate_deterministic((&eseed).into());
        assert!(text.as_slice() == case.bytes("ct"));
        assert_eq!(shared.as_slice(), case.bytes("ss"));
        assert_eq!(secret.decapsulate(&text).as_slice(), case.bytes("ss"));
        assert!(secret.encapsulation_key().to_bytes().as_slice() == case.bytes("pk"));
    }
}

#[test]
fn hpke_draft() {
    type Kem = hpke::kem::XWing;
    for case in common::cases("hpke_x_wing", 1) {
        let secret = <Kem as hpke::Kem>::PrivateKey::from_bytes(&case.bytes("skRm")).unwrap();
        let public = <Kem as hpke::Kem>::sk_to_pk(&secret).to_bytes();
        assert!(public.as_slice() == case.bytes("pkRm"));
        let enc = <Kem as hpke::Kem>::EncappedKey::from_bytes(&case.bytes("enc")).unwrap();
        let first = &case.json()["encryptions"][0];
        let bytes = |field: &str| common::unhex(first[field].as_str().unwrap());
        let plain =
            hpke::single_shot_open::<hpke::aead::ChaCha20Poly1305, hpke::kdf::HkdfSha256, Kem>(
                &hpke::OpModeR::Base,
                &secret,
                &enc,
                &case.bytes("info"),
                &bytes("ct"),
                &bytes("aad"),
            );
        assert_eq!(plain.unwrap(), bytes("pt"));
    }
}

#[test]
fn wraps_made_by_pyca_open() {
    for case in common::cases("wrap_pyca", 8) {
        let (context, wrap) = (case.bytes("context"), case.bytes("wrap"));
        assert_eq!(wrap.len(), WRAP_BYTES);
        let secret = WrapSecret::from_seed(case.array("seed"));
        let key = secret.unwrap(&context, &wrap).unwrap();
        assert_eq!(key.danger_bytes().as_slice(), case.bytes("key"));
        assert!(secret.unwrap(b"another", &wrap).is_err());
        assert!(
            WrapSecret::from_seed([1; 32])
                .unwrap(&context, &wrap)
                .is_err()
        );
    }
}
