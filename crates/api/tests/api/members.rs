//! Who may write: members, roles, new keys, lonely and personal vaults.

use crate::support::*;
use strongroom_format::{
    directory::DirectoryPayload,
    transport::{Append, Wraps},
    vault_payload::{VaultKind, VaultPayload},
};
use strongroom_types::*;
use strongroom_wire::*;

#[tokio::test]
async fn members_roles_and_new_keys() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    let eve = world.colleague(&ada, "Eve").await;
    let vault = world.create_vault(&ada).await;
    let path = format!("/v1/vaults/{vault}/entries");
    world
        .get(&path, bob.token())
        .await
        .refused(ProblemCode::NotFound);
    world.add_member(&ada, vault, &bob, Role::Reader).await.ok();
    world.get(&path, bob.token()).await.ok();
    let wraps = format!("/v1/vaults/{vault}/wraps/1");
    let own = Wraps::from_bytes(&world.get(&wraps, bob.token()).await.ok().body).unwrap();
    assert_eq!((own.own.is_some(), own.carrier_index), (true, 3));
    world
        .append(&bob, vault, &world.record())
        .await
        .refused(ProblemCode::Forbidden);
    world
        .add_member(&bob, vault, &eve, Role::Reader)
        .await
        .refused(ProblemCode::Forbidden);
    let promote = VaultPayload::Role {
        identity: bob.identity_id(),
        role: Role::Writer,
    };
    world.append(&ada, vault, &promote).await.ok();
    world.append(&bob, vault, &world.record()).await.ok();

    // Wraps: missing, of the wrong hash, for the wrong people.
    let (state, directory) = world.vault(&ada, vault).await;
    let stay = [ada.identity_id()];
    let (renewal, wraps_for) = world.renewal(&state, &directory, &stay);
    let payload = VaultPayload::Remove {
        identity: bob.identity_id(),
        renewal: renewal.clone(),
    };
    let entry = world.entry(&state, &directory, &ada, &payload);
    let request = |wraps| Append {
        entries: vec![entry.clone()],
        wraps,
        link_boxes: Vec::new(),
    };
    let invalid = ProblemCode::InvalidEntry;
    world
        .post(&ada, vault, &request(Vec::new()))
        .await
        .refused(invalid);
    let mut changed = wraps_for.clone();
    changed[0].wrap[0] ^= 1;
    world
        .post(&ada, vault, &request(changed))
        .await
        .refused(invalid);
    let everyone = [ada.identity_id(), bob.identity_id()];
    let (too_many, too_many_wraps) = world.renewal(&state, &directory, &everyone);
    let kept = VaultPayload::Remove {
        identity: bob.identity_id(),
        renewal: too_many,
    };
    let kept = world.entry(&state, &directory, &ada, &kept);
    let kept = Append {
        entries: vec![kept],
        wraps: too_many_wraps,
        link_boxes: Vec::new(),
    };
    world.post(&ada, vault, &kept).await.refused(invalid);
    world.post(&ada, vault, &request(wraps_for)).await.ok();
    world
        .get(&path, bob.token())
        .await
        .refused(ProblemCode::NotFound);
    world
        .get(&wraps, bob.token())
        .await
        .refused(ProblemCode::NotFound);
    let list: VaultList = world.get("/v1/vaults", bob.token()).await.json();
    assert!(list.vaults.is_empty());

    // Whoever leaves, leaves a vault that waits for new keys.
    world.add_member(&ada, vault, &eve, Role::Writer).await.ok();
    world
        .append(
            &eve,
            vault,
            &VaultPayload::Leave {
                identity: eve.identity_id(),
            },
        )
        .await
        .ok();
    world
        .append(&ada, vault, &world.record())
        .await
        .refused(ProblemCode::RekeyRequired);
    let list: VaultList = world.get("/v1/vaults", ada.token()).await.json();
    assert!(list.vaults[0].rekey_required);
    let (state, directory) = world.vault(&ada, vault).await;
    let (renewal, wraps) = world.renewal(&state, &directory, &stay);
    let entry = world.entry(&state, &directory, &ada, &VaultPayload::Epoch(renewal));
    let request = Append {
        entries: vec![entry],
        wraps,
        link_boxes: Vec::new(),
    };
    world.post(&ada, vault, &request).await.ok();
    world.append(&ada, vault, &world.record()).await.ok();
}

#[tokio::test]
async fn a_retired_member_makes_new_keys_necessary() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    let vault = world.create_vault(&ada).await;
    world.add_member(&ada, vault, &bob, Role::Writer).await.ok();
    let payload = DirectoryPayload::Retire {
        identity: bob.identity_id(),
    };
    world.directory_append(&ada, payload).await.ok();
    world
        .append(&ada, vault, &world.record())
        .await
        .refused(ProblemCode::RekeyRequired);
    let (state, directory) = world.vault(&ada, vault).await;
    let (renewal, wraps) = world.renewal(&state, &directory, &[ada.identity_id()]);
    let entry = world.entry(&state, &directory, &ada, &VaultPayload::Epoch(renewal));
    let request = Append {
        entries: vec![entry],
        wraps,
        link_boxes: Vec::new(),
    };
    world.post(&ada, vault, &request).await.ok();
    world.append(&ada, vault, &world.record()).await.ok();
}

#[tokio::test]
async fn a_lonely_vault_takes_no_data_before_the_kit_is_proven() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let mut bob = world.stranger("Bob");
    let invitation = world.invite(&ada, AccountRole::Member).await;
    let entry = world.join_entry(&ada, &bob, &invitation).await;
    bob.session = Some(world.signup(&bob, invitation.proof(), &entry).await.json());
    let vault = world.create_vault(&bob).await;
    world
        .append(&bob, vault, &world.record())
        .await
        .refused(ProblemCode::Forbidden);
    let wrong = RecoveryConfirm { auth: Digest::ZERO };
    world
        .json("POST", "/v1/account/recovery-confirm", bob.token(), &wrong)
        .await
        .refused(ProblemCode::WrongCredentials);
    world.confirm(&bob).await;
    world.append(&bob, vault, &world.record()).await.ok();
}

#[tokio::test]
async fn a_personal_vault_stays_personal() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    let body = world.new_vault(&ada, VaultKind::Personal).await;
    let made: Appended = world.cbor("/v1/vaults", ada.token(), body).await.json();
    let vault = made.log.parse().unwrap();
    world.append(&ada, vault, &world.record()).await.ok();
    world
        .add_member(&ada, vault, &bob, Role::Reader)
        .await
        .refused(ProblemCode::InvalidEntry);
}
