//! Ed25519 and ML-DSA-65 against Wycheproof.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use strongroom_crypto::sign::{BothSignatures, SignPublic, SignSecret};

fn ours() -> SignSecret {
    SignSecret::from_seed(&[7; 64])
}

#[test]
fn ed25519() {
    let own = ours();
    let (mut accepted, mut refused) = (0, 0);
    for case in common::cases("ed25519", 151) {
        let key = [&case.bytes("pk"), &own.public().as_bytes()[32..]].concat();
        let signature = <[u8; 64]>::try_from(case.bytes("sig"));
        let verified = SignPublic::from_slice(&key).is_ok_and(|public| {
            signature.is_ok_and(|sig| public.verify_ed25519(&case.bytes("msg"), &sig).is_ok())
        });
        assert_eq!(verified, case.valid(), "{}", case.name());
        accepted += usize::from(verified);
        refused += usize::from(!verified);
    }
    assert!(accepted >= 60 && refused >= 40, "{accepted} {refused}");
}

#[test]
fn ml_dsa_65_verification() {
    let own = ours();
    let (mut accepted, mut refused) = (0, 0);
    for case in common::cases("mldsa_65_verify", 210) {
        let key = [&own.public().as_bytes()[..32], &case.bytes("pk")].concat();
        let message = case.bytes("msg");
        let signatures = BothSignatures {
            ed25519: own.sign_ed25519(&message),
            ml_dsa: case.bytes("sig"),
        };
        let verified = SignPublic::from_slice(&key)
            .is_ok_and(|public| public.verify_both(&message, &signatures).is_ok());
        // ours have no ML-DSA context, so signatures with one are foreign
        let wanted = case.valid() && case.bytes("ctx").is_empty();
        assert_eq!(verified, wanted, "{}", case.name());
        accepted += usize::from(verified);
        refused += usize::from(!verified);
    }
    assert!(accepted >= 50 && refused >= 50, "{accepted} {refused}");
}

#[test]
fn ml_dsa_65_signing_is_deterministic() {
    for case in common::cases("mldsa_65_sign", 80) {
        let mut seed = [1; 64];
        seed[32..].copy_from_slice(&case.array::<32>("seed"));
        let secret = SignSecret::from_seed(&seed);
        assert_eq!(
            &secret.public().as_bytes()[32..],
            case.bytes("pk"),
            "{}",
            case.name()
        );
        let signatures = secret.sign_both(&case.bytes("msg"));
        assert!(signatures.ml_dsa == case.bytes("sig"), "{}", case.name());
    }
}
