use super::*;

pub async fn lookups(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let (store, tenant) = (&world.store, world.tenant);
    let row = store.account(tenant, world.account).await.unwrap().unwrap();
    assert_eq!(
        (row.name.as_str(), row.account_role),
        ("Person 1", AccountRole::Admin)
    );
    assert_eq!(
        (row.retired, row.recovery_confirmed, row.used_bytes),
        (false, false, 0)
    );
    assert_eq!(
        store
            .account_by_identity(tenant, world.identity)
            .await
            .unwrap()
            .unwrap(),
        row
    );
    let by_name = store.accounts_by_name(None, "person 1").await.unwrap();
    assert_eq!(by_name, [row]);
    assert!(
        store
            .accounts_by_name(Some(tenant), "nobody")
            .await
            .unwrap()
            .is_empty()
    );
    store
        .confirm_recovery(tenant, world.account, None)
        .await
        .unwrap();
    assert!(store.accounts(tenant).await.unwrap()[0].recovery_confirmed);
    let nobody = store
        .confirm_recovery(tenant, AccountId::from_bytes([9; 16]), None)
        .await;
    assert!(matches!(nobody, Err(StoreError::NotFound)));
}

pub async fn quotas(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let (store, tenant) = (&world.store, world.tenant);
    let quota = QuotaLimits {
        file_max_bytes: Some(5),
        total_max_bytes: None,
        parts_in_flight_max: Some(2),
    };
    store
        .set_account_quota(tenant, world.identity, quota, None)
        .await
        .unwrap();
    assert_eq!(
        store
            .account(tenant, world.account)
            .await
            .unwrap()
            .unwrap()
            .quota,
        quota
    );
    assert_eq!(
        store.role_quota(tenant, AccountRole::Member).await.unwrap(),
        QuotaLimits::default()
    );
    for file_max_bytes in [Some(1), Some(2)] {
        let quota = QuotaLimits {
            file_max_bytes,
            ..quota
        };
        store
            .set_role_quota(tenant, AccountRole::Member, quota, None)
            .await
            .unwrap();
        assert_eq!(
            store.role_quota(tenant, AccountRole::Member).await.unwrap(),
            quota
        );
    }
    assert_eq!(
        store.role_quota(tenant, AccountRole::Admin).await.unwrap(),
        QuotaLimits::default()
    );
    let too_large = QuotaLimits {
        total_max_bytes: Some(u64::MAX),
        ..quota
    };
    let refused = store
        .set_account_quota(tenant, world.identity, too_large, None)
        .await;
    assert!(matches!(refused, Err(StoreError::OutOfRange(_))));
}

pub async fn wallet_and_credentials(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let (store, tenant, account) = (&world.store, world.tenant, world.account);
    assert_eq!(
        store
            .wallet(tenant, account)
            .await
            .unwrap()
            .unwrap()
            .version,
        1
    );
    let put = |expected_version, promote_credential| WalletPut {
        tenant,
        account,
        expected_version,
        wallet: blob(expected_version as u8, 5_000),
        recover_auth_hash: Some(digest(77)),
        promote_credential,
    };
    let (one, two) = tokio::join!(
        store.put_wallet(put(1, None), None),
        store.put_wallet(put(1, None), None)
    );
    assert!(one.is_ok() != two.is_ok());
    assert!(matches!(one.and(two), Err(StoreError::VersionMoved)));
    let row = store.account(tenant, account).await.unwrap().unwrap();
    assert_eq!(row.recover_auth_hash, digest(77));

    let new = CredentialId::from_bytes([8; 16]);
    let replaced = CredentialId::from_bytes([7; 16]);
    for id in [replaced, new] {
        store
            .put_pending_credential(tenant, account, id, blob(8, 150), START_MS, None)
            .await
            .unwrap();
    }
    let unproven = store.put_wallet(put(2, Some(new)), None).await;
    assert!(matches!(unproven, Err(StoreError::NotFound)));
    assert_eq!(
        store
            .wallet(tenant, account)
            .await
            .unwrap()
            .unwrap()
            .version,
        2
    );
    let gone = store.prove_credential(tenant, account, replaced).await;
    assert!(matches!(gone, Err(StoreError::NotFound)));
    store.prove_credential(tenant, account, new).await.unwrap();
    let current = store
        .credential(tenant, account, CredentialStatus::Current)
        .await
        .unwrap();
    assert_eq!(
        current.unwrap().credential,
        CredentialId::from_bytes([1; 16]),
        "old way stays"
    );
    store.put_wallet(put(2, Some(new)), None).await.unwrap();
    let current = store
        .credential(tenant, account, CredentialStatus::Current)
        .await
        .unwrap();
    let current = current.unwrap();
    assert_eq!((current.credential, current.record), (new, blob(8, 150)));
    assert!(
        store
            .credential(tenant, account, CredentialStatus::Pending)
            .await
            .unwrap()
            .is_none()
    );
    let wallet = store.wallet(tenant, account).await.unwrap().unwrap();
    assert_eq!((wallet.version, wallet.wallet), (3, blob(2, 5_000)));
}

pub async fn sessions(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let (store, tenant, account) = (&world.store, world.tenant, world.account);
    let context = store
        .lookup_session(digest(1), START_MS)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (context.tenant, context.account, context.identity),
        (tenant, account, world.identity)
    );
    assert_eq!(
        (context.scope, context.account_role),
        (SessionScope::Full, AccountRole::Admin)
    );
    let end = START_MS + 86_400_000;
    assert!(
        store
            .lookup_session(digest(1), end - 1)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        store
            .lookup_session(digest(1), end)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .lookup_session(digest(5), START_MS)
            .await
            .unwrap()
            .is_none()
    );
    // The note of a visit is not waited for; any later write comes after it.
    store.probe().await.unwrap();
    let row = store.account(tenant, account).await.unwrap().unwrap();
    assert_eq!(row.last_seen_ms, Some(end - 1));

    for seed in [2, 3, 4] {
        let mut session = new_session(tenant, account, seed);
        session.scope = SessionScope::Recovery;
        session.created_ms += u64::from(seed);
        store.create_session(session).await.unwrap();
    }
    let twice = store.create_session(new_session(tenant, account, 4)).await;
    assert!(matches!(
        twice,
        Err(StoreError::AlreadyExists(What::Session))
    ));
    let list = store.sessions(tenant, account, START_MS).await.unwrap();
    let order: Vec<_> = list.iter().map(|row| row.session.as_bytes()[0]).collect();
    assert_eq!(order, [4, 3, 2, 1]);
    let id = SessionId::from_bytes;
    assert!(
        store
            .revoke_session(tenant, account, id([3; 16]), None)
            .await
            .unwrap()
    );
    assert!(
        !store
            .revoke_session(tenant, account, id([3; 16]), None)
            .await
            .unwrap()
    );
    assert!(
        store
            .lookup_session(digest(3), START_MS)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        store
            .revoke_sessions(tenant, account, Some(id([4; 16])), None)
            .await
            .unwrap(),
        2
    );
    assert!(
        store
            .lookup_session(digest(4), START_MS)
            .await
            .unwrap()
            .is_some()
    );
    let stranger = AccountId::from_bytes([9; 16]);
    let nobody = store.create_session(new_session(tenant, stranger, 9)).await;
    assert!(matches!(nobody, Err(StoreError::NotFound)));
}

pub async fn retiring(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let create = Effect::CreateAccount(Box::new(new_account(world.tenant, 2)));
    directory_append(&world, vec![create]).await.unwrap();
    let identity = IdentityId::from_bytes([2; 32]);
    let role = Effect::SetAccountRole {
        identity,
        account_role: AccountRole::Member,
    };
    directory_append(&world, vec![role]).await.unwrap();
    let context = world
        .store
        .lookup_session(digest(2), START_MS)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(context.account_role, AccountRole::Member);
    let account = context.account;
    for number in [7, 9] {
        let other = new_session(world.tenant, account, number);
        world.store.create_session(other).await.unwrap();
    }
    let except = new_session(world.tenant, account, 7).session;
    let end = Effect::EndOtherSessions { identity, except };
    directory_append(&world, vec![end]).await.unwrap();
    let left = world.store.sessions(world.tenant, account, START_MS).await;
    let left: Vec<_> = left.unwrap().iter().map(|row| row.session).collect();
    assert_eq!(left, [except]);
    directory_append(&world, vec![Effect::RetireAccount { identity }])
        .await
        .unwrap();
    assert!(
        world
            .store
            .lookup_session(digest(7), START_MS)
            .await
            .unwrap()
            .is_none()
    );
    let row = world
        .store
        .account_by_identity(world.tenant, identity)
        .await
        .unwrap()
        .unwrap();
    assert!(row.retired);
    let late = world
        .store
        .create_session(new_session(world.tenant, row.account, 8))
        .await;
    assert!(matches!(late, Err(StoreError::NotFound)));
    let nobody = IdentityId::from_bytes([9; 32]);
    let none = directory_append(&world, vec![Effect::RetireAccount { identity: nobody }]).await;
    assert!(matches!(none, Err(StoreError::NotFound)));
}
