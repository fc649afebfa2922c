use super::*;

pub async fn upload_to_revision(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let vault = world.vault(2).await;
    let (store, tenant, id) = (&world.store, world.tenant, vault.log.vault_id());
    let new = vault.new_upload(3);
    let key = new.key;
    let row = store.start_upload(new.clone()).await.unwrap();
    assert_eq!(
        store.start_upload(new.clone()).await.unwrap(),
        row,
        "found again"
    );
    let other = NewUpload {
        sealed_length: 1_001,
        ..new.clone()
    };
    let refused = store.start_upload(other).await;
    assert!(matches!(
        refused,
        Err(StoreError::AlreadyExists(What::Upload))
    ));
    assert_eq!(
        store
            .account(tenant, world.account)
            .await
            .unwrap()
            .unwrap()
            .used_bytes,
        1_000
    );

    let finish = |entry_index| {
        vec![Effect::FinishUpload {
            revision: key.revision,
            entry_index,
        }]
    };
    let part = |tree, number| PartRow {
        tree,
        number,
        length: 400,
        crc32c: u32::MAX,
    };
    for (tree, number) in [(true, 0), (false, 1), (false, 1)] {
        store
            .record_part(key, part(tree, number), START_MS + 5)
            .await
            .unwrap();
        assert!(matches!(
            vault.append(finish(1)).await,
            Err(StoreError::Incomplete)
        ));
    }
    let beyond = store.record_part(key, part(false, 2), START_MS).await;
    assert!(matches!(beyond, Err(StoreError::NotFound)));
    assert!(store.stored_part(key, false, 0).await.unwrap().is_none());
    assert_eq!(
        store.stored_part(key, false, 1).await.unwrap(),
        Some(part(false, 1))
    );
    store
        .record_part(key, part(false, 0), START_MS + 5)
        .await
        .unwrap();
    assert_eq!(
        store.stored_parts(key).await.unwrap(),
        [part(false, 0), part(false, 1), part(true, 0)]
    );
    assert_eq!(
        store.upload(key).await.unwrap().unwrap().touched_ms,
        START_MS + 5
    );

    vault.append(finish(1)).await.unwrap();
    assert!(store.upload(key).await.unwrap().is_none());
    assert!(matches!(
        vault.append(finish(2)).await,
        Err(StoreError::NotFound)
    ));
    let again = store.start_upload(new).await;
    assert!(matches!(
        again,
        Err(StoreError::AlreadyExists(What::Revision))
    ));
    let revision = store
        .revision(tenant, id, key.revision)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((revision.sealed_length, revision.part_count), (1_000, 2));
    assert_eq!((revision.tree_part_count, revision.entry_index), (1, 1));
    assert_eq!(
        (revision.account, revision.key_entry_index),
        (world.account, None)
    );
    let key_entry = Effect::PutFileKey {
        revision: key.revision,
        entry_index: 2,
    };
    vault.append(vec![key_entry]).await.unwrap();
    let revision = store
        .revision(tenant, id, key.revision)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(revision.key_entry_index, Some(2));
    assert_eq!(
        store.revisions_at(tenant, id, &[1, 2, 5]).await.unwrap(),
        [revision]
    );
    assert!(
        store
            .revisions_at(tenant, id, &[0])
            .await
            .unwrap()
            .is_empty()
    );
    let late = store.record_part(key, part(false, 0), START_MS).await;
    assert!(matches!(late, Err(StoreError::NotFound)));
}

pub async fn quota_is_reserved(store: Arc<dyn Store>) {
    let world = Arc::new(world(store, 1).await);
    let vault = world.vault(2).await;
    let store = &world.store;
    let starts: Vec<_> = (10..26)
        .map(|seed| {
            let new = NewUpload {
                total_max_bytes: Some(5_500),
                ..vault.new_upload(seed)
            };
            let store = store.clone();
            tokio::spawn(async move { store.start_upload(new).await })
        })
        .collect();
    let mut started = 0;
    for start in starts {
        match start.await.unwrap() {
            Ok(_) => started += 1,
            Err(StoreError::QuotaExceeded) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(started, 5);
    let usage = |bytes, limit| {
        let account = world.account;
        vec![Effect::AddUsage {
            account,
            bytes,
            total_max_bytes: Some(limit),
        }]
    };
    let over = vault.append(usage(501, 5_500)).await;
    assert!(matches!(over, Err(StoreError::QuotaExceeded)));
    vault.append(usage(500, 5_500)).await.unwrap();
    let used = store
        .account(world.tenant, world.account)
        .await
        .unwrap()
        .unwrap()
        .used_bytes;
    assert_eq!(used, 5_500);
    let stale = store.stale_uploads(START_MS + 1, 3).await.unwrap();
    assert_eq!(stale.len(), 3);
    assert!(store.stale_uploads(START_MS, 3).await.unwrap().is_empty());
    assert!(store.delete_upload(stale[0].key, None).await.unwrap());
    assert!(!store.delete_upload(stale[0].key, None).await.unwrap());
    let used = store
        .account(world.tenant, world.account)
        .await
        .unwrap()
        .unwrap()
        .used_bytes;
    assert_eq!(used, 4_500);
}

pub async fn attributes_and_leases(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let vault = world.vault(2).await;
    let (store, tenant, id) = (&world.store, world.tenant, vault.log.vault_id());
    vault.put_file(5).await;
    let file = FileId::from_bytes([5; 16]);
    let row = store.file(tenant, id, file).await.unwrap().unwrap();
    assert_eq!(
        (row.deleted, row.protected, row.lease),
        (false, false, None)
    );
    assert_eq!(row.record, RecordId::from_bytes([5; 16]));
    let attr = Effect::SetFileAttr {
        file,
        deleted: true,
        protected: true,
    };
    vault.append(vec![attr]).await.unwrap();
    let mut lease = LeaseRow {
        lease: LeaseId::from_bytes([6; 16]),
        fence: 3,
        identity: world.identity,
        expires_ms: START_MS + 9,
    };
    for expires_ms in [START_MS + 9, START_MS + 20] {
        lease.expires_ms = expires_ms;
        vault
            .append(vec![Effect::SetLease {
                file,
                lease: lease.clone(),
            }])
            .await
            .unwrap();
        let row = store.file(tenant, id, file).await.unwrap().unwrap();
        assert_eq!(
            (row.deleted, row.protected, row.lease),
            (true, true, Some(lease.clone()))
        );
    }
    for _ in 0..2 {
        vault
            .append(vec![Effect::ClearLease { file }])
            .await
            .unwrap();
    }
    assert_eq!(
        store.file(tenant, id, file).await.unwrap().unwrap().lease,
        None
    );
    // A new revision says nothing of trash or protection.
    let mut next = vault.new_upload(8);
    (next.file, next.record) = (file, RecordId::from_bytes([5; 16]));
    let revision = next.key.revision;
    vault.finish(next).await;
    let row = store.file(tenant, id, file).await.unwrap().unwrap();
    assert_eq!((row.deleted, row.protected), (true, true));
    let found = store.revision(tenant, id, revision).await.unwrap();
    assert_eq!(found.unwrap().file, file);
    let unknown = FileId::from_bytes([9; 16]);
    let none = vault
        .append(vec![Effect::SetLease {
            file: unknown,
            lease,
        }])
        .await;
    assert!(matches!(none, Err(StoreError::NotFound)));
    assert!(store.file(tenant, id, unknown).await.unwrap().is_none());
}

pub async fn erased_and_dropped_bytes_become_garbage(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let vault = world.vault(2).await;
    let (store, tenant, id) = (&world.store, world.tenant, vault.log.vault_id());
    let kept = vault.put_file(4).await;
    let erased = vault.put_file(5).await;
    let dropped = vault.new_upload(6);
    store.start_upload(dropped.clone()).await.unwrap();
    store.delete_upload(dropped.key, None).await.unwrap();
    let revisions = vec![erased.revision, RevisionId::from_bytes([99; 16])];
    vault
        .append(vec![Effect::EraseFileRevisions { revisions }])
        .await
        .unwrap();
    assert!(
        store
            .revision(tenant, id, erased.revision)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .revision(tenant, id, kept.revision)
            .await
            .unwrap()
            .is_some()
    );
    let used = store
        .account(tenant, world.account)
        .await
        .unwrap()
        .unwrap()
        .used_bytes;
    assert_eq!(used, 1_000);
    let mut garbage = store.garbage(10).await.unwrap();
    garbage.sort();
    assert_eq!(garbage, [erased, dropped.key]);
    let early = store.start_upload(dropped.clone()).await;
    assert!(matches!(
        early,
        Err(StoreError::AlreadyExists(What::Revision))
    ));
    for key in garbage {
        store.clear_garbage(key).await.unwrap();
    }
    assert!(store.garbage(10).await.unwrap().is_empty());
    store.start_upload(dropped).await.unwrap();
    let again = NewUpload {
        key: erased,
        ..vault.new_upload(5)
    };
    let refused = store.start_upload(again).await;
    assert!(matches!(
        refused,
        Err(StoreError::AlreadyExists(What::Revision))
    ));
}
