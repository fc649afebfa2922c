//! Some thousand requests made worse at random: each gets a proper no, or a proper yes that
//! its sender is entitled to; what is refused changes nothing; and the server stays well.

use crate::{
    mutate::{Dice, mangle, mutate},
    raw,
    scene::{Operation, Scene, difference},
    wire::{Answer, Request},
};
use strongroom_wire::ProblemCode;

/// `STRONGROOM_FUZZ_SEED` and `STRONGROOM_FUZZ_REQUESTS` try others, and more of them.
fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

fn shown(request: &Request) -> String {
    let bytes = request.bytes();
    format!(
        "{}…",
        String::from_utf8_lossy(&bytes[..bytes.len().min(1_500)])
    )
}

/// Refusals have one form and tell nothing of the inside.
fn check(request: &Request, answer: &Answer) {
    let text = answer.text();
    let line = || format!("{}: {text}\n{}", answer.status, shown(request));
    assert!(answer.status < 500, "{}", line());
    for inside in [
        "panicked", ".rs:", "rusqlite", "SQLITE", "SELECT ", "/tmp", "thread '",
    ] {
        assert!(!text.contains(inside), "{}", line());
    }
    assert_eq!(
        answer.header("x-content-type-options"),
        Some("nosniff"),
        "{}",
        line()
    );
    assert_eq!(answer.header("set-cookie"), None, "{}", line());
    assert_eq!(
        answer.header("access-control-allow-origin"),
        None,
        "{}",
        line()
    );
    if answer.status < 400 {
        assert!([200, 204, 206, 304].contains(&answer.status), "{}", line());
    } else if request.method != "HEAD" {
        let problem = answer.problem();
        assert!(
            !matches!(
                problem.code,
                ProblemCode::Internal | ProblemCode::Unavailable
            ),
            "{}",
            line()
        );
    }
}

/// Ids to put where others belong; none whose sessions the scene still needs.
fn ids(scene: &Scene) -> Vec<String> {
    vec![
        scene.vault.to_string(),
        scene.ada.session.tenant.to_string(),
        scene.olga.session.tenant.to_string(),
        scene.rita.identity().to_string(),
        scene.file.new.file.to_string(),
        scene.file.new.revision.to_string(),
        scene.open_upload.new.revision.to_string(),
        scene.link.to_string(),
        scene.guest.invite().to_string(),
        "ff".repeat(32),
        "0".repeat(32),
    ]
}

fn changes_something(request: &Request) -> bool {
    !["GET", "HEAD"].contains(&request.method.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_random_brings_the_server_down_or_gets_by_it() {
    let scene = Scene::new().await;
    let harmless: Vec<&Operation> = scene.operations.iter().filter(|one| one.harmless).collect();
    let ids = ids(&scene);
    let (requests, seed) = (
        setting("STRONGROOM_FUZZ_REQUESTS", 3_000),
        setting("STRONGROOM_FUZZ_SEED", 20_261_121),
    );
    let mut dice = Dice::new(seed as u64);
    let mut known = scene.fingerprint().await;
    let (mut refused, mut taken, mut moved) = (0, 0, 0);
    let mut written: Vec<String> = Vec::new();
    for number in 0..requests {
        let operation = harmless[dice.below(harmless.len())];
        let request = mutate(&mut dice, &scene, &operation.request, &ids);
        let answer = scene.world.ask(&request).await;
        check(&request, &answer);
        if answer.success() {
            taken += 1;
            if changes_something(&request) {
                written.push(shown(&request));
            }
        } else {
            refused += 1;
        }
        if number % 60 == 59 || number + 1 == requests {
            // The clock goes on, so that names that were guessed at become free again.
            scene.world.clock.advance(3_000_000 * 60 / requests as u64);
            let now = scene.fingerprint().await;
            let changes = difference(&known, &now);
            if !changes.is_empty() {
                assert!(!written.is_empty(), "{number}: {changes:#?}");
                moved += 1;
                known = now;
            }
            written.clear();
        }
    }
    println!("seed {seed}: {refused} refused, {taken} taken, {moved} times something moved");
    assert!(
        refused > requests / 2,
        "the requests are not hostile enough"
    );
    assert!(
        taken > requests / 50,
        "the requests are not well enough made"
    );
    assert!(moved < requests / 60, "no time was without a change");
    scene.verify().await;
    scene.world.assert_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_bytes_end_their_connection_and_nothing_else() {
    let scene = Scene::new().await;
    let harmless: Vec<&Operation> = scene
        .operations
        .iter()
        .filter(|one| one.harmless && one.pattern != "/v1/events")
        .collect();
    let seed = setting("STRONGROOM_FUZZ_SEED", 20_261_121);
    let requests = setting("STRONGROOM_FUZZ_REQUESTS", 3_000) / 6;
    let mut dice = Dice::new(seed as u64 + 1);
    let before = scene.fingerprint().await;
    let mut all = Vec::new();
    for _ in 0..requests {
        let operation = harmless[dice.below(harmless.len())];
        let mut request = operation.request.clone();
        // Nobody's: what gets through may not change anything.
        request.headers.retain(|(name, _)| name != "authorization");
        all.push(mangle(&mut dice, &request));
    }
    for some in all.chunks(20) {
        let world = &scene.world;
        let some = some.iter().map(|bytes| async move {
            let mut connection = world.wire.connect().await;
            (bytes, raw::say(&mut connection, bytes).await)
        });
        for (bytes, answer) in futures::future::join_all(some).await {
            let what = String::from_utf8_lossy(&bytes[..bytes.len().min(1_500)]);
            assert!(!answer.contains("HTTP/1.1 5"), "{what}\n{answer}");
            assert!(!answer.contains("panicked"), "{what}\n{answer}");
        }
    }
    let changes = difference(&before, &scene.fingerprint().await);
    assert!(changes.is_empty(), "{changes:#?}");
    scene.verify().await;
    scene.world.assert_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http2_it_is_the_same() {
    let scene = Scene::new().await;
    let (client, url) = (scene.world.http2(), scene.world.url());
    let harmless: Vec<&Operation> = scene
        .operations
        .iter()
        .filter(|one| one.harmless && one.pattern != "/v1/events")
        .collect();
    let ids = ids(&scene);
    let mut dice = Dice::new(setting("STRONGROOM_FUZZ_SEED", 20_261_121) as u64 + 2);
    let requests = setting("STRONGROOM_FUZZ_REQUESTS", 3_000) / 6;
    let mut all = Vec::new();
    for _ in 0..requests {
        let operation = harmless[dice.below(harmless.len())];
        let request = mutate(&mut dice, &scene, &operation.request, &ids);
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap();
        let target = format!("{url}{}", request.target);
        if target.len() > 8_000 || request.body.len() > 1 << 20 {
            continue;
        }
        let Ok(target) = reqwest::Url::parse(&target) else {
            continue;
        };
        let mut built = client.request(method, target);
        for (name, value) in &request.headers {
            if !["upgrade", "te"].contains(&name.as_str()) && value.len() < 4_000 {
                built = built.header(name.as_str(), value.as_slice());
            }
        }
        if !request.body.is_empty() {
            built = built.body(request.body.clone());
        }
        all.push((request, built));
    }
    let mut answers = 0;
    while !all.is_empty() {
        let some: Vec<_> = all.drain(..all.len().min(16)).collect();
        let some = some.into_iter().map(|(request, built)| async move {
            let answer = built.send().await;
            let answer = answer.unwrap_or_else(|error| panic!("{error:?}\n{}", shown(&request)));
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let streams = headers
                .get("content-type")
                .is_some_and(|value| value == "text/event-stream");
            let body = if streams {
                Vec::new()
            } else {
                answer.bytes().await.map(|body| body.to_vec()).unwrap()
            };
            let headers = headers
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    (name.to_string(), value)
                })
                .collect();
            let answer = Answer {
                status,
                headers,
                body,
                keep: true,
            };
            check(&request, &answer);
        });
        answers += futures::future::join_all(some).await.len();
    }
    assert!(answers > requests / 2);
    scene.verify().await;
    scene.world.assert_ready().await;
}
