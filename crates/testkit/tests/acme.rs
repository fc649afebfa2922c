//! A certificate by ACME, from the test server of Let's Encrypt's makers: the real protocol on
//! loopback. `cargo xtask test` installs it and runs these.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "acme/authority.rs"]
mod authority;

use authority::{AcmeServer, NAME, TestRoots};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use strongroom_client::{Admission, Client, SystemClock};
use strongroom_server::{AcmeStatus, RunningServer, ServeOptions, start};
use strongroom_testkit::process::quiet_address;
use strongroom_testkit::world::{PASSPHRASE, passphrase};
use strongroom_types::{Clock, ManualClock};
use tokio::sync::watch;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

struct Scene {
    folder: tempfile::TempDir,
    listen: SocketAddr,
    clock: Arc<ManualClock>,
}

impl Scene {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            listen: quiet_address().parse().unwrap(),
            clock: Arc::new(ManualClock::at(SystemClock.now_ms())),
        }
    }

    async fn serve(&self, acme: &AcmeServer) -> RunningServer {
        let mut options = ServeOptions::new(self.folder.path().join("server"), self.listen);
        options.clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let mut ordered = acme.options();
        ordered.check_every = Duration::from_millis(50);
        options.acme = Some(ordered);
        start(options).await.unwrap()
    }

    fn readiness(&self) -> String {
        format!("https://{NAME}:{}/readyz", self.listen.port())
    }
}

/// Waits until the status is as it should be.
async fn until(server: &RunningServer, is: impl FnMut(&AcmeStatus) -> bool) -> AcmeStatus {
    let mut status: watch::Receiver<AcmeStatus> = server.acme_status().unwrap();
    let seen = tokio::time::timeout(Duration::from_secs(120), status.wait_for(is));
    seen.await.expect("nothing came in time").unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs pebble: cargo xtask test installs it and runs this"]
async fn browsers_get_a_public_certificate_and_our_clients_the_pinned_one() {
    let scene = Scene::new();
    let acme = AcmeServer::start(scene.listen.port()).await;
    let server = scene.serve(&acme).await;
    assert_eq!(server.public_urls, [format!("https://{NAME}")]);
    let told = strongroom_client::server_info(&server.url, &server.ca_file).await;
    assert_eq!(
        told.unwrap().public_url.as_ref(),
        server.public_urls.first()
    );
    let first = until(&server, |status| status.not_after_ms.is_some()).await;
    assert_eq!(first.trouble, None);

    // a browser knows the public roots alone
    let public = acme.roots().await;
    let browser = public.browser(scene.listen);
    let words = browser.get(scene.readiness()).send().await.unwrap();
    let words: serde_json::Value = words.json().await.unwrap();
    assert_eq!(words["ready"], true);
    let sentence = words["certificate"].as_str().unwrap();
    assert!(
        sentence.contains(NAME) && sentence.contains(" ends in "),
        "{sentence}"
    );
    let certificate = public.certificate(scene.listen, NAME).await.unwrap();
    // and is warned off everywhere else
    assert!(public.certificate(scene.listen, "localhost").await.is_err());

    // a client that trusts the own authority alone, at the public name
    let own = TestRoots::read(&server.ca_pem);
    let by_hint = own.certificate_by_hint(scene.listen, NAME).await.unwrap();
    assert_ne!(by_hint, certificate);
    assert!(own.certificate(scene.listen, NAME).await.is_err());
    // the program's own client, at the server's address
    let request = strongroom_client::SignupRequest {
        home: scene.folder.path().join("alice"),
        admission: Admission::read(
            &server.url,
            server.setup_code.as_deref(),
            Some(&server.ca_file),
        )
        .unwrap(),
        name: "alice".to_owned(),
        passphrase: passphrase(PASSPHRASE).unwrap(),
        device_name: "test".to_owned(),
        kit_out: Some(scene.folder.path().join("alice.kit")),
    };
    let (alice, _kit) = Client::signup(request).await.unwrap();
    alice.vaults().await.unwrap();

    // a restart serves what was kept, and asks for nothing
    server.stop().await;
    let server = scene.serve(&acme).await;
    assert_eq!(
        public.certificate(scene.listen, NAME).await.unwrap(),
        certificate
    );

    // two thirds of its time have gone
    let end_ms = first.not_after_ms.unwrap();
    let now_ms = scene.clock.now_ms();
    scene.clock.advance((end_ms - now_ms) / 3 * 2 + DAY_MS);
    let renewed = until(&server, |status| status.not_after_ms != Some(end_ms)).await;
    // whose clock is years ahead does not order again and again
    let trouble = renewed.trouble.unwrap();
    assert!(trouble.contains("clock"), "{trouble}");
    assert!(renewed.next_try_ms.unwrap() >= scene.clock.now_ms() + DAY_MS / 2);
    assert_ne!(
        public.certificate(scene.listen, NAME).await.unwrap(),
        certificate
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs pebble: cargo xtask test installs it and runs this"]
async fn a_refused_order_is_told_waits_and_leaves_the_server_running() {
    let scene = Scene::new();
    // looks for the challenge where nobody listens
    let elsewhere: SocketAddr = quiet_address().parse().unwrap();
    let acme = AcmeServer::start(elsewhere.port()).await;
    let server = scene.serve(&acme).await;
    let refused = until(&server, |status| status.trouble.is_some()).await;
    let trouble = refused.trouble.clone().unwrap();
    assert!(trouble.contains("did not find this server"), "{trouble}");
    assert_eq!(refused.not_after_ms, None);
    assert!(refused.next_try_ms.unwrap() >= scene.clock.now_ms() + 5 * 60_000);

    let own = TestRoots::read(&server.ca_pem);
    let words = own.browser(scene.listen).get(scene.readiness()).send();
    let words: serde_json::Value = words.await.unwrap().json().await.unwrap();
    assert_eq!(words["ready"], true);
    let sentence = words["certificate"].as_str().unwrap();
    assert!(
        sentence.contains("there is no certificate for"),
        "{sentence}"
    );
    // what the ACME server wrote names addresses
    assert!(!sentence.contains("127.0.0.1"), "{sentence}");

    // started again it still waits
    server.stop().await;
    let server = scene.serve(&acme).await;
    let waiting = server.acme_status().unwrap().borrow().clone();
    assert_eq!(waiting, refused);
    // then tries once more, and waits longer
    scene.clock.advance(5 * 60_000);
    let again = until(&server, |status| status.next_try_ms != refused.next_try_ms).await;
    assert!(again.next_try_ms.unwrap() >= scene.clock.now_ms() + 10 * 60_000);
    server.stop().await;

    // nobody answers at all
    drop(acme);
    let gone = AcmeServer::gone();
    scene.clock.advance(DAY_MS);
    let server = scene.serve(&gone).await;
    let refused = until(&server, |status| status.trouble.is_some()).await;
    assert_eq!(
        refused.trouble.unwrap(),
        "the ACME server cannot be reached"
    );
    server.stop().await;
}
