//! The box and key derivation against Wycheproof.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use hkdf::HkdfExtract;
use sha2::{Digest as _, Sha256, Sha512};
use strongroom_crypto::{
    Secret16, SymmetricKey,
    sealed_box::{BoxError, Opener, Sealer, open, plain_len, sealed_len},
};

#[test]
fn chunked_encryption() {
    let (mut accepted, mut refused) = (0, 0);
    for case in common::cases("chunked_encryption", 35) {
        let sealed = inflate(&case.bytes("ct"));
        let context = case.bytes("ctx");
        let Some(key) = SymmetricKey::from_slice(&case.bytes("key")) else {
            assert!(!case.valid(), "{}", case.name());
            refused += 1;
            continue;
        };
        let opened = open(&key, &context, &sealed);
        // the header fails exactly where the file gives no derived values
        let header: Option<&[u8; 56]> = sealed.first_chunk();
        let opener = header
            .ok_or(BoxError::Truncated)
            .and_then(|h| Opener::new(&key, &context, h));
        assert_eq!(
            opener.is_ok(),
            case.optional("aeadKey").is_some(),
            "{}",
            case.name()
        );
        if !case.valid() {
            assert!(opened.is_err(), "{}", case.name());
            refused += 1;
            continue;
        }
        let plain = opened.unwrap_or_else(|error| panic!("{}: {error}", case.name()));
        assert_eq!(Some(plain.len() as u64), case.json()["msgLength"].as_u64());
        assert_eq!(Sha512::digest(&*plain).as_slice(), case.bytes("msgSha512"));
        assert_eq!(sealed_len(plain.len() as u64), sealed.len() as u64);
        assert_eq!(plain_len(sealed.len() as u64), Ok(plain.len() as u64));
        // sealed again under the same salt, it is the same box
        let sealer = Sealer::resume(&key, &context, header.unwrap()).unwrap();
        let mut again = sealer.header().to_vec();
        let (full, last) = plain.as_chunks::<16_384>();
        for (index, chunk) in (0..).zip(full.iter().map(<[u8; _]>::as_slice).chain([last])) {
            sealer.seal_chunk(index, chunk, &mut again).unwrap();
        }
        assert!(again == sealed, "{}", case.name());
        accepted += 1;
    }
    assert!(accepted >= 5 && refused >= 20, "{accepted} {refused}");
}

fn inflate(zlib: &[u8]) -> Vec<u8> {
    miniz_oxide::inflate::decompress_to_vec_zlib(zlib).unwrap()
}

#[test]
fn derivation_is_hkdf_sha256() {
    let mut codes = 0;
    for case in common::cases("hkdf_sha256", 83) {
        let (ikm, salt) = (case.bytes("ikm"), case.bytes("salt"));
        let (info, okm) = (case.bytes("info"), case.bytes("okm"));
        // the first block of HKDF does not depend on the output length
        let wanted = &okm[..okm.len().min(32)];
        let mut extract = HkdfExtract::<Sha256>::new(Some(&salt));
        extract.input_ikm(&ikm);
        let key = SymmetricKey::from_bytes(extract.finalize().0.into());
        let derived = key.derive(&info);
        assert_eq!(
            &derived.danger_bytes()[..wanted.len()],
            wanted,
            "{}",
            case.name()
        );
        assert_eq!(key.derive_public(&info).as_bytes(), derived.danger_bytes());
        if let (Some(secret), true) = (Secret16::from_slice(&ikm), salt.is_empty()) {
            let derived = secret.derive(&info);
            assert_eq!(
                &derived.danger_bytes()[..wanted.len()],
                wanted,
                "{}",
                case.name()
            );
            codes += 1;
        }
    }
    assert!(codes >= 3, "{codes}");
}
