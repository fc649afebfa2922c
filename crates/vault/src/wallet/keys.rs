use crate::{IntegrityError, NewPerson};
use std::collections::BTreeMap;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_crypto::{Rng, Secret16, SymmetricKey};
use strongroom_format::cbor::{Fixed, bytes, from_cbor, to_cbor};
use strongroom_format::directory::DirectoryState;
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

    /// From what a passkey's authenticator gives for [`context::PASSKEY_INPUT`].
    pub fn passkey(prf_output: &[u8; 32]) -> Self {
        let parts: [&[u8]; 1] = [prf_output];
        Self {
            slot: SymmetricKey::mix(&parts, &context::slot_key("passkey")),
            identity: SymmetricKey::mix(&parts, &context::slot_key("passkey-identity")),
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
    /// While the identity is being renewed: the key that follows.
    next: Option<SignSecret>,
    pub(super) identity_key: SymmetricKey,
}

impl IdentitySecret {
    pub(super) fn make(person: &NewPerson, rng: &mut dyn Rng) -> Self {
        Self {
            identity: person.identity(),
            secret: SignSecret::from_seed(&person.identity_secret().danger_seed()),
            next: None,
            identity_key: SymmetricKey::make(rng),
        }
    }

    /// From the content of the identity box: one seed, or two while a renewal is under way.
    pub(super) fn from_seeds(
        identity: IdentityId,
        seeds: &[u8],
        identity_key: SymmetricKey,
    ) -> Option<Self> {
        let (first, rest) = seeds.split_first_chunk::<64>()?;
        let next = match rest.len() {
            0 => None,
            _ => Some(SignSecret::from_seed(&Zeroizing::new(
                <[u8; 64]>::try_from(rest).ok()?,
            ))),
        };
        Some(Self {
            identity,
            secret: SignSecret::from_seed(&Zeroizing::new(*first)),
            next,
            identity_key,
        })
    }

    /// A key to follow `in_force`, and a new key for the identity box.
    pub(super) fn renewed(identity: IdentityId, in_force: &SignSecret, rng: &mut dyn Rng) -> Self {
        Self {
            identity,
            secret: SignSecret::from_seed(&in_force.danger_seed()),
            next: Some(SignSecret::make(rng)),
            identity_key: SymmetricKey::make(rng),
        }
    }

    /// The content of the identity box.
    pub(super) fn seeds(&self) -> Zeroizing<Vec<u8>> {
        let mut seeds = Zeroizing::new(Vec::with_capacity(128));
        seeds.extend_from_slice(&self.secret.danger_seed()[..]);
        if let Some(next) = &self.next {
            seeds.extend_from_slice(&next.danger_seed()[..]);
        }
        seeds
    }

    /// Whose it is.
    pub fn identity(&self) -> IdentityId {
        self.identity
    }

    /// The signing key that the directory has in force.
    ///
    /// # Errors
    /// `SubstitutedKey` where it is none of the wallet's.
    pub fn sign_secret(&self, directory: &DirectoryState) -> Result<&SignSecret, IntegrityError> {
        let known = directory.identity(self.identity);
        [Some(&self.secret), self.next.as_ref()]
            .into_iter()
            .flatten()
            .find(|secret| known.is_some_and(|known| *known.public == *secret.public()))
            .ok_or(IntegrityError::SubstitutedKey(self.identity))
    }

    /// Whether a renewal of the key was begun and its wallet not put in order since.
    pub fn is_being_renewed(&self) -> bool {
        self.next.is_some()
    }

    /// The key that shall follow the one in force, while it does not yet.
    pub fn next_secret(&self, directory: &DirectoryState) -> Option<&SignSecret> {
        let known = directory.identity(self.identity)?;
        self.next
            .as_ref()
            .filter(|next| *known.public != *next.public())
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
