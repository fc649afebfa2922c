//! What every adapter must do. Each check starts with an empty store and fails by panicking,
//! so run it in a test of the adapter.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod accounts;
mod files;
mod guards;
mod links;
mod logs;
mod tenants;
mod vaults;

use crate::*;
use bytes::Bytes;
use std::sync::Arc;
use strongroom_types::*;

/// A time to start from.
pub const START_MS: TimestampMs = 1_700_000_000_000;

/// Runs all checks; `make` opens an empty store each time.
pub async fn run(make: impl AsyncFn() -> Arc<dyn Store>) {
    tenants::setup_code_makes_one_tenant(make().await).await;
    tenants::invites_work_once(make().await).await;
    tenants::names_are_unique_in_a_tenant(make().await).await;
    accounts::lookups(make().await).await;
    accounts::quotas(make().await).await;
    accounts::wallet_and_credentials(make().await).await;
    accounts::sessions(make().await).await;
    accounts::retiring(make().await).await;
    logs::appends_and_pages(make().await).await;
    logs::interleaved_logs_read_in_order(make().await).await;
    logs::one_of_sixteen_wins_a_place(make().await).await;
    logs::a_failed_effect_takes_the_entries_back(make().await).await;
    logs::device_entries_are_found(make().await).await;
    logs::payloads_can_be_erased(make().await).await;
    vaults::members_and_state(make().await).await;
    vaults::wraps(make().await).await;
    files::upload_to_revision(make().await).await;
    files::quota_is_reserved(make().await).await;
    files::attributes_and_leases(make().await).await;
    files::erased_and_dropped_bytes_become_garbage(make().await).await;
    links::uses_are_counted(make().await).await;
    links::grants_end(make().await).await;
    guards::answers(make().await).await;
    guards::answers_with_writes(make().await).await;
    guards::failures(make().await).await;
    guards::probe_and_purge(make().await).await;
    tenants::same_ids_in_two_tenants(make().await).await;
}

/// A digest of one repeated byte.
pub fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

/// Some bytes that differ by `seed`.
pub fn blob(seed: u8, length: usize) -> Bytes {
    (0..length)
        .map(|at| seed.wrapping_add(at as u8))
        .collect::<Vec<_>>()
        .into()
}

/// A tenant with its first administrator, whose ids all repeat `seed`.
pub struct World {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The tenant.
    pub tenant: TenantId,
    /// The administrator's account.
    pub account: AccountId,
    /// The administrator's identity.
    pub identity: IdentityId,
}

/// Makes a tenant and its first administrator.
pub async fn world(store: Arc<dyn Store>, seed: u8) -> World {
    let tenant = TenantId::from_bytes([seed; 32]);
    let append = Append {
        log: LogKey::directory(tenant),
        expected_head: None,
        entries: vec![entry(None, 1, 1, true)],
        effects: vec![
            Effect::CreateTenant {
                setup_code_hash: None,
                created_ms: START_MS,
            },
            Effect::CreateAccount(Box::new(new_account(tenant, seed))),
        ],
    };
    store.append(append).await.unwrap();
    let account = AccountId::from_bytes([seed; 16]);
    World {
        store,
        tenant,
        account,
        identity: IdentityId::from_bytes([seed; 32]),
    }
}

impl World {
    /// Makes a vault with the administrator as owner, in epoch 1.
    pub async fn vault(&self, seed: u8) -> Vault<'_> {
        let log = LogKey::vault(self.tenant, VaultId::from_bytes([seed; 32]));
        let append = Append {
            log,
            expected_head: None,
            entries: vec![entry(None, 1, 1, true)],
            effects: vec![
                Effect::CreateVault { personal: false },
                Effect::SetMember {
                    identity: self.identity,
                    role: Role::Owner,
                },
                Effect::SetVaultState {
                    epoch: Epoch(1),
                    rekey_required: false,
                },
            ],
        };
        self.store.append(append).await.unwrap();
        Vault { world: self, log }
    }
}

/// A vault of a [`World`].
pub struct Vault<'a> {
    /// Where it is.
    pub world: &'a World,
    /// Its log.
    pub log: LogKey,
}

impl Vault<'_> {
    /// The head.
    pub async fn head(&self) -> Head {
        self.world.store.head(self.log).await.unwrap().unwrap()
    }

    /// Appends one data entry of device 1 with effects.
    pub async fn append(&self, effects: Vec<Effect>) -> StoreResult<()> {
        let head = self.head().await;
        let append = Append {
            log: self.log,
            expected_head: Some(head),
            entries: vec![entry(Some(head), 1, head.index + 2, false)],
            effects,
        };
        self.world.store.append(append).await
    }

    /// The key of an upload with a revision that repeats `seed`.
    pub fn upload_key(&self, seed: u8) -> UploadKey {
        UploadKey {
            tenant: self.world.tenant,
            vault: self.log.vault_id(),
            revision: RevisionId::from_bytes([seed; 16]),
        }
    }

    /// An upload of two parts and one tree part, of 1,000 bytes.
    pub fn new_upload(&self, seed: u8) -> NewUpload {
        NewUpload {
            key: self.upload_key(seed),
            file: FileId::from_bytes([seed; 16]),
            record: RecordId::from_bytes([seed; 16]),
            account: self.world.account,
            sealed_length: 1_000,
            part_count: 2,
            tree_part_count: 1,
            total_max_bytes: None,
            now_ms: START_MS,
        }
    }

    /// Uploads all parts and appends the file entry; the file id repeats `seed` too.
    pub async fn put_file(&self, seed: u8) -> UploadKey {
        self.finish(self.new_upload(seed)).await
    }

    /// The same for an upload of any file.
    pub async fn finish(&self, new: NewUpload) -> UploadKey {
        let key = new.key;
        let store = &self.world.store;
        store.start_upload(new).await.unwrap();
        for (tree, number) in [(false, 0), (false, 1), (true, 0)] {
            let part = PartRow {
                tree,
                number,
                length: 400,
                crc32c: 7,
            };
            store.record_part(key, part, START_MS).await.unwrap();
        }
        let entry_index = self.head().await.index + 1;
        self.append(vec![Effect::FinishUpload {
            revision: key.revision,
            entry_index,
        }])
        .await
        .unwrap();
        key
    }
}

/// An entry after `head`, of the device whose id repeats `device`.
pub fn entry(head: Option<Head>, device: u8, device_seq: u64, control: bool) -> NewEntry {
    let index = head.map_or(0, |head| head.index + 1);
    let seed = (index as u8).wrapping_mul(31).wrapping_add(device);
    NewEntry {
        index,
        chain_hash: digest(seed.wrapping_add(1)),
        body_hash: digest(seed.wrapping_add(2)),
        kind: if control { 1 } else { 32 },
        control,
        device: DeviceId::from_bytes([device; 32]),
        device_seq,
        body: blob(seed, 320),
        signatures: blob(seed, 68),
        payload: Some(blob(seed, 500)),
        appended_ms: START_MS + index,
    }
}

/// A session with a token hash that repeats `seed`, for a day.
pub fn new_session(tenant: TenantId, account: AccountId, seed: u8) -> NewSession {
    NewSession {
        tenant,
        account,
        session: SessionId::from_bytes([seed; 16]),
        token_hash: digest(seed),
        scope: SessionScope::Full,
        device_name: "laptop".into(),
        created_ms: START_MS,
        expires_ms: START_MS + 86_400_000,
    }
}

/// An account whose ids all repeat `seed`, with a session whose token hash does.
pub fn new_account(tenant: TenantId, seed: u8) -> NewAccount {
    let account = AccountId::from_bytes([seed; 16]);
    NewAccount {
        account,
        identity: IdentityId::from_bytes([seed; 32]),
        name: format!("Person {seed}"),
        name_skeleton: format!("person {seed}"),
        account_role: AccountRole::Admin,
        created_ms: START_MS,
        recover_auth_hash: digest(seed),
        credential: CredentialId::from_bytes([seed; 16]),
        credential_record: blob(seed, 200),
        wallet: blob(seed, 3_000),
        wallet_version: 1,
        session: new_session(tenant, account, seed),
    }
}

/// Appends one directory entry with effects.
pub async fn directory_append(world: &World, effects: Vec<Effect>) -> StoreResult<()> {
    let log = LogKey::directory(world.tenant);
    let head = world.store.head(log).await.unwrap().unwrap();
    let entries = vec![entry(Some(head), 1, head.index + 2, true)];
    world
        .store
        .append(Append {
            log,
            expected_head: Some(head),
            entries,
            effects,
        })
        .await
}
