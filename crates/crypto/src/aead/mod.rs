//! AEAD_AES_256_GCM (RFC 5116) without associated data: aws-lc natively, RustCrypto in the
//! browser. Nonces leave this crate only for a platform's own AES-GCM (`BulkKey`).

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(any(target_arch = "wasm32", test))]
mod portable;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::AesGcm;
#[cfg(target_arch = "wasm32")]
pub(crate) use portable::AesGcm;

/// Bytes of the authentication tag.
pub(crate) const TAG_BYTES: usize = 16;
/// Bytes of a nonce.
pub(crate) const NONCE_BYTES: usize = 12;

/// The tag is wrong, or the message is longer than GCM takes.
#[derive(Debug)]
pub(crate) struct AeadError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_back_ends_agree() {
        let (key, nonce) = ([7; 32], [9; 12]);
        let native = native::AesGcm::new(&key);
        let portable = portable::AesGcm::new(&key);
        for length in [0, 1, 15, 16, 17, 16_384] {
            let plain: Vec<u8> = (0..length).map(|place| place as u8).collect();
            let (mut one, mut two) = (plain.clone(), plain.clone());
            let tag_one = native.seal(nonce, &mut one).unwrap();
            let tag_two = portable.seal(nonce, &mut two).unwrap();
            assert_eq!((&one, tag_one), (&two, tag_two));
            one.extend_from_slice(&tag_one);
            two.clone_from(&one);
            assert_eq!(portable.open(nonce, &mut one).unwrap(), plain);
            assert_eq!(native.open(nonce, &mut two).unwrap(), plain);
            let mut cut = [0; 15];
            assert!(native.open(nonce, &mut cut).is_err());
            assert!(portable.open(nonce, &mut cut).is_err());
            let mut forged = plain.clone();
            forged.extend_from_slice(&[0; 16]);
            assert!(native.open(nonce, &mut forged.clone()).is_err());
            assert!(portable.open(nonce, &mut forged).is_err());
        }
    }

    #[test]
    fn wycheproof() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../spec/vectors/crypto/aes_256_gcm.json"
        );
        let text = std::fs::read_to_string(path).unwrap();
        let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(cases.len(), 48);
        let mut refused = 0;
        for case in cases {
            let bytes = |field: &str| {
                data_encoding::HEXLOWER
                    .decode(case[field].as_str().unwrap().as_bytes())
                    .unwrap()
            };
            let key: [u8; 32] = bytes("key").try_into().unwrap();
            let nonce: [u8; 12] = bytes("iv").try_into().unwrap();
            let (native, portable) = (native::AesGcm::new(&key), portable::AesGcm::new(&key));
            let sealed = [bytes("ct"), bytes("tag")].concat();
            let (mut one, mut two) = (sealed.clone(), sealed.clone());
            let opened = (native.open(nonce, &mut one), portable.open(nonce, &mut two));
            if case["result"] == "invalid" {
                assert!(opened.0.is_err() && opened.1.is_err());
                refused += 1;
                continue;
            }
            let plain = bytes("msg");
            assert_eq!(opened.0.unwrap(), plain);
            assert_eq!(opened.1.unwrap(), plain);
            let mut text = plain;
            let tag = native.seal(nonce, &mut text).unwrap();
            assert_eq!([text, tag.to_vec()].concat(), sealed);
        }
        assert!(refused >= 10, "{refused}");
    }
}
