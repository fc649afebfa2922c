//! What every answer has in common.

use crate::support::*;
use strongroom_wire::*;

#[tokio::test]
async fn answers_carry_safe_headers() {
    let world = World::new();
    for path in ["/v1/server", "/livez", "/nowhere", "/v1/account"] {
        let answer = world.get(path, None).await;
        let headers = &answer.headers;
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(
            headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("default-src 'none'")
        );
        assert!(headers.contains_key("strict-transport-security"));
        assert!(!headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn what_does_not_exist_is_a_problem_too() {
    let world = World::new();
    world
        .get("/nowhere", None)
        .await
        .refused(ProblemCode::NotFound);
    let answer = world
        .send("PATCH", "/v1/account", None, &[], Vec::new())
        .await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.headers["content-type"], PROBLEM_MEDIA_TYPE);
    world
        .get("/metrics", None)
        .await
        .refused(ProblemCode::NotFound);
    world
        .get("/v1/ca.pem", None)
        .await
        .refused(ProblemCode::NotFound);
    world.get("/v1/openapi.json", None).await.ok();
    let ready: Readiness = world.get("/readyz", None).await.json();
    assert!(ready.ready);
}

#[tokio::test]
async fn unknown_fields_and_parameters_are_refused() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let malformed = ProblemCode::Malformed;
    for path in [
        "/v1/account?x=1",
        "/v1/vaults?after=1",
        "/v1/directory/entries?x=1",
        "/v1/directory/entries?limit=0",
        "/v1/directory/entries?limit=1001",
        "/v1/directory/entries?after=-1",
    ] {
        world.get(path, ada.token()).await.refused(malformed);
    }
    let extra = serde_json::json!({ "opaque_request": "AA", "more": 1 });
    world
        .json("POST", "/v1/credentials/start", ada.token(), &extra)
        .await
        .refused(malformed);
    let json = [("content-type", "text/plain")];
    let answer = world
        .send(
            "POST",
            "/v1/credentials/start",
            ada.token(),
            &json,
            b"{}".to_vec(),
        )
        .await;
    assert_eq!(answer.status, 415);
    world
        .get("/v1/vaults/xyz/entries", ada.token())
        .await
        .refused(malformed);
}

#[tokio::test]
async fn writes_need_a_key() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    for key in ["", "12", "ABCDEFABCDEFABCDEFABCDEFABCDEFAB"] {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        world
            .send(
                "POST",
                "/v1/credentials/start",
                ada.token(),
                &headers,
                b"{}".to_vec(),
            )
            .await
            .refused(ProblemCode::Malformed);
    }
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let vault = world.create_vault(&ada).await;
    let path = format!("/v1/vaults/{vault}/entries");
    let body = vec![0x80; strongroom_types::limits::APPEND_MAX_BYTES + 1];
    world
        .cbor(&path, ada.token(), body)
        .await
        .refused(ProblemCode::TooLarge);
    let body = serde_json::json!({ "opaque_request": "A".repeat(100_000) });
    world
        .json("POST", "/v1/credentials/start", ada.token(), &body)
        .await
        .refused(ProblemCode::TooLarge);
}
