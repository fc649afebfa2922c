//! The renewal of an identity's key at the server.

use crate::support::*;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_format::context::{self, RenewalContext};
use strongroom_format::directory::{DirectoryPayload, DirectoryState, IdentityRenewal, NewWrap};
use strongroom_format::signing::{SignatureKind, Signatures, wrap_key_hash};
use strongroom_format::transport::Append;
use strongroom_wire::*;

/// The next key of a person, signed for by `old`.
fn renewal(
    world: &World,
    directory: &DirectoryState,
    person: &Person,
    old: &SignSecret,
    new: &SignSecret,
) -> DirectoryPayload {
    let (tenant, identity) = (person.tenant(), person.identity_id());
    let known = directory.identity(identity).unwrap();
    let head = directory.head().unwrap();
    let wrap = WrapSecret::make(&mut world.rng());
    let wrap_public = wrap.public().as_bytes().to_vec();
    let generation = known.wrap_generations.last().unwrap().generation + 1;
    let public = new.public().to_bytes();
    let stay = [person.device_id()];
    let context = context::identity_renewal(&RenewalContext {
        tenant,
        identity,
        old_key_hash: known.public.key_hash(),
        new_public: &public,
        generation,
        wrap_key_hash: wrap_key_hash(&wrap_public),
        stay: &stay,
        renewed_ms: 7,
        directory_index: head.index,
        directory_hash: head.hash,
    });
    let wrap_context =
        context::wrap_generation(tenant, identity, generation, wrap_key_hash(&wrap_public));
    let device_context = context::device(tenant, identity, stay[0]);
    DirectoryPayload::IdentityRenewal(Box::new(IdentityRenewal {
        identity,
        public,
        wrap: NewWrap {
            generation,
            public: wrap_public.into(),
            signatures: Signatures::both(new, SignatureKind::WrapGeneration, &wrap_context),
        },
        stay: vec![(
            stay[0],
            Signatures::both(new, SignatureKind::Device, &device_context),
        )],
        renewed_ms: 7,
        old_signatures: Signatures::both(old, SignatureKind::RenewalOldKey, &context),
        new_signatures: Signatures::both(new, SignatureKind::RenewalNewKey, &context),
    }))
}

#[tokio::test]
async fn a_renewal_ends_all_other_sessions_and_is_taken_once() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    let other: SessionCreated = world.login("Bob", PASSPHRASE, false).await.json();
    let other = Some(other.session_token.as_str());
    world.get("/v1/account", other).await.ok();

    let directory = world.directory(&bob).await;
    let new = SignSecret::make(&mut world.rng());
    let stranger = SignSecret::make(&mut world.rng());
    let forged = renewal(&world, &directory, &bob, &stranger, &new);
    world
        .directory_append(&bob, forged)
        .await
        .refused(ProblemCode::InvalidEntry);
    world.get("/v1/account", other).await.ok();
    let foreign = renewal(&world, &directory, &bob, &bob.identity, &new);
    world
        .directory_append(&ada, foreign)
        .await
        .refused(ProblemCode::Forbidden);

    let right = renewal(&world, &directory, &bob, &bob.identity, &new);
    let entry = world.directory_entry_at(&directory, &bob, &right);
    let body = Append::of(vec![entry]).to_bytes();
    let path = "/v1/directory/entries";
    let first: Appended = world.cbor(path, bob.token(), body.clone()).await.json();
    let again: Appended = world.cbor(path, bob.token(), body).await.json();
    assert_eq!(first.first_index, again.first_index);
    world
        .get("/v1/account", other)
        .await
        .refused(ProblemCode::Unauthenticated);
    world.get("/v1/account", bob.token()).await.ok();
    world.get("/v1/account", ada.token()).await.ok();
    let directory = world.directory(&ada).await;
    let known = directory.identity(bob.identity_id()).unwrap();
    assert!(*known.public == *new.public());

    // The former key renews nothing.
    let late = renewal(&world, &directory, &bob, &bob.identity, &stranger);
    world
        .directory_append(&bob, late)
        .await
        .refused(ProblemCode::InvalidEntry);
}

#[tokio::test]
async fn renewals_in_a_row_have_to_wait() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let mut key = SignSecret::from_seed(&ada.identity.danger_seed());
    for _ in 0..5 {
        let directory = world.directory(&ada).await;
        let next = SignSecret::make(&mut world.rng());
        let payload = renewal(&world, &directory, &ada, &key, &next);
        world.directory_append(&ada, payload).await.ok();
        key = next;
    }
    let directory = world.directory(&ada).await;
    let next = SignSecret::make(&mut world.rng());
    let payload = renewal(&world, &directory, &ada, &key, &next);
    let refused = world.directory_append(&ada, payload.clone()).await;
    refused.refused(ProblemCode::TooManyRequests);
    world.clock.advance(3_600_000);
    world.directory_append(&ada, payload).await.ok();
}

/// A recovery session sets things right for its owner's devices, and does not change who they are.
#[tokio::test]
async fn a_recovery_session_does_not_renew() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let directory = world.directory(&ada).await;
    let new = SignSecret::make(&mut world.rng());
    let payload = renewal(&world, &directory, &ada, &ada.identity, &new);
    let recover = Recover {
        name: "Ada".to_owned(),
        tenant: None,
        auth: recover_auth(&ada),
        device_name: "new laptop".to_owned(),
    };
    let session: SessionCreated = world
        .json("POST", "/v1/recover", None, &recover)
        .await
        .json();
    let entry = world.directory_entry_at(&directory, &ada, &payload);
    let body = Append::of(vec![entry]).to_bytes();
    world
        .cbor("/v1/directory/entries", Some(&session.session_token), body)
        .await
        .refused(ProblemCode::Forbidden);
}
