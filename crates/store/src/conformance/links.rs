use super::*;

fn new_link(seed: u8, file: UploadKey, max_count: Option<u64>) -> Effect {
    Effect::PutLink(NewLink {
        link: LinkId::from_bytes([seed; 16]),
        file: FileId::from_bytes(*file.revision.as_bytes()),
        revision: file.revision,
        link_box: blob(seed, 700),
        token_hash: digest(seed),
        expires_ms: START_MS + 100,
        max_count,
        passphrase: true,
        creator: IdentityId::from_bytes([1; 32]),
    })
}

pub async fn uses_are_counted(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let vault = world.vault(2).await;
    let file = vault.put_file(3).await;
    vault
        .append(vec![new_link(4, file, Some(3)), new_link(5, file, None)])
        .await
        .unwrap();
    let twice = vault.append(vec![new_link(4, file, None)]).await;
    assert!(matches!(twice, Err(StoreError::AlreadyExists(What::Link))));
    let nothing = UploadKey {
        revision: RevisionId::from_bytes([9; 16]),
        ..file
    };
    let no_file = vault.append(vec![new_link(6, nothing, None)]).await;
    assert!(matches!(no_file, Err(StoreError::NotFound)));

    let link = LinkId::from_bytes([4; 16]);
    let row = world
        .store
        .lookup_link(link, digest(4))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.max_count, row.used_count, row.passphrase),
        (Some(3), 0, true)
    );
    assert_eq!(
        (row.vault, row.link_box),
        (vault.log.vault_id(), blob(4, 700))
    );
    assert!(
        world
            .store
            .lookup_link(link, digest(5))
            .await
            .unwrap()
            .is_none()
    );
    let uses: Vec<_> = (0..16)
        .map(|number| {
            let store = world.store.clone();
            let grant = digest(100 + number);
            tokio::spawn(async move {
                store
                    .use_link(link, digest(4), grant, START_MS + 50, START_MS)
                    .await
            })
        })
        .collect();
    let mut used = 0;
    for one in uses {
        match one.await.unwrap() {
            Ok(_) => used += 1,
            Err(StoreError::Spent) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(used, 3);
    let row = world
        .store
        .link(world.tenant, vault.log.vault_id(), link)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.used_count, 3);
    let wrong = world
        .store
        .use_link(link, digest(9), digest(1), START_MS + 50, START_MS)
        .await;
    assert!(matches!(wrong, Err(StoreError::NotFound)));
    let unlimited = LinkId::from_bytes([5; 16]);
    let late = START_MS + 100;
    let late = world
        .store
        .use_link(unlimited, digest(5), digest(1), late + 50, late)
        .await;
    assert!(matches!(late, Err(StoreError::Spent)));
}

pub async fn grants_end(store: Arc<dyn Store>) {
    let world = world(store, 1).await;
    let vault = world.vault(2).await;
    let file = vault.put_file(3).await;
    vault.append(vec![new_link(4, file, None)]).await.unwrap();
    let (store, link) = (&world.store, LinkId::from_bytes([4; 16]));
    store
        .use_link(link, digest(4), digest(40), START_MS + 500, START_MS)
        .await
        .unwrap();
    let grant = store
        .lookup_grant(digest(40), START_MS + 499)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((grant.tenant, grant.vault), (world.tenant, file.vault));
    assert_eq!((grant.link, grant.revision), (link, file.revision));
    assert!(
        store
            .lookup_grant(digest(40), START_MS + 500)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .lookup_grant(digest(41), START_MS)
            .await
            .unwrap()
            .is_none()
    );
    for _ in 0..2 {
        vault
            .append(vec![Effect::RevokeLink { link }])
            .await
            .unwrap();
    }
    assert!(
        store
            .lookup_grant(digest(40), START_MS)
            .await
            .unwrap()
            .is_none()
    );
    let revoked = store
        .use_link(link, digest(4), digest(41), START_MS + 50, START_MS)
        .await;
    assert!(matches!(revoked, Err(StoreError::Spent)));
    assert!(
        store
            .lookup_link(link, digest(4))
            .await
            .unwrap()
            .unwrap()
            .revoked
    );
}
