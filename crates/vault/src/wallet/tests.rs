use super::*;
use crate::IntegrityError;
use proptest::prelude::*;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_crypto::{DangerSeededRng, Secret16};
use strongroom_format::entry::Head;

const TENANT: TenantId = TenantId::from_bytes([7; 32]);

struct Ways {
    passphrase: SlotKeys,
    recovery: SlotKeys,
}

fn wallet(seed: u64) -> (Wallet<Unlocked>, Ways, DangerSeededRng) {
    let mut rng = DangerSeededRng::new(seed);
    let person = NewPerson::make("Ann", "phone", &mut rng).unwrap();
    let ways = Ways {
        passphrase: SlotKeys::passphrase(&[1; 64], &Secret16::make(&mut rng)),
        recovery: SlotKeys::recovery(&Secret16::make(&mut rng)),
    };
    let slots = [
        (SlotKind::Passphrase, &ways.passphrase),
        (SlotKind::Recovery, &ways.recovery),
    ];
    let wallet = Wallet::create(TENANT, &person, &slots, 20_000, &mut rng).unwrap();
    (wallet, ways, rng)
}

fn reopen(
    wallet: &Wallet<Unlocked>,
    stored: &StoredWallet,
    kind: SlotKind,
    keys: &SlotKeys,
) -> Result<Wallet<Unlocked>, WalletError> {
    Wallet::from_bytes(TENANT, wallet.identity(), &stored.to_bytes())?.open(kind, keys.slot_key())
}

#[test]
fn every_way_in_opens_everything() {
    let (mut wallet, ways, mut rng) = wallet(1);
    let log = Digest::from_bytes([3; 32]);
    let head = Head {
        index: 5,
        hash: Digest::from_bytes([4; 32]),
    };
    assert_eq!(wallet.merge_head(log, head), Ok(true));
    wallet.pin(Digest::from_bytes([5; 32]), "Bob");
    wallet.set_vault_name(VaultId::from_bytes([6; 32]), "Cases");
    wallet.add_wrap_seed(2, &WrapSecret::make(&mut rng));
    let stored = wallet.seal(&mut rng);
    assert_eq!(stored.version, 1);
    wallet.saved(stored.clone());
    for (kind, keys) in [
        (SlotKind::Passphrase, &ways.passphrase),
        (SlotKind::Recovery, &ways.recovery),
    ] {
        let open = reopen(&wallet, &stored, kind, keys).unwrap();
        assert_eq!(open.version(), 1);
        assert_eq!(open.head(log), Some(head));
        assert_eq!(open.pins().len(), 1);
        assert_eq!(open.vault_name(VaultId::from_bytes([6; 32])), Some("Cases"));
        assert_eq!(open.wrap_seeds().newest(), Some(2));
        let identity = open.open_identity(kind, keys.identity_key()).unwrap();
        assert_eq!(identity.identity(), wallet.identity());
        // the key that an unlocked profile keeps does not open the identity
        assert!(open.open_identity(kind, keys.slot_key()).is_err());
    }
    for (kind, keys) in [
        (SlotKind::Recovery, &ways.passphrase),
        (SlotKind::Passphrase, &ways.recovery),
    ] {
        assert_eq!(
            reopen(&wallet, &stored, kind, keys).err(),
            Some(WalletError::Altered)
        );
    }
    let other = Wallet::from_stored(TENANT, IdentityId::ZERO, stored.clone());
    assert!(
        other
            .open(SlotKind::Recovery, ways.recovery.slot_key())
            .is_err()
    );
    let other = Wallet::from_stored(TenantId::ZERO, wallet.identity(), stored);
    assert!(
        other
            .open(SlotKind::Recovery, ways.recovery.slot_key())
            .is_err()
    );
}

#[test]
fn old_ways_and_old_versions_open_nothing_new() {
    let (mut wallet, ways, mut rng) = wallet(2);
    let first = wallet.seal(&mut rng);
    wallet.saved(first.clone());
    let identity = wallet
        .open_identity(SlotKind::Recovery, ways.recovery.identity_key())
        .unwrap();
    let new = SlotKeys::passphrase(&[2; 64], &Secret16::from_bytes([9; 16]));
    let slot = wallet
        .add_slot(SlotKind::Passphrase, &new, &identity, &mut rng)
        .unwrap();
    let second = wallet.seal(&mut rng);
    wallet.saved(second.clone());
    for keys in [&ways.passphrase, &new] {
        let open = reopen(&wallet, &second, SlotKind::Passphrase, keys).unwrap();
        assert!(
            open.open_identity(SlotKind::Passphrase, keys.identity_key())
                .is_ok()
        );
    }
    let recovery = wallet.slots_of_key(SlotKind::Recovery, ways.recovery.slot_key());
    let stay: Vec<SlotId> = recovery.into_iter().chain([slot]).collect();
    wallet.retain_slots(&stay).unwrap();
    wallet.rekey(&mut rng).unwrap();
    let third = wallet.seal(&mut rng);
    assert_eq!((third.version, third.key_generation), (3, 2));
    wallet.saved(third.clone());
    assert!(reopen(&wallet, &third, SlotKind::Passphrase, &ways.passphrase).is_err());
    assert!(reopen(&wallet, &third, SlotKind::Passphrase, &new).is_ok());
    assert!(reopen(&wallet, &third, SlotKind::Recovery, &ways.recovery).is_ok());

    // old slots or an old box under the new version, and the other way about
    for (sealed, slots) in [(&third, &second), (&second, &third)] {
        let mixed = StoredWallet {
            slots: slots.slots.clone(),
            ..sealed.clone()
        };
        for (kind, keys) in [
            (SlotKind::Passphrase, &ways.passphrase),
            (SlotKind::Passphrase, &new),
            (SlotKind::Recovery, &ways.recovery),
        ] {
            assert!(reopen(&wallet, &mixed, kind, keys).is_err());
        }
    }
    let renumbered = StoredWallet {
        version: 9,
        ..third.clone()
    };
    assert!(reopen(&wallet, &renumbered, SlotKind::Passphrase, &new).is_err());
    // an old wallet opens by its old ways, and is told by its version
    let old = reopen(&wallet, &first, SlotKind::Recovery, &ways.recovery).unwrap();
    assert!(matches!(
        old.check_version(3),
        Err(IntegrityError::Rollback { known: 3, found: 1 })
    ));
    assert_eq!(wallet.check_version(3), Ok(()));

    wallet.remove_slot(slot).unwrap();
    assert_eq!(wallet.remove_slot(slot), Err(WalletError::UnknownSlot));
    let last = wallet.slots()[0].slot;
    assert_eq!(wallet.remove_slot(last), Err(WalletError::LastSlot));
}

#[test]
fn heads_only_move_forward() {
    let (mut wallet, ways, mut rng) = wallet(3);
    let stored = wallet.seal(&mut rng);
    let mut other = reopen(&wallet, &stored, SlotKind::Recovery, &ways.recovery).unwrap();
    let log = Digest::from_bytes([3; 32]);
    let at = |index, byte| Head {
        index,
        hash: Digest::from_bytes([byte; 32]),
    };
    assert_eq!(wallet.merge_head(log, at(5, 1)), Ok(true));
    assert_eq!(wallet.merge_head(log, at(5, 1)), Ok(false));
    assert_eq!(wallet.merge_head(log, at(4, 9)), Ok(false));
    assert_eq!(
        wallet.merge_head(log, at(5, 2)),
        Err(IntegrityError::Fork { index: 5 })
    );
    assert_eq!(
        wallet.check_head(log, at(4, 1)),
        Err(IntegrityError::Rollback { known: 5, found: 4 })
    );
    assert_eq!(wallet.check_head(log, at(6, 2)), Ok(()));
    other.merge_head(log, at(8, 3)).unwrap();
    other.pin(Digest::ZERO, "x");
    wallet.merge_from(&other).unwrap();
    assert_eq!(wallet.head(log), Some(at(8, 3)));
    assert_eq!(wallet.pins().len(), 1);
    other.merge_head(log, at(9, 3)).unwrap();
    wallet.merge_head(log, at(9, 4)).unwrap();
    assert!(wallet.merge_from(&other).is_err());
}

#[test]
fn seeds_are_compared_with_the_directory() {
    let mut rng = DangerSeededRng::new(4);
    let (server, members) = crate::fixture::organisation(1, &mut rng);
    let mut members = members;
    let directory = &server.directory;
    for member in &members {
        assert_eq!(member.wallet.check_against(directory), Ok(()));
    }
    let (one, two) = members.split_at_mut(1);
    let wrong = WrapSecret::make(&mut rng);
    one[0].wallet.add_wrap_seed(1, &wrong);
    assert_eq!(
        one[0].wallet.check_against(directory),
        Err(IntegrityError::SubstitutedKey(one[0].identity))
    );
    let me = &two[0];
    let identity = me
        .wallet
        .open_identity(
            SlotKind::Recovery,
            SlotKeys::recovery(&me.kit).identity_key(),
        )
        .unwrap();
    let (entry, _, _) =
        crate::person::renew_wrap(directory, &identity, &me.device, &mut rng).unwrap();
    let mut newer = directory.clone();
    newer.apply(&entry).unwrap();
    assert!(matches!(
        me.wallet.check_against(&newer),
        Err(IntegrityError::Rollback { known: 2, found: 1 })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_changed_byte_is_seen(place in any::<usize>(), bit in 0..8_u32) {
        let (mut wallet, ways, mut rng) = wallet(5);
        let stored = wallet.seal(&mut rng);
        let mut bytes = stored.to_bytes();
        let place = place % bytes.len();
        bytes[place] ^= 1 << bit;
        let opens = |kind, keys: &SlotKeys| {
            Wallet::from_bytes(TENANT, wallet.identity(), &bytes)
                .and_then(|locked| locked.open(kind, keys.slot_key()))
        };
        let results = [
            opens(SlotKind::Passphrase, &ways.passphrase),
            opens(SlotKind::Recovery, &ways.recovery),
        ];
        // a change in one slot may leave the other way open, with the same content
        for open in results.into_iter().flatten() {
            prop_assert_eq!(open.wrap_seeds().to_bytes(), wallet.wrap_seeds().to_bytes());
            prop_assert_eq!(open.version(), 1);
        }
    }
}
