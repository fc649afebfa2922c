use crate::support::*;
use strongroom_crypto::opaque::ClientRegistration;
use strongroom_format::directory::DirectoryPayload;
use strongroom_types::*;
use strongroom_wire::*;

#[tokio::test]
async fn sign_up_log_in_log_out() {
    let world = World::new();
    let code = world.setup_code().await;
    let info: ServerInfo = world.get("/v1/server", None).await.json();
    assert!(info.setup_open);
    assert_eq!(info.public_url, None);
    drop(code);
    let ada = world.founder("Ada").await;
    let account: AccountView = world.get("/v1/account", ada.token()).await.json();
    assert_eq!(
        (account.name.as_str(), account.recovery_confirmed),
        ("Ada", true)
    );
    assert_eq!(account.identity, ada.identity_id());
    let again: SessionCreated = world.login("ada", PASSPHRASE, false).await.json();
    let list: SessionList = world
        .get("/v1/sessions", Some(&again.session_token))
        .await
        .json();
    assert_eq!(list.sessions.len(), 2);
    assert_eq!(list.sessions.iter().filter(|row| row.current).count(), 1);
    world
        .send(
            "POST",
            "/v1/logout",
            Some(&again.session_token),
            &[],
            Vec::new(),
        )
        .await
        .ok();
    world
        .get("/v1/account", Some(&again.session_token))
        .await
        .refused(ProblemCode::Unauthenticated);
    let own = ada.session.as_ref().unwrap().session;
    world
        .send(
            "DELETE",
            &format!("/v1/sessions/{own}"),
            ada.token(),
            &[],
            Vec::new(),
        )
        .await
        .ok();
    world
        .get("/v1/account", ada.token())
        .await
        .refused(ProblemCode::Unauthenticated);
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    world.clock.advance(89 * 86_400_000);
    world.get("/v1/account", ada.token()).await.ok();
    world.clock.advance(2 * 86_400_000);
    world
        .get("/v1/account", ada.token())
        .await
        .refused(ProblemCode::Unauthenticated);
}

#[tokio::test]
async fn guessing_is_slowed_down_for_known_and_unknown_names_alike() {
    let world = World::new();
    world.founder("Ada").await;
    for name in ["Ada", "Nobody"] {
        for _ in 0..5 {
            world
                .login(name, b"wrong passphrase", false)
                .await
                .refused(ProblemCode::WrongCredentials);
        }
        let problem = world
            .login(name, b"wrong passphrase", false)
            .await
            .refused(ProblemCode::TooManyRequests);
        assert_eq!(problem.retry_after_seconds, Some(8));
        world.clock.advance(8_000);
        world
            .login(name, b"wrong passphrase", false)
            .await
            .refused(ProblemCode::WrongCredentials);
        let problem = world
            .login(name, PASSPHRASE, false)
            .await
            .refused(ProblemCode::TooManyRequests);
        assert_eq!(problem.retry_after_seconds, Some(16));
    }
    world.clock.advance(16_000);
    world.login("Ada", PASSPHRASE, false).await.ok();
    world.login("Ada", PASSPHRASE, false).await.ok();
}

#[tokio::test]
async fn guesses_that_are_never_finished_count() {
    let world = World::new();
    world.founder("Ada").await;
    let start = || async {
        let (_, request) =
            strongroom_crypto::opaque::ClientLogin::start(b"guess", &mut world.rng()).unwrap();
        let start = LoginStart {
            name: "Ada".to_owned(),
            tenant: None,
            opaque_request: request.into(),
            pending: false,
        };
        world.json("POST", "/v1/login/start", None, &start).await
    };
    for _ in 0..5 {
        start().await.ok();
    }
    start().await.refused(ProblemCode::TooManyRequests);
    // After they have timed out they are failures like others.
    world.clock.advance(6 * 60_000);
    start().await.refused(ProblemCode::TooManyRequests);
}

#[tokio::test]
async fn invitations_are_used_once_and_expire() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let invitation = world.invite(&ada, AccountRole::Member).await;
    let header = format!("Invite {}.{}", invitation.invite, invitation.auth);
    let path = format!("/v1/invites/{}", invitation.invite);
    let view: InviteView = world
        .send(
            "GET",
            &path,
            None,
            &[("authorization", &header)],
            Vec::new(),
        )
        .await
        .json();
    assert_eq!(
        (view.tenant, view.root_box.0.as_slice()),
        (ada.tenant(), &[1u8, 2, 3][..])
    );
    let wrong = format!(
        "Invite {}.{}",
        invitation.invite,
        Digest::from_bytes([1; 32])
    );
    world
        .send("GET", &path, None, &[("authorization", &wrong)], Vec::new())
        .await
        .refused(ProblemCode::WrongCredentials);
    let directory = "/v1/directory/entries";
    world
        .send(
            "GET",
            directory,
            None,
            &[("authorization", &header)],
            Vec::new(),
        )
        .await
        .ok();

    let mut bob = world.stranger("Bob");
    let entry = world.join_entry(&ada, &bob, &invitation).await;
    bob.session = Some(world.signup(&bob, invitation.proof(), &entry).await.json());
    let account: AccountView = world.get("/v1/account", bob.token()).await.json();
    assert_eq!(account.account_role, AccountRoleText(AccountRole::Member));
    world
        .send(
            "GET",
            directory,
            None,
            &[("authorization", &header)],
            Vec::new(),
        )
        .await
        .refused(ProblemCode::Gone);
    let eve = world.stranger("Eve");
    let entry = world.join_entry(&ada, &eve, &invitation).await;
    world
        .signup(&eve, invitation.proof(), &entry)
        .await
        .refused(ProblemCode::Gone);

    let late = world.invite(&ada, AccountRole::Member).await;
    let entry = world.join_entry(&ada, &eve, &late).await;
    world.clock.advance(1_000_000);
    world
        .signup(&eve, late.proof(), &entry)
        .await
        .refused(ProblemCode::Gone);

    let withdrawn = world.invite(&ada, AccountRole::Member).await;
    let payload = DirectoryPayload::WithdrawInvite {
        invite: withdrawn.invite,
    };
    world.directory_append(&ada, payload).await.ok();
    world
        .signup(&eve, withdrawn.proof(), &entry)
        .await
        .refused(ProblemCode::Gone);
    let refused = world.invite(&bob, AccountRole::Admin).await;
    refused.answer.refused(ProblemCode::Forbidden);

    let alike = world.stranger("B\u{43e}b");
    let invitation = world.invite(&ada, AccountRole::Member).await;
    let entry = world.join_entry(&ada, &alike, &invitation).await;
    world
        .signup(&alike, invitation.proof(), &entry)
        .await
        .refused(ProblemCode::NameTaken);
}

#[tokio::test]
async fn a_retired_account_is_out_at_once() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    world.get("/v1/account", bob.token()).await.ok();
    let retire = |identity| DirectoryPayload::Retire { identity };
    world
        .directory_append(&bob, retire(ada.identity_id()))
        .await
        .refused(ProblemCode::Forbidden);
    world
        .directory_append(&ada, retire(bob.identity_id()))
        .await
        .ok();
    world
        .get("/v1/account", bob.token())
        .await
        .refused(ProblemCode::Unauthenticated);
    world
        .login("Bob", PASSPHRASE, false)
        .await
        .refused(ProblemCode::WrongCredentials);
    let list: AccountList = world.get("/v1/accounts", ada.token()).await.json();
    assert!(
        list.accounts
            .iter()
            .any(|row| row.name == "Bob" && row.retired)
    );
}

#[tokio::test]
async fn roles_change_at_once_and_admins_end_sessions() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    world
        .get("/v1/accounts", bob.token())
        .await
        .refused(ProblemCode::Forbidden);
    let payload = DirectoryPayload::AccountRole {
        identity: bob.identity_id(),
        account_role: AccountRole::Admin,
    };
    world.directory_append(&ada, payload).await.ok();
    world.get("/v1/accounts", bob.token()).await.ok();
    let path = format!("/v1/accounts/{}/sessions", ada.identity_id());
    world
        .send("DELETE", &path, bob.token(), &[], Vec::new())
        .await
        .ok();
    world
        .get("/v1/account", ada.token())
        .await
        .refused(ProblemCode::Unauthenticated);
}

#[tokio::test]
async fn a_setup_code_makes_one_tenant() {
    let world = World::new();
    let code = world.setup_code().await;
    let ada = world.founder("Ada").await;
    let (_, request) = ClientRegistration::start(PASSPHRASE, &mut world.rng()).unwrap();
    let start = |code: &str| SignupStart {
        proof: SignupProof::Setup {
            code: code.to_owned(),
        },
        name: "Bob".to_owned(),
        opaque_request: request.clone().into(),
    };
    let wrong = "SR-SETUP-0000-0000-0000-0000-0000-0000-0009-PY".to_owned();
    let status = world
        .json("POST", "/v1/signup/start", None, &start(&wrong))
        .await
        .status;
    assert!(status == 400 || status == 401);
    drop((code, ada));
}

#[tokio::test]
async fn quotas_refuse_before_the_first_byte() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let bob = world.colleague(&ada, "Bob").await;
    let vault = world.create_vault(&bob).await;
    let limit = Quota {
        file_max_bytes: Some(1_000),
        ..quota(5_000)
    };
    world
        .json("PUT", "/v1/quotas/member", bob.token(), &limit)
        .await
        .refused(ProblemCode::Forbidden);
    world
        .json("PUT", "/v1/quotas/member", ada.token(), &limit)
        .await
        .ok();
    let sealed = |plain| strongroom_crypto::sealed_box::sealed_len(plain);
    let start = |sealed_length| UploadStart {
        file: FileId::make(&mut world.rng()),
        revision: RevisionId::make(&mut world.rng()),
        record: RecordId::make(&mut world.rng()),
        sealed_length,
    };
    let path = format!("/v1/vaults/{vault}/uploads");
    let post = |length| world_post(&world, &path, &bob, start(length));
    post(sealed(1_000))
        .await
        .refused(ProblemCode::QuotaExceeded);
    post(sealed(900)).await.ok();
    let path_own = format!("/v1/accounts/{}/quota", bob.identity_id());
    world
        .json(
            "PUT",
            &path_own,
            ada.token(),
            &Quota {
                file_max_bytes: Some(1 << 20),
                ..quota(3_000)
            },
        )
        .await
        .ok();
    post(sealed(1_500)).await.ok();
    post(sealed(900)).await.refused(ProblemCode::QuotaExceeded);
    let account: AccountView = world.get("/v1/account", bob.token()).await.json();
    assert_eq!(account.used_bytes, sealed(900) + sealed(1_500));
    // Records count where there is a limit.
    world.append(&bob, vault, &world.record()).await.ok();
    world
        .append(&bob, vault, &world.record())
        .await
        .refused(ProblemCode::QuotaExceeded);
}

#[tokio::test]
async fn an_administrator_reads_the_limits_that_are_set() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let read = async |role: &str| -> RoleQuotaView {
        let path = format!("/v1/quotas/{role}");
        world.get(&path, ada.token()).await.json()
    };
    let untouched = read("member").await;
    let nothing = Quota {
        total_max_bytes: None,
        ..quota(0)
    };
    assert_eq!(untouched.quota, nothing);
    assert_eq!(untouched.in_force.total_max_bytes, None);
    assert!(untouched.in_force.file_max_bytes.is_some());
    assert!(untouched.in_force.parts_in_flight_max.is_some());
    world
        .json("PUT", "/v1/quotas/member", ada.token(), &quota(5_000))
        .await
        .ok();
    let set = read("member").await;
    assert_eq!(set.quota, quota(5_000));
    let in_force = Quota {
        total_max_bytes: Some(5_000),
        ..untouched.in_force.clone()
    };
    assert_eq!(set.in_force, in_force);
    assert_eq!(read("admin").await, untouched);
    world
        .get("/v1/quotas/owner", ada.token())
        .await
        .refused(ProblemCode::Malformed);
    // Another organisation's are not touched, and not seen.
    let olga = world.founder("Olga").await;
    let hers: RoleQuotaView = world.get("/v1/quotas/member", olga.token()).await.json();
    assert_eq!(hers, untouched);
}

#[tokio::test]
async fn an_administrator_learns_how_full_the_disks_are() {
    let world = World::new();
    let ada = world.founder("Ada").await;
    let storage: StorageView = world.get("/v1/storage", ada.token()).await.json();
    let disk = |database, free_bytes, short| DiskRow {
        database,
        files: !database,
        free_bytes,
        total_bytes: 100 << 30,
        short,
    };
    let expected = vec![disk(true, 60 << 30, false), disk(false, 2 << 30, true)];
    assert_eq!(storage.disks, expected);
    world
        .get("/v1/storage", None)
        .await
        .refused(ProblemCode::Unauthenticated);
    // How full a disk is, is nothing for everybody.
    let ready = world.get("/readyz", None).await.ok();
    assert!(!String::from_utf8_lossy(&ready.body).contains("free"));
}

fn quota(total: u64) -> Quota {
    Quota {
        file_max_bytes: None,
        total_max_bytes: Some(total),
        parts_in_flight_max: None,
    }
}

async fn world_post(world: &World, path: &str, person: &Person, start: UploadStart) -> Answer {
    world.json("POST", path, person.token(), &start).await
}
