//! The secrets of one vault's epochs, and what is derived from them.

use crate::{IntegrityError, VaultError};
use std::collections::BTreeMap;
use strongroom_crypto::wrap::{WrapPublic, WrapSecret};
use strongroom_crypto::{Rng, SymmetricKey, sealed_box};
use strongroom_format::FormatError;
use strongroom_format::cbor::{Fixed, bytes, from_cbor, to_cbor};
use strongroom_format::context::{self, EpochPurpose};
use strongroom_types::*;
use zeroize::Zeroizing;

struct EpochKeys {
    secret: SymmetricKey,
    records: SymmetricKey,
    files: SymmetricKey,
    meta: SymmetricKey,
    history: SymmetricKey,
}

impl EpochKeys {
    fn new(tenant: TenantId, vault: VaultId, epoch: Epoch, secret: SymmetricKey) -> Self {
        let key = |purpose| secret.derive(&context::epoch_key(tenant, vault, epoch, purpose));
        Self {
            records: key(EpochPurpose::Records),
            files: key(EpochPurpose::Files),
            meta: key(EpochPurpose::Meta),
            history: key(EpochPurpose::History),
            secret,
        }
    }
}

/// The epoch secrets of one vault that this member holds. Wiped on drop.
pub struct Keyring {
    tenant: TenantId,
    vault: VaultId,
    epochs: BTreeMap<Epoch, EpochKeys>,
}

/// What a wrap of an epoch secret is bound to besides its recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrapPlace {
    /// The tenant.
    pub tenant: TenantId,
    /// The vault.
    pub vault: VaultId,
    /// The epoch whose secret is wrapped.
    pub epoch: Epoch,
    /// `control_hash` of the carrying entry's body.
    pub control_hash: Digest,
    /// Device that signs the carrying entry.
    pub issuer: DeviceId,
}

impl WrapPlace {
    fn context(&self, recipient_key_hash: Digest) -> Vec<u8> {
        context::wrap(
            self.tenant,
            self.vault,
            self.epoch,
            self.control_hash,
            recipient_key_hash,
            self.issuer,
        )
    }

    /// Wraps an epoch secret for the holder of a wrap key.
    ///
    /// # Errors
    /// Never for a well-formed key; `Misuse` otherwise.
    pub fn wrap(
        &self,
        recipient: &WrapPublic,
        recipient_key_hash: Digest,
        secret: &SymmetricKey,
        rng: &mut dyn Rng,
    ) -> Result<Vec<u8>, VaultError> {
        recipient
            .wrap(&self.context(recipient_key_hash), secret, rng)
            .map_err(|_| VaultError::Misuse("the context of a wrap is too long"))
    }

    /// Takes an epoch secret out of one's own wrap.
    ///
    /// # Errors
    /// `BadWrap`.
    pub fn unwrap(
        &self,
        own: &WrapSecret,
        own_key_hash: Digest,
        wrap: &[u8],
    ) -> Result<SymmetricKey, IntegrityError> {
        own.unwrap(&self.context(own_key_hash), wrap)
            .map_err(|_| IntegrityError::BadWrap)
    }
}

/// The public commitment of an epoch secret.
pub fn commitment(tenant: TenantId, vault: VaultId, epoch: Epoch, secret: &SymmetricKey) -> Digest {
    secret.derive_public(&context::epoch_commitment(tenant, vault, epoch))
}

impl Keyring {
    /// Without keys.
    pub fn new(tenant: TenantId, vault: VaultId) -> Self {
        Self {
            tenant,
            vault,
            epochs: BTreeMap::new(),
        }
    }

    /// Takes an epoch secret that gives the announced commitment.
    ///
    /// # Errors
    /// `BadWrap` where it does not.
    pub fn add(
        &mut self,
        epoch: Epoch,
        secret: SymmetricKey,
        announced: Digest,
    ) -> Result<(), IntegrityError> {
        if commitment(self.tenant, self.vault, epoch, &secret) != announced {
            return Err(IntegrityError::BadWrap);
        }
        let keys = EpochKeys::new(self.tenant, self.vault, epoch, secret);
        self.epochs.insert(epoch, keys);
        Ok(())
    }

    /// Opens the secrets of earlier epochs, from `newest` down to the first one that is already
    /// here. `facts` gives an epoch's history box and the commitment of the epoch before it.
    ///
    /// # Errors
    /// `BadWrap` where a box does not open or does not hold what was committed.
    pub fn open_history<'b>(
        &mut self,
        newest: Epoch,
        facts: impl Fn(Epoch) -> Option<(&'b [u8], Digest)>,
    ) -> Result<(), IntegrityError> {
        let mut epoch = newest;
        while let Some(before) = epoch
            .0
            .checked_sub(1)
            .filter(|number| *number > 0)
            .map(Epoch)
        {
            if self.has(before) {
                break;
            }
            let (history_box, announced) = facts(epoch).ok_or(IntegrityError::BadWrap)?;
            let keys = self.epochs.get(&epoch).ok_or(IntegrityError::BadWrap)?;
            let context = context::history(self.tenant, self.vault, epoch);
            let secret = sealed_box::open(&keys.history, &context, history_box)
                .ok()
                .and_then(|secret| SymmetricKey::from_slice(&secret))
                .ok_or(IntegrityError::BadWrap)?;
            self.add(before, secret, announced)?;
            epoch = before;
        }
        Ok(())
    }

    /// The vault.
    pub fn vault(&self) -> VaultId {
        self.vault
    }

    /// Whether the keys of an epoch are here.
    pub fn has(&self, epoch: Epoch) -> bool {
        self.epochs.contains_key(&epoch)
    }

    /// The newest epoch whose keys are here.
    pub fn newest(&self) -> Option<Epoch> {
        self.epochs.keys().next_back().copied()
    }

    /// The key of an epoch for one purpose.
    ///
    /// # Errors
    /// `NoKey`.
    pub fn key(&self, epoch: Epoch, purpose: EpochPurpose) -> Result<&SymmetricKey, VaultError> {
        let keys = self.epochs.get(&epoch).ok_or(VaultError::NoKey(epoch))?;
        Ok(match purpose {
            EpochPurpose::Records => &keys.records,
            EpochPurpose::Files => &keys.files,
            EpochPurpose::Meta => &keys.meta,
            EpochPurpose::History => &keys.history,
        })
    }

    /// The secret of an epoch itself: to wrap it for a new member, or to export it.
    ///
    /// # Errors
    /// `NoKey`.
    pub fn danger_secret(&self, epoch: Epoch) -> Result<&SymmetricKey, VaultError> {
        self.epochs
            .get(&epoch)
            .map(|keys| &keys.secret)
            .ok_or(VaultError::NoKey(epoch))
    }

    /// For the encrypted local cache: `[[epoch, secret]…]`.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let list: Vec<_> = self
            .epochs
            .iter()
            .map(|(epoch, keys)| (*epoch, bytes(keys.secret.danger_bytes())))
            .collect();
        Zeroizing::new(to_cbor(&list))
    }

    /// Reads [`Self::to_bytes`] of the same vault, from a place that is authenticated.
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn from_bytes(tenant: TenantId, vault: VaultId, input: &[u8]) -> Result<Self, FormatError> {
        let list: Vec<(Epoch, Fixed<32>)> = from_cbor(input, 64 << 20, "keyring")?;
        let epochs = list
            .into_iter()
            .map(|(epoch, secret)| {
                let secret = SymmetricKey::from_bytes(secret.into());
                (epoch, EpochKeys::new(tenant, vault, epoch, secret))
            })
            .collect();
        Ok(Self {
            tenant,
            vault,
            epochs,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_crypto::DangerSeededRng;

    #[test]
    fn history_opens_from_the_newest_down() {
        let mut rng = DangerSeededRng::new(1);
        let (tenant, vault) = (TenantId::from_bytes([1; 32]), VaultId::from_bytes([2; 32]));
        let mut full = Keyring::new(tenant, vault);
        let mut facts = BTreeMap::new();
        let mut before: Option<SymmetricKey> = None;
        for number in 1..=5 {
            let epoch = Epoch(number);
            let secret = SymmetricKey::make(&mut rng);
            let announced = commitment(tenant, vault, epoch, &secret);
            full.add(epoch, secret.danger_duplicate(), announced)
                .unwrap();
            let history = before.map_or(Vec::new(), |before| {
                sealed_box::seal(
                    full.key(epoch, EpochPurpose::History).unwrap(),
                    &context::history(tenant, vault, epoch),
                    before.danger_bytes(),
                    &mut rng,
                )
            });
            facts.insert(epoch, (history, announced));
            before = Some(secret);
        }
        let lookup = |epoch: Epoch| {
            let (history, _) = facts.get(&epoch)?;
            let (_, announced) = facts.get(&Epoch(epoch.0 - 1))?;
            Some((history.as_slice(), *announced))
        };
        let newest = || full.danger_secret(Epoch(5)).unwrap().danger_duplicate();
        let mut late = Keyring::new(tenant, vault);
        late.add(Epoch(5), newest(), facts[&Epoch(5)].1).unwrap();
        late.open_history(Epoch(5), lookup).unwrap();
        assert_eq!(late.to_bytes(), full.to_bytes());
        let read = Keyring::from_bytes(tenant, vault, &late.to_bytes()).unwrap();
        assert_eq!(read.newest(), Some(Epoch(5)));

        let mut wrong = Keyring::new(tenant, vault);
        assert_eq!(
            wrong.add(Epoch(4), newest(), facts[&Epoch(4)].1),
            Err(IntegrityError::BadWrap)
        );
        wrong.add(Epoch(5), newest(), facts[&Epoch(5)].1).unwrap();
        let other = |epoch: Epoch| lookup(epoch).map(|(history, _)| (history, Digest::ZERO));
        assert_eq!(
            wrong.open_history(Epoch(5), other),
            Err(IntegrityError::BadWrap)
        );
        assert!(matches!(
            wrong.key(Epoch(4), EpochPurpose::Files),
            Err(VaultError::NoKey(Epoch(4)))
        ));
    }
}
