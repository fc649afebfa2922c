//! What ceremonies do with a wallet, whoever holds it: the command line and the page do the same
//! between different requests.

use super::{IdentitySecret, SlotKeys, Unlocked, Wallet, WalletError};
use crate::{IntegrityError, person};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_crypto::{Rng, SymmetricKey};
use strongroom_format::directory::DirectoryState;
use strongroom_format::wallet::SlotKind;
use strongroom_types::SlotId;

impl Wallet<Unlocked> {
    /// This wallet, just read from the server, takes the place of `ours`: it must not be older,
    /// and takes over what ours knows more.
    ///
    /// # Errors
    /// `Rollback`, and those of [`Self::merge_from`].
    pub fn succeed(&mut self, ours: &Wallet<Unlocked>) -> Result<(), IntegrityError> {
        self.check_version(ours.version())?;
        self.merge_from(ours)
    }

    /// Leaves one way in of a kind, the newest that `slot_key` opens, and makes a new wallet key.
    /// Ways of other kinds stay.
    ///
    /// # Errors
    /// `UnknownSlot` where the key opens none; `NoSlotKey`.
    pub fn keep_one_way(
        &mut self,
        kind: SlotKind,
        slot_key: &SymmetricKey,
        rng: &mut dyn Rng,
    ) -> Result<(), WalletError> {
        let own = self.slots_of_key(kind, slot_key);
        let newest = own.last().ok_or(WalletError::UnknownSlot)?;
        let stay: Vec<SlotId> = self
            .slots()
            .iter()
            .filter(|slot| slot.kind != kind || slot.slot == *newest)
            .map(|slot| slot.slot)
            .collect();
        self.retain_slots(&stay)?;
        self.rekey(rng)
    }

    /// [`Self::begin_renewal`] with a new wrap key beside it. What is about to be the only wallet
    /// was opened by each of the new ways then, identity included.
    ///
    /// # Errors
    /// `LastSlot`; `Altered` where a way does not open it.
    pub fn begin_renewal_of_all(
        &mut self,
        in_force: &SignSecret,
        directory: &DirectoryState,
        ways: &[(SlotKind, &SlotKeys)],
        rng: &mut dyn Rng,
    ) -> Result<IdentitySecret, WalletError> {
        let identity = self.begin_renewal(in_force, ways, rng)?;
        let generation = person::next_wrap_generation(directory, self.identity());
        self.add_wrap_seed(generation, &WrapSecret::make(rng));
        let stored = self.seal(rng);
        for (kind, keys) in ways {
            let open = Wallet::from_stored(self.tenant(), self.identity(), stored.clone())
                .open(*kind, keys.slot_key())?;
            open.open_identity(*kind, keys.identity_key())?;
        }
        Ok(identity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::organisation;
    use strongroom_crypto::{DangerSeededRng, Secret16};

    #[test]
    fn one_way_of_a_kind_stays_and_a_key_of_no_way_changes_nothing() {
        let mut rng = DangerSeededRng::new(76);
        let (_, mut members) = organisation(1, &mut rng);
        let me = &mut members[1];
        let old = SlotKeys::recovery(&me.kit);
        let new = SlotKeys::recovery(&Secret16::make(&mut rng));
        let identity = me
            .wallet
            .open_identity(SlotKind::Recovery, old.identity_key())
            .unwrap();
        let before = me.wallet.slots().len();
        let refused = me
            .wallet
            .keep_one_way(SlotKind::Recovery, new.slot_key(), &mut rng);
        assert!(matches!(refused, Err(WalletError::UnknownSlot)));
        assert_eq!(me.wallet.slots().len(), before);
        me.wallet
            .add_slot(SlotKind::Recovery, &new, &identity, &mut rng)
            .unwrap();
        me.wallet
            .keep_one_way(SlotKind::Recovery, new.slot_key(), &mut rng)
            .unwrap();
        assert_eq!(me.wallet.slots().len(), before);
        let stored = me.wallet.seal(&mut rng);
        let open = |keys: &SlotKeys| {
            Wallet::from_stored(me.wallet.tenant(), me.identity, stored.clone())
                .open(SlotKind::Recovery, keys.slot_key())
        };
        assert!(open(&new).is_ok());
        assert!(open(&old).is_err());
    }

    #[test]
    fn a_renewal_of_all_opens_by_each_new_way_with_the_next_wrap_key() {
        let mut rng = DangerSeededRng::new(77);
        let (server, mut members) = organisation(1, &mut rng);
        let me = &mut members[1];
        let kit = SlotKeys::recovery(&me.kit);
        let old = me
            .wallet
            .open_identity(SlotKind::Recovery, kit.identity_key())
            .unwrap();
        let in_force = old.sign_secret(&server.directory).unwrap();
        let new = SlotKeys::recovery(&Secret16::make(&mut rng));
        let ways = [(SlotKind::Recovery, &new)];
        let identity = me
            .wallet
            .begin_renewal_of_all(in_force, &server.directory, &ways, &mut rng)
            .unwrap();
        assert!(identity.is_being_renewed() && me.wallet.is_being_renewed());
        let generation = person::next_wrap_generation(&server.directory, me.identity);
        assert_eq!(me.wallet.wrap_seeds().newest(), Some(generation));
        let none = me
            .wallet
            .begin_renewal_of_all(in_force, &server.directory, &[], &mut rng);
        assert!(matches!(none, Err(WalletError::LastSlot)));
    }

    #[test]
    fn a_wallet_succeeds_only_an_older_one() {
        let mut rng = DangerSeededRng::new(78);
        let (_, mut members) = organisation(1, &mut rng);
        let me = &mut members[1];
        let keys = SlotKeys::recovery(&me.kit);
        let (tenant, identity) = (me.wallet.tenant(), me.identity);
        let open = |stored| {
            Wallet::from_stored(tenant, identity, stored)
                .open(SlotKind::Recovery, keys.slot_key())
                .unwrap()
        };
        let first = me.wallet.seal(&mut rng);
        let mut older = open(first.clone());
        me.wallet.saved(first);
        let mut newer = open(me.wallet.seal(&mut rng));
        assert!(newer.succeed(&older).is_ok());
        assert_eq!(
            older.succeed(&newer),
            Err(IntegrityError::Rollback {
                known: newer.version(),
                found: older.version(),
            })
        );
    }
}
