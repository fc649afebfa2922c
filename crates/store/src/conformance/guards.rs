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
