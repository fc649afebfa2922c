//! Taking keys in, and giving them out.

use super::VaultMachine;
use crate::keyring::{WrapPlace, commitment};
use crate::wallet::WrapSeeds;
use crate::{IntegrityError, VaultError};
use strongroom_crypto::{Rng, SymmetricKey, sealed_box, sha256};
use strongroom_format::LogError;
use strongroom_format::context::{self, EpochPurpose};
use strongroom_format::directory::DirectoryState;
use strongroom_format::signing::wrap_key_hash;
use strongroom_format::transport::{WrapFor, Wraps};
use strongroom_format::vault_payload::{Renewal, WrapLeaf, wraps_root};
use strongroom_types::*;

/// New keys on their way: the public part, the wraps, and the secret.
pub(super) struct NewKeys {
    pub renewal: Renewal,
    pub wraps: Vec<WrapFor>,
    pub secret: SymmetricKey,
}

/// Makes the secret of the next epoch and wraps it for `members` with their newest wrap keys.
pub(super) fn make_keys(
    place: WrapPlace,
    members: &mut dyn Iterator<Item = IdentityId>,
    previous: Option<&SymmetricKey>,
    directory: &DirectoryState,
    rng: &mut dyn Rng,
) -> Result<NewKeys, VaultError> {
    let secret = SymmetricKey::make(rng);
    let mut wraps = Vec::new();
    let mut leaves = Vec::new();
    for identity in members {
        let wrap = wrap_for(&place, identity, &secret, directory, rng)?;
        leaves.push(WrapLeaf {
            identity,
            generation: wrap.generation,
            wrap_hash: sha256(&wrap.wrap),
        });
        wraps.push(wrap);
    }
    let history_box = previous.map_or_else(Vec::new, |previous| {
        let (tenant, vault, epoch) = (place.tenant, place.vault, place.epoch);
        let key = secret.derive(&context::epoch_key(
            tenant,
            vault,
            epoch,
            EpochPurpose::History,
        ));
        let context = context::history(tenant, vault, epoch);
        sealed_box::seal(&key, &context, previous.danger_bytes(), rng)
    });
    let renewal = Renewal {
        epoch: place.epoch,
        commitment: commitment(place.tenant, place.vault, place.epoch, &secret),
        wraps_root: wraps_root(&leaves)?,
        history_box: history_box.into(),
    };
    Ok(NewKeys {
        renewal,
        wraps,
        secret,
    })
}

/// One wrap for a person's newest wrap key at the head of the directory.
pub(super) fn wrap_for(
    place: &WrapPlace,
    identity: IdentityId,
    secret: &SymmetricKey,
    directory: &DirectoryState,
    rng: &mut dyn Rng,
) -> Result<WrapFor, VaultError> {
    let head = directory.head().ok_or(LogError::WrongLog)?;
    let newest = directory
        .wrap_key_at(identity, head.index)
        .ok_or(VaultError::Unknown("identity"))?;
    Ok(WrapFor {
        identity,
        generation: newest.generation,
        wrap: place.wrap(&newest.public, newest.key_hash, secret, rng)?,
    })
}

impl VaultMachine {
    /// The epoch whose wraps have to be fetched, if this member lacks the newest keys.
    pub fn needs_wraps(&self) -> Option<Epoch> {
        let epoch = self.state.epoch();
        let missing = epoch > Epoch(0) && !self.keyring.has(epoch);
        (missing && self.role().is_some()).then_some(epoch)
    }

    /// Takes in the server's answer to [`Self::needs_wraps`]: the leaves must be those under
    /// the signed root and name exactly the members with their newest keys, the own wrap must
    /// be the one that was signed, open, and give the commitment. Then all earlier epochs are
    /// opened too.
    ///
    /// # Errors
    /// `GhostMember`, `SubstitutedKey`, `BadWrap`, `Withheld`: tampering, by the server or by
    /// the member who made the keys. There is no fallback; another manager makes new keys.
    pub fn take_wraps(
        &mut self,
        wraps: &Wraps,
        seeds: &WrapSeeds,
        directory: &DirectoryState,
    ) -> Result<(), IntegrityError> {
        let epoch = self.state.epoch();
        let facts = self
            .state
            .epoch_facts(epoch)
            .ok_or(IntegrityError::BadWrap)?
            .clone();
        self.check_leaves(&wraps.leaves, facts.renewal.wraps_root)?;
        let own = wraps.own.as_deref().ok_or(IntegrityError::Withheld {
            index: facts.carrier_index,
        })?;
        let leaf = wraps
            .leaves
            .iter()
            .find(|leaf| leaf.identity == self.identity);
        let (index, control_hash, issuer, generation, wrap_hash) = match (leaf, self.own_admission)
        {
            (Some(leaf), None) => (
                facts.carrier_index,
                facts.control_hash,
                facts.issuer,
                leaf.generation,
                leaf.wrap_hash,
            ),
            (_, Some(own)) if own.epoch == epoch => (
                own.index,
                own.control_hash,
                own.issuer,
                own.generation,
                own.wrap_hash,
            ),
            _ => return Err(IntegrityError::BadWrap),
        };
        if wraps.carrier_index != index || sha256(own) != wrap_hash {
            return Err(IntegrityError::BadWrap);
        }
        let seed = seeds.get(generation).ok_or(IntegrityError::BadWrap)?;
        let key_hash = wrap_key_hash(seed.public().as_bytes());
        let vouched = directory.identity(self.identity).is_some_and(|me| {
            me.wrap_generations
                .iter()
                .any(|known| known.generation == generation && known.key_hash == key_hash)
        });
        if !vouched {
            return Err(IntegrityError::SubstitutedKey(self.identity));
        }
        let place = WrapPlace {
            tenant: self.state.tenant(),
            vault: self.state.vault(),
            epoch,
            control_hash,
            issuer,
        };
        let secret = place.unwrap(seed, key_hash, own)?;
        self.keyring.add(epoch, secret, facts.renewal.commitment)?;
        let state = &self.state;
        self.keyring.open_history(epoch, |epoch| {
            let before = Epoch(epoch.0.checked_sub(1)?);
            let history = state.epoch_facts(epoch)?.renewal.history_box.as_slice();
            Some((history, state.epoch_facts(before)?.renewal.commitment))
        })
    }

    fn check_leaves(&self, leaves: &[WrapLeaf], root: Digest) -> Result<(), IntegrityError> {
        if wraps_root(leaves) != Ok(root) {
            return Err(IntegrityError::BadWrap);
        }
        let named = leaves.iter().map(|leaf| leaf.identity);
        if !named.eq(self.leaves.iter().map(|(identity, _)| *identity)) {
            return Err(IntegrityError::GhostMember);
        }
        for (leaf, (identity, generation)) in leaves.iter().zip(&self.leaves) {
            if leaf.generation != *generation {
                return Err(IntegrityError::SubstitutedKey(*identity));
            }
        }
        Ok(())
    }
}
