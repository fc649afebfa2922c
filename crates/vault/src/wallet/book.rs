//! What the wallet remembers besides keys: heads of logs, compared people, names of vaults.

use super::{Unlocked, Wallet, WrapSeeds};
use crate::IntegrityError;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_format::directory::{DirectoryState, Identity};
use strongroom_format::entry::Head;
use strongroom_format::signing::wrap_key_hash;
use strongroom_types::*;
use zeroize::Zeroizing;

/// The log id of a vault, as heads are kept by.
pub fn log_of_vault(vault: VaultId) -> Digest {
    Digest::from_bytes(*vault.as_bytes())
}

/// The log id of a tenant's directory.
pub fn log_of_directory(tenant: TenantId) -> Digest {
    Digest::from_bytes(*tenant.as_bytes())
}

/// Whether the person compared safety numbers with somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Never.
    Never,
    /// With a key that was renewed since: the number is another one now.
    FormerKey,
    /// With the key in force.
    Yes,
}

fn put<K: PartialEq, V>(list: &mut Vec<(K, V)>, key: K, value: V) {
    match list.iter_mut().find(|(known, _)| *known == key) {
        Some((_, place)) => *place = value,
        None => list.push((key, value)),
    }
}

impl Wallet<Unlocked> {
    /// The newest verified place of a log.
    pub fn head(&self, log: Digest) -> Option<Head> {
        self.heads()
            .find(|(known, _)| *known == log)
            .map(|(_, head)| head)
    }

    /// All newest verified places.
    pub fn heads(&self) -> impl Iterator<Item = (Digest, Head)> {
        self.state.content.heads.iter().map(|(log, index, hash)| {
            let head = Head {
                index: *index,
                hash: *hash,
            };
            (*log, head)
        })
    }

    /// Compares the verified place of a log with the remembered one.
    ///
    /// # Errors
    /// `Rollback` where `head` is older, `Fork` where it differs at the same place. A newer one
    /// still has to contain the remembered one: see [`crate::VaultMachine::check_known`].
    pub fn check_head(&self, log: Digest, head: Head) -> Result<(), IntegrityError> {
        match self.head(log) {
            Some(known) if known.index > head.index => Err(IntegrityError::Rollback {
                known: known.index,
                found: head.index,
            }),
            Some(known) if known.index == head.index && known.hash != head.hash => {
                Err(IntegrityError::Fork { index: head.index })
            }
            _ => Ok(()),
        }
    }

    /// Remembers a verified place if it is newer; says whether the wallet changed.
    ///
    /// # Errors
    /// `Fork` where another hash is remembered for the same place.
    pub fn merge_head(&mut self, log: Digest, head: Head) -> Result<bool, IntegrityError> {
        let heads = &mut self.state.content.heads;
        match heads.iter_mut().find(|(known, ..)| *known == log) {
            Some((_, index, hash)) if *index == head.index => {
                if *hash == head.hash {
                    Ok(false)
                } else {
                    Err(IntegrityError::Fork { index: head.index })
                }
            }
            Some((_, index, hash)) => {
                let newer = *index < head.index;
                if newer {
                    (*index, *hash) = (head.index, head.hash);
                }
                Ok(newer)
            }
            None => {
                heads.push((log, head.index, head.hash));
                Ok(true)
            }
        }
    }

    /// Hashes of identity keys that were compared, with the name their owner had then. The hash
    /// of a first key is the identity id.
    pub fn pins(&self) -> &[(IdentityId, String)] {
        &self.state.content.pins
    }

    /// Remembers that the safety number with an identity key was compared.
    pub fn pin(&mut self, key_hash: Digest, name: &str) {
        let key = IdentityId::from_bytes(*key_hash.as_bytes());
        put(&mut self.state.content.pins, key, name.to_owned());
    }

    /// Forgets it.
    pub fn unpin(&mut self, key_hash: Digest) {
        let pins = &mut self.state.content.pins;
        pins.retain(|(key, _)| key.as_bytes() != key_hash.as_bytes());
    }

    /// Whether and with which of their keys a person was compared.
    pub fn compared(&self, person: &Identity) -> Compared {
        let pinned = |key_hash: Digest| {
            let mut pins = self.pins().iter();
            pins.any(|(key, _)| key.as_bytes() == key_hash.as_bytes())
        };
        if pinned(person.public.key_hash()) {
            Compared::Yes
        } else if person.keys.iter().any(|key| pinned(key.key_hash)) {
            Compared::FormerKey
        } else {
            Compared::Never
        }
    }

    /// Vaults of this person, with the names they gave them.
    pub fn vaults(&self) -> &[(VaultId, String)] {
        &self.state.content.vaults
    }

    /// The name this person gave a vault.
    pub fn vault_name(&self, vault: VaultId) -> Option<&str> {
        self.vaults()
            .iter()
            .find(|(id, _)| *id == vault)
            .map(|(_, name)| name.as_str())
    }

    /// Remembers a vault.
    pub fn set_vault_name(&mut self, vault: VaultId, name: &str) {
        put(&mut self.state.content.vaults, vault, name.to_owned());
    }

    /// Forgets a vault's name; its head stays, so that it can't be shown older later.
    pub fn forget_vault(&mut self, vault: VaultId) {
        self.state.content.vaults.retain(|(id, _)| *id != vault);
    }

    /// Days since 1970-01-01 of the last merge.
    pub fn day(&self) -> u64 {
        self.state.content.day
    }

    /// Sets the day of the last merge.
    pub fn set_day(&mut self, day: u64) {
        self.state.content.day = day;
    }

    /// The wrap keys, expanded from their seeds.
    pub fn wrap_seeds(&self) -> WrapSeeds {
        let mut seeds = WrapSeeds::new();
        for (generation, seed) in &self.state.content.wrap_seeds {
            seeds.insert(*generation, WrapSecret::from_seed(**seed));
        }
        seeds
    }

    /// Adds a generation's wrap key. Store the wallet before the directory entry is sent:
    /// a key that nobody holds would lock its owner out.
    pub fn add_wrap_seed(&mut self, generation: u64, secret: &WrapSecret) {
        let seed = Zeroizing::new(*secret.danger_seed());
        put(&mut self.state.content.wrap_seeds, generation, seed);
    }

    /// Recomputes the public keys of all seeds and compares them with the directory's.
    ///
    /// # Errors
    /// `SubstitutedKey` where one differs; `Rollback` where the directory knows a newer
    /// generation than the wallet: it is an old wallet.
    pub fn check_against(&self, directory: &DirectoryState) -> Result<(), IntegrityError> {
        let wrong = IntegrityError::SubstitutedKey(self.identity);
        let known = directory.identity(self.identity).ok_or(wrong.clone())?;
        for generation in &known.wrap_generations {
            let seed = self
                .state
                .content
                .wrap_seeds
                .iter()
                .find(|(number, _)| *number == generation.generation);
            let Some((_, seed)) = seed else {
                let newest = self.state.content.wrap_seeds.iter().map(|(n, _)| *n).max();
                return Err(IntegrityError::Rollback {
                    known: generation.generation,
                    found: newest.unwrap_or(0),
                });
            };
            let public = WrapSecret::from_seed(**seed).public();
            if wrap_key_hash(public.as_bytes()) != generation.key_hash {
                return Err(wrong);
            }
        }
        Ok(())
    }

    /// Compares with the newest version that a device of this person has attested in a log.
    ///
    /// # Errors
    /// `Rollback` where this wallet is older.
    pub fn check_version(&self, attested: u64) -> Result<(), IntegrityError> {
        if self.version() < attested {
            return Err(IntegrityError::Rollback {
                known: attested,
                found: self.version(),
            });
        }
        Ok(())
    }

    /// Takes over what `other`, an open copy of the same person's wallet with changes that
    /// could not be stored, knows more: heads by verified maximum, pins, names, wrap keys.
    /// Slots and wallet key stay as they are here.
    ///
    /// # Errors
    /// `Fork` where the two remember different histories, `AlteredWallet` where `other` is
    /// someone else's.
    pub fn merge_from(&mut self, other: &Wallet<Unlocked>) -> Result<(), IntegrityError> {
        if (other.tenant, other.identity) != (self.tenant, self.identity) {
            return Err(IntegrityError::AlteredWallet);
        }
        for (log, head) in other.heads() {
            self.merge_head(log, head)?;
        }
        for (key, name) in other.pins() {
            self.pin(Digest::from_bytes(*key.as_bytes()), name);
        }
        for (vault, name) in other.vaults() {
            self.set_vault_name(*vault, name);
        }
        let mine = &mut self.state.content;
        for (generation, seed) in &other.state.content.wrap_seeds {
            if !mine.wrap_seeds.iter().any(|(known, _)| known == generation) {
                mine.wrap_seeds.push((*generation, seed.clone()));
            }
        }
        mine.day = mine.day.max(other.state.content.day);
        Ok(())
    }
}
