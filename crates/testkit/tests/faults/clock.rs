//! A server whose clock jumps.

use crate::scene::all_titles;
use std::sync::Arc;
use strongroom_testkit::world::{World, set};
use strongroom_types::{Clock, ManualClock};

/// The server's clock jumps 100 days ahead and back: sessions end or live on, nothing is lost,
/// and places in logs do not depend on it.
#[tokio::test(flavor = "multi_thread")]
async fn clock_jumps() {
    const JUMP_MS: u64 = 100 * 86_400_000;
    // Certificates are checked against the machine's clock, so the test begins there.
    let start_ms = strongroom_server::SystemClock.now_ms();
    let clock = Arc::new(ManualClock::at(start_ms));
    let world = World::start_at(clock.clone()).await.unwrap();
    let alice = world.founder("alice").await.unwrap();
    let vault = alice.vault_create("Clock").await.unwrap().vault;
    alice
        .record_add(vault, "case", &set(&[("title", "now")]))
        .await
        .unwrap();
    clock.set(start_ms - JUMP_MS);
    alice
        .record_add(vault, "case", &set(&[("title", "back")]))
        .await
        .unwrap();
    clock.set(start_ms);
    alice
        .record_add(vault, "case", &set(&[("title", "again")]))
        .await
        .unwrap();
    clock.set(start_ms + JUMP_MS);
    let ended = alice
        .sync()
        .await
        .expect_err("a session of 90 days ends within 100");
    assert_eq!(ended.exit_code(), 4, "{ended}");
    clock.set(start_ms);
    let fresh = world.login_elsewhere("alice", "second").await.unwrap();
    fresh.sync().await.unwrap();
    assert_eq!(all_titles(&fresh, vault).await.len(), 3);
    fresh.vault_verify(vault).await.unwrap();
}
