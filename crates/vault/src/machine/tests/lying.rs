//! Random people, a random server: everyone converges, or the lie is caught.

use super::*;
use proptest::prelude::*;
use strongroom_format::entry::UnverifiedEntry;

/// What a lying server does to a log.
#[derive(Clone, Copy, Debug)]
enum Lie {
    Drop(usize),
    Swap(usize),
    Repeat(usize),
    Cut(usize),
    /// As `Cut`, but the head that is named is the true one.
    Withhold(usize),
    Renumber(usize),
    FlipBody(usize, usize),
    FlipSignature(usize, usize),
    FlipPayload(usize, usize),
    NoPayload(usize),
    Transplant(usize),
}

fn lie() -> impl Strategy<Value = Lie> {
    let any = any::<usize>;
    prop_oneof![
        any().prop_map(Lie::Drop),
        any().prop_map(Lie::Swap),
        any().prop_map(Lie::Repeat),
        any().prop_map(Lie::Cut),
        any().prop_map(Lie::Withhold),
        any().prop_map(Lie::Renumber),
        (any(), any()).prop_map(|(a, b)| Lie::FlipBody(a, b)),
        (any(), any()).prop_map(|(a, b)| Lie::FlipSignature(a, b)),
        (any(), any()).prop_map(|(a, b)| Lie::FlipPayload(a, b)),
        any().prop_map(Lie::NoPayload),
        any().prop_map(Lie::Transplant),
    ]
}

fn renumber(log: &mut [PageEntry]) {
    for (index, entry) in log.iter_mut().enumerate() {
        entry.index = index as u64;
    }
}

fn flip(bytes: &[u8], place: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let place = place % bytes.len().max(1);
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 0x10;
    }
    bytes
}

/// The log that is shown, or `None` where the lie is not even well-formed and is refused by
/// the decoder.
fn apply_lie(lie: Lie, honest: &[PageEntry], foreign: &[PageEntry]) -> Option<Vec<PageEntry>> {
    let mut log = honest.to_vec();
    let count = log.len();
    let rebuild = |entry: &PageEntry, body: Vec<u8>, signatures: Vec<u8>, payload| {
        UnverifiedEntry::from_parts(&body, &signatures, payload)
            .ok()
            .map(|new| PageEntry {
                entry: new,
                ..entry.clone()
            })
    };
    match lie {
        Lie::Drop(at) => {
            log.remove(at % count);
            renumber(&mut log);
        }
        Lie::Swap(at) => {
            let at = at % (count - 1);
            log.swap(at, at + 1);
            renumber(&mut log);
        }
        Lie::Repeat(at) => {
            let copy = log[at % count].clone();
            log.insert(at % count, copy);
            renumber(&mut log);
        }
        Lie::Cut(at) | Lie::Withhold(at) => log.truncate(at % count + 1),
        Lie::Renumber(at) => log[at % count].index += 1,
        Lie::FlipBody(at, place) => {
            let old = &log[at % count].clone();
            let e = &old.entry;
            let body = flip(e.body_bytes(), place);
            log[at % count] = rebuild(old, body, e.signatures_bytes().to_vec(), e.payload())?;
        }
        Lie::FlipSignature(at, place) => {
            let old = &log[at % count].clone();
            let e = &old.entry;
            let signatures = flip(e.signatures_bytes(), place);
            log[at % count] = rebuild(old, e.body_bytes().to_vec(), signatures, e.payload())?;
        }
        Lie::FlipPayload(at, place) => {
            let old = &log[at % count].clone();
            let e = &old.entry;
            let payload = flip(e.payload()?, place);
            log[at % count] = rebuild(
                old,
                e.body_bytes().to_vec(),
                e.signatures_bytes().to_vec(),
                Some(&payload),
            )?;
        }
        Lie::NoPayload(at) => {
            let old = &log[at % count].clone();
            let e = &old.entry;
            log[at % count] = rebuild(
                old,
                e.body_bytes().to_vec(),
                e.signatures_bytes().to_vec(),
                None,
            )?;
        }
        Lie::Transplant(at) => {
            let at = at % count.min(foreign.len());
            log[at] = foreign[at].clone();
        }
    }
    Some(log)
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Write,
    Add(usize, Role),
    SetRole(usize, Role),
    Remove(usize),
    Leave,
    Renew,
    Erase(usize),
    Attest,
    Checkpoint,
    Rename,
    Sync,
    RetireInDirectory(usize),
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![
        Just(Role::Reader),
        Just(Role::Writer),
        Just(Role::Manager),
        Just(Role::Owner)
    ]
}

fn op() -> impl Strategy<Value = (usize, Op)> {
    let any = any::<usize>;
    let op = prop_oneof![
        6 => Just(Op::Write),
        6 => Just(Op::Sync),
        3 => (any(), role()).prop_map(|(who, role)| Op::Add(who, role)),
        2 => (any(), role()).prop_map(|(who, role)| Op::SetRole(who, role)),
        2 => any().prop_map(Op::Remove),
        1 => Just(Op::Leave),
        3 => Just(Op::Renew),
        1 => any().prop_map(Op::Erase),
        1 => Just(Op::Attest),
        1 => Just(Op::Checkpoint),
        1 => Just(Op::Rename),
        1 => any().prop_map(Op::RetireInDirectory),
    ];
    (any(), op)
}

fn build(
    member: &Member,
    members: &[Member],
    op: Op,
    rng: &mut DangerSeededRng,
) -> Result<Append, VaultError> {
    let machine = member.machine();
    let (directory, device) = (&member.directory, &member.device);
    let who = |at: usize| members[at % members.len()].identity;
    match op {
        Op::Add(at, role) => machine.add_member(who(at), role, directory, device, rng),
        Op::SetRole(at, role) => machine.set_role(who(at), role, directory, device),
        Op::Remove(at) => machine.remove_member(who(at), directory, device, rng),
        Op::Leave => machine.leave(directory, device),
        Op::Renew => machine.renew_keys(directory, device, rng),
        Op::Erase(at) => {
            let next = machine.state().next_index();
            machine.erase(vec![at as u64 % next], directory, device)
        }
        Op::Attest => machine.attest_head(directory, device, 1, 1),
        Op::Checkpoint => machine.checkpoint(directory, device),
        Op::Rename => machine.rename("New name", directory, device, rng),
        _ => Err(VaultError::Misuse("not a request")),
    }
}

fn run(
    server: &mut Server,
    members: &mut [Member],
    vault: VaultId,
    ops: &[(usize, Op)],
    rng: &mut DangerSeededRng,
) {
    for (step, (actor, op)) in ops.iter().enumerate() {
        let actor = actor % members.len();
        if members[actor].machine.is_none() {
            members[actor].sync(server, vault).unwrap();
        }
        match op {
            Op::Sync => members[actor].sync(server, vault).unwrap(),
            // what is refused here or by the server changes nothing
            Op::Write => {
                let _ = write_record(&members[actor], server, step as u64);
            }
            Op::RetireInDirectory(at) => {
                let identity = members[at % members.len()].identity;
                let device = &members[actor].device;
                if let Ok(entry) = person::retire(&server.directory, device, identity) {
                    server.take_directory(entry);
                }
            }
            _ => {
                if let Ok(append) = build(&members[actor], members, *op, rng) {
                    let _ = server.append(vault, append);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever people do in whatever order, everyone who syncs stands where the server stands,
    /// members open all that is not erased, and snapshots go on as the machine does.
    #[test]
    fn honest_members_converge(seed in 0..1_000_u64, ops in proptest::collection::vec(op(), 1..40)) {
        let (mut server, mut members, vault, mut rng) = shared(3, seed);
        run(&mut server, &mut members, vault, &ops, &mut rng);
        let log_head = server.vaults[&vault].head();
        for member in &mut members {
            member.sync(&server, vault).unwrap();
            let machine = member.machine();
            prop_assert_eq!(machine.state().head(), Some(log_head));
            prop_assert_eq!(machine.state().state_root(), server.vaults[&vault].state.state_root());
            let again = VaultMachine::restore(&machine.snapshot()).unwrap();
            prop_assert_eq!(again.snapshot(), machine.snapshot());
            let fresh = {
                let mut fresh = VaultMachine::new(machine.state().tenant(), vault, member.identity);
                let entries = server.vaults[&vault].entries.clone();
                fresh.apply_page(entries, &member.directory, &|_| None).unwrap();
                fresh.finish_sync(log_head).unwrap();
                fresh
            };
            prop_assert_eq!(fresh.state().to_snapshot(), machine.state().to_snapshot());
            if machine.role().is_some() {
                let written = member.seen.iter().filter(|e| e.kind == Kind::Record && e.payload.is_some());
                prop_assert_eq!(opened(member), written.count());
            }
        }
    }

    /// A server that changes anything is caught, or has shown a beginning of the true log to
    /// someone who knew no more.
    #[test]
    fn a_lying_server_is_caught(
        seed in 0..1_000_u64,
        ops in proptest::collection::vec(op(), 1..20),
        more in proptest::collection::vec(op(), 0..10),
        lie in lie(),
        fresh in any::<bool>(),
    ) {
        let (mut server, mut members, vault, mut rng) = shared(2, seed);
        run(&mut server, &mut members, vault, &ops, &mut rng);
        for member in &mut members {
            member.sync(&server, vault).unwrap();
        }
        run(&mut server, &mut members, vault, &more, &mut rng);
        let foreign = {
            let founder = &members[0];
            let (other, append) = VaultMachine::create_vault(
                strongroom_format::vault_payload::VaultKind::Shared, "Other",
                &server.directory, &founder.device, &mut rng,
            )
                .unwrap_or((vault, Append::default()));
            if other != vault {
                server.take_vault(other, append);
            }
            server.vaults[&other].entries.clone()
        };
        let log = &server.vaults[&vault];
        let Some(shown) = apply_lie(lie, &log.entries, &foreign) else { return Ok(()) };
        let withheld = matches!(lie, Lie::Withhold(_));
        for member in &mut members {
            member.sync_directory(&server).unwrap();
            if fresh {
                // a new device: nothing but the wallet
                member.machine = None;
                member.hashes.clear();
            }
            let known = member.wallet.head(crate::wallet::log_of_vault(vault));
            let head = match shown.last() {
                Some(last) if last.index < log.head().index && !withheld => {
                    Head { index: last.index, hash: log.hashes[last.index as usize] }
                }
                _ => log.head(),
            };
            let me = member.identity;
            match member.sync_with(vault, &shown, head, &|epoch| log.wraps_for(epoch, me)) {
                Ok(()) => {
                    let head = member.machine().state().head().unwrap();
                    prop_assert_eq!(head.hash, log.hashes[head.index as usize]);
                    prop_assert!(known.is_none_or(|known| known.index <= head.index));
                    prop_assert!(!withheld || head == log.head());
                }
                Err(error) => prop_assert!(!error.code().is_empty()),
            }
        }
    }

    /// Two groups are shown two histories. Kept apart, nobody can see it; whoever has seen
    /// anything since the split stops at the other history, whoever has not goes on with it.
    #[test]
    fn a_fork_is_seen_at_the_first_contact(
        seed in 0..1_000_u64,
        ops in proptest::collection::vec(op(), 0..10),
        here in proptest::collection::vec(op(), 0..15),
        there in proptest::collection::vec(op(), 0..15),
        fresh in any::<bool>(),
    ) {
        let (mut one, mut members, vault, mut rng) = shared(3, seed);
        run(&mut one, &mut members, vault, &ops, &mut rng);
        for member in &mut members {
            member.sync(&one, vault).unwrap();
        }
        let mut two = one.clone();
        let split = one.vaults[&vault].head();
        let (left, right) = members.split_at_mut(2);
        // The directory is one; what it says is checked elsewhere.
        let in_vault = |ops: Vec<(usize, Op)>| -> Vec<(usize, Op)> {
            ops.into_iter().filter(|(_, op)| !matches!(op, Op::RetireInDirectory(_))).collect()
        };
        run(&mut one, left, vault, &in_vault(here), &mut rng);
        run(&mut two, right, vault, &in_vault(there), &mut rng);
        for (server, group) in [(&one, &mut *left), (&two, &mut *right)] {
            for member in group.iter_mut() {
                member.sync(server, vault).unwrap();
            }
        }
        for (other, group) in [(&two, left), (&one, right)] {
            let log = &other.vaults[&vault];
            for member in group.iter_mut() {
                let head = member.machine().state().head().unwrap();
                single_entries(member, vault, log, split)?;
                if fresh {
                    // a new device of theirs: nothing but the wallet
                    member.machine = None;
                    member.hashes.clear();
                    member.seen.clear();
                }
                let me = member.identity;
                let joined = member.sync_with(vault, &log.entries, log.head(), &|epoch| {
                    log.wraps_for(epoch, me)
                });
                let same = log.hashes.get(head.index as usize) == Some(&head.hash);
                prop_assert_eq!(joined.is_ok(), same, "{:?}", joined);
            }
        }
    }
}

/// Each entry of the other history as the next one in this member's: taken only where its
/// author had seen nothing that this member has not, so that it may as well have come late.
fn single_entries(
    member: &Member,
    vault: VaultId,
    other: &crate::fixture::VaultLog,
    split: Head,
) -> Result<(), TestCaseError> {
    let snapshot = member.machine().snapshot();
    for entry in other
        .entries
        .iter()
        .filter(|entry| entry.index > split.index)
    {
        let mut machine = VaultMachine::restore(&snapshot).unwrap();
        let index = machine.state().next_index();
        let moved = PageEntry {
            index,
            ..entry.clone()
        };
        let known = |index: u64| member.hashes.get(index as usize).copied();
        if machine
            .apply_page(vec![moved], &member.directory, &known)
            .is_ok()
        {
            let body = entry.entry.body();
            prop_assert_eq!(known(body.seen_index), Some(body.seen_hash));
            prop_assert_eq!(body.vault, vault);
        }
    }
    Ok(())
}
