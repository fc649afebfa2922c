use super::*;

pub async fn setup_code_makes_one_tenant(store: Arc<dyn Store>) {
    assert!(!store.setup_open().await.unwrap());
    store.put_setup_code(digest(8), START_MS).await.unwrap();
    store.put_setup_code(digest(9), START_MS).await.unwrap();
    store.put_setup_code(digest(9), START_MS).await.unwrap();
    assert!(store.setup_open().await.unwrap());
    assert!(store.lookup_setup_code(digest(9)).await.unwrap());
    assert!(
        !store.lookup_setup_code(digest(8)).await.unwrap(),
        "replaced by the newer one"
    );

    let genesis = |seed: u8| Append {
        log: LogKey::directory(TenantId::from_bytes([seed; 32])),
        expected_head: None,
        entries: vec![entry(None, 1, 1, true)],
        effects: vec![
            Effect::CreateTenant {
                setup_code_hash: Some(digest(9)),
                created_ms: START_MS,
            },
            Effect::CreateAccount(Box::new(new_account(
                TenantId::from_bytes([seed; 32]),
                seed,
            ))),
        ],
    };
    let (first, second) = tokio::join!(store.append(genesis(1)), store.append(genesis(2)));
    assert!(first.is_ok() != second.is_ok(), "one code makes one tenant");
    assert!(matches!(first.and(second), Err(StoreError::Spent)));
    assert!(!store.setup_open().await.unwrap());
    assert!(!store.lookup_setup_code(digest(9)).await.unwrap());
    let tenants = store.tenants().await.unwrap();
    assert_eq!(tenants.len(), 1);
    assert_eq!(tenants[0].accounts, 1);
}

pub async fn invites_work_once(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let invite = |seed: u8| NewInvite {
        invite: InviteId::from_bytes([seed; 16]),
        auth_hash: digest(seed),
        account_role: AccountRole::Member,
        expires_ms: START_MS + 1,
        root_box: blob(seed, 300),
    };
    let id = InviteId::from_bytes;
    for seed in [3, 4] {
        directory_append(&world, vec![Effect::PutInvite(invite(seed))])
            .await
            .unwrap();
    }
    let again = directory_append(&world, vec![Effect::PutInvite(invite(3))]).await;
    assert!(matches!(
        again,
        Err(StoreError::AlreadyExists(What::Invite))
    ));

    let row = world
        .store
        .lookup_invite(id([3; 16]), digest(3))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.tenant, row.state), (world.tenant, InviteState::Open));
    assert_eq!(
        (row.account_role, row.root_box),
        (AccountRole::Member, blob(3, 300))
    );
    assert!(
        world
            .store
            .lookup_invite(id([3; 16]), digest(4))
            .await
            .unwrap()
            .is_none()
    );

    let join = || {
        vec![
            Effect::UseInvite {
                invite: id([3; 16]),
            },
            Effect::CreateAccount(Box::new(new_account(world.tenant, 5))),
        ]
    };
    directory_append(&world, join()).await.unwrap();
    assert!(matches!(
        directory_append(&world, join()).await,
        Err(StoreError::Spent)
    ));
    directory_append(
        &world,
        vec![Effect::WithdrawInvite {
            invite: id([4; 16]),
        }],
    )
    .await
    .unwrap();
    let late = directory_append(
        &world,
        vec![Effect::UseInvite {
            invite: id([4; 16]),
        }],
    )
    .await;
    assert!(matches!(late, Err(StoreError::Spent)));
    let none = directory_append(
        &world,
        vec![Effect::UseInvite {
            invite: id([6; 16]),
        }],
    )
    .await;
    assert!(matches!(none, Err(StoreError::NotFound)));
    let row = world
        .store
        .lookup_invite(id([4; 16]), digest(4))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.state, InviteState::Withdrawn);
}

pub async fn names_are_unique_in_a_tenant(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let mut twin = new_account(world.tenant, 2);
    twin.name_skeleton = "person 1".into();
    let before = world
        .store
        .head(LogKey::directory(world.tenant))
        .await
        .unwrap();
    let taken = directory_append(&world, vec![Effect::CreateAccount(Box::new(twin))]).await;
    assert!(matches!(taken, Err(StoreError::AlreadyExists(What::Name))));
    let mut twin = new_account(world.tenant, 2);
    twin.identity = world.identity;
    let taken = directory_append(&world, vec![Effect::CreateAccount(Box::new(twin))]).await;
    assert!(matches!(
        taken,
        Err(StoreError::AlreadyExists(What::Account))
    ));
    assert_eq!(
        world
            .store
            .head(LogKey::directory(world.tenant))
            .await
            .unwrap(),
        before
    );
}

pub async fn same_ids_in_two_tenants(store: Arc<dyn Store>) {
    // The second tenant uses the ids of the first one wherever a client chooses them.
    let first = world(store.clone(), 1).await;
    let second_tenant = TenantId::from_bytes([2; 32]);
    let mut account = new_account(second_tenant, 1);
    account.session.token_hash = digest(2);
    let genesis = Append {
        log: LogKey::directory(second_tenant),
        expected_head: None,
        entries: vec![entry(None, 1, 1, true)],
        effects: vec![
            Effect::CreateTenant {
                setup_code_hash: None,
                created_ms: START_MS,
            },
            Effect::CreateAccount(Box::new(account)),
        ],
    };
    store.append(genesis).await.unwrap();
    let second = World {
        store: store.clone(),
        tenant: second_tenant,
        ..world_ids(1, &store)
    };

    let (a, b) = (first.vault(7).await, second.vault(7).await);
    let (file_a, _) = (a.put_file(8).await, b.put_file(8).await);
    let link = |hash| {
        Effect::PutLink(NewLink {
            link: LinkId::from_bytes([9; 16]),
            file: FileId::from_bytes([8; 16]),
            revision: RevisionId::from_bytes([8; 16]),
            link_box: blob(1, 100),
            token_hash: digest(hash),
            expires_ms: START_MS + 10,
            max_count: Some(1),
            passphrase: false,
            creator: first.identity,
        })
    };
    a.append(vec![link(11)]).await.unwrap();
    b.append(vec![link(12)]).await.unwrap();

    let used = store
        .use_link(
            LinkId::from_bytes([9; 16]),
            digest(11),
            digest(1),
            START_MS + 5,
            START_MS,
        )
        .await
        .unwrap();
    assert_eq!((used.tenant, used.used_count), (first.tenant, 1));
    let other = store
        .lookup_link(LinkId::from_bytes([9; 16]), digest(12))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((other.tenant, other.used_count), (second.tenant, 0));

    let erase = Effect::EraseFileRevisions {
        revisions: vec![file_a.revision],
    };
    a.append(vec![
        erase,
        Effect::RemoveMember {
            identity: first.identity,
        },
    ])
    .await
    .unwrap();
    let vault = a.log.vault_id();
    assert!(
        store
            .revision(first.tenant, vault, file_a.revision)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .revision(second.tenant, vault, file_a.revision)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        store
            .vaults_of(first.tenant, first.identity)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        store
            .vaults_of(second.tenant, first.identity)
            .await
            .unwrap()
            .len(),
        1
    );
    let used = |tenant| {
        let store = store.clone();
        async move {
            store
                .account(tenant, first.account)
                .await
                .unwrap()
                .unwrap()
                .used_bytes
        }
    };
    assert_eq!(
        (used(first.tenant).await, used(second.tenant).await),
        (0, 1_000)
    );

    store
        .revoke_sessions(first.tenant, first.account, None, None)
        .await
        .unwrap();
    assert!(
        store
            .lookup_session(digest(1), START_MS)
            .await
            .unwrap()
            .is_none()
    );
    let context = store
        .lookup_session(digest(2), START_MS)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(context.tenant, second.tenant);
    assert_eq!(
        store
            .accounts_by_name(None, "person 1")
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        store
            .accounts_by_name(Some(second.tenant), "person 1")
            .await
            .unwrap()[0]
            .tenant,
        second.tenant
    );
    let nowhere = TenantId::from_bytes([3; 32]);
    assert!(
        store
            .account(nowhere, first.account)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .head(LogKey {
                tenant: nowhere,
                log: a.log.log
            })
            .await
            .unwrap()
            .is_none()
    );
}

fn world_ids(seed: u8, store: &Arc<dyn Store>) -> World {
    World {
        store: store.clone(),
        tenant: TenantId::from_bytes([seed; 32]),
        account: AccountId::from_bytes([seed; 16]),
        identity: IdentityId::from_bytes([seed; 32]),
    }
}
