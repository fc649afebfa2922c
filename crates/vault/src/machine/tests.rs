use super::*;
use crate::fixture::{Member, Server, organisation, vault};
use crate::record::{NewVersion, open_version, seal_version};
use crate::{meta, person};
use strongroom_crypto::{DangerSeededRng, SymmetricKey, sha256};
use strongroom_format::record::{Fields, Value};
use strongroom_format::table::TableDefinition;
use strongroom_format::transport::{Append, Wraps};
use strongroom_format::vault_payload::WrapLeaf;

mod lying;

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
    let colleague = |latest| members[0].machine().newest_colleague_day(latest);
    assert_eq!(colleague(20_001), Some(20_001));
    assert_eq!(colleague(20_000), None);
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
fn entries_follow_each_other_with_and_without_reading_back() {
    let (mut server, mut members, vault, mut rng) = shared(1, 6);
    let me = &members[1];
    let record = |place: Place, rng: &mut DangerSeededRng| {
        let new = NewVersion {
            record: RecordId::make(rng),
            parents: Vec::new(),
            deleted: false,
        };
        let keyring = me.machine().keyring();
        let sealed = seal_version(keyring, place, &table(), new, &fields("x"), rng);
        VaultPayload::Record(sealed.unwrap())
    };
    let mut author = me.machine().author(&me.directory, &me.device).unwrap();
    let mut entries = Vec::new();
    for _ in 0..3 {
        let payload = record(author.place(), &mut rng);
        entries.push(author.append(&payload));
    }
    let tip = author.tip().unwrap();
    server.append(vault, Append::of(entries)).unwrap();
    // not read back: without the tip the own sequence would break
    let mut stale = me.machine().author(&me.directory, &me.device).unwrap();
    let payload = record(stale.place(), &mut rng);
    let entry = stale.append(&payload);
    assert!(server.append(vault, Append::of(vec![entry])).is_err());
    let again = me.machine().author(&me.directory, &me.device).unwrap();
    let mut author = again.with_tip(tip);
    let payload = record(author.place(), &mut rng);
    let entry = author.append(&payload);
    server.append(vault, Append::of(vec![entry])).unwrap();
    for member in &mut members {
        member.sync(&server, vault).unwrap();
        assert_eq!(opened(member), 4);
    }
    // an old tip changes nothing
    let me = &members[1];
    let author = me.machine().author(&me.directory, &me.device).unwrap();
    assert_eq!(author.with_tip(tip).place().device_seq, 5);
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
