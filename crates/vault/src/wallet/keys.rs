use crate::NewPerson;
use std::collections::BTreeMap;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_crypto::{Rng, Secret16, SymmetricKey};
use strongroom_format::cbor::{Fixed, bytes, from_cbor, to_cbor};
use strongroom_format::person::identity_id;
use strongroom_format::{FormatError, context};
use strongroom_types::*;
use zeroize::Zeroizing;

/// The two keys that one secret of a person gives: for the wallet, and for the identity box
/// inside it. Wiped on drop.
pub struct SlotKeys {
    slot: SymmetricKey,
    identity: SymmetricKey,
}

impl SlotKeys {
    /// From what OPAQUE gives for the passphrase, and the device secret.
    pub fn passphrase(export_key: &[u8; 64], device_secret: &Secret16) -> Self {
        let parts: [&[u8]; 2] = [export_key, device_secret.danger_bytes()];
        Self {
            slot: SymmetricKey::mix(&parts, &context::slot_key("passphrase")),
            identity: SymmetricKey::mix(&parts, &context::slot_key("passphrase-identity")),
        }
    }

    /// From the recovery code.
    pub fn recovery(code: &Secret16) -> Self {
        Self {
            slot: code.derive(&context::slot_key("recovery")),
            identity: code.derive(&context::slot_key("recovery-identity")),
        }
    }

    /// Opens the wallet. An unlocked profile may keep it.
    pub fn slot_key(&self) -> &SymmetricKey {
        &self.slot
    }

    /// Opens the identity box. Never kept: the person gives the secret again.
    pub fn identity_key(&self) -> &SymmetricKey {
        &self.identity
    }
}

/// A person's identity key, out of its box for one ceremony. Wiped on drop; keep it short.
pub struct IdentitySecret {
    identity: IdentityId,
    secret: SignSecret,
    pub(super) identity_key: SymmetricKey,
}

impl IdentitySecret {
    pub(super) fn make(person: &NewPerson, rng: &mut dyn Rng) -> Self {
        Self {
            identity: person.identity(),
            secret: SignSecret::from_seed(&person.identity_secret().danger_seed()),
            identity_key: SymmetricKey::make(rng),
        }
    }

    pub(super) fn from_seed(seed: &[u8], identity_key: SymmetricKey) -> Option<Self> {
        let mut copy = Zeroizing::new([0; 64]);
        if seed.len() != copy.len() {
            return None;
        }
        copy.copy_from_slice(seed);
        let secret = SignSecret::from_seed(&copy);
        Some(Self {
            identity: identity_id(secret.public()),
            secret,
            identity_key,
        })
    }

    /// Whose it is.
    pub fn identity(&self) -> IdentityId {
        self.identity
    }

    /// The signing key.
    pub fn sign_secret(&self) -> &SignSecret {
        &self.secret
    }
}

/// A person's wrap keys by generation: what opens the vaults' keys. Wiped on drop.
#[derive(Default)]
pub struct WrapSeeds(BTreeMap<u64, WrapSecret>);

impl WrapSeeds {
    /// No keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the key of a generation.
    pub fn insert(&mut self, generation: u64, secret: WrapSecret) {
        self.0.insert(generation, secret);
    }

    /// The key of a generation.
    pub fn get(&self, generation: u64) -> Option<&WrapSecret> {
        self.0.get(&generation)
    }

    /// The newest generation.
    pub fn newest(&self) -> Option<u64> {
        self.0.keys().next_back().copied()
    }

    /// For the encrypted local cache: `[[generation, seed]…]`.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let list: Vec<_> = self
            .0
            .iter()
            .map(|(generation, secret)| (*generation, bytes(secret.danger_seed())))
            .collect();
        Zeroizing::new(to_cbor(&list))
    }

    /// Reads [`Self::to_bytes`].
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn from_bytes(input: &[u8]) -> Result<Self, FormatError> {
        let list: Vec<(u64, Fixed<32>)> = from_cbor(input, 1 << 20, "wrap seeds")?;
        Ok(Self(
            list.into_iter()
                .map(|(generation, seed)| (generation, WrapSecret::from_seed(seed.into())))
                .collect(),
        ))
    }
}
