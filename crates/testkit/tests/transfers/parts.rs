use crate::scene::Scene;
use futures::{StreamExt, stream};
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;
use strongroom_client::FileId;

/// The first attempt at a part stands still for ever; the next one does not wait for it, nor
/// for the places that such attempts hold.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_not_held_up_by_its_own_earlier_attempt() {
    let scene = Scene::set_up().await;
    let token = scene.alice.danger_session_token().await.unwrap();
    let ca = std::fs::read(&scene.world.server.ca_file).unwrap();
    // Whoever else installed it: the same one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let http = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
        .http1_only()
        .build()
        .unwrap();
    let base = format!(
        "{}/v1/vaults/{}/uploads",
        scene.world.server.url, scene.vault
    );
    let mut rng = strongroom_crypto::SystemRng;
    let revision = strongroom_types::RevisionId::make(&mut rng);
    let geometry = strongroom_format::file::PartGeometry::of(
        strongroom_format::file::sealed_file_len(400_000_000).unwrap(),
    )
    .unwrap();
    let start = serde_json::json!({
        "file": FileId::make(&mut rng),
        "revision": revision,
        "record": scene.record,
        "sealed_length": strongroom_format::file::sealed_file_len(400_000_000).unwrap(),
    });
    let view: serde_json::Value = http
        .post(&base)
        .bearer_auth(&token)
        .header("idempotency-key", "00".repeat(16))
        .json(&start)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let places = view["parts_in_flight_max"].as_u64().unwrap();
    assert!(places >= 1 && places < geometry.part_count);
    let request = |number: u64, body: reqwest::Body, bytes: &[u8]| {
        http.put(format!("{base}/{revision}/parts/{number}"))
            .bearer_auth(&token)
            .header("idempotency-key", "11".repeat(16))
            .header(
                "strongroom-crc32c",
                format!("{:08x}", crc32c::crc32c(bytes)),
            )
            .header("content-length", bytes.len())
            .body(body)
    };
    let part = |number: u64| vec![7; geometry.part_bytes(number).unwrap() as usize];
    // As many attempts as there are places, each with half a part, and then nothing any more.
    let mut stalled = Vec::new();
    for number in 0..places {
        let bytes = part(number);
        let half = bytes[..1 << 20].to_vec();
        let body = stream::iter([Ok::<_, Infallible>(half)]).chain(stream::pending());
        let sending = request(number, reqwest::Body::wrap_stream(body), &bytes);
        stalled.push(tokio::spawn(sending.send()));
    }
    while scene.seen.reading.load(Ordering::SeqCst) < places {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let sent = async {
        for number in 0..places {
            let bytes = part(number);
            let answer = request(number, bytes.clone().into(), &bytes)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 204);
        }
    };
    // The server gives a body that stands still up after 60 seconds; this must not wait for it.
    tokio::time::timeout(Duration::from_secs(30), sent)
        .await
        .expect("the part waits for its own earlier attempt");
    for sending in stalled {
        let ended = sending.await.unwrap();
        assert!(ended.is_err() || !ended.unwrap().status().is_success());
    }
}
