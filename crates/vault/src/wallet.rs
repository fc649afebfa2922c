//! The wallet: a person's encrypted key ring. The server stores it, versions it and can open
//! nothing of it; every way into it is a slot (formats, section 11).

mod book;
mod ceremony;
mod keys;
mod renewal;

pub use book::{Compared, log_of_directory, log_of_vault};
pub use keys::{IdentitySecret, SlotKeys, WrapSeeds};

use crate::NewPerson;
use strongroom_crypto::{Rng, SymmetricKey, sealed_box};
use strongroom_format::context;
use strongroom_format::wallet::{Slot, SlotKind, StoredWallet, WalletContent};
use strongroom_types::limits::WALLET_MAX_SLOTS;
use strongroom_types::*;
use zeroize::Zeroizing;

/// Why a wallet does not open or change. A wrong secret and an altered wallet are the same
/// error on purpose: telling them apart would help whoever guesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WalletError {
    /// Wrong secret, or something of the wallet was altered.
    #[error("the secret is wrong, or the wallet was altered")]
    Altered,
    /// A slot exists for which the wallet holds no key, so the wallet key can't be renewed.
    #[error("the wallet lacks the key of one of its slots")]
    NoSlotKey,
    /// More slots than a wallet may have (32).
    #[error("the wallet has as many ways in as it may")]
    TooManySlots,
    /// The last way in would go.
    #[error("the last way into the wallet stays")]
    LastSlot,
    /// No such slot.
    #[error("the wallet has no such slot")]
    UnknownSlot,
}

/// State of a wallet of which only the ciphertext is here.
pub struct Locked(());

/// State of an open wallet. Its secrets are wiped on drop.
pub struct Unlocked {
    key: SymmetricKey,
    content: WalletContent,
}

/// A wallet: `Wallet<Locked>` from the server, `Wallet<Unlocked>` after a slot was opened.
pub struct Wallet<S> {
    tenant: TenantId,
    identity: IdentityId,
    stored: StoredWallet,
    state: S,
}

impl<S> Wallet<S> {
    /// Whose tenant it is.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Whose wallet it is.
    pub fn identity(&self) -> IdentityId {
        self.identity
    }

    /// Version as stored at the server; 0 before the first was stored.
    pub fn version(&self) -> u64 {
        self.stored.version
    }

    /// As it is stored at the server: sealed, with the ways in.
    pub fn stored(&self) -> &StoredWallet {
        &self.stored
    }

    /// Generation of the wallet key.
    pub fn key_generation(&self) -> u64 {
        self.stored.key_generation
    }

    /// The ways in.
    pub fn slots(&self) -> &[Slot] {
        &self.stored.slots
    }

    fn wallet_context(&self, version: u64) -> Vec<u8> {
        context::wallet(
            self.tenant,
            self.identity,
            self.stored.key_generation,
            version,
        )
    }

    fn slot_context(&self, kind: SlotKind, slot: SlotId) -> Vec<u8> {
        context::slot(
            self.tenant,
            self.identity,
            self.stored.key_generation,
            kind.number(),
            slot,
        )
    }
}

impl Wallet<Locked> {
    /// A wallet as the server gave it.
    pub fn from_stored(tenant: TenantId, identity: IdentityId, stored: StoredWallet) -> Self {
        Self {
            tenant,
            identity,
            stored,
            state: Locked(()),
        }
    }

    /// A wallet from its bytes.
    ///
    /// # Errors
    /// `Altered` for bytes that are no wallet.
    pub fn from_bytes(
        tenant: TenantId,
        identity: IdentityId,
        bytes: &[u8],
    ) -> Result<Self, WalletError> {
        let stored = StoredWallet::from_bytes(bytes).map_err(|_| WalletError::Altered)?;
        Ok(Self::from_stored(tenant, identity, stored))
    }

    /// Opens the wallet by the slots of `kind`; one of them must take `slot_key`.
    ///
    /// # Errors
    /// `Altered`, whatever the reason.
    pub fn open(
        &self,
        kind: SlotKind,
        slot_key: &SymmetricKey,
    ) -> Result<Wallet<Unlocked>, WalletError> {
        let key = self
            .stored
            .slots
            .iter()
            .filter(|slot| slot.kind == kind)
            .find_map(|slot| {
                let context = self.slot_context(kind, slot.slot);
                let key = sealed_box::open(slot_key, &context, &slot.sealed).ok()?;
                SymmetricKey::from_slice(&key)
            })
            .ok_or(WalletError::Altered)?;
        let context = self.wallet_context(self.stored.version);
        let padded = sealed_box::open(&key, &context, &self.stored.sealed)
            .map_err(|_| WalletError::Altered)?;
        let content = WalletContent::unpack(&padded).map_err(|_| WalletError::Altered)?;
        Ok(Wallet {
            tenant: self.tenant,
            identity: self.identity,
            stored: self.stored.clone(),
            state: Unlocked { key, content },
        })
    }
}

impl Wallet<Unlocked> {
    /// A new person's wallet with its first wrap key and one or more slots. It has version 0;
    /// [`Self::seal`] gives what is stored as version 1. `day`: days since 1970-01-01.
    ///
    /// # Errors
    /// `TooManySlots`, `LastSlot` without any.
    pub fn create(
        tenant: TenantId,
        person: &NewPerson,
        slots: &[(SlotKind, &SlotKeys)],
        day: u64,
        rng: &mut dyn Rng,
    ) -> Result<Self, WalletError> {
        let ceremony = IdentitySecret::make(person, rng);
        let identity = ceremony.identity();
        let identity_box = renewal::identity_box(tenant, &ceremony, rng);
        let mut wallet = Self {
            tenant,
            identity,
            stored: StoredWallet {
                key_generation: 1,
                version: 0,
                sealed: Vec::new(),
                slots: Vec::new(),
            },
            state: Unlocked {
                key: SymmetricKey::make(rng),
                content: WalletContent {
                    wrap_seeds: vec![(1, Zeroizing::new(*person.wrap().danger_seed()))],
                    identity_box,
                    inner_slots: Vec::new(),
                    slot_keys: Vec::new(),
                    pins: Vec::new(),
                    heads: Vec::new(),
                    vaults: Vec::new(),
                    day,
                },
            },
        };
        for (kind, keys) in slots {
            wallet.add_slot(*kind, keys, &ceremony, rng)?;
        }
        if wallet.stored.slots.is_empty() {
            return Err(WalletError::LastSlot);
        }
        Ok(wallet)
    }

    /// The wallet as it shall be stored, one version up. The version counts only when the
    /// server has taken it: tell so by [`Self::saved`].
    pub fn seal(&mut self, rng: &mut dyn Rng) -> StoredWallet {
        let version = self.stored.version.saturating_add(1);
        let padded = self.state.content.pack();
        let context = self.wallet_context(version);
        StoredWallet {
            key_generation: self.stored.key_generation,
            version,
            sealed: sealed_box::seal(&self.state.key, &context, &padded, rng),
            slots: self.stored.slots.clone(),
        }
    }

    /// The server took `stored`, which [`Self::seal`] gave.
    pub fn saved(&mut self, stored: StoredWallet) {
        self.stored = stored;
    }

    /// Opens the inner identity box for one ceremony (enrol a device, certify a wrap key, add
    /// a slot). The secret is wiped when it is dropped. Whether its key is the one in force,
    /// [`IdentitySecret::sign_secret`] says.
    ///
    /// # Errors
    /// `Altered` for a wrong secret or an altered box.
    pub fn open_identity(
        &self,
        kind: SlotKind,
        identity_slot_key: &SymmetricKey,
    ) -> Result<IdentitySecret, WalletError> {
        let content = &self.state.content;
        let key = content
            .inner_slots
            .iter()
            .find_map(|(slot, sealed)| {
                let context = context::inner_slot(self.tenant, self.identity, kind.number(), *slot);
                let key = sealed_box::open(identity_slot_key, &context, sealed).ok()?;
                SymmetricKey::from_slice(&key)
            })
            .ok_or(WalletError::Altered)?;
        let context = context::identity_box(self.tenant, self.identity);
        let seed = sealed_box::open(&key, &context, &content.identity_box)
            .map_err(|_| WalletError::Altered)?;
        IdentitySecret::from_seeds(self.identity, &seed, key).ok_or(WalletError::Altered)
    }

    /// Adds a way in; the ones before stay.
    ///
    /// # Errors
    /// `TooManySlots`.
    pub fn add_slot(
        &mut self,
        kind: SlotKind,
        keys: &SlotKeys,
        identity: &IdentitySecret,
        rng: &mut dyn Rng,
    ) -> Result<SlotId, WalletError> {
        if self.stored.slots.len() >= WALLET_MAX_SLOTS {
            return Err(WalletError::TooManySlots);
        }
        let slot = SlotId::make(rng);
        let sealed = sealed_box::seal(
            keys.slot_key(),
            &self.slot_context(kind, slot),
            self.state.key.danger_bytes(),
            rng,
        );
        let inner = sealed_box::seal(
            keys.identity_key(),
            &context::inner_slot(self.tenant, self.identity, kind.number(), slot),
            identity.identity_key.danger_bytes(),
            rng,
        );
        self.stored.slots.push(Slot { slot, kind, sealed });
        let content = &mut self.state.content;
        content.inner_slots.push((slot, inner));
        let key = Zeroizing::new(*keys.slot_key().danger_bytes());
        content.slot_keys.push((slot, key));
        Ok(slot)
    }

    /// Takes a way in away. What it opened stays open to whoever kept the old wallet, until
    /// [`Self::rekey`].
    ///
    /// # Errors
    /// `UnknownSlot`, `LastSlot`.
    pub fn remove_slot(&mut self, slot: SlotId) -> Result<(), WalletError> {
        let stay: Vec<SlotId> = self
            .stored
            .slots
            .iter()
            .map(|known| known.slot)
            .filter(|known| *known != slot)
            .collect();
        if stay.len() == self.stored.slots.len() {
            return Err(WalletError::UnknownSlot);
        }
        self.retain_slots(&stay)
    }

    /// Takes every way in away but these.
    ///
    /// # Errors
    /// `LastSlot` where none would stay.
    pub fn retain_slots(&mut self, stay: &[SlotId]) -> Result<(), WalletError> {
        if !self
            .stored
            .slots
            .iter()
            .any(|slot| stay.contains(&slot.slot))
        {
            return Err(WalletError::LastSlot);
        }
        self.stored.slots.retain(|slot| stay.contains(&slot.slot));
        let content = &mut self.state.content;
        content.inner_slots.retain(|(slot, _)| stay.contains(slot));
        content.slot_keys.retain(|(slot, _)| stay.contains(slot));
        Ok(())
    }

    /// The slots that a key opens, newest last.
    pub fn slots_of_key(&self, kind: SlotKind, slot_key: &SymmetricKey) -> Vec<SlotId> {
        self.stored
            .slots
            .iter()
            .filter(|slot| slot.kind == kind)
            .filter(|slot| {
                let context = self.slot_context(kind, slot.slot);
                sealed_box::open(slot_key, &context, &slot.sealed).is_ok()
            })
            .map(|slot| slot.slot)
            .collect()
    }

    /// A new wallet key, put into every slot with the slot keys that the wallet holds: old
    /// slots and old wallets open nothing that is sealed from now on.
    ///
    /// # Errors
    /// `NoSlotKey`; nothing changes then.
    pub fn rekey(&mut self, rng: &mut dyn Rng) -> Result<(), WalletError> {
        let key = SymmetricKey::make(rng);
        let generation = self.stored.key_generation.saturating_add(1);
        let slots = self
            .stored
            .slots
            .iter()
            .map(|slot| {
                let slot_key = self
                    .state
                    .content
                    .slot_keys
                    .iter()
                    .find(|(id, _)| *id == slot.slot)
                    .map(|(_, key)| SymmetricKey::from_bytes(**key))
                    .ok_or(WalletError::NoSlotKey)?;
                let context = context::slot(
                    self.tenant,
                    self.identity,
                    generation,
                    slot.kind.number(),
                    slot.slot,
                );
                Ok(Slot {
                    slot: slot.slot,
                    kind: slot.kind,
                    sealed: sealed_box::seal(&slot_key, &context, key.danger_bytes(), rng),
                })
            })
            .collect::<Result<_, WalletError>>()?;
        self.stored.slots = slots;
        self.stored.key_generation = generation;
        self.state.key = key;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
