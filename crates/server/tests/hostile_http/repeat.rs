//! Idempotency keys: the same write twice is one write.

use crate::{people::Person, wire::Request, world::World};
use strongroom_types::VaultId;
use strongroom_wire::*;

async fn world_with_ada() -> (World, Person, VaultId) {
    let world = World::new().await;
    let ada = world.founder("Ada", world.setup_code()).await;
    let (vault, _) = world.create_vault(&ada).await;
    (world, ada, vault)
}

fn rekeyed(request: &Request, key: &str) -> Request {
    request
        .clone()
        .without("idempotency-key")
        .header("idempotency-key", key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_names_one_request() {
    let (world, ada, vault) = world_with_ada().await;
    let upload = world.seal_file(&ada, vault, &[1; 100]);
    let start = world.start_upload(&ada, vault, &upload);
    let first = world.ask(&start).await.ok();
    world
        .ask(&world.put_part(&ada, vault, &upload, 0))
        .await
        .ok();
    // The stored answer, although a part has come since.
    let again = world.ask(&start).await.ok();
    assert_eq!(first.body, again.body);
    let fresh: UploadView = world.ask(&rekeyed(&start, &world.key())).await.json();
    assert_eq!(fresh.parts_stored, [(0, 1)]);
    // Another body, another path, another method.
    let mismatch = ProblemCode::IdempotencyMismatch;
    let mut other = start.clone();
    other.body.push(b' ');
    world.ask(&other).await.refused(mismatch);
    let key = String::from_utf8(
        start
            .headers
            .iter()
            .find(|(name, _)| name == "idempotency-key")
            .unwrap()
            .1
            .clone(),
    )
    .unwrap();
    let delete = world.write("DELETE", &upload.path(vault), ada.token());
    world.ask(&rekeyed(&delete, &key)).await.refused(mismatch);
    let view: UploadView = world.get(&upload.path(vault), ada.token()).await.json();
    assert_eq!(view.parts_stored, [(0, 1)]);
    // Keys of others are others.
    let bob = world.colleague(&ada, "Bob").await;
    let start = CredentialStart {
        opaque_request: vec![0; 3].into(),
    };
    let request = world.json("POST", "/v1/credentials/start", bob.token(), &start);
    world
        .ask(&rekeyed(&request, &key))
        .await
        .refused(ProblemCode::Malformed);
    // A failure is no answer to keep: the same key may be used for what is right.
    let (_, message) =
        strongroom_crypto::opaque::ClientRegistration::start(b"new", &mut world.rng()).unwrap();
    let start = CredentialStart {
        opaque_request: message.into(),
    };
    let request = world.json("POST", "/v1/credentials/start", bob.token(), &start);
    let one = world.ask(&rekeyed(&request, &key)).await.ok();
    let two = world.ask(&rekeyed(&request, &key)).await.ok();
    assert_eq!(one.body, two.body);
    // After a day they are forgotten.
    world.clock.advance(25 * 3_600 * 1_000);
    world.ask(&rekeyed(&request, &key)).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_write_at_the_same_time_runs_once() {
    let (world, ada, _) = world_with_ada().await;
    let (_, message) =
        strongroom_crypto::opaque::ClientRegistration::start(b"new", &mut world.rng()).unwrap();
    let start = CredentialStart {
        opaque_request: message.into(),
    };
    let request = world.json("POST", "/v1/credentials/start", ada.token(), &start);
    let all = futures::future::join_all((0..16).map(|_| world.ask(&request))).await;
    let bodies: std::collections::BTreeSet<Vec<u8>> =
        all.into_iter().map(|answer| answer.ok().body).collect();
    // Each run would have drawn another credential id.
    assert_eq!(bodies.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_needs_a_key_and_only_one() {
    let (world, ada, vault) = world_with_ada().await;
    let upload = world.seal_file(&ada, vault, &[1; 100]);
    world
        .ask(&world.start_upload(&ada, vault, &upload))
        .await
        .ok();
    let seat = world.seat(&ada, vault).await;
    let mut author = seat.author(&ada);
    let payload = world.record(&seat, &author);
    let append = strongroom_format::transport::Append::of(vec![author.append(&payload)]);
    let rita = "00".repeat(32);
    let quota = serde_json::json!({});
    let token = ada.token();
    for request in [
        world.append_request(&ada, vault, &append),
        world.put_part(&ada, vault, &upload, 0),
        world.put_tree(&ada, vault, &upload),
        world.start_upload(&ada, vault, &upload),
        world.confirm(&ada),
        world.json("PUT", "/v1/quotas/member", token, &quota),
        world.json("PUT", &format!("/v1/accounts/{rita}/quota"), token, &quota),
        world.write("DELETE", &upload.path(vault), token),
        world.write("DELETE", &format!("/v1/accounts/{rita}/sessions"), token),
        world.json("POST", "/v1/signup/start", "", &quota),
        world.json("POST", "/v1/signup/finish", "", &quota),
    ] {
        let bare = request.clone().without("idempotency-key");
        world.ask(&bare).await.refused(ProblemCode::Malformed);
        let key = world.key();
        for keys in [
            vec![key.clone(), key.clone()],
            vec![String::new()],
            vec![key.to_uppercase()],
            vec![format!("{key}0")],
            vec![key[1..].to_owned()],
            vec![format!("{}é", &key[2..])],
            vec![format!("\"{key}\"")],
        ] {
            let mut request = bare.clone();
            for key in keys {
                request = request.header("idempotency-key", key);
            }
            world.ask(&request).await.refused(ProblemCode::Malformed);
        }
    }
    let view: UploadView = world.get(&upload.path(vault), token).await.json();
    assert!(view.parts_stored.is_empty());
    assert_eq!(
        world.seat(&ada, vault).await.entries.len(),
        seat.entries.len()
    );
    world.append(&ada, vault, &append).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_are_idempotent_by_what_they_hold() {
    let (world, ada, vault) = world_with_ada().await;
    let first = world.append_record(&ada, vault).await;
    let one: Appended = world.ask(&first).await.json();
    world.append_record(&ada, vault).await;
    let two: Appended = world.ask(&rekeyed(&first, &world.key())).await.json();
    assert_eq!(one, two);
    // At the same time, many times over: one place.
    let seat = world.seat(&ada, vault).await;
    let mut author = seat.author(&ada);
    let payload = world.record(&seat, &author);
    let append = strongroom_format::transport::Append::of(vec![author.append(&payload)]);
    let requests: Vec<Request> = (0..16)
        .map(|_| world.append_request(&ada, vault, &append))
        .collect();
    let answers = futures::future::join_all(requests.iter().map(|one| world.ask(one))).await;
    let mut placed = Vec::new();
    for answer in answers {
        if answer.success() {
            placed.push(answer.json::<Appended>());
        } else {
            // Its twin was on its way to the disk.
            answer.refused(ProblemCode::Conflict);
        }
    }
    assert!(!placed.is_empty());
    assert!(placed.windows(2).all(|pair| pair[0] == pair[1]));
    let after = world.seat(&ada, vault).await;
    assert_eq!(after.entries.len(), seat.entries.len() + 1);
}
