use super::*;

pub async fn answers(store: Arc<dyn Store>) {
    // Works before there is any tenant.
    let key = |seed| AnswerKey {
        tenant: TenantId::ZERO,
        account: AccountId::from_bytes([seed; 16]),
        key: IdempotencyKey::from_bytes([1; 16]),
    };
    let answer = |request: u8| AnswerRow {
        request_hash: digest(request),
        status: 201,
        body: blob(request, 50),
        created_ms: START_MS,
    };
    assert!(store.lookup_answer(key(1)).await.unwrap().is_none());
    for _ in 0..2 {
        store.put_answer(key(1), answer(1)).await.unwrap();
    }
    let other = store.put_answer(key(1), answer(2)).await;
    assert!(matches!(
        other,
        Err(StoreError::AlreadyExists(What::Answer))
    ));
    store.put_answer(key(2), answer(2)).await.unwrap();
    assert_eq!(store.lookup_answer(key(1)).await.unwrap(), Some(answer(1)));
    assert_eq!(store.lookup_answer(key(2)).await.unwrap(), Some(answer(2)));
}

/// A write and its answer are one step: where the answer cannot be kept, nothing was written.
pub async fn answers_with_writes(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let vault = world.vault(2).await;
    let upload = vault.upload_key(3);
    world.store.start_upload(vault.new_upload(3)).await.unwrap();
    let (store, tenant, account) = (&world.store, world.tenant, world.account);
    let answer = |number: u8, request: u8| KeptAnswer {
        key: AnswerKey {
            tenant,
            account,
            key: IdempotencyKey::from_bytes([number; 16]),
        },
        row: AnswerRow {
            request_hash: digest(request),
            status: 204,
            body: blob(0, 0),
            created_ms: START_MS,
        },
    };
    let quota = QuotaLimits {
        file_max_bytes: Some(5),
        ..QuotaLimits::default()
    };
    let put = WalletPut {
        tenant,
        account,
        expected_version: 1,
        wallet: blob(1, 5_000),
        recover_auth_hash: None,
        promote_credential: None,
    };
    let (member, credential) = (AccountRole::Member, CredentialId::from_bytes([8; 16]));
    let session = store.sessions(tenant, account, START_MS).await.unwrap()[0].session;
    // What can be seen of all that the writes below change.
    let seen = async || {
        let row = store.account(tenant, account).await.unwrap().unwrap();
        let pending = CredentialStatus::Pending;
        (
            (row.recovery_confirmed, row.quota, row.used_bytes),
            store.role_quota(tenant, member).await.unwrap(),
            store.credential(tenant, account, pending).await.unwrap(),
            store.wallet(tenant, account).await.unwrap(),
            store.sessions(tenant, account, START_MS).await.unwrap(),
            store.upload(upload).await.unwrap(),
        )
    };
    let write = async |number: u8, answer: KeptAnswer| {
        let answer = Some(answer);
        match number {
            0 => store.confirm_recovery(tenant, account, answer).await,
            1 => {
                let identity = world.identity;
                store
                    .set_account_quota(tenant, identity, quota, answer)
                    .await
            }
            2 => store.set_role_quota(tenant, member, quota, answer).await,
            3 => {
                let record = blob(8, 150);
                store
                    .put_pending_credential(tenant, account, credential, record, START_MS, answer)
                    .await
            }
            4 => store.put_wallet(put.clone(), answer).await,
            5 => store.delete_upload(upload, answer).await.map(drop),
            6 => {
                let revoked = store.revoke_session(tenant, account, session, answer);
                revoked.await.map(drop)
            }
            _ => {
                let revoked = store.revoke_sessions(tenant, account, None, answer);
                revoked.await.map(drop)
            }
        }
    };
    for number in 0..8 {
        let other = answer(number, 1);
        store.put_answer(other.key, other.row).await.unwrap();
        let before = seen().await;
        let refused = write(number, answer(number, 2)).await;
        let exists = matches!(refused, Err(StoreError::AlreadyExists(What::Answer)));
        assert!(exists, "{number}: {refused:?}");
        assert_eq!(seen().await, before, "{number}");
        let mut kept = answer(number, 2);
        kept.key.key = IdempotencyKey::from_bytes([100 + number; 16]);
        write(number, kept.clone()).await.unwrap();
        // The seventh has ended the only session already.
        assert!(number == 7 || seen().await != before, "{number}");
        let found = store.lookup_answer(kept.key).await.unwrap();
        assert_eq!(found, Some(kept.row), "{number}");
    }
    // What did nothing has no answer.
    for number in [5, 6] {
        let mut none = answer(number, 3);
        none.key.key = IdempotencyKey::from_bytes([200 + number; 16]);
        write(number, none.clone()).await.unwrap();
        assert!(store.lookup_answer(none.key).await.unwrap().is_none());
    }
}

pub async fn failures(store: Arc<dyn Store>) {
    let window = 1_000;
    let fail = |key: u8, at: u64| store.record_failure(digest(key), START_MS + at, window);
    assert_eq!(
        store.attempts(digest(1)).await.unwrap(),
        Attempts::default()
    );
    fail(1, 0).await.unwrap();
    fail(1, 900).await.unwrap();
    let third = fail(1, 1_900).await.unwrap();
    let expected = Attempts {
        failures: 3,
        first_ms: START_MS,
        last_ms: START_MS + 1_900,
    };
    assert_eq!(third, expected);
    assert_eq!(store.attempts(digest(1)).await.unwrap(), expected);
    assert_eq!(fail(1, 2_901).await.unwrap().failures, 1, "a quiet window");
    assert_eq!(fail(2, 0).await.unwrap().failures, 1, "keys are apart");
    store.clear_failures(digest(1)).await.unwrap();
    assert_eq!(
        store.attempts(digest(1)).await.unwrap(),
        Attempts::default()
    );
    assert_eq!(store.attempts(digest(2)).await.unwrap().failures, 1);
}

pub async fn probe_and_purge(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let store = &world.store;
    for _ in 0..2 {
        store.probe().await.unwrap();
    }
    store.record_failure(digest(1), START_MS, 10).await.unwrap();
    store
        .record_failure(digest(2), START_MS + 10, 10)
        .await
        .unwrap();
    let day = 86_400_000;
    assert_eq!(store.purge(START_MS + 5, START_MS).await.unwrap(), 1);
    assert_eq!(store.attempts(digest(2)).await.unwrap().failures, 1);
    assert_eq!(
        store
            .purge(START_MS + 50, START_MS + day + 1)
            .await
            .unwrap(),
        2
    );
    assert!(
        store
            .sessions(world.tenant, world.account, 0)
            .await
            .unwrap()
            .is_empty()
    );
}
