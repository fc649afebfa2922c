use super::*;
use crate::fixture::{Member, Server, organisation, vault};
use crate::record::{NewVersion, open_version, seal_version};
use crate::{meta, person};
use proptest::prelude::*;
use strongroom_crypto::{DangerSeededRng, SymmetricKey, sha256};
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::record::{Fields, Value};
use strongroom_format::table::TableDefinition;
use strongroom_format::transport::{Append, Wraps};
use strongroom_format::vault_payload::WrapLeaf;

fn table() -> TableDefinition {
    TableDefinition::from_json(
        r#"{"name":"case","title":"Case","fields":[{"name":"title","title":"Title","type":"text","required":true}]}"#,
    )
    .unwrap()
}

fn fields(text: &str) -> Fields {
    Fields::from([("title".to_owned(), Value::Text(text.to_owned()))])
}

fn write_record(member: &Member, server: &mut Server, seed: u64) -> Result<(), VaultError> {
    member.machine().check_can_write()?;
    member.append(server, &|machine, place| {
        let mut rng = DangerSeededRng::new(seed);
        let new = NewVersion {
            record: RecordId::make(&mut rng),
            parents: Vec::new(),
            deleted: false,
        };
        let text = fields(&format!("secret {seed}"));
        let payload =
            seal_version(machine.keyring(), place, &table(), new, &text, &mut rng).unwrap();
        VaultPayload::Record(payload)
    })
}

/// A vault with everyone in it as a writer, all in sync.
fn shared(count: usize, seed: u64) -> (Server, Vec<Member>, VaultId, DangerSeededRng) {
    let mut rng = DangerSeededRng::new(seed);
    let (mut server, mut members) = organisation(count, &mut rng);
    let vault = vault(&mut server, &mut members, &mut rng);
    for at in 1..members.len() {
        let identity = members[at].identity;
        let owner = &members[0];
        let append = owner
            .machine()
            .add_member(
                identity,
                Role::Writer,
                &owner.directory,
                &owner.device,
                &mut rng,
            )
            .unwrap();
        server.append(vault, append).unwrap();
        members[0].sync(&server, vault).unwrap();
    }
    for member in &mut members {
        member.sync(&server, vault).unwrap();
    }
    (server, members, vault, rng)
}

fn opened(member: &Member) -> usize {
    let keyring = member.machine().keyring();
    member
        .seen
        .iter()
        .filter(|entry| match &entry.payload {
            Some(VaultPayload::Record(record)) => {
                open_version(keyring, entry.place(), record).is_ok()
            }
            _ => false,
        })
        .count()
}

#[test]
fn members_share_what_was_written_before_and_after() {
    let (mut server, mut members, vault, mut rng) = shared(2, 1);
    write_record(&members[1], &mut server, 1).unwrap();
    members[2].sync(&server, vault).unwrap();
    assert_eq!(opened(&members[2]), 1);
    let name = members[2]
        .seen
        .iter()
        .find_map(|entry| match &entry.payload {
            Some(VaultPayload::VaultMeta { sealed }) => Some((entry.place(), sealed.clone())),
            _ => None,
        })
        .unwrap();
    let keyring = members[2].machine().keyring();
    assert_eq!(meta::open_name(keyring, name.0, &name.1).unwrap(), "Cases");
    let elsewhere = Place {
        device_seq: 9,
        ..name.0
    };
    assert!(meta::open_name(keyring, elsewhere, &name.1).is_err());

    // a removed member reads what was written before, and nothing after
    members[0].sync(&server, vault).unwrap();
    let owner = &members[0];
    let append = owner
        .machine()
        .remove_member(
            members[1].identity,
            &owner.directory,
            &owner.device,
            &mut rng,
        )
        .unwrap();
    assert_eq!(append.wraps.len(), 2);
    server.append(vault, append).unwrap();
    assert!(write_record(&members[1], &mut server, 2).is_err());
    members[2].sync(&server, vault).unwrap();
    write_record(&members[2], &mut server, 3).unwrap();
    members[1].sync(&server, vault).unwrap();
    assert_eq!(members[1].machine().role(), None);
    assert_eq!(members[1].machine().needs_wraps(), None);
    assert_eq!(opened(&members[1]), 1);
    members[0].sync(&server, vault).unwrap();
    assert_eq!(opened(&members[0]), 2);
    // who comes later reads all of it
    let owner = &members[0];
    let append = owner
        .machine()
        .add_member(
            members[1].identity,
            Role::Reader,
            &owner.directory,
            &owner.device,
            &mut rng,
        )
        .unwrap();
    server.append(vault, append).unwrap();
    members[1].sync(&server, vault).unwrap();
    assert_eq!(opened(&members[1]), 2);
    assert!(matches!(
        members[1].machine().check_can_write(),
        Err(VaultError::Invalid(_))
    ));
}

#[test]
fn duties_after_leaving_retirement_and_a_lost_device() {
    let (mut server, mut members, vault, mut rng) = shared(3, 2);
    let leave = members[1]
        .machine()
        .leave(&members[1].directory, &members[1].device)
        .unwrap();
    server.append(vault, leave).unwrap();
    assert!(write_record(&members[2], &mut server, 1).is_err());
    let renew = |member: &mut Member, server: &mut Server, reason, rng: &mut DangerSeededRng| {
        member.sync(server, vault).unwrap();
        let duties = member.machine().duties(&member.directory);
        assert_eq!(duties, vec![Duty::RenewKeys(reason)]);
        let append = member
            .machine()
            .renew_keys(&member.directory, &member.device, rng)
            .unwrap();
        server.append(vault, append).unwrap();
        member.sync(server, vault).unwrap();
        assert_eq!(member.machine().duties(&member.directory), vec![]);
    };
    renew(
        &mut members[0],
        &mut server,
        RenewReason::MemberLeft,
        &mut rng,
    );
    members[2].sync(&server, vault).unwrap();
    assert_eq!(members[2].machine().duties(&members[2].directory), vec![]);

    let retired = members[3].identity;
    let entry = person::retire(&server.directory, &members[0].device, retired).unwrap();
    server.take_directory(entry);
    members[2].sync(&server, vault).unwrap();
    assert!(write_record(&members[2], &mut server, 2).is_err());
    renew(
        &mut members[0],
        &mut server,
        RenewReason::MemberRetired(retired),
        &mut rng,
    );
    assert!(members[0].machine().state().member(retired).is_none());

    let me = &mut members[2];
    let keys = crate::SlotKeys::recovery(&me.kit);
    let identity = me
        .wallet
        .open_identity(
            strongroom_format::wallet::SlotKind::Recovery,
            keys.identity_key(),
        )
        .unwrap();
    let (entry, generation, secret) =
        person::renew_wrap(&server.directory, &identity, &me.device, &mut rng).unwrap();
    me.wallet.add_wrap_seed(generation, &secret);
    server.take_directory(entry);
    let reason = RenewReason::WrapKeyRenewed(members[2].identity);
    renew(&mut members[0], &mut server, reason, &mut rng);
    members[2].sync(&server, vault).unwrap();
    write_record(&members[2], &mut server, 3).unwrap();
    members[0].sync(&server, vault).unwrap();
    assert_eq!(opened(&members[0]), 1);
}

#[test]
fn attestations_and_checkpoints() {
    let (mut server, mut members, vault, _) = shared(1, 3);
    let me = &members[1];
    let append = me
        .machine()
        .attest_head(&me.directory, &me.device, 7, 20_001)
        .unwrap();
    server.append(vault, append).unwrap();
    for member in &mut members {
        member.sync(&server, vault).unwrap();
    }
    assert_eq!(members[1].machine().attested_wallet_version(), 7);
    assert_eq!(members[0].machine().attested_wallet_version(), 0);
    assert_eq!(members[0].machine().newest_colleague_day(), Some(20_001));
    let device = strongroom_format::person::device_id(members[1].device.public());
    assert_eq!(members[1].machine().own_head_day(device), Some(20_001));
    let owner = &members[0];
    let append = owner
        .machine()
        .checkpoint(&owner.directory, &owner.device)
        .unwrap();
    server.append(vault, append).unwrap();
    members[1].sync(&server, vault).unwrap();
    assert!(
        members[1]
            .machine()
            .checkpoint(&members[1].directory, &members[1].device)
            .is_err()
    );
}

#[test]
fn false_wraps_are_refused() {
    let (server, mut members, vault, mut rng) = shared(2, 4);
    let log = &server.vaults[&vault];
    let late = &mut members[2];
    late.machine = None;
    late.seen.clear();
    late.hashes.clear();
    let honest = log.wraps_for(Epoch(1), late.identity);
    let mut attempt = |wraps: Wraps| {
        late.sync_with(vault, &log.entries, log.head(), &|_| wraps.clone())
            .map_err(|error| error.code())
    };
    let ghost = WrapLeaf {
        identity: IdentityId::from_bytes([9; 32]),
        generation: 1,
        wrap_hash: Digest::ZERO,
    };
    let mut more = honest.clone();
    more.leaves.push(ghost);
    more.leaves.sort();
    assert_eq!(attempt(more), Err("bad_wrap"));
    let mut none = honest.clone();
    none.own = None;
    assert_eq!(attempt(none), Err("withheld"));
    let mut altered = honest.clone();
    altered.own.as_mut().unwrap()[1_130] ^= 1;
    assert_eq!(attempt(altered), Err("bad_wrap"));
    let others = log.wraps_for(Epoch(1), members_identity(&server, vault, 0));
    assert_eq!(attempt(others), Err("bad_wrap"));
    let mut moved = honest.clone();
    moved.carrier_index += 1;
    assert_eq!(attempt(moved), Err("bad_wrap"));
    assert_eq!(attempt(honest), Ok(()));

    // a dishonest member who makes keys: one member too many, and a secret that is another
    for trick in 0..2 {
        let (mut server, mut members, vault, _) = shared(2, 5 + trick);
        let owner = &members[0];
        let mut append = owner
            .machine()
            .renew_keys(&owner.directory, &owner.device, &mut rng)
            .unwrap();
        let payload = append.entries[0].payload().unwrap();
        let VaultPayload::Epoch(mut renewal) = VaultPayload::from_bytes(
            Kind::Epoch,
            payload,
            owner.machine().state().tenant(),
            vault,
        )
        .unwrap() else {
            panic!()
        };
        if trick == 0 {
            let mut leaves: Vec<WrapLeaf> = append
                .wraps
                .iter()
                .map(|wrap| WrapLeaf {
                    identity: wrap.identity,
                    generation: wrap.generation,
                    wrap_hash: sha256(&wrap.wrap),
                })
                .collect();
            let mut stranger = append.wraps[0].clone();
            stranger.identity = IdentityId::from_bytes([1; 32]);
            leaves.push(WrapLeaf {
                identity: stranger.identity,
                generation: 1,
                wrap_hash: sha256(&stranger.wrap),
            });
            leaves.sort();
            append.wraps.push(stranger);
            append.wraps.sort_by_key(|wrap| wrap.identity);
            renewal.wraps_root = strongroom_format::vault_payload::wraps_root(&leaves).unwrap();
        } else {
            renewal.commitment = crate::keyring::commitment(
                owner.machine().state().tenant(),
                vault,
                Epoch(2),
                &SymmetricKey::make(&mut rng),
            );
        }
        let entry = owner
            .machine()
            .author(&owner.directory, &owner.device)
            .unwrap()
            .append(&VaultPayload::Epoch(renewal));
        append.entries = vec![entry];
        server.append(vault, append).unwrap();
        let error = members[1].sync(&server, vault).unwrap_err();
        assert_eq!(error.code(), ["ghost_member", "bad_wrap"][trick as usize]);
    }
}

fn members_identity(server: &Server, vault: VaultId, at: usize) -> IdentityId {
    let members: Vec<_> = server.vaults[&vault].state.members().collect();
    members[at].0
}

/// What a lying server does to a log.
#[derive(Clone, Copy, Debug)]
enum Lie {
    Drop(usize),
    Swap(usize),
    Repeat(usize),
    Cut(usize),
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
        Lie::Cut(at) => log.truncate(at % count + 1),
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
            ).map(|(id, append)| (id, append)).unwrap_or((vault, Append::default()));
            if other != vault {
                server.take_vault(other, append);
            }
            server.vaults[&other].entries.clone()
        };
        let log = &server.vaults[&vault];
        let Some(shown) = apply_lie(lie, &log.entries, &foreign) else { return Ok(()) };
        for member in &mut members {
            member.sync_directory(&server).unwrap();
            if fresh {
                // a new device: nothing but the wallet
                member.machine = None;
                member.hashes.clear();
            }
            let known = member.wallet.head(crate::wallet::log_of_vault(vault));
            let head = match shown.last() {
                Some(last) if last.index < log.head().index => {
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
                }
                Err(error) => prop_assert!(!error.code().is_empty()),
            }
        }
    }
}
