//! Guessing, fast and slow, side by side and one after the other; and what the answers to it
//! tell of names that exist.

use crate::{
    people::PASSPHRASE,
    wire::{Answer, Request},
    world::{World, forgiving},
};
use strongroom_types::{Digest, TenantId};
use strongroom_vault::kit;
use strongroom_wire::*;

const WRONG: &[u8] = b"incorrect donkey battery";

async fn world_with_ada() -> (World, crate::people::Person) {
    let world = World::with(forgiving).await;
    let ada = world.founder("Ada", world.setup_code()).await;
    (world, ada)
}

/// What an onlooker sees of an answer: all but what is random by design.
fn shape(answer: &Answer) -> (u16, Vec<(String, String)>, usize) {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| name != "date");
    (answer.status, headers, answer.body.len())
}

fn retry_after(answer: &Answer) -> u64 {
    answer.refused(ProblemCode::TooManyRequests);
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(answer.problem().retry_after_seconds, Some(seconds));
    assert!(seconds >= 1);
    seconds
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_guesses_wait_longer_and_longer_for_known_and_unknown_names() {
    let (world, _ada) = world_with_ada().await;
    let mut shapes = Vec::new();
    for name in ["Ada", "Eve"] {
        let mut seen = Vec::new();
        for _ in 0..5 {
            let answer = world.login(name, WRONG).await;
            answer.refused(ProblemCode::WrongCredentials);
            seen.push(shape(&answer));
        }
        let (_, start) = world.login_start(name, PASSPHRASE);
        let mut waited = 0;
        for _ in 0..4 {
            let answer = world.post_login("start", &start).await;
            let seconds = retry_after(&answer);
            assert!(seconds > waited, "{seconds} after {waited}");
            waited = seconds;
            seen.push(shape(&answer));
            // Asking again meanwhile makes it neither better nor worse.
            assert_eq!(
                retry_after(&world.post_login("start", &start).await),
                seconds
            );
            world.clock.advance(seconds * 1_000);
            let answer = world.login(name, WRONG).await;
            answer.refused(ProblemCode::WrongCredentials);
        }
        shapes.push(seen);
    }
    assert_eq!(shapes[0], shapes[1]);
    // Who waits gets in, and has a clean slate then.
    world.clock.advance(16 * 60 * 1_000);
    world.login("Ada", PASSPHRASE).await.ok();
    for _ in 0..5 {
        let answer = world.login("Ada", WRONG).await;
        answer.refused(ProblemCode::WrongCredentials);
    }
    // Another name is another matter, and so is a session that exists.
    world
        .login("Eve", WRONG)
        .await
        .refused(ProblemCode::WrongCredentials);
    world.assert_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_side_by_side_get_no_more_than_one_after_the_other() {
    let (world, _ada) = world_with_ada().await;
    let (client, url) = (world.http2(), world.url());
    for name in ["Ada", "Eve"] {
        let (_, start) = world.login_start(name, WRONG);
        let guesses = (0..60).map(|_| {
            let request = client.post(format!("{url}/v1/login/start")).json(&start);
            async move { request.send().await.unwrap().status().as_u16() }
        });
        let statuses = futures::future::join_all(guesses).await;
        let heard = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(heard, 5, "{name}: {statuses:?}");
        assert!(statuses.iter().all(|status| [200, 429].contains(status)));
    }
    let guesses = (0..60).map(|_| {
        let recover = Recover {
            name: "Mallory".to_owned(),
            tenant: None,
            auth: Digest::ZERO,
            device_name: "kit".to_owned(),
        };
        let request = client.post(format!("{url}/v1/recover")).json(&recover);
        async move { request.send().await.unwrap().status().as_u16() }
    });
    let statuses = futures::future::join_all(guesses).await;
    let heard = statuses.iter().filter(|status| **status == 401).count();
    assert_eq!(heard, 5, "{statuses:?}");
    // What was begun and never ended counts when its time is over.
    world.clock.advance(6 * 60 * 1_000);
    world.login("nobody", WRONG).await;
    let (_, start) = world.login_start("Ada", PASSPHRASE);
    retry_after(&world.post_login("start", &start).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_without_a_name_are_guessed_no_faster_side_by_side() {
    const FREE: u32 = 6;
    let world = World::with(|options| options.domain.lock_out.address_failures = FREE).await;
    world.founder("Ada", world.setup_code()).await;
    let (client, url) = (world.http2(), world.url());
    let (id, secret) = ("00".repeat(16), "11".repeat(32));
    let invite = format!("Invite {id}.{secret}");
    let get = |path: &str| client.get(format!("{url}{path}"));
    let guesses: [&dyn Fn() -> reqwest::RequestBuilder; 5] = [
        &|| get(&format!("/v1/invites/{id}")).header("authorization", &invite),
        &|| get("/v1/directory/entries").header("authorization", &invite),
        &|| get(&format!("/v1/links/{id}")).header(LINK_TOKEN_HEADER, &secret),
        &|| get(&format!("/v1/links/{id}/info")).header(LINK_TOKEN_HEADER, &secret),
        &|| get(&format!("/v1/links/{id}/content?grant={secret}")),
    ];
    for (number, guess) in guesses.iter().enumerate() {
        let all = (0..50).map(|_| async { guess().send().await.unwrap().status().as_u16() });
        let statuses = futures::future::join_all(all).await;
        let heard = statuses.iter().filter(|status| **status == 401).count();
        assert_eq!(heard, FREE as usize, "guess {number}: {statuses:?}");
        assert!(statuses.iter().all(|status| [401, 429].contains(status)));
        // The window passes, and the address has a clean slate for the next kind.
        world.clock.advance(16 * 60 * 1_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_logins_are_no_guesses() {
    let (world, _ada) = world_with_ada().await;
    for _ in 0..20 {
        let start = LoginStart {
            name: "Ada".to_owned(),
            tenant: None,
            opaque_request: vec![0xff; 96].into(),
            pending: false,
        };
        let answer = world.post_login("start", &start).await;
        answer.refused(ProblemCode::Malformed);
    }
    world.login("Ada", PASSPHRASE).await.ok();
}

/// The OPRF element of an answer: the same for the same question and credential.
async fn element(world: &World, start: &LoginStart) -> Vec<u8> {
    let answer = world.post_login("start", start).await;
    let started: LoginStarted = answer.json();
    assert_eq!(started.opaque_response.0.len(), 320);
    started.opaque_response.0[..32].to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_question_tells_which_names_exist() {
    let world = World::with(|options| {
        forgiving(options);
        options.domain.lock_out.name_failures = u32::MAX;
    })
    .await;
    let ada = world.founder("Ada", world.setup_code()).await;
    let mut patterns = Vec::new();
    for name in ["Ada", "Eve"] {
        let (_, start) = world.login_start(name, WRONG);
        let mut seen = Vec::new();
        for tenant in [
            None,
            Some(ada.session.tenant),
            Some(TenantId::from_bytes([3; 32])),
        ] {
            for pending in [false, true] {
                let start = LoginStart {
                    tenant,
                    pending,
                    ..start.clone()
                };
                let once = element(&world, &start).await;
                // The same question has the same answer.
                assert_eq!(once, element(&world, &start).await, "{name}");
                seen.push(once);
            }
        }
        // Which of the answers are the same, as an onlooker can tell.
        let pattern: Vec<usize> = seen
            .iter()
            .map(|one| seen.iter().position(|other| other == one).unwrap())
            .collect();
        patterns.push(pattern);
    }
    assert_eq!(patterns[0], patterns[1]);
    // A kit is asked for with the same words.
    let mut shapes = Vec::new();
    for name in ["Ada", "Eve"] {
        let answer = world.ask(&world.recover_request(name, Digest::ZERO)).await;
        answer.refused(ProblemCode::WrongCredentials);
        shapes.push((shape(&answer), answer.body));
    }
    assert_eq!(shapes[0], shapes[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_slowed_down_whatever_it_guesses() {
    let world = World::with(|options| options.domain.lock_out.address_failures = 6).await;
    let ada = world.founder("Ada", world.setup_code()).await;
    // Invitations, links, set-up codes, names: all count for the one who tries.
    let invite = "00".repeat(16);
    let auth = format!("Invite {invite}.{}", "00".repeat(32));
    let request =
        Request::new("GET", &format!("/v1/invites/{invite}")).header("authorization", &auth);
    for _ in 0..2 {
        world
            .ask(&request)
            .await
            .refused(ProblemCode::WrongCredentials);
    }
    let page = Request::new("GET", "/v1/directory/entries").header("authorization", &auth);
    world
        .ask(&page)
        .await
        .refused(ProblemCode::WrongCredentials);
    let link = Request::new("GET", &format!("/v1/links/{invite}"))
        .header(LINK_TOKEN_HEADER, "11".repeat(32));
    world
        .ask(&link)
        .await
        .refused(ProblemCode::WrongCredentials);
    let path = format!("/v1/links/{invite}/content?grant={}", "11".repeat(32));
    let grant = Request::new("GET", &path);
    world
        .ask(&grant)
        .await
        .refused(ProblemCode::WrongCredentials);
    world
        .login("Nobody", WRONG)
        .await
        .refused(ProblemCode::WrongCredentials);
    for request in [&request, &page, &link, &grant] {
        retry_after(&world.ask(request).await);
    }
    // Headers that claim another address are not believed.
    for name in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
        let claimed = request.clone().header(name, "for=203.0.113.9");
        retry_after(&world.ask(&claimed).await);
    }
    let (_, start) = world.login_start("Ada", PASSPHRASE);
    let seconds = retry_after(&world.post_login("start", &start).await);
    // Sessions go on.
    world.get("/v1/account", ada.token()).await.ok();
    world.clock.advance(seconds * 1_000);
    world.login("Ada", PASSPHRASE).await.ok();
    let wrong = RecoveryConfirm { auth: Digest::ZERO };
    let path = "/v1/account/recovery-confirm";
    let request = world.json("POST", path, ada.token(), &wrong);
    world
        .ask(&request)
        .await
        .refused(ProblemCode::WrongCredentials);
    let good = RecoveryConfirm {
        auth: kit::recover_auth(&ada.kit),
    };
    let request = world.json("POST", path, ada.token(), &good);
    world.ask(&request).await.ok();
}
