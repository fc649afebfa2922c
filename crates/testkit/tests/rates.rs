//! A client that is told to wait waits, and goes on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use strongroom_server::RateLimits;
use strongroom_testkit::world::World;

/// The burst is ten times as much; signing up takes some of it.
const PER_SECOND: u32 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_over_the_limit_is_slowed_down_and_loses_nothing() {
    let refused = Arc::new(AtomicU32::new(0));
    let count = refused.clone();
    let world = World::start_with(|options| {
        options.rates = RateLimits {
            account_per_second: PER_SECOND,
            ..RateLimits::NONE
        };
        let inner = options.wrap_router.take();
        options.wrap_router = Some(Box::new(move |router| {
            let router = inner.map_or_else(|| router.clone(), |wrap| wrap(router.clone()));
            router.layer(axum::middleware::map_response(
                move |response: axum::response::Response| {
                    let limited = response.status().as_u16() == 429;
                    count.fetch_add(u32::from(limited), Ordering::SeqCst);
                    std::future::ready(response)
                },
            ))
        }));
    })
    .await
    .unwrap();
    let ada = world.founder("Ada").await.unwrap();
    let mut answered = 0;
    while refused.load(Ordering::SeqCst) < 3 {
        assert_eq!(ada.sessions().await.unwrap().len(), 1);
        answered += 1;
        assert!(answered < 100_000, "the limit never came");
    }
    assert!(answered > PER_SECOND);
}
