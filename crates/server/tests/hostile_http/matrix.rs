//! Every operation of the document, sent well-formed by everybody who has no business with it.

use crate::{
    scene::{Operation, Scene, difference},
    wire::{Answer, Request},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use strongroom_types::{Digest, VaultId};
use strongroom_wire::ProblemCode;

/// What the document says of an operation.
#[derive(Clone, Debug, Default)]
struct Said {
    session: bool,
    invite: bool,
    administration: bool,
}

impl Said {
    fn guarded(&self) -> bool {
        self.session || self.invite
    }
}

async fn document(scene: &Scene) -> BTreeMap<(String, String), Said> {
    let request = Request::new("GET", "/v1/openapi.json");
    let document: Value = scene.world.ask(&request).await.json();
    let mut all = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let mut said = Said {
                administration: operation["tags"][0] == "administration",
                ..Said::default()
            };
            for one in operation["security"].as_array().into_iter().flatten() {
                said.session |= one.get("session").is_some();
                said.invite |= one.get("invite").is_some();
            }
            all.insert((method.to_uppercase(), path.clone()), said);
        }
    }
    assert!(all.len() > 40, "the document lost its operations");
    all
}

const RECOVERY_MAY: [(&str, &str); 7] = [
    ("GET", "/v1/wallet"),
    ("PUT", "/v1/wallet"),
    ("POST", "/v1/credentials/start"),
    ("POST", "/v1/credentials/finish"),
    ("GET", "/v1/directory/entries"),
    ("POST", "/v1/directory/entries"),
    ("POST", "/v1/logout"),
];

/// With a key of its own: it must not meet the stored answer of the owner.
fn as_sent_by(scene: &Scene, operation: &Operation, token: &str) -> Request {
    let request = operation.request.clone().without("idempotency-key");
    let request = request.header("idempotency-key", scene.world.key());
    request.bearer(token)
}

async fn sent_by(scene: &Scene, operation: &Operation, token: &str) -> Answer {
    let request = as_sent_by(scene, operation, token);
    scene.world.ask(&request).await
}

fn line(operation: &Operation, answer: &Answer) -> String {
    let (method, target) = (operation.method, &operation.request.target);
    format!("{method} {target}: {} {}", answer.status, answer.text())
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_told_the_right_no() {
    let scene = Scene::new().await;
    let said = document(&scene).await;
    let known: BTreeSet<(String, String)> = scene
        .operations
        .iter()
        .map(|operation| (operation.method.to_owned(), operation.pattern.to_owned()))
        .collect();
    let documented: BTreeSet<_> = said.keys().cloned().collect();
    assert_eq!(
        known, documented,
        "operations without a test, or without a word"
    );

    let before = scene.fingerprint().await;
    for operation in &scene.operations {
        let said = &said[&(operation.method.to_owned(), operation.pattern.to_owned())];
        strangers(&scene, operation, said).await;
        if !said.session {
            continue;
        }
        recovery(&scene, operation).await;
        members(&scene, operation, said).await;
        outsiders(&scene, operation).await;
    }
    let after = scene.fingerprint().await;
    let changes = difference(&before, &after);
    let own = |line: &&String| !line.starts_with("Olga");
    let changes: Vec<_> = changes.iter().filter(own).collect();
    assert!(changes.is_empty(), "{changes:#?}");
    scene.verify().await;
    scene.world.assert_ready().await;
}

/// No session, none that ever was, none that still is, and none that fits.
async fn strangers(scene: &Scene, operation: &Operation, said: &Said) {
    let garbage = Digest::from_bytes([9; 32]).to_string();
    let upper = scene.ada.token().to_uppercase();
    let auths: [Option<Vec<u8>>; 9] = [
        None,
        Some(format!("Bearer {garbage}").into()),
        Some(format!("Bearer {}", scene.rita.token()).into()),
        Some(format!("Bearer {upper}").into()),
        Some(format!("Bearer {}0", scene.ada.token()).into()),
        Some(format!("Basic {}", scene.ada.token()).into()),
        Some(format!("Invite {}", scene.ada.token()).into()),
        Some(b"Bearer \xff\xfe".to_vec()),
        Some(scene.ada.token().into()),
    ];
    for auth in auths {
        let mut request = operation.request.clone().without("authorization");
        if let Some(auth) = &auth {
            request = request.header("authorization", auth);
        }
        let answer = scene.world.ask(&request).await;
        let line = line(operation, &answer);
        assert!(answer.status < 500, "{line}");
        if said.guarded() {
            assert_eq!(answer.status, 401, "{line}");
            answer.refused(ProblemCode::Unauthenticated);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{line}");
        }
    }
    if said.guarded() {
        // Two of them are none.
        let one = format!("Bearer {}", scene.ada.token());
        let request = operation.request.clone().without("authorization");
        let request = request
            .header("authorization", &one)
            .header("authorization", &one);
        scene
            .world
            .ask(&request)
            .await
            .refused(ProblemCode::Unauthenticated);
    }
}

async fn recovery(scene: &Scene, operation: &Operation) {
    if operation.pattern == "/v1/logout" {
        return;
    }
    let request = as_sent_by(scene, operation, &scene.recovery_token);
    let answer = scene.world.ask(&request).await;
    let line = line(operation, &answer);
    if RECOVERY_MAY.contains(&(operation.method, operation.pattern)) {
        assert!(answer.status < 500 && answer.status != 401, "{line}");
        if operation.pattern == "/v1/directory/entries" && operation.method == "POST" {
            answer.refused(ProblemCode::Forbidden);
        }
    } else {
        assert_eq!(answer.status, 403, "{line}");
        answer.refused(ProblemCode::Forbidden);
    }
}

/// Members of the tenant and of the vault, with less right than it takes.
async fn members(scene: &Scene, operation: &Operation, said: &Said) {
    let pattern = operation.pattern;
    if said.administration {
        for person in [&scene.bob, &scene.carol, &scene.rex] {
            let answer = sent_by(scene, operation, person.token());
            answer.await.refused(ProblemCode::Forbidden);
        }
    }
    if pattern.contains("/uploads/{revision}") {
        // Somebody else's upload, to a writer and to a reader.
        let answer = sent_by(scene, operation, scene.bob.token());
        answer.await.refused(ProblemCode::NotFound);
        let answer = sent_by(scene, operation, scene.rex.token());
        answer.await.refused(ProblemCode::Forbidden);
    } else if pattern.contains("/uploads") {
        let answer = sent_by(scene, operation, scene.rex.token());
        answer.await.refused(ProblemCode::Forbidden);
        // The same revision, begun by another account.
        let answer = sent_by(scene, operation, scene.bob.token());
        answer.await.refused(ProblemCode::Conflict);
    }
    let entries = [
        "/v1/vaults",
        "/v1/vaults/{vault}/entries",
        "/v1/directory/entries",
    ];
    if operation.method == "POST" && entries.contains(&pattern) {
        // Ada's signature in Bob's hands.
        let answer = sent_by(scene, operation, scene.bob.token());
        let answer = answer.await;
        assert!(
            [403, 409].contains(&answer.status),
            "{}",
            line(operation, &answer)
        );
    }
}

/// A colleague who is no member, and the administrator of another tenant.
async fn outsiders(scene: &Scene, operation: &Operation) {
    let pattern = operation.pattern;
    let olga = &scene.olga;
    if pattern.contains("{vault}") {
        for person in [&scene.carol, olga] {
            let request = as_sent_by(scene, operation, person.token());
            let answer = scene.world.ask(&request).await;
            let line = line(operation, &answer);
            if operation.method == "POST" && pattern.ends_with("/entries") {
                // The entry itself is judged before the vault is looked for.
                assert!([403, 404, 409].contains(&answer.status), "{line}");
            } else {
                assert_eq!(answer.status, 404, "{line}");
            }
            answer.problem();
            // A vault that is not there looks the same.
            let nowhere = VaultId::from_bytes([0xab; 32]).to_string();
            let mut absent = request;
            absent.target = absent.target.replace(&scene.vault.to_string(), &nowhere);
            let absent = scene.world.ask(&absent).await;
            assert_eq!(
                (absent.status, absent.body),
                (answer.status, answer.body),
                "{line}"
            );
        }
        return;
    }
    let request = as_sent_by(scene, operation, olga.token());
    if pattern.contains("{identity}") || pattern.contains("{session}") {
        scene
            .world
            .ask(&request)
            .await
            .refused(ProblemCode::NotFound);
    } else if operation.method == "POST" && operation.harmless {
        // Answers about herself are fine; whether it touched Ada's tenant shows at the end.
        let answer = scene.world.ask(&request).await;
        let line = line(operation, &answer);
        assert!(answer.status < 500, "{line}");
        if ["/v1/invites", "/v1/vaults", "/v1/directory/entries"].contains(&pattern) {
            assert!(answer.status >= 400, "{line}");
            answer.problem();
        }
    } else if operation.method == "GET" && pattern != "/v1/events" {
        let answer = scene.world.ask(&request).await.ok();
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        for secret in [
            scene.ada.session.tenant.to_string(),
            scene.ada.identity().to_string(),
            scene.vault.to_string(),
        ] {
            assert!(!text.contains(&secret), "{}", line(operation, &answer));
        }
    }
}

/// Its id has the same form as a vault's; it has a log; and even its administrator gets no
/// further with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_directory_is_no_vault() {
    let scene = Scene::new().await;
    let before = scene.fingerprint().await;
    for operation in &scene.operations {
        if !operation.pattern.contains("{vault}") {
            continue;
        }
        for tenant in [scene.ada.session.tenant, scene.olga.session.tenant] {
            let mut request = as_sent_by(&scene, operation, scene.ada.token());
            let (vault, tenant) = (scene.vault.to_string(), tenant.to_string());
            request.target = request.target.replace(&vault, &tenant);
            let answer = scene.world.ask(&request).await;
            let line = line(operation, &answer);
            assert_eq!(answer.problem().code, ProblemCode::NotFound, "{line}");
        }
    }
    let changes = difference(&before, &scene.fingerprint().await);
    assert!(changes.is_empty(), "{changes:#?}");
    scene.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_tell_only_of_logs_that_may_be_read() {
    use tokio::io::AsyncReadExt;
    let scene = Scene::new().await;
    let world = &scene.world;
    let mut streams = Vec::new();
    for person in [&scene.bob, &scene.carol, &scene.olga] {
        let mut connection = world.wire.connect().await;
        let request = Request::new("GET", "/v1/events").bearer(person.token());
        let answer = connection.exchange(&request.bytes(), false).await.unwrap();
        assert_eq!(answer.status, 200);
        streams.push((person, connection));
    }
    world.append_record(&scene.ada, scene.vault).await;
    let vault = scene.vault.to_string();
    for (person, mut connection) in streams {
        let mut text = connection.rest();
        let read = async {
            loop {
                let mut piece = [0; 4_096];
                let read = connection.stream.read(&mut piece).await.unwrap();
                text.extend_from_slice(&piece[..read]);
            }
        };
        let _ = tokio::time::timeout(std::time::Duration::from_millis(700), read).await;
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(text.contains(&person.session.tenant.to_string()), "{text}");
        let told = text.matches(&vault).count();
        let member = person.new.name() == "Bob";
        assert_eq!(told >= 2, member, "{}: {text}", person.new.name());
        assert_eq!(told == 0, !member, "{}: {text}", person.new.name());
    }
}
