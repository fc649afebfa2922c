//! Entries at the edge of what is allowed: sizes, forms, times, numbers.

use crate::entries::{next, refused};
use crate::{
    people::Person,
    scene::{Scene, difference},
};
use strongroom_format::{
    entry::UnverifiedEntry,
    transport::Append,
    vault_payload::{LeaseAction, LeasePayload, RecordPayload, VaultPayload},
};
use strongroom_types::{limits::ENTRY_PAYLOAD_MAX_BYTES, *};
use strongroom_vault::{VaultMachine, person};
use strongroom_wire::ProblemCode::*;

#[tokio::test(flavor = "multi_thread")]
async fn requests_have_their_limits_and_one_form() {
    let scene = Scene::new().await;
    let (world, ada) = (&scene.world, &scene.ada);
    let seat = world.seat(ada, scene.vault).await;
    let before = scene.fingerprint().await;
    let chain = |count: usize| {
        let mut author = seat.author(ada);
        let record = VaultPayload::Record(RecordPayload {
            table: "case".to_owned(),
            table_definition_hash: Digest::ZERO,
            record: RecordId::ZERO,
            version: VersionId::ZERO,
            parents: Vec::new(),
            deleted: false,
            clear_fields: vec![0x80],
            sealed: vec![1; 328],
        });
        let entries = (0..count).map(|_| author.append(&record)).collect();
        Append::of(entries)
    };
    refused(&scene, ada, &Append::default(), Malformed, "no entry").await;
    refused(&scene, ada, &chain(257), Malformed, "257 entries").await;
    let (body, _) = next(world, &seat, ada);
    let large = |length| {
        let payload = vec![0; length];
        Append::of(vec![UnverifiedEntry::author(
            body.clone(),
            payload,
            ada.new.device(),
        )])
    };
    let answer = world
        .append(ada, scene.vault, &large(ENTRY_PAYLOAD_MAX_BYTES + 1))
        .await;
    assert!([400, 413].contains(&answer.status), "{}", answer.text());
    answer.problem();

    // The same in other bytes is not the same.
    let path = format!("/v1/vaults/{}/entries", scene.vault);
    let bytes = chain(1).to_bytes();
    assert_eq!(&bytes[..10], b"\x84\x68append/1");
    let mut trailing = bytes.clone();
    trailing.push(0xf6);
    let mut indefinite = bytes.clone();
    indefinite[0] = 0x9f;
    indefinite.push(0xff);
    let mut overlong = vec![0x98, 4];
    overlong.extend_from_slice(&bytes[1..]);
    let mut label = bytes.clone();
    label[9] = b'2';
    let mut tagged = vec![0xd9, 0xd9, 0xf7];
    tagged.extend_from_slice(&bytes);
    for (what, bytes) in [
        ("trailing bytes", trailing),
        ("an array without a length", indefinite),
        ("an overlong length", overlong),
        ("another version", label),
        ("a tag", tagged),
        ("half of it", bytes[..bytes.len() / 2].to_vec()),
        ("nothing", Vec::new()),
        (
            "a huge array",
            b"\x84\x68append/1\x9b\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        ),
        (
            "huge bytes",
            b"\x84\x68append/1\x81\x83\x5b\x7f\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        ),
        ("deep arrays", vec![0x81; 1 << 20]),
        ("deep maps", vec![0xa1; 1 << 20]),
        ("deep tags", vec![0xc1; 1 << 20]),
    ] {
        let answer = world.ask(&world.cbor(&path, ada.token(), bytes)).await;
        assert_eq!(
            answer.problem().code,
            Malformed,
            "{what}: {}",
            answer.text()
        );
    }

    // What belongs to other logs, or to operations of their own.
    let genesis = VaultMachine::create_vault(
        strongroom_format::vault_payload::VaultKind::Shared,
        "Other",
        &seat.directory,
        ada.new.device(),
        &mut world.rng(),
    )
    .unwrap()
    .1;
    refused(&scene, ada, &genesis, Malformed, "a vault within a vault").await;
    let half = Append::of(vec![genesis.entries[0].clone()]);
    let answer = world
        .ask(&world.cbor("/v1/vaults", ada.token(), half.to_bytes()))
        .await;
    answer.refused(Malformed);
    let retire = person::retire(&seat.directory, ada.new.device(), scene.carol.identity()).unwrap();
    let retire = Append::of(vec![retire]);
    let answer = world.append(ada, scene.vault, &retire).await;
    assert!([400, 409].contains(&answer.status), "{}", answer.text());
    answer.problem();
    let directory = "/v1/directory/entries";
    for append in [chain(1), genesis] {
        let answer = world
            .ask(&world.cbor(directory, ada.token(), append.to_bytes()))
            .await;
        answer.refused(Malformed);
    }
    let invite = person::make_invite(
        &seat.directory,
        ada.new.device(),
        AccountRole::Admin,
        world.clock.now_ms() + 1_000,
        &mut world.rng(),
    )
    .unwrap();
    let body = Append::of(vec![invite.entry]).to_bytes();
    let answer = world.ask(&world.cbor(directory, ada.token(), body)).await;
    answer.refused(Malformed);
    // A member's own word does not make it an administrator.
    let role = strongroom_format::directory::DirectoryPayload::AccountRole {
        identity: scene.bob.identity(),
        account_role: AccountRole::Admin,
    };
    let mut author =
        strongroom_vault::DirectoryAuthor::new(&seat.directory, scene.bob.new.device()).unwrap();
    let body = Append::of(vec![author.append(&role)]).to_bytes();
    let request = world.cbor(directory, scene.bob.token(), body);
    world.ask(&request).await.refused(Forbidden);

    let changes = difference(&before, &scene.fingerprint().await);
    assert!(changes.is_empty(), "{changes:#?}");
    world.append(ada, scene.vault, &chain(256)).await.ok();
    scene.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_bind_everybody_and_numbers_have_ends() {
    let scene = Scene::new().await;
    let (world, vault) = (&scene.world, scene.vault);
    let now_ms = world.clock.now_ms();
    let lease = |file, action, expires_ms, fence| {
        VaultPayload::Lease(LeasePayload {
            file,
            lease: LeaseId::from_bytes([4; 16]),
            action,
            expires_ms,
            fence,
        })
    };
    let file = scene.file.new.file;
    let send = async |person: &Person, payload: VaultPayload| {
        let seat = world.seat(person, vault).await;
        let entry = seat.author(person).append(&payload);
        world.append(person, vault, &Append::of(vec![entry])).await
    };
    for (expires_ms, fence) in [
        (0, 0),
        (now_ms, 0),
        (u64::MAX, 0),
        (i64::MAX as u64 + 1, 0),
        (now_ms + 86_400_001, 0),
        (now_ms + 1_000, u64::MAX),
    ] {
        let answer = send(
            &scene.bob,
            lease(file, LeaseAction::Take, expires_ms, fence),
        )
        .await;
        assert!(
            [400, 409].contains(&answer.status),
            "{expires_ms}: {}",
            answer.text()
        );
        answer.problem();
    }
    let nowhere = FileId::from_bytes([9; 16]);
    send(
        &scene.bob,
        lease(nowhere, LeaseAction::Take, now_ms + 1_000, 0),
    )
    .await
    .refused(NotFound);
    send(
        &scene.bob,
        lease(file, LeaseAction::Take, now_ms + 60_000, 0),
    )
    .await
    .ok();
    // Ada's next revision has to wait, at the upload already.
    let mut next = world.seal_file(&scene.ada, vault, &[9; 100]);
    next.new.file = file;
    let start = world.start_upload(&scene.ada, vault, &next);
    world.ask(&start).await.refused(Locked);
    send(
        &scene.rex,
        lease(file, LeaseAction::Take, now_ms + 1_000, 0),
    )
    .await
    .refused(Forbidden);
    let erase = |indexes| VaultPayload::Erase { indexes };
    for indexes in [
        vec![],
        vec![u64::MAX],
        vec![0],
        vec![5, 5],
        vec![6, 5],
        (0..1_001).collect::<Vec<u64>>(),
    ] {
        let answer = send(&scene.ada, erase(indexes.clone())).await;
        assert!(
            (400..500).contains(&answer.status),
            "{indexes:?}: {}",
            answer.text()
        );
        answer.problem();
    }
    scene.verify().await;
    world.assert_ready().await;
}
