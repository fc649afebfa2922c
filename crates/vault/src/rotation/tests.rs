//! A model of the server's account with a real wallet in it. Runs are cut off after every
//! number of writes and begun again, by the old or by the new secrets; at every point in time
//! something that the person holds opens everything.

use super::*;
use crate::NewPerson;
use crate::wallet::{Locked, SlotKeys, Unlocked, Wallet};
use proptest::prelude::*;
use strongroom_crypto::{DangerSeededRng, Secret16};
use strongroom_format::wallet::{SlotKind, StoredWallet};
use strongroom_types::*;

const TENANT: TenantId = TenantId::from_bytes([1; 32]);

struct Account {
    identity: IdentityId,
    wallet: StoredWallet,
    current: &'static str,
    pending: Option<(&'static str, bool)>,
    recovery: [u8; 16],
    enrolled: bool,
}

fn device_secret() -> Secret16 {
    Secret16::from_bytes([9; 16])
}

/// Stands for what OPAQUE gives: a function of the passphrase.
fn passphrase_keys(passphrase: &str) -> SlotKeys {
    let mut export = [0; 64];
    for (place, byte) in export.iter_mut().zip(passphrase.bytes().cycle()) {
        *place = byte;
    }
    SlotKeys::passphrase(&export, &device_secret())
}

fn recovery_keys(code: [u8; 16]) -> SlotKeys {
    SlotKeys::recovery(&Secret16::from_bytes(code))
}

impl Account {
    fn new(rng: &mut DangerSeededRng) -> Self {
        let person = NewPerson::make("Ann", "phone", rng).unwrap();
        let recovery = [1; 16];
        let slots = [
            (SlotKind::Passphrase, &passphrase_keys("old")),
            (SlotKind::Recovery, &recovery_keys(recovery)),
        ];
        let mut wallet = Wallet::create(TENANT, &person, &slots, 0, rng).unwrap();
        Self {
            identity: person.identity(),
            wallet: wallet.seal(rng),
            current: "old",
            pending: None,
            recovery,
            enrolled: false,
        }
    }

    fn open(&self, kind: SlotKind, keys: &SlotKeys) -> Option<Wallet<Unlocked>> {
        Wallet::<Locked>::from_stored(TENANT, self.identity, self.wallet.clone())
            .open(kind, keys.slot_key())
            .ok()
            .filter(|open| open.open_identity(kind, keys.identity_key()).is_ok())
    }

    fn put(&mut self, wallet: &mut Wallet<Unlocked>, rng: &mut DangerSeededRng) {
        let stored = wallet.seal(rng);
        assert_eq!(stored.version, self.wallet.version + 1);
        self.wallet = stored;
    }

    fn passphrase_opens(&self, passphrase: &str) -> bool {
        self.current == passphrase
            && self
                .open(SlotKind::Passphrase, &passphrase_keys(passphrase))
                .is_some()
    }

    fn kit_opens(&self, code: [u8; 16]) -> bool {
        self.recovery == code
            && self
                .open(SlotKind::Recovery, &recovery_keys(code))
                .is_some()
    }
}

/// One run of a change to `new`, cut off after `writes` steps. Says whether it ended.
fn change(
    account: &mut Account,
    new: &'static str,
    mut writes: usize,
    rng: &mut DangerSeededRng,
) -> bool {
    let keys = passphrase_keys(new);
    let mut state = PassphraseState {
        new_is_current: account.current == new,
        pending: account.pending.is_some(),
        ..PassphraseState::default()
    };
    loop {
        state.new_slot = account.open(SlotKind::Passphrase, &keys).is_some();
        let step = state.next_step();
        if step == PassphraseStep::Done {
            return true;
        }
        if writes == 0 {
            return false;
        }
        writes -= 1;
        match step {
            PassphraseStep::Register => {
                account.pending = Some((new, false));
                (state.pending, state.proven) = (true, None);
            }
            PassphraseStep::Prove => {
                let (pending, _) = account.pending.unwrap();
                state.proven = Some(pending == new);
                account.pending = Some((pending, pending == new));
            }
            PassphraseStep::AddSlot => {
                let old = passphrase_keys(account.current);
                let mut wallet = account.open(SlotKind::Passphrase, &old).unwrap();
                let identity = wallet
                    .open_identity(SlotKind::Passphrase, old.identity_key())
                    .unwrap();
                wallet
                    .add_slot(SlotKind::Passphrase, &keys, &identity, rng)
                    .unwrap();
                account.put(&mut wallet, rng);
            }
            PassphraseStep::Promote => {
                let mut wallet = account.open(SlotKind::Passphrase, &keys).unwrap();
                let mut stay: Vec<SlotId> = wallet
                    .slots()
                    .iter()
                    .filter(|slot| slot.kind != SlotKind::Passphrase)
                    .map(|slot| slot.slot)
                    .collect();
                let mine = wallet.slots_of_key(SlotKind::Passphrase, keys.slot_key());
                stay.extend(mine.last());
                wallet.retain_slots(&stay).unwrap();
                wallet.rekey(rng).unwrap();
                let (pending, proven) = account.pending.take().unwrap();
                assert!(proven);
                account.put(&mut wallet, rng);
                account.current = pending;
                state.new_is_current = true;
                state.pending = false;
            }
            PassphraseStep::Done => unreachable!(),
        }
    }
}

/// One run of a recovery by the kit with `old_code`, cut off after `writes` steps.
fn recover(
    account: &mut Account,
    old_code: [u8; 16],
    new: &'static str,
    new_code: [u8; 16],
    mut writes: usize,
    rng: &mut DangerSeededRng,
) -> bool {
    let old = recovery_keys(old_code);
    let (keys, code_keys) = (passphrase_keys(new), recovery_keys(new_code));
    let mut state = RecoveryState {
        enrolled: account.enrolled,
        pending: account.pending.is_some(),
        ..RecoveryState::default()
    };
    loop {
        state.new_slots = account.open(SlotKind::Passphrase, &keys).is_some()
            && account.open(SlotKind::Recovery, &code_keys).is_some();
        let step = state.next_step();
        if step == RecoveryStep::Done {
            return true;
        }
        if writes == 0 {
            return false;
        }
        writes -= 1;
        match step {
            RecoveryStep::EnrolDevice => {
                account.enrolled = true;
                state.enrolled = true;
            }
            RecoveryStep::Register => {
                account.pending = Some((new, false));
                (state.pending, state.proven) = (true, None);
            }
            RecoveryStep::Prove => {
                let (pending, _) = account.pending.unwrap();
                state.proven = Some(pending == new);
                account.pending = Some((pending, pending == new));
            }
            RecoveryStep::WriteKit => state.kit_written = true,
            RecoveryStep::AddSlots => {
                let mut wallet = account.open(SlotKind::Recovery, &old).unwrap();
                let identity = wallet
                    .open_identity(SlotKind::Recovery, old.identity_key())
                    .unwrap();
                for (kind, keys) in [
                    (SlotKind::Passphrase, &keys),
                    (SlotKind::Recovery, &code_keys),
                ] {
                    wallet.add_slot(kind, keys, &identity, rng).unwrap();
                }
                account.put(&mut wallet, rng);
            }
            RecoveryStep::Promote => {
                let mut wallet = account.open(SlotKind::Recovery, &code_keys).unwrap();
                let stay: Vec<SlotId> = [
                    wallet.slots_of_key(SlotKind::Passphrase, keys.slot_key()),
                    wallet.slots_of_key(SlotKind::Recovery, code_keys.slot_key()),
                ]
                .iter()
                .filter_map(|slots| slots.last().copied())
                .collect();
                wallet.retain_slots(&stay).unwrap();
                wallet.rekey(rng).unwrap();
                let (pending, proven) = account.pending.take().unwrap();
                assert!(proven);
                account.put(&mut wallet, rng);
                account.current = pending;
                account.recovery = new_code;
                state.promoted = true;
            }
            RecoveryStep::Done => unreachable!(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_change_can_be_cut_off_anywhere(cuts in proptest::collection::vec((0..6_usize, any::<bool>()), 0..6)) {
        let mut rng = DangerSeededRng::new(1);
        let mut account = Account::new(&mut rng);
        let mut done: Option<&'static str> = None;
        for (writes, other) in cuts {
            let new = if other { "other" } else { "new" };
            if done.is_none() && change(&mut account, new, writes, &mut rng) {
                done = Some(new);
            }
            prop_assert!(account.kit_opens([1; 16]));
            prop_assert!(["old", "new", "other"].iter().any(|words| account.passphrase_opens(words)));
            if done.is_none() {
                // nothing that was reported as done is lost, nothing else has changed hands
                prop_assert!(account.passphrase_opens(account.current));
            }
        }
        let new = done.unwrap_or("new");
        prop_assert!(change(&mut account, new, 10, &mut rng));
        prop_assert!(account.passphrase_opens(new));
        let old = account.open(SlotKind::Passphrase, &passphrase_keys("old"));
        prop_assert!(old.is_none());
        prop_assert!(account.kit_opens([1; 16]));
        prop_assert_eq!(account.wallet.slots.len(), 2);
    }

    #[test]
    fn a_recovery_can_be_cut_off_anywhere(cuts in proptest::collection::vec(0..8_usize, 0..5)) {
        let mut rng = DangerSeededRng::new(2);
        let mut account = Account::new(&mut rng);
        let mut finished = false;
        let mut code = [1; 16];
        for (attempt, writes) in cuts.into_iter().enumerate() {
            if finished {
                break;
            }
            // each attempt has a new code of its own, as after a lost temporary file
            let new_code = [10 + attempt as u8; 16];
            let new = ["one", "two", "three"][attempt % 3];
            finished = recover(&mut account, code, new, new_code, writes, &mut rng);
            if account.recovery == new_code {
                code = new_code;
            }
            prop_assert!(account.kit_opens(code));
            prop_assert!(account.passphrase_opens(account.current));
        }
        if !finished && code == [1; 16] {
            prop_assert!(recover(&mut account, code, "last", [99; 16], 20, &mut rng));
            prop_assert!(account.kit_opens([99; 16]));
            prop_assert!(account.passphrase_opens("last"));
            prop_assert!(account.open(SlotKind::Recovery, &recovery_keys([1; 16])).is_none());
            prop_assert_eq!(account.wallet.slots.len(), 2);
        }
    }
}
