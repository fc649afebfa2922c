use super::*;

pub async fn members_and_state(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let (a, b) = (world.vault(2).await, world.vault(3).await);
    let (store, tenant, vault) = (&world.store, world.tenant, a.log.vault_id());
    let guest = IdentityId::from_bytes([9; 32]);
    let set = |role| {
        vec![Effect::SetMember {
            identity: guest,
            role,
        }]
    };
    a.append(set(Role::Reader)).await.unwrap();
    a.append(set(Role::Manager)).await.unwrap();
    assert_eq!(
        store.member_role(tenant, vault, guest).await.unwrap(),
        Some(Role::Manager)
    );
    assert_eq!(
        store.members(tenant, vault).await.unwrap(),
        [(world.identity, Role::Owner), (guest, Role::Manager)]
    );
    let state = Effect::SetVaultState {
        epoch: Epoch(2),
        rekey_required: true,
    };
    a.append(vec![state]).await.unwrap();
    let row = store.vault(tenant, vault).await.unwrap().unwrap();
    assert_eq!(
        (row.epoch, row.rekey_required, row.personal),
        (Epoch(2), true, false)
    );
    assert_eq!(row.head, a.head().await);
    let mine = store.vaults_of(tenant, guest).await.unwrap();
    assert_eq!(
        mine,
        [MembershipRow {
            vault: row,
            role: Role::Manager
        }]
    );
    assert_eq!(
        store.vaults_of(tenant, world.identity).await.unwrap().len(),
        2
    );
    a.append(vec![Effect::RemoveMember { identity: guest }])
        .await
        .unwrap();
    assert!(store.vaults_of(tenant, guest).await.unwrap().is_empty());
    let never = b
        .append(vec![Effect::RemoveMember { identity: guest }])
        .await;
    assert!(matches!(never, Err(StoreError::NotFound)));
    let directory = VaultId::from_bytes(*tenant.as_bytes());
    assert!(
        store.vault(tenant, directory).await.unwrap().is_none(),
        "a directory is no vault"
    );
}

pub async fn wraps(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let vault = world.vault(2).await;
    let wrap = |seed: u8| NewWrap {
        identity: IdentityId::from_bytes([seed; 32]),
        generation: u64::from(seed),
        wrap_hash: digest(seed),
        wrap: blob(seed, 1_168),
    };
    let put = |carrier_index, in_tree, seeds: &[u8]| {
        let wraps = seeds.iter().map(|seed| wrap(*seed)).collect();
        vec![Effect::PutWraps {
            epoch: Epoch(1),
            carrier_index,
            in_tree,
            wraps,
        }]
    };
    let read = |epoch, seed: u8| {
        let identity = IdentityId::from_bytes([seed; 32]);
        world
            .store
            .wraps(world.tenant, vault.log.vault_id(), Epoch(epoch), identity)
    };
    assert!(read(1, 1).await.unwrap().is_none());
    vault.append(put(1, true, &[4, 1])).await.unwrap();
    vault.append(put(2, false, &[2])).await.unwrap();
    let twice = vault.append(put(3, false, &[2])).await;
    assert!(matches!(twice, Err(StoreError::AlreadyExists(What::Wrap))));
    let first = read(1, 4).await.unwrap().unwrap();
    let leaves: Vec<_> = first.leaves.iter().map(|leaf| leaf.generation).collect();
    assert_eq!((leaves, first.carrier_index), (vec![1, 4], 1));
    assert_eq!(first.leaves[0].wrap_hash, digest(1));
    assert_eq!(first.own, Some((blob(4, 1_168), 1)));
    let later = read(1, 2).await.unwrap().unwrap();
    assert_eq!(
        (later.leaves, later.own),
        (first.leaves, Some((blob(2, 1_168), 2)))
    );
    assert_eq!(read(1, 9).await.unwrap().unwrap().own, None);
    assert!(read(2, 1).await.unwrap().is_none());
}
