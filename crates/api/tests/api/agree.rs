//! What the server takes, every client's replay takes: an entry that only the server let in
//! would stop everybody who reads the vault.

use crate::{
    files::{Revision, Scene, scene},
    support::*,
};
use std::collections::BTreeMap;
use strongroom_crypto::sha256;
use strongroom_format::{transport::Append, vault_payload::*};
use strongroom_types::*;

/// Choices that are the same in every run.
struct Choice(u64);

impl Choice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }
}

const STEPS: usize = 400;

/// Anything about two files, sensible or not.
async fn payload(
    s: &Scene,
    person: &Person,
    choice: &mut Choice,
    files: &[Revision],
    fences: &[u64],
) -> Option<VaultPayload> {
    let file = choice.of(files);
    let fence = choice.of(fences);
    Some(match choice.below(9) {
        0..4 => VaultPayload::Lease(LeasePayload {
            file: file.file,
            lease: LeaseId::from_bytes([choice.below(2) as u8; 16]),
            action: choice.of(&[
                LeaseAction::Take,
                LeaseAction::Renew,
                LeaseAction::Release,
                LeaseAction::Break,
            ]),
            expires_ms: s.world.clock.now_ms() + 60_000,
            fence,
        }),
        4..6 => {
            let create = LinkPayload {
                link: LinkId::from_bytes([choice.below(6) as u8; 16]),
                file: file.file,
                revision: choice.of(files).revision,
                action: LinkAction::Create,
                expires_ms: 0,
                max_count: choice.below(2),
                token_hash: Digest::from_bytes([1; 32]),
                box_hash: sha256(&[7; 400]),
                passphrase: false,
            };
            VaultPayload::Link(match choice.below(3) {
                0 => create,
                1 => create.revocation(),
                _ => LinkPayload {
                    action: LinkAction::Revoke,
                    ..create
                },
            })
        }
        6 => VaultPayload::FileAttributes(FileAttributesPayload {
            file: file.file,
            record: file.record,
            version: VersionId::make(&mut s.world.rng()),
            deleted: choice.below(3) == 0,
            protected: choice.below(3) == 0,
            sealed: vec![3; 328],
        }),
        7 => VaultPayload::Erase {
            indexes: vec![choice.below(40)],
        },
        _ => {
            let next = Revision {
                revision: RevisionId::make(&mut s.world.rng()),
                ..file
            };
            if !s.start(person, &next).await.status.is_success() {
                return None;
            }
            s.put_all(person, &next).await;
            s.payload(&next, fence)
        }
    })
}

#[tokio::test]
async fn what_the_server_takes_every_replay_takes() {
    let s = scene().await;
    let files = [s.file(&s.ada, 100).await, s.file(&s.bob, 100).await];
    let (mut state, directory) = s.world.vault(&s.ada, s.vault).await;
    let mut choice = Choice(7);
    let mut fences = vec![0, 0, 3];
    let (mut taken, mut refused) = (BTreeMap::new(), 0);
    for _ in 0..STEPS {
        let person = choice.of(&[&s.ada, &s.bob]);
        if choice.below(5) == 0 {
            s.world.clock.advance(25_000);
        }
        let Some(payload) = payload(&s, person, &mut choice, &files, &fences).await else {
            refused += 1;
            continue;
        };
        let entry = s.world.entry(&state, &directory, person, &payload);
        let creates =
            matches!(&payload, VaultPayload::Link(link) if link.action == LinkAction::Create);
        let append = Append {
            entries: vec![entry.clone()],
            wraps: Vec::new(),
            link_boxes: if creates {
                vec![vec![7; 400]]
            } else {
                Vec::new()
            },
        };
        if !s
            .world
            .post(person, s.vault, &append)
            .await
            .status
            .is_success()
        {
            refused += 1;
            continue;
        }
        *taken.entry(payload.kind()).or_insert(0) += 1;
        // The server took it: a client has to as well.
        s.world.advance(&mut state, &directory, person, &entry);
        if matches!(&payload, VaultPayload::Lease(lease) if lease.action == LeaseAction::Take) {
            fences.push(state.head().unwrap().index);
            fences.drain(..fences.len().saturating_sub(5));
            fences.insert(0, 0);
        }
    }
    // The choices are worth something: enough of each kind got in, and enough did not.
    assert_eq!(taken.len(), 5, "{taken:?}");
    assert!(taken.values().all(|count| *count >= 5), "{taken:?}");
    assert!(refused >= 100, "{refused}");
    // And so does a client that reads it all later, without what was erased since.
    let (fresh, _) = s.world.vault(&s.bob, s.vault).await;
    assert_eq!(fresh.head(), state.head());
    assert_eq!(fresh.withheld().count(), 0);
}
