//! Wallets, passphrases and recovery kits.

use crate::support::*;
use strongroom_crypto::opaque::{ClientRegistration, Identifiers};
use strongroom_format::directory::DirectoryPayload;
use strongroom_types::*;
use strongroom_wire::*;

#[tokio::test]
async fn the_wallet_moves_one_version_at_a_time() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let put = |version| WalletPut {
        wallet: wallet(version).into(),
        recover_auth_hash: None,
        promote_credential: None,
    };
    let path = "/v1/wallet";
    world
        .json("PUT", path, ada.token(), &put(3))
        .await
        .refused(ProblemCode::Conflict);
    world.json("PUT", path, ada.token(), &put(2)).await.ok();
    world
        .json("PUT", path, ada.token(), &put(2))
        .await
        .refused(ProblemCode::Conflict);
    let view: WalletView = world.get(path, ada.token()).await.json();
    assert_eq!(view.wallet.0, wallet(2));
    let nonsense = WalletPut {
        wallet: vec![1, 2, 3].into(),
        ..put(3)
    };
    world
        .json("PUT", path, ada.token(), &nonsense)
        .await
        .refused(ProblemCode::Malformed);
}

#[tokio::test]
async fn the_same_write_twice_gets_the_same_answer() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let put = |version| {
        serde_json::to_vec(&WalletPut {
            wallet: wallet(version).into(),
            recover_auth_hash: None,
            promote_credential: None,
        })
        .unwrap()
    };
    let key = world.key();
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key.as_str()),
    ];
    for _ in 0..3 {
        world
            .send("PUT", "/v1/wallet", ada.token(), &headers, put(2))
            .await
            .ok();
    }
    world
        .send("PUT", "/v1/wallet", ada.token(), &headers, put(3))
        .await
        .refused(ProblemCode::IdempotencyMismatch);
}

#[tokio::test]
async fn a_new_passphrase_counts_once_it_has_worked() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let new = b"another horse battery";
    let (state, request) = ClientRegistration::start(new, &mut world.rng()).unwrap();
    let start = CredentialStart {
        opaque_request: request.into(),
    };
    let started: CredentialStarted = world
        .json("POST", "/v1/credentials/start", ada.token(), &start)
        .await
        .json();
    let (upload, _) = state
        .finish(
            new,
            &started.opaque_response.0,
            &Identifiers::default(),
            &mut world.rng(),
        )
        .unwrap();
    let finish = CredentialFinish {
        credential: started.credential,
        opaque_upload: upload.into(),
    };
    world
        .json("POST", "/v1/credentials/finish", ada.token(), &finish)
        .await
        .ok();
    let view: WalletView = world.get("/v1/wallet", ada.token()).await.json();
    assert_eq!(view.pending_credential, Some(started.credential));

    let promote = WalletPut {
        wallet: wallet(2).into(),
        recover_auth_hash: None,
        promote_credential: Some(started.credential),
    };
    world
        .json("PUT", "/v1/wallet", ada.token(), &promote)
        .await
        .refused(ProblemCode::Conflict);
    world.login("Ada", PASSPHRASE, false).await.ok();
    world
        .login("Ada", new, false)
        .await
        .refused(ProblemCode::WrongCredentials);
    world.login("Ada", new, true).await.ok();
    world
        .json("PUT", "/v1/wallet", ada.token(), &promote)
        .await
        .ok();
    world.login("Ada", new, false).await.ok();
    world
        .login("Ada", PASSPHRASE, false)
        .await
        .refused(ProblemCode::WrongCredentials);
}

#[tokio::test]
async fn a_kit_opens_the_wallet_and_nothing_else() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let recover = |auth| Recover {
        name: "Ada".to_owned(),
        tenant: None,
        auth,
        device_name: "new laptop".to_owned(),
    };
    world
        .json("POST", "/v1/recover", None, &recover(Digest::ZERO))
        .await
        .refused(ProblemCode::WrongCredentials);
    let session: SessionCreated = world
        .json("POST", "/v1/recover", None, &recover(recover_auth(&ada)))
        .await
        .json();
    let token = Some(session.session_token.as_str());
    world.get("/v1/wallet", token).await.ok();
    world.get("/v1/directory/entries", token).await.ok();
    for path in ["/v1/account", "/v1/vaults", "/v1/accounts", "/v1/events"] {
        world.get(path, token).await.refused(ProblemCode::Forbidden);
    }
    let mut restored = ada;
    restored.session = Some(session);
    let payload = DirectoryPayload::Policy {
        image_max_pixels: 1,
        offline_max_days: 1,
        min_suite: 1,
    };
    world
        .directory_append(&restored, payload)
        .await
        .refused(ProblemCode::Forbidden);
}
