//! Too many requests, streams and connections: of one account, and of one address.

use crate::{
    wire::{Answer, Request},
    world::{World, forgiving},
};
use std::net::IpAddr;
use strongroom_server::RateLimits;
use strongroom_wire::*;

const RATES: RateLimits = RateLimits {
    account_per_second: 2,
    address_per_second: 0,
    health_per_second: 0,
    event_streams: 2,
};
/// Who was quiet may do this many at once.
const BURST: usize = 20;

async fn world(rates: RateLimits) -> World {
    World::with(move |options| {
        forgiving(options);
        options.rates = rates;
    })
    .await
}

#[track_caller]
fn refused(answer: &Answer, who: &str) {
    answer.refused(ProblemCode::TooManyRequests);
    let problem = answer.problem();
    assert_eq!(problem.retry_after_seconds, Some(1));
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(problem.detail.unwrap().contains(who));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_asks_too_often_waits_alone() {
    let world = world(RATES).await;
    let ada = world.founder("Ada", world.setup_code()).await;
    let bob = world.colleague(&ada, "Bob").await;
    world.clock.advance(60_000);
    for _ in 0..BURST {
        world.get("/v1/account", ada.token()).await.ok();
    }
    refused(&world.get("/v1/account", ada.token()).await, "account");
    // Whatever it asks for, reading or writing; but a wrong token is no account's.
    let write = world.write("DELETE", "/v1/sessions/x", ada.token());
    refused(&world.ask(&write).await, "account");
    refused(&world.get("/v1/events", ada.token()).await, "account");
    let wrong = world.get("/v1/account", &"0".repeat(64)).await;
    wrong.refused(ProblemCode::Unauthenticated);
    world.get("/v1/account", bob.token()).await.ok();
    world.ask(&Request::new("GET", "/v1/server")).await.ok();
    // Two a second from there on; a clock that is set back takes nothing away.
    world.clock.advance(1_000);
    for _ in 0..2 {
        world.get("/v1/account", ada.token()).await.ok();
    }
    refused(&world.get("/v1/account", ada.token()).await, "account");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_asks_too_often_waits_but_health_can_be_seen() {
    let world = world(RateLimits {
        account_per_second: 0,
        address_per_second: 2,
        health_per_second: 1,
        event_streams: 0,
    })
    .await;
    for _ in 0..BURST {
        world.ask(&Request::new("GET", "/nowhere")).await;
    }
    for path in ["/v1/server", "/nowhere", "/l/x", "/v1/account"] {
        refused(&world.ask(&Request::new("GET", path)).await, "address");
    }
    let claimed = Request::new("GET", "/v1/server").header("x-forwarded-for", "203.0.113.9");
    refused(&world.ask(&claimed).await, "address");
    let posted = world.json("POST", "/v1/login/start", "", &"");
    refused(&world.ask(&posted).await, "address");
    for path in ["/livez", "/readyz", "/metrics"].iter().cycle().take(10) {
        world.ask(&Request::new("GET", path)).await.ok();
    }
    refused(&world.ask(&Request::new("GET", "/livez")).await, "address");
    world.clock.advance(1_000);
    world.ask(&Request::new("GET", "/v1/server")).await.ok();
    world.ask(&Request::new("GET", "/livez")).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn event_streams_of_an_account_are_counted() {
    let world = world(RATES).await;
    let ada = world.founder("Ada", world.setup_code()).await;
    let bob = world.colleague(&ada, "Bob").await;
    let (client, url) = (world.http2(), world.url());
    let open = |token: &str| {
        let request = client.get(format!("{url}/v1/events")).bearer_auth(token);
        async move { request.send().await.unwrap() }
    };
    let first = open(ada.token()).await;
    let second = open(ada.token()).await;
    assert_eq!(
        (first.status().as_u16(), second.status().as_u16()),
        (200, 200)
    );
    let third = open(ada.token()).await;
    assert_eq!(third.status().as_u16(), 429);
    assert_eq!(third.headers()["retry-after"], "15");
    assert_eq!(open(bob.token()).await.status().as_u16(), 200);
    // A stream that its listener gave up makes room.
    drop(first);
    let mut again = open(ada.token()).await;
    while again.status().as_u16() == 429 {
        world.clock.advance(1_000);
        tokio::task::yield_now().await;
        again = open(ada.token()).await;
    }
    assert_eq!(again.status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_of_an_address_are_counted() {
    let world = World::with(|options| {
        forgiving(options);
        options.limits.per_address = 3;
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut connection = world.wire.connect().await;
        let bytes = Request::new("GET", "/livez").bytes();
        let answer = connection.exchange(&bytes, false).await.unwrap();
        assert_eq!(answer.status, 200);
        held.push(connection);
    }
    assert!(world.wire.try_connect().await.is_err());
    // Another address of the same machine is another one.
    let other: IpAddr = [127, 0, 0, 2].into();
    world.wire.try_connect_from(other).await.unwrap();
    drop(held);
    while world.wire.try_connect().await.is_err() {
        tokio::task::yield_now().await;
    }
}
