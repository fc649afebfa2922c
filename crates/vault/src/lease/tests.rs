use super::*;
use crate::fixture::{Member, Server, organisation, vault};
use strongroom_crypto::DangerSeededRng;

fn put(server: &mut Server, members: &mut [Member], at: usize, payload: &VaultPayload) {
    let vault = members[at].machine().vault();
    members[at].append(server, &|_, _| payload.clone()).unwrap();
    for member in members {
        member.sync(server, vault).unwrap();
    }
}

fn refused(server: &mut Server, member: &Member, payload: &VaultPayload) {
    assert!(member.append(server, &|_, _| payload.clone()).is_err());
}

fn leases(member: &Member) -> Leases {
    let mut leases = Leases::default();
    for entry in &member.seen {
        leases.apply(entry);
    }
    leases
}

#[test]
fn a_lock_is_taken_kept_broken_and_given_back() {
    let mut rng = DangerSeededRng::new(1);
    let (mut server, mut members) = organisation(1, &mut rng);
    let vault = vault(&mut server, &mut members, &mut rng);
    let owner = &members[0];
    let append = owner
        .machine()
        .add_member(
            members[1].identity,
            Role::Writer,
            &owner.directory,
            &owner.device,
            &mut rng,
        )
        .unwrap();
    server.append(vault, append).unwrap();
    for member in &mut members {
        member.sync(&server, vault).unwrap();
    }
    let file = FileId::make(&mut rng);
    let (id, payload) = take(file, 1_000, &mut rng);
    put(&mut server, &mut members, 1, &payload);
    let held = *leases(&members[0]).active(file, 999).unwrap();
    assert_eq!((held.lease, held.identity), (id, members[1].identity));
    assert_eq!(held.fence, server.vaults[&vault].head().index);
    assert!(leases(&members[0]).active(file, 1_000).is_none());

    // nobody renews or gives back someone else's
    refused(&mut server, &members[0], &renew(&held, 9_000));
    refused(&mut server, &members[0], &release(&held));
    assert_eq!(leases(&members[0]).newest(file), Some(&held));
    put(&mut server, &mut members, 1, &renew(&held, 5_000));
    assert!(leases(&members[0]).active(file, 4_000).is_some());

    refused(&mut server, &members[1], &break_lease(&held));
    put(&mut server, &mut members, 0, &break_lease(&held));
    assert!(leases(&members[1]).newest(file).is_none());

    let (_, payload) = take(file, 9_000, &mut rng);
    put(&mut server, &mut members, 0, &payload);
    let newer = *leases(&members[0]).newest(file).unwrap();
    // what was broken before can't be given back
    refused(&mut server, &members[1], &release(&held));
    assert_eq!(leases(&members[0]).newest(file), Some(&newer));
    put(&mut server, &mut members, 0, &release(&newer));
    assert!(leases(&members[0]).newest(file).is_none());
    let again = Leases::new([newer]);
    assert_eq!(again.iter().count(), 1);
}
