use super::*;
use crate::IntegrityError;
use crate::fixture::organisation;
use crate::wallet::SlotKeys;
use strongroom_crypto::DangerSeededRng;
use strongroom_format::directory::DirectoryPolicy;
use strongroom_format::wallet::SlotKind;

#[test]
fn founding_inviting_joining_and_devices() {
    let mut rng = DangerSeededRng::new(1);
    let (mut server, members) = organisation(2, &mut rng);
    assert_eq!(server.directory.administrator_count(), 1);
    let me = &members[1];
    let identity = me
        .wallet
        .open_identity(
            SlotKind::Recovery,
            SlotKeys::recovery(&me.kit).identity_key(),
        )
        .unwrap();
    let laptop = SignSecret::make(&mut rng);
    let entry = enrol_device(&server.directory, &identity, &laptop, "tablet").unwrap();
    server.take_directory(entry);
    assert_eq!(server.directory.devices_of(me.identity).count(), 2);

    // an administrator revokes it: the person's wrap key is due
    assert!(!wrap_renewal_due(&server.directory, me.identity));
    let gone = device_id(laptop.public());
    let entry = revoke_device_as_admin(&server.directory, &members[0].device, gone).unwrap();
    server.take_directory(entry);
    assert!(wrap_renewal_due(&server.directory, me.identity));
    let (entry, generation, _) =
        renew_wrap(&server.directory, &identity, &me.device, &mut rng).unwrap();
    assert_eq!(generation, 2);
    server.take_directory(entry);
    assert!(!wrap_renewal_due(&server.directory, me.identity));

    // the revoked device writes nothing any more, and does not come back
    assert!(renew_wrap(&server.directory, &identity, &laptop, &mut rng).is_err());
    assert!(enrol_device(&server.directory, &identity, &laptop, "tablet").is_err());

    // one's own device, with a new wrap key in the same entry
    let third = SignSecret::make(&mut rng);
    let entry = enrol_device(&server.directory, &identity, &third, "third").unwrap();
    server.take_directory(entry);
    let (entry, generation, _) = revoke_own_device(
        &server.directory,
        &identity,
        &third,
        device_id(me.device.public()),
        &mut rng,
    )
    .unwrap();
    assert_eq!(generation, 3);
    server.take_directory(entry);

    // someone else's identity certifies nothing here
    let other = members[2]
        .wallet
        .open_identity(
            SlotKind::Recovery,
            SlotKeys::recovery(&members[2].kit).identity_key(),
        )
        .unwrap();
    assert!(renew_wrap(&server.directory, &other, &third, &mut rng).is_err());
}

#[test]
fn invitations_are_used_once_and_lead_to_one_directory() {
    let mut rng = DangerSeededRng::new(2);
    let (mut server, members) = organisation(0, &mut rng);
    let made = make_invite(
        &server.directory,
        &members[0].device,
        AccountRole::Admin,
        5,
        &mut rng,
    )
    .unwrap();
    let before = server.directory.clone();
    server.take_directory(made.entry.clone());
    let invitation = Invitation::from_code(&made.code).unwrap();
    assert_eq!(invitation.invite(), made.invite);
    assert_eq!(invitation.auth_hash(), made.auth_hash);
    let root = invitation.open_root(&made.root_box).unwrap();
    assert_eq!(root.inviter_name, "Founder");

    // another directory, an older one, another secret, an altered box
    let (elsewhere, _) = organisation(0, &mut rng);
    assert_eq!(
        root.check(&invitation, &elsewhere.directory),
        Err(IntegrityError::FalseInvitation)
    );
    assert_eq!(
        root.check(&invitation, &before),
        Err(IntegrityError::FalseInvitation)
    );
    let mut ahead = root.clone();
    ahead.head.index = 9;
    assert!(matches!(
        ahead.check(&invitation, &server.directory),
        Err(IntegrityError::Rollback { known: 9, .. })
    ));
    ahead.head.index = 0;
    ahead.head.hash = Digest::ZERO;
    assert!(matches!(
        ahead.check(&invitation, &server.directory),
        Err(IntegrityError::Fork { index: 0 })
    ));
    let stranger = Invitation::make(&mut rng);
    assert!(stranger.open_root(&made.root_box).is_err());
    let mut altered = made.root_box.clone();
    altered[60] ^= 1;
    assert!(invitation.open_root(&altered).is_err());

    let joiner = NewPerson::make("Ann", "phone", &mut rng).unwrap();
    let join = joiner.join(&invitation, &root, &server.directory).unwrap();
    server.take_directory(join.clone());
    assert!(server.directory.clone().apply(&join).is_err());
    let second = NewPerson::make("Bob", "phone", &mut rng).unwrap();
    assert_eq!(
        second.join(&invitation, &root, &server.directory).err(),
        Some(VaultError::Integrity(IntegrityError::ReplayedInvitation))
    );
    // Ann is an administrator by the invitation
    let policy = DirectoryPolicy {
        image_max_pixels: 1_000,
        ..DirectoryPolicy::default()
    };
    let entry = set_policy(&server.directory, joiner.device(), policy).unwrap();
    server.take_directory(entry);
    assert_eq!(server.directory.policy(), policy);
}

#[test]
fn administrators_and_the_recovery_key() {
    let mut rng = DangerSeededRng::new(3);
    let recovery = DirectoryRecovery::make(&mut rng);
    let founder = NewPerson::make("Founder", "desk", &mut rng).unwrap();
    let mut directory = DirectoryState::new(None);
    directory
        .apply(&founder.found(&recovery, &mut rng))
        .unwrap();
    let made = make_invite(
        &directory,
        founder.device(),
        AccountRole::Member,
        0,
        &mut rng,
    )
    .unwrap();
    directory.apply(&made.entry).unwrap();
    let invitation = Invitation::from_code(&made.code).unwrap();
    let root = invitation.open_root(&made.root_box).unwrap();
    let ann = NewPerson::make("Ann", "phone", &mut rng).unwrap();
    directory
        .apply(&ann.join(&invitation, &root, &directory).unwrap())
        .unwrap();

    assert!(matches!(
        make_invite(&directory, ann.device(), AccountRole::Member, 0, &mut rng).err(),
        Some(VaultError::Invalid(LogError::RoleTooLow))
    ));
    assert!(retire(&directory, founder.device(), founder.identity()).is_err());
    let stranger = DirectoryRecovery::make(&mut rng);
    assert!(appoint(&directory, ann.device(), &stranger, ann.identity()).is_err());
    let again =
        DirectoryRecovery::from_secret(Secret16::from_bytes(*recovery.secret().danger_bytes()));
    let entry = appoint(&directory, ann.device(), &again, ann.identity()).unwrap();
    directory.apply(&entry).unwrap();
    assert_eq!(directory.administrator_count(), 2);
    let entry = retire(&directory, ann.device(), founder.identity()).unwrap();
    directory.apply(&entry).unwrap();
    let made = make_invite(&directory, ann.device(), AccountRole::Member, 0, &mut rng).unwrap();
    directory.apply(&made.entry).unwrap();
    let entry = withdraw_invite(&directory, ann.device(), made.invite).unwrap();
    directory.apply(&entry).unwrap();
    assert!(withdraw_invite(&directory, ann.device(), made.invite).is_err());

    // a snapshot goes on as the directory itself does
    let read = DirectoryState::from_snapshot(&directory.to_snapshot()).unwrap();
    assert_eq!(read.to_snapshot(), directory.to_snapshot());
    let entry = set_account_role(&read, ann.device(), ann.identity(), AccountRole::Admin).unwrap();
    let (mut one, mut two) = (read, directory);
    assert_eq!(one.apply(&entry).unwrap().1, two.apply(&entry).unwrap().1);
}
