use super::*;

const ALL: PageQuery = PageQuery {
    after: None,
    limit: 1_000,
    max_bytes: usize::MAX,
    control_only: false,
};

pub async fn appends_and_pages(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let vault = world.vault(2).await;
    let (store, log) = (&world.store, vault.log);
    assert_eq!(vault.head().await.index, 0);
    let mut entries = Vec::new();
    let mut head = vault.head().await;
    for number in 0..9 {
        let new = entry(Some(head), 1, number + 2, number == 4);
        head = Head {
            index: new.index,
            hash: new.chain_hash,
        };
        entries.push(new);
    }
    let append = Append {
        log,
        expected_head: Some(vault.head().await),
        entries: entries.clone(),
        effects: Vec::new(),
    };
    store.append(append.clone()).await.unwrap();
    assert!(matches!(
        store.append(append.clone()).await,
        Err(StoreError::HeadMoved)
    ));
    assert_eq!(vault.head().await, head);

    let page = store.page(log, ALL).await.unwrap().unwrap();
    assert_eq!((page.head, page.entries.len()), (head, 10));
    for (row, new) in page.entries.iter().skip(1).zip(&entries) {
        assert_eq!((row.index, row.appended_ms), (new.index, new.appended_ms));
        assert_eq!((&row.body, &row.signatures), (&new.body, &new.signatures));
        assert_eq!(row.payload, new.payload);
        assert_eq!(
            store.entry_hash(log, row.index).await.unwrap(),
            Some(new.chain_hash)
        );
    }
    assert_eq!(store.entry_hash(log, 10).await.unwrap(), None);
    let indexes = |query| async move {
        let page = store.page(log, query).await.unwrap().unwrap();
        page.entries.iter().map(|row| row.index).collect::<Vec<_>>()
    };
    assert_eq!(
        indexes(PageQuery {
            after: Some(7),
            ..ALL
        })
        .await,
        [8, 9]
    );
    assert_eq!(
        indexes(PageQuery {
            after: Some(9),
            ..ALL
        })
        .await,
        [0; 0]
    );
    assert_eq!(
        indexes(PageQuery {
            after: Some(u64::MAX),
            ..ALL
        })
        .await,
        [0; 0]
    );
    assert_eq!(
        indexes(PageQuery {
            after: Some(2),
            limit: 2,
            ..ALL
        })
        .await,
        [3, 4]
    );
    assert_eq!(
        indexes(PageQuery {
            max_bytes: 0,
            ..ALL
        })
        .await,
        [0]
    );
    assert_eq!(
        indexes(PageQuery {
            max_bytes: 1_000,
            ..ALL
        })
        .await,
        [0, 1]
    );
    assert_eq!(
        indexes(PageQuery {
            control_only: true,
            ..ALL
        })
        .await,
        [0, 5]
    );
    let nothing = LogKey::vault(world.tenant, VaultId::from_bytes([99; 32]));
    assert!(store.page(nothing, ALL).await.unwrap().is_none());

    let mut gap = append;
    gap.expected_head = Some(head);
    assert!(matches!(
        store.append(gap.clone()).await,
        Err(StoreError::OutOfRange(_))
    ));
    gap.entries.clear();
    assert!(matches!(
        store.append(gap).await,
        Err(StoreError::OutOfRange(_))
    ));
}

/// Two logs that grow in turns, by requests of different sizes, over many blocks.
pub async fn interleaved_logs_read_in_order(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let vaults = [world.vault(2).await, world.vault(3).await];
    for size in (1..40).chain([130, 1, 64, 63]) {
        for (vault, device) in vaults.iter().zip([7, 8]) {
            let expected_head = vault.head().await;
            let (mut head, mut entries) = (expected_head, Vec::new());
            for _ in 0..size {
                let new = entry(Some(head), device, head.index + 1, head.index % 50 == 49);
                head = Head {
                    index: new.index,
                    hash: new.chain_hash,
                };
                entries.push(new);
            }
            let append = Append {
                log: vault.log,
                expected_head: Some(expected_head),
                entries,
                effects: Vec::new(),
            };
            world.store.append(append).await.unwrap();
        }
    }
    for vault in &vaults {
        let head = vault.head().await;
        for control_only in [false, true] {
            for (limit, max_bytes) in [(1_000, usize::MAX), (7, usize::MAX), (1_000, 30_000)] {
                let mut indexes = Vec::new();
                loop {
                    let after = indexes.last().copied();
                    let query = PageQuery {
                        after,
                        limit,
                        max_bytes,
                        control_only,
                    };
                    let page = world.store.page(vault.log, query).await.unwrap().unwrap();
                    assert!(page.entries.len() <= limit);
                    if page.entries.is_empty() {
                        break;
                    }
                    indexes.extend(page.entries.iter().map(|row| row.index));
                }
                let all = 0..=head.index;
                let expected: Vec<_> = all
                    .filter(|index| !control_only || index % 50 == 0)
                    .collect();
                assert_eq!(indexes, expected);
            }
        }
        assert_eq!(
            world.store.entry_hash(vault.log, head.index).await.unwrap(),
            Some(head.hash)
        );
        assert!(
            world
                .store
                .entry_hash(vault.log, head.index + 1)
                .await
                .unwrap()
                .is_none()
        );
    }
}

pub async fn one_of_sixteen_wins_a_place(store: Arc<dyn Store>) {
    let world = Arc::new(world(store, 1).await);
    let vault = world.vault(2).await;
    let log = vault.log;
    let tasks: Vec<_> = (0..16u8)
        .map(|task| {
            let world = world.clone();
            tokio::spawn(async move {
                let (mut device_seq, mut lost) = (1, 0);
                while device_seq <= 8 {
                    let head = world.store.head(log).await.unwrap().unwrap();
                    let append = Append {
                        log,
                        expected_head: Some(head),
                        entries: vec![entry(Some(head), 50 + task, device_seq, false)],
                        effects: Vec::new(),
                    };
                    match world.store.append(append).await {
                        Ok(()) => device_seq += 1,
                        Err(StoreError::HeadMoved) => lost += 1,
                        Err(other) => panic!("{other}"),
                    }
                }
                lost
            })
        })
        .collect();
    let mut lost = 0;
    for task in tasks {
        lost += task.await.unwrap();
    }
    assert!(lost > 0, "the tasks did race");
    let page = world.store.page(log, ALL).await.unwrap().unwrap();
    let indexes: Vec<_> = page.entries.iter().map(|row| row.index).collect();
    assert_eq!(indexes, (0..=128).collect::<Vec<_>>());
    let tips = world.store.device_tips(log).await.unwrap();
    assert_eq!(tips.len(), 17);
    assert!(tips.iter().skip(1).all(|tip| tip.device_seq == 8));
}

pub async fn a_failed_effect_takes_the_entries_back(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let vault = world.vault(2).await;
    let before = (
        vault.head().await,
        world.store.device_tips(vault.log).await.unwrap(),
    );
    let missing = Effect::RevokeLink {
        link: LinkId::from_bytes([1; 16]),
    };
    let stranger = IdentityId::from_bytes([5; 32]);
    let member = Effect::SetMember {
        identity: stranger,
        role: Role::Reader,
    };
    let failed = vault.append(vec![member, missing]).await;
    assert!(matches!(failed, Err(StoreError::NotFound)));
    let after = (
        vault.head().await,
        world.store.device_tips(vault.log).await.unwrap(),
    );
    assert_eq!(before, after);
    let role = world
        .store
        .member_role(world.tenant, vault.log.vault_id(), stranger)
        .await;
    assert_eq!(role.unwrap(), None);
    vault.append(Vec::new()).await.unwrap();
    assert_eq!(vault.head().await.index, 1);
}

pub async fn device_entries_are_found(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let vault = world.vault(2).await;
    let (store, log) = (&world.store, vault.log);
    let (mut entries, start) = (Vec::new(), vault.head().await);
    let mut head = start;
    for number in 0..400u64 {
        let device = 10 + (number % 3) as u8;
        let new = entry(Some(head), device, number / 3 + 1, false);
        head = Head {
            index: new.index,
            hash: new.chain_hash,
        };
        entries.push(new);
    }
    store
        .append(Append {
            log,
            expected_head: Some(start),
            entries: entries.clone(),
            effects: Vec::new(),
        })
        .await
        .unwrap();
    // The devices took turns, so that every entry is a run of its own.
    for new in entries.iter().skip(400 - 3 * 32) {
        let found = store
            .find_entry(log, new.device, new.device_seq)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((found.index, found.chain_hash), (new.index, new.chain_hash));
        assert_eq!(
            (found.body, found.appended_ms),
            (new.body.clone(), new.appended_ms)
        );
    }
    for new in &entries {
        let found = store
            .find_entry(log, new.device, new.device_seq)
            .await
            .unwrap();
        assert!(
            found.is_none_or(|found| found.index == new.index),
            "never a wrong one"
        );
    }
    let device = DeviceId::from_bytes([10; 32]);
    assert!(store.find_entry(log, device, 0).await.unwrap().is_none());
    assert!(store.find_entry(log, device, 135).await.unwrap().is_none());
    assert!(
        store
            .find_entry(log, DeviceId::ZERO, 1)
            .await
            .unwrap()
            .is_none()
    );
    let tip = &store.device_tips(log).await.unwrap()[1];
    let last = &entries[399];
    assert_eq!((tip.device, tip.device_seq), (last.device, last.device_seq));
    assert_eq!((tip.body_hash, tip.index), (last.body_hash, last.index));

    // A device that writes alone is one long run.
    let alone = world.vault(3).await;
    for _ in 0..150 {
        alone.append(Vec::new()).await.unwrap();
    }
    for device_seq in 1..=151 {
        let device = DeviceId::from_bytes([1; 32]);
        let found = store
            .find_entry(alone.log, device, device_seq)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.index, device_seq - 1);
    }
}

pub async fn payloads_can_be_erased(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let vault = world.vault(2).await;
    for _ in 0..3 {
        vault.append(Vec::new()).await.unwrap();
    }
    let other = world.vault(3).await;
    other.append(Vec::new()).await.unwrap();
    // Index 0 is a control entry, whose payload always stays.
    vault
        .append(vec![Effect::ErasePayloads {
            indexes: vec![0, 1, 3],
        }])
        .await
        .unwrap();
    let page = world.store.page(vault.log, ALL).await.unwrap().unwrap();
    let left: Vec<_> = page
        .entries
        .iter()
        .map(|row| row.payload.is_some())
        .collect();
    assert_eq!(left, [true, false, true, false, true]);
    let page = world.store.page(other.log, ALL).await.unwrap().unwrap();
    assert!(page.entries.iter().all(|row| row.payload.is_some()));
}
