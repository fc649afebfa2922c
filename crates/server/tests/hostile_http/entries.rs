//! Entries that are signed, and wrong.

use crate::{
    people::{Person, Seat},
    scene::{Scene, difference},
    world::World,
};
use strongroom_crypto::sign::SignSecret;
use strongroom_format::{
    entry::{EntryBody, UnverifiedEntry},
    signing::Signatures,
    transport::{Append, WrapFor},
    vault_payload::VaultPayload,
};
use strongroom_types::*;
use strongroom_wire::ProblemCode::{self, *};

/// The entry that its author would write next, and its payload.
pub fn next(world: &World, seat: &Seat, author: &Person) -> (EntryBody, Vec<u8>) {
    let mut writer = seat.author(author);
    let payload = world.record(seat, &writer);
    let entry = writer.append(&payload);
    (entry.body().clone(), entry.payload().unwrap().to_vec())
}

pub async fn refused(
    scene: &Scene,
    sender: &Person,
    append: &Append,
    code: ProblemCode,
    what: &str,
) {
    let answer = scene.world.append(sender, scene.vault, append).await;
    let problem = answer.problem();
    assert_eq!(problem.code, code, "{what}: {}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_entry_stands_where_it_does_not_belong() {
    let scene = Scene::new().await;
    let (world, ada) = (&scene.world, &scene.ada);
    let seat = world.seat(ada, scene.vault).await;
    let before = scene.fingerprint().await;
    let (body, payload) = next(world, &seat, ada);
    let elsewhere = Digest::from_bytes([5; 32]);
    let stranger = SignSecret::make(&mut world.rng());
    let at = |change: &dyn Fn(&mut EntryBody)| {
        let mut changed = body.clone();
        change(&mut changed);
        UnverifiedEntry::author(changed, payload.clone(), ada.new.device())
    };
    type Change<'a> = &'a dyn Fn(&mut EntryBody);
    let cases: &[(&str, ProblemCode, Change<'_>)] = &[
        ("a place not yet reached", InvalidEntry, &|b| {
            b.seen_index += 1
        }),
        ("the end of time", InvalidEntry, &|b| {
            b.seen_index = u64::MAX
        }),
        ("another history", InvalidEntry, &|b| {
            b.seen_hash = elsewhere
        }),
        ("another beginning", InvalidEntry, &|b| b.seen_index = 0),
        ("an epoch to come", StaleControl, &|b| b.epoch = Epoch(2)),
        ("an epoch gone by", StaleControl, &|b| b.epoch = Epoch(0)),
        ("the last epoch", StaleControl, &|b| {
            b.epoch = Epoch(u64::MAX)
        }),
        ("another control chain", StaleControl, &|b| {
            b.control_hash = elsewhere;
        }),
        ("its own place again", Conflict, &|b| b.device_seq -= 1),
        ("a gap", Conflict, &|b| b.device_seq += 1),
        ("place zero", Conflict, &|b| b.device_seq = 0),
        ("the last place", Conflict, &|b| b.device_seq = u64::MAX),
        ("another predecessor", Conflict, &|b| {
            b.previous_own_entry = elsewhere;
        }),
        ("an older directory", Conflict, &|b| b.directory_index = 0),
        ("a directory to come", Conflict, &|b| b.directory_index += 1),
        ("the last directory", Conflict, &|b| {
            b.directory_index = u64::MAX;
        }),
        ("another directory", InvalidEntry, &|b| {
            b.directory_hash = elsewhere
        }),
        ("another vault", InvalidEntry, &|b| {
            b.vault = VaultId::from_bytes([5; 32]);
        }),
        ("another tenant", InvalidEntry, &|b| {
            b.tenant = TenantId::from_bytes([5; 32]);
        }),
        ("somebody else's device", Forbidden, &|b| {
            b.device = scene.bob.new.device_id();
        }),
        ("a device of nobody", InvalidEntry, &|b| {
            b.device = DeviceId::from_bytes([5; 32]);
        }),
    ];
    for (what, code, change) in cases {
        let append = Append::of(vec![at(change)]);
        refused(&scene, ada, &append, *code, what).await;
    }

    let good = at(&|_| {});
    let by_stranger = UnverifiedEntry::author(body.clone(), payload.clone(), &stranger);
    refused(
        &scene,
        ada,
        &Append::of(vec![by_stranger]),
        InvalidEntry,
        "a forged signature",
    )
    .await;
    let other_payload =
        UnverifiedEntry::from_parts(good.body_bytes(), good.signatures_bytes(), Some(b"x"))
            .unwrap();
    refused(
        &scene,
        ada,
        &Append::of(vec![other_payload]),
        InvalidEntry,
        "another payload",
    )
    .await;
    let none =
        UnverifiedEntry::from_parts(good.body_bytes(), good.signatures_bytes(), None).unwrap();
    refused(
        &scene,
        ada,
        &Append::of(vec![none]),
        Malformed,
        "no payload",
    )
    .await;
    let bobs = scene.world.seat(&scene.bob, scene.vault).await;
    let (bobs_body, bobs_payload) = next(world, &bobs, &scene.bob);
    let bobs = UnverifiedEntry::author(bobs_body, bobs_payload, scene.bob.new.device());
    refused(
        &scene,
        ada,
        &Append::of(vec![bobs.clone()]),
        Forbidden,
        "sent by another",
    )
    .await;
    refused(
        &scene,
        &scene.carol,
        &Append::of(vec![bobs]),
        Forbidden,
        "sent by no member",
    )
    .await;

    // A reader's own record, well signed.
    let rex = world.seat(&scene.rex, scene.vault).await;
    let mut author = rex.author(&scene.rex);
    let record = world.record(&rex, &author);
    let append = Append::of(vec![author.append(&record)]);
    refused(&scene, &scene.rex, &append, Forbidden, "a reader writes").await;

    // Good entries do not carry bad ones in.
    let mut writer = seat.author(ada);
    let record = world.record(&seat, &writer);
    let first = writer.append(&record);
    let after = |gap| {
        let mut body = writer.append_body(&seat, ada);
        body.device_seq += gap;
        UnverifiedEntry::author(body, payload.clone(), ada.new.device())
    };
    let append = Append::of(vec![first.clone(), after(1)]);
    refused(&scene, ada, &append, Conflict, "all or nothing").await;
    let append = Append::of(vec![first.clone(), first.clone()]);
    refused(&scene, ada, &append, Conflict, "twice in one request").await;

    let changes = difference(&before, &scene.fingerprint().await);
    assert!(changes.is_empty(), "{changes:#?}");
    // The one that belongs there takes its place.
    world
        .append(ada, scene.vault, &Append::of(vec![first, after(0)]))
        .await
        .ok();
    scene.verify().await;
}

trait AppendBody {
    fn append_body(&self, seat: &Seat, person: &Person) -> EntryBody;
}

impl AppendBody for strongroom_vault::Author<'_> {
    /// The body of a further entry, without moving on.
    fn append_body(&self, seat: &Seat, person: &Person) -> EntryBody {
        let tip = self.tip().unwrap();
        let (seen, directory_hash) = self.seen();
        let place = self.place();
        EntryBody {
            tenant: place.tenant,
            vault: place.vault,
            epoch: place.epoch,
            kind: strongroom_format::entry::Kind::Record,
            device: person.new.device_id(),
            device_seq: tip.device_seq + 1,
            previous_own_entry: tip.body_hash,
            seen_index: seen.index,
            seen_hash: seen.hash,
            directory_index: seat.directory.head().unwrap().index,
            directory_hash,
            control_hash: self.control_hash(),
            payload_hash: Digest::ZERO,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_travels_beside_an_entry_has_to_belong_to_it() {
    let scene = Scene::new().await;
    let (world, ada) = (&scene.world, &scene.ada);
    let seat = world.seat(ada, scene.vault).await;
    let before = scene.fingerprint().await;
    let (body, payload) = next(world, &seat, ada);
    let good = UnverifiedEntry::author(body.clone(), payload.clone(), ada.new.device());
    let wrap = |identity: IdentityId, length: usize| WrapFor {
        identity,
        generation: 1,
        wrap: vec![3; length],
    };
    let with = |wraps: Vec<WrapFor>, link_boxes: Vec<Vec<u8>>| Append {
        entries: vec![good.clone()],
        wraps,
        link_boxes,
    };
    let append = with(vec![wrap(ada.identity(), 1168)], Vec::new());
    refused(&scene, ada, &append, Malformed, "wraps for nobody").await;
    let append = with(Vec::new(), vec![vec![1; 100]]);
    refused(&scene, ada, &append, Malformed, "a link box for nothing").await;
    let append = with(Vec::new(), vec![vec![1; 100], vec![2; 100]]);
    refused(&scene, ada, &append, Malformed, "more boxes than entries").await;
    let append = with(
        (0..5_001).map(|_| wrap(ada.identity(), 1)).collect(),
        Vec::new(),
    );
    refused(&scene, ada, &append, Malformed, "5,001 wraps").await;

    // New keys for all who stay: not for one less, one more, another order or another wrap.
    let renewal = seat
        .machine
        .renew_keys(&seat.directory, ada.new.device(), &mut world.rng())
        .unwrap();
    let good_wraps = renewal.wraps.clone();
    assert_eq!(good_wraps.len(), 3);
    let mut changes: Vec<(&str, Vec<WrapFor>)> = vec![
        ("no wraps", Vec::new()),
        ("one less", good_wraps[1..].to_vec()),
        ("reversed", good_wraps.iter().rev().cloned().collect()),
        (
            "twice",
            good_wraps.iter().chain(&good_wraps).cloned().collect(),
        ),
    ];
    let mut more = good_wraps.clone();
    more.push(wrap(scene.carol.identity(), 1168));
    more.sort_by_key(|wrap| wrap.identity);
    changes.push(("one more", more));
    let mut swapped = good_wraps.clone();
    swapped[0].wrap[0] ^= 1;
    changes.push(("another wrap", swapped));
    let mut generation = good_wraps.clone();
    generation[0].generation = u64::MAX;
    changes.push(("another generation", generation));
    for (what, wraps) in changes {
        let append = Append {
            wraps,
            ..renewal.clone()
        };
        let unsorted = ["reversed", "twice"].contains(&what);
        let code = if unsorted { Malformed } else { InvalidEntry };
        refused(&scene, ada, &append, code, what).await;
    }
    let mut short = good_wraps.clone();
    short[0].wrap.pop();
    let append = Append {
        wraps: short,
        ..renewal.clone()
    };
    refused(&scene, ada, &append, Malformed, "a short wrap").await;
    // A writer makes no keys, and nobody lets in whom the directory does not know.
    let bobs = world.seat(&scene.bob, scene.vault).await;
    let payload = VaultPayload::Member {
        identity: scene.carol.identity(),
        role: Role::Owner,
        generation: 1,
        wrap_hash: Digest::ZERO,
    };
    let append = Append {
        entries: vec![bobs.author(&scene.bob).append(&payload)],
        wraps: vec![wrap(scene.carol.identity(), 1168)],
        link_boxes: Vec::new(),
    };
    refused(&scene, &scene.bob, &append, Forbidden, "a writer invites").await;
    let one = wrap(scene.olga.identity(), 1168);
    let payload = VaultPayload::Member {
        identity: scene.olga.identity(),
        role: Role::Reader,
        generation: 1,
        wrap_hash: strongroom_crypto::sha256(&one.wrap),
    };
    let append = Append {
        entries: vec![seat.author(ada).append(&payload)],
        wraps: vec![one],
        link_boxes: Vec::new(),
    };
    refused(
        &scene,
        ada,
        &append,
        InvalidEntry,
        "somebody of another tenant",
    )
    .await;

    let changes = difference(&before, &scene.fingerprint().await);
    assert!(changes.is_empty(), "{changes:#?}");
    scene.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_signed_control_entry_is_none() {
    let scene = Scene::new().await;
    let (world, ada) = (&scene.world, &scene.ada);
    let seat = world.seat(ada, scene.vault).await;
    let role = seat
        .machine
        .set_role(
            scene.bob.identity(),
            Role::Reader,
            &seat.directory,
            ada.new.device(),
        )
        .unwrap();
    let entry = &role.entries[0];
    let single = Signatures::single(
        ada.new.device(),
        strongroom_format::signing::SignatureKind::Entry,
        entry.body_bytes(),
    );
    let half = UnverifiedEntry::from_parts(entry.body_bytes(), &single.to_bytes(), entry.payload())
        .unwrap();
    refused(
        &scene,
        ada,
        &Append::of(vec![half]),
        InvalidEntry,
        "one signature of two",
    )
    .await;
    world.append(ada, scene.vault, &role).await.ok();
    scene.verify().await;
}
