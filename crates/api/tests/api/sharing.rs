//! Files that others want too: locks, protection, links.

use crate::files::*;
use crate::support::*;
use strongroom_crypto::sha256;
use strongroom_format::{
    transport::Append,
    vault_payload::{LeaseAction, LinkAction, LinkPayload, VaultPayload},
};
use strongroom_types::*;
use strongroom_wire::*;

#[tokio::test]
async fn locks_are_kept() {
    let s = scene().await;
    let file = s.file(&s.ada, 100).await;
    let own = LeaseId::make(&mut s.world.rng());
    let taken: Appended = s
        .lease(&s.ada, &file, own, LeaseAction::Take, 0)
        .await
        .json();
    let fence = taken.first_index;
    let theirs = LeaseId::make(&mut s.world.rng());
    let locked = ProblemCode::Locked;
    s.lease(&s.bob, &file, theirs, LeaseAction::Take, 0)
        .await
        .refused(locked);
    s.attributes(&s.bob, &file, true, false)
        .await
        .refused(locked);
    let next = Revision {
        revision: RevisionId::make(&mut s.world.rng()),
        ..file
    };
    s.start(&s.bob, &next).await.refused(locked);
    let next = s.next_revision(&s.ada, &file).await;
    s.world
        .append(&s.ada, s.vault, &s.payload(&next, fence - 1))
        .await
        .refused(locked);
    s.world
        .append(&s.ada, s.vault, &s.payload(&next, fence))
        .await
        .ok();
    s.lease(&s.ada, &file, own, LeaseAction::Renew, fence)
        .await
        .ok();
    s.lease(&s.bob, &file, own, LeaseAction::Release, fence)
        .await
        .refused(locked);
    s.lease(&s.bob, &file, own, LeaseAction::Break, fence)
        .await
        .refused(ProblemCode::Forbidden);

    // After it has expired somebody else may take it; the old fence is stale then.
    s.world.clock.advance(60_001);
    let theirs_taken: Appended = s
        .lease(&s.bob, &file, theirs, LeaseAction::Take, 0)
        .await
        .json();
    let stale = Revision {
        revision: RevisionId::make(&mut s.world.rng()),
        ..file
    };
    s.start(&s.ada, &stale).await.refused(locked);
    s.lease(&s.ada, &file, own, LeaseAction::Renew, fence)
        .await
        .refused(locked);
    s.lease(
        &s.ada,
        &file,
        theirs,
        LeaseAction::Break,
        theirs_taken.first_index,
    )
    .await
    .ok();
    let last = s.next_revision(&s.ada, &file).await;
    s.world
        .append(&s.ada, s.vault, &s.payload(&last, fence))
        .await
        .refused(locked);
    s.world
        .append(&s.ada, s.vault, &s.payload(&last, 0))
        .await
        .ok();
}

#[tokio::test]
async fn protected_files_stay() {
    let s = scene().await;
    let file = s.file(&s.ada, 100).await;
    let next = s.next_revision(&s.bob, &file).await;
    s.attributes(&s.ada, &file, false, true).await.ok();
    let locked = ProblemCode::Locked;
    s.attributes(&s.bob, &file, true, true)
        .await
        .refused(locked);
    s.attributes(&s.bob, &file, true, false)
        .await
        .refused(locked);
    s.world
        .append(&s.bob, s.vault, &s.payload(&next, 0))
        .await
        .refused(locked);
    s.attributes(&s.ada, &file, false, false).await.ok();
    s.attributes(&s.ada, &file, true, false).await.ok();
}

#[tokio::test]
async fn links_open_one_revision_for_strangers() {
    let s = scene().await;
    let file = s.file(&s.ada, 100).await;
    let link = LinkId::make(&mut s.world.rng());
    let token = Digest::from_bytes([8; 32]);
    let link_box = vec![6; 700];
    let payload = |action, max_count| {
        let create = action == LinkAction::Create;
        let or_zero = |digest| if create { digest } else { Digest::ZERO };
        VaultPayload::Link(LinkPayload {
            link,
            file: file.file,
            revision: file.revision,
            action,
            expires_ms: if create {
                s.world.clock.now_ms() + 10_000
            } else {
                0
            },
            max_count,
            token_hash: or_zero(sha256(token.as_bytes())),
            box_hash: or_zero(sha256(&link_box)),
            passphrase: false,
        })
    };
    let post = async |person: &Person, payload: &VaultPayload, boxes: Vec<Vec<u8>>| {
        let (state, directory) = s.world.vault(person, s.vault).await;
        let entry = s.world.entry(&state, &directory, person, payload);
        let append = Append {
            entries: vec![entry],
            wraps: Vec::new(),
            link_boxes: boxes,
        };
        s.world.post(person, s.vault, &append).await
    };
    let create = payload(LinkAction::Create, 2);
    post(&s.bob, &create, vec![link_box.clone()])
        .await
        .refused(ProblemCode::Forbidden);
    post(&s.ada, &create, Vec::new())
        .await
        .refused(ProblemCode::Malformed);
    post(&s.ada, &create, vec![vec![1]])
        .await
        .refused(ProblemCode::InvalidEntry);
    post(&s.ada, &create, vec![link_box.clone()]).await.ok();

    let open = async |path: &str, token: Digest| {
        let token = token.to_string();
        s.world
            .send(
                "GET",
                path,
                None,
                &[(LINK_TOKEN_HEADER, &token)],
                Vec::new(),
            )
            .await
    };
    let path = format!("/v1/links/{link}");
    open(&path, Digest::ZERO)
        .await
        .refused(ProblemCode::WrongCredentials);
    let info: LinkInfo = open(&format!("{path}/info"), token).await.json();
    assert_eq!((info.uses_left, info.passphrase), (Some(2), false));
    let view: LinkView = open(&path, token).await.json();
    assert_eq!(
        (view.revision, &view.link_box.0),
        (file.revision, &link_box)
    );
    let content = format!("{path}/content?grant={}", view.grant);
    let answer = s.world.get(&content, None).await.ok();
    assert_eq!(answer.body.len() as u64, file.sealed_length - 56);
    s.world
        .get(&format!("{path}/tree?grant={}", view.grant), None)
        .await
        .ok();
    let wrong = format!("{path}/content?grant={}", Digest::ZERO);
    s.world
        .get(&wrong, None)
        .await
        .refused(ProblemCode::WrongCredentials);
    let other = format!("/v1/links/{}/content?grant={}", LinkId::ZERO, view.grant);
    s.world
        .get(&other, None)
        .await
        .refused(ProblemCode::WrongCredentials);
    open(&path, token).await.ok();
    open(&path, token).await.refused(ProblemCode::Gone);
    let page = s.world.get(&format!("/l/{link}"), None).await.ok();
    assert!(
        String::from_utf8(page.body)
            .unwrap()
            .contains("strongroom link get")
    );

    post(&s.bob, &payload(LinkAction::Revoke, 0), Vec::new())
        .await
        .refused(ProblemCode::Forbidden);
    // What clients would stop on never gets into the log.
    post(&s.ada, &payload(LinkAction::Revoke, 1), Vec::new())
        .await
        .refused(ProblemCode::Malformed);
    let VaultPayload::Link(elsewhere) = payload(LinkAction::Revoke, 0) else {
        panic!("not a link");
    };
    let elsewhere = VaultPayload::Link(LinkPayload {
        revision: RevisionId::ZERO,
        ..elsewhere
    });
    post(&s.ada, &elsewhere, Vec::new())
        .await
        .refused(ProblemCode::InvalidEntry);
    post(&s.ada, &payload(LinkAction::Revoke, 0), Vec::new())
        .await
        .ok();
    post(&s.ada, &create, vec![link_box])
        .await
        .refused(ProblemCode::Conflict);
    s.world
        .get(&content, None)
        .await
        .refused(ProblemCode::WrongCredentials);
}
