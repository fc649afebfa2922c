//! Every operation of the OpenAPI document, tried by everybody who has no business with it.

use crate::support::*;
use serde_json::Value;
use strongroom_types::*;
use strongroom_wire::ProblemCode;

/// Method, path pattern, whether a session is asked for.
fn operations() -> Vec<(String, String, bool)> {
    let document = serde_json::to_value(strongroom_api::openapi()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if !["get", "put", "post", "delete"].contains(&method.as_str()) {
                continue;
            }
            let guarded = operation["security"]
                .as_array()
                .is_some_and(|all| !all.is_empty());
            all.push((method.to_uppercase(), path.clone(), guarded));
        }
    }
    assert!(all.len() > 40, "the document lost its operations");
    all
}

fn fill(pattern: &str, vault: VaultId) -> String {
    let id16 = RecordId::from_bytes([5; 16]).to_string();
    pattern
        .replace("{vault}", &vault.to_string())
        .replace("{identity}", &IdentityId::from_bytes([5; 32]).to_string())
        .replace("{account_role}", "member")
        .replace("{epoch}", "1")
        .replace("{n}", "0")
        .replace("{session}", &id16)
        .replace("{invite}", &id16)
        .replace("{revision}", &id16)
        .replace("{file}", &id16)
        .replace("{link}", &id16)
}

async fn attempt(world: &World, method: &str, path: &str, token: Option<&str>) -> Answer {
    let body: &[u8] = match (method, path) {
        ("GET" | "DELETE", _) => b"",
        (_, path) if path.ends_with("/entries") || path == "/v1/vaults" => b"\x80",
        (_, path) if path.contains("/parts/") || path.contains("/tree/") => b"x",
        _ => b"{}",
    };
    let media = if body == b"\x80" {
        "application/cbor"
    } else {
        "application/json"
    };
    let headers = [("content-type", media), ("strongroom-crc32c", "00000000")];
    world
        .send(method, path, token, &headers, body.to_vec())
        .await
}

#[tokio::test]
async fn nobody_gets_in_without_a_session() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let vault = world.create_vault(&ada).await;
    let stale = Digest::from_bytes([9; 32]).to_string();
    for (method, pattern, guarded) in operations() {
        let path = fill(&pattern, vault);
        for token in [None, Some(stale.as_str()), Some("nonsense")] {
            let answer = attempt(&world, &method, &path, token).await;
            if guarded {
                assert_eq!(answer.status, 401, "{method} {path} {token:?}");
            } else {
                assert_ne!(answer.status, 500, "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn a_vault_does_not_exist_for_others() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let colleague = world.colleague(&ada, "Bob").await;
    let vault = world.create_vault(&ada).await;
    let other = world.founder("Olga").await;
    assert_ne!(ada.tenant(), other.tenant());
    for (method, pattern, _) in operations() {
        if !pattern.contains("{vault}") {
            continue;
        }
        for person in [&colleague, &other] {
            let path = fill(&pattern, vault);
            let answer = attempt(&world, &method, &path, person.token()).await;
            // Requests that are malformed in themselves may be told so; nothing more.
            let allowed = [400, 403, 404];
            let status = answer.status.as_u16();
            assert!(allowed.contains(&status), "{method} {path}: {status}");
            if matches!(method.as_str(), "GET" | "DELETE") {
                answer.refused(ProblemCode::NotFound);
            }
        }
    }
}

#[tokio::test]
async fn well_formed_writes_of_others_are_refused_too() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    let vault = world.create_vault(&ada).await;
    let other = world.founder("Olga").await;
    // Entries sealed with what a member knows, sent by who is none.
    let (state, directory) = world.vault(&ada, vault).await;
    let entry = world.entry(&state, &directory, &bob, &world.record());
    let append = strongroom_format::transport::Append::of(vec![entry]);
    world
        .post(&bob, vault, &append)
        .await
        .refused(ProblemCode::NotFound);
    assert!(matches!(
        world.post(&other, vault, &append).await.status.as_u16(),
        403 | 404 | 409
    ));
    let start = strongroom_wire::UploadStart {
        file: FileId::from_bytes([1; 16]),
        revision: RevisionId::from_bytes([2; 16]),
        record: RecordId::from_bytes([3; 16]),
        sealed_length: strongroom_crypto::sealed_box::sealed_len(100),
    };
    let path = format!("/v1/vaults/{vault}/uploads");
    for person in [&bob, &other] {
        world
            .json("POST", &path, person.token(), &start)
            .await
            .refused(ProblemCode::NotFound);
    }
}

#[tokio::test]
async fn members_do_not_administer() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    let document = serde_json::to_value(strongroom_api::openapi()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["tags"] != Value::from(vec!["administration"]) {
                continue;
            }
            let path = fill(path, VaultId::ZERO);
            let answer = attempt(&world, &method.to_uppercase(), &path, bob.token()).await;
            answer.refused(ProblemCode::Forbidden);
        }
    }
}

#[tokio::test]
async fn tenants_do_not_meet() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let olga = world.founder("Olga").await;
    let path = format!("/v1/accounts/{}/sessions", ada.identity_id());
    world
        .send("DELETE", &path, olga.token(), &[], Vec::new())
        .await
        .refused(ProblemCode::NotFound);
    let quota = strongroom_wire::Quota {
        file_max_bytes: Some(1),
        total_max_bytes: None,
        parts_in_flight_max: None,
    };
    let path = format!("/v1/accounts/{}/quota", ada.identity_id());
    world
        .json("PUT", &path, olga.token(), &quota)
        .await
        .refused(ProblemCode::NotFound);
    let session = ada.session.as_ref().unwrap().session;
    let path = format!("/v1/sessions/{session}");
    world
        .send("DELETE", &path, olga.token(), &[], Vec::new())
        .await
        .refused(ProblemCode::NotFound);
    world.get("/v1/account", ada.token()).await.ok();
}
