//! The wallet while its identity gets a new key. Somebody who has opened the wallet knows every
//! secret in it, the keys of its slots and of its identity box included: nothing of that may
//! open what comes after.

use super::{IdentitySecret, SlotKeys, Unlocked, Wallet, WalletError};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{Rng, SymmetricKey, sealed_box};
use strongroom_format::context;
use strongroom_format::wallet::SlotKind;
use strongroom_types::TenantId;

/// Length of an identity box with one seed in it: header, seed, tag.
const ONE_SEED_BYTES: usize = 56 + 64 + 16;

pub(super) fn identity_box(
    tenant: TenantId,
    ceremony: &IdentitySecret,
    rng: &mut dyn Rng,
) -> Vec<u8> {
    sealed_box::seal(
        &ceremony.identity_key,
        &context::identity_box(tenant, ceremony.identity()),
        &ceremony.seeds(),
        rng,
    )
}

impl Wallet<Unlocked> {
    /// Makes the key that shall follow `in_force`, puts both into a new identity box, and leaves
    /// no way in but `slots`, under a new wallet key. Store it before the directory learns of
    /// the new key.
    ///
    /// # Errors
    /// `LastSlot` without any slot.
    pub fn begin_renewal(
        &mut self,
        in_force: &SignSecret,
        slots: &[(SlotKind, &SlotKeys)],
        rng: &mut dyn Rng,
    ) -> Result<IdentitySecret, WalletError> {
        if slots.is_empty() {
            return Err(WalletError::LastSlot);
        }
        let ceremony = IdentitySecret::renewed(self.identity, in_force, rng);
        let content = &mut self.state.content;
        content.identity_box = identity_box(self.tenant, &ceremony, rng);
        content.inner_slots.clear();
        // Every number that was compared is another one now, and whoever opened the wallet may
        // have marked people as compared.
        content.pins.clear();
        content.slot_keys.clear();
        self.stored.slots.clear();
        self.stored.key_generation = self.stored.key_generation.saturating_add(1);
        self.state.key = SymmetricKey::make(rng);
        for (kind, keys) in slots {
            self.add_slot(*kind, keys, &ceremony, rng)?;
        }
        Ok(ceremony)
    }

    /// Leaves `in_force` as the only key in the identity box.
    pub fn end_renewal(
        &mut self,
        ceremony: &IdentitySecret,
        in_force: &SignSecret,
        rng: &mut dyn Rng,
    ) {
        self.state.content.identity_box = sealed_box::seal(
            &ceremony.identity_key,
            &context::identity_box(self.tenant, self.identity),
            &in_force.danger_seed()[..],
            rng,
        );
    }

    /// Whether a renewal was begun and not ended.
    pub fn is_being_renewed(&self) -> bool {
        self.state.content.identity_box.len() != ONE_SEED_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NewPerson;
    use crate::fixture::organisation;
    use strongroom_crypto::{DangerSeededRng, Secret16};

    #[test]
    fn who_has_seen_everything_in_the_old_wallet_opens_nothing_of_the_new() {
        let mut rng = DangerSeededRng::new(75);
        let (server, mut members) = organisation(1, &mut rng);
        let me = &mut members[1];
        let recovery = SlotKeys::recovery(&me.kit);
        let old = me
            .wallet
            .open_identity(SlotKind::Recovery, recovery.identity_key())
            .unwrap();
        let old_slot_keys: Vec<_> = me
            .wallet
            .state
            .content
            .slot_keys
            .iter()
            .map(|(slot, key)| (*slot, SymmetricKey::from_bytes(**key)))
            .collect();
        let in_force = old.sign_secret(&server.directory).unwrap();
        let ways = [
            (
                SlotKind::Passphrase,
                SlotKeys::passphrase(&[8; 64], &Secret16::make(&mut rng)),
            ),
            (
                SlotKind::Recovery,
                SlotKeys::recovery(&Secret16::make(&mut rng)),
            ),
        ];
        let slots: Vec<_> = ways.iter().map(|(kind, keys)| (*kind, keys)).collect();
        assert!(!me.wallet.is_being_renewed());
        me.wallet.pin(strongroom_types::Digest::ZERO, "Somebody");
        assert!(matches!(
            me.wallet.begin_renewal(in_force, &[], &mut rng),
            Err(WalletError::LastSlot)
        ));
        let ceremony = me.wallet.begin_renewal(in_force, &slots, &mut rng).unwrap();
        assert!(me.wallet.is_being_renewed() && me.wallet.pins().is_empty());
        let stored = me.wallet.seal(&mut rng);
        me.wallet.saved(stored.clone());
        let locked = || Wallet::from_stored(me.wallet.tenant(), me.identity, stored.clone());
        for (_, key) in &old_slot_keys {
            for kind in [SlotKind::Passphrase, SlotKind::Recovery] {
                assert!(locked().open(kind, key).is_err());
            }
        }
        for (kind, keys) in &ways {
            let open = locked().open(*kind, keys.slot_key()).unwrap();
            let again = open.open_identity(*kind, keys.identity_key()).unwrap();
            assert!(again.is_being_renewed());
            let next = again.next_secret(&server.directory).unwrap();
            assert!(next.public() != in_force.public());
            assert!(again.sign_secret(&server.directory).unwrap().public() == in_force.public());
        }
        let sealed = &me.wallet.state.content.identity_box;
        let context = context::identity_box(me.wallet.tenant(), me.identity);
        assert!(sealed_box::open(&old.identity_key, &context, sealed).is_err());
        assert!(sealed_box::open(&ceremony.identity_key, &context, sealed).is_ok());

        me.wallet.end_renewal(&ceremony, in_force, &mut rng);
        assert!(!me.wallet.is_being_renewed());
        let again = me
            .wallet
            .open_identity(SlotKind::Recovery, ways[1].1.identity_key())
            .unwrap();
        assert!(!again.is_being_renewed());
        // a key that the directory does not have in force signs nothing
        let stranger = NewPerson::make("Eve", "x", &mut rng).unwrap();
        me.wallet
            .end_renewal(&ceremony, stranger.identity_secret(), &mut rng);
        let again = me
            .wallet
            .open_identity(SlotKind::Recovery, ways[1].1.identity_key())
            .unwrap();
        assert!(again.sign_secret(&server.directory).is_err());
    }
}
