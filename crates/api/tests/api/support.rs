//! A small client that signs what it is told to, right or wrong.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use strongroom_api::ApiConfig;
use strongroom_blobs::MemoryBlobs;
use strongroom_crypto::{
    DangerSeededRng, Rng, Secret16,
    opaque::{ClientLogin, ClientRegistration, Identifiers, ServerSetup},
    sha256,
    sign::SignSecret,
    wrap::WrapSecret,
};
use strongroom_domain::{Domain, DomainConfig, DomainParts, OPAQUE_CONTEXT};
use strongroom_format::{
    codes::{CodeKind, write_code},
    context,
    directory::{DirectoryPayload, DirectoryState},
    entry::{EntryBody, Kind, UnverifiedEntry},
    person::{self, Person as PersonPayload},
    signing::{SignatureKind, Signatures, wrap_key_hash},
    transport::{Append, Page, PageEntry, WrapFor},
    vault_log::{SignedEntry, VaultState},
    vault_payload::{Renewal, VaultKind, VaultPayload, WrapLeaf, wraps_root},
    wallet::{Slot, SlotKind, StoredWallet},
};
use strongroom_store::{
    Store,
    sqlite::{SqliteOptions, SqliteStore},
};
use strongroom_types::*;
use strongroom_wire::*;
use tower::ServiceExt;

pub const START_MS: u64 = 1_800_000_000_000;
pub const PASSPHRASE: &[u8] = b"correct horse battery";

/// A server.
pub struct World {
    pub router: Router,
    pub store: Arc<dyn Store>,
    pub blobs: Arc<MemoryBlobs>,
    pub clock: Arc<ManualClock>,
    pub folder: tempfile::TempDir,
    counter: AtomicU64,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(
            self.status.is_success(),
            "{}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    #[track_caller]
    pub fn json<T: DeserializeOwned>(self) -> T {
        serde_json::from_slice(&self.ok().body).unwrap()
    }

    #[track_caller]
    pub fn refused(self, code: ProblemCode) -> Problem {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        assert_eq!(self.status.as_u16(), code.status(), "{text}");
        assert_eq!(self.headers["content-type"], PROBLEM_MEDIA_TYPE);
        let problem: Problem = serde_json::from_str(&text).unwrap();
        assert_eq!(problem.code, code, "{text}");
        problem
    }
}

/// Somebody with keys and a session.
pub struct Person {
    pub name: String,
    pub identity: SignSecret,
    pub device: SignSecret,
    pub wrap: WrapSecret,
    pub recovery: Secret16,
    pub session: Option<SessionCreated>,
}

impl World {
    pub fn new() -> Self {
        Self::with(DomainConfig::default())
    }

    pub fn with(config: DomainConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Arc::new(MemoryBlobs::default());
        let clock = Arc::new(ManualClock::at(START_MS));
        let (router, store) = Self::open(folder.path(), &blobs, &clock, config);
        Self {
            router,
            store,
            blobs,
            clock,
            folder,
            counter: AtomicU64::new(1),
        }
    }

    pub fn open(
        folder: &Path,
        blobs: &Arc<MemoryBlobs>,
        clock: &Arc<ManualClock>,
        config: DomainConfig,
    ) -> (Router, Arc<dyn Store>) {
        Self::open_limited(folder, blobs, clock, config, SqliteOptions::default())
    }

    pub fn open_limited(
        folder: &Path,
        blobs: &Arc<MemoryBlobs>,
        clock: &Arc<ManualClock>,
        config: DomainConfig,
        options: SqliteOptions,
    ) -> (Router, Arc<dyn Store>) {
        let path = folder.join("test.db");
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path, &[7; 32], options).unwrap());
        let domain = Domain::new(DomainParts {
            store: store.clone(),
            blobs: blobs.clone(),
            clock: clock.clone(),
            rng: Box::new(DangerSeededRng::new(clock.now_ms())),
            opaque: ServerSetup::make(&mut DangerSeededRng::new(1)),
            config,
        });
        let config = ApiConfig {
            event_keep_alive: std::time::Duration::from_millis(50),
            ..ApiConfig::default()
        };
        (strongroom_api::router(domain, config), store)
    }

    pub fn rng(&self) -> DangerSeededRng {
        DangerSeededRng::new(self.counter.fetch_add(1, Ordering::SeqCst) + 1_000)
    }

    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng().fill_bytes(&mut bytes);
        bytes
    }

    pub fn key(&self) -> String {
        IdempotencyKey::make(&mut self.rng()).to_string()
    }

    /// Sends a request; writes get an idempotency key.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if method != "GET" && !headers.iter().any(|(name, _)| *name == "idempotency-key") {
            request = request.header("idempotency-key", self.key());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self
            .router
            .clone()
            .oneshot(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), 1 << 30)
            .await
            .unwrap()
            .to_vec();
        Answer {
            status,
            headers,
            body,
        }
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send("GET", path, token, &[], Vec::new()).await
    }

    pub async fn json(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &impl Serialize,
    ) -> Answer {
        let body = serde_json::to_vec(body).unwrap();
        self.send(
            method,
            path,
            token,
            &[("content-type", "application/json")],
            body,
        )
        .await
    }

    pub async fn cbor(&self, path: &str, token: Option<&str>, body: Vec<u8>) -> Answer {
        self.send(
            "POST",
            path,
            token,
            &[("content-type", CBOR_MEDIA_TYPE)],
            body,
        )
        .await
    }

    pub fn stranger(&self, name: &str) -> Person {
        let mut rng = self.rng();
        Person {
            name: name.to_owned(),
            identity: SignSecret::make(&mut rng),
            device: SignSecret::make(&mut rng),
            wrap: WrapSecret::make(&mut rng),
            recovery: Secret16::make(&mut rng),
            session: None,
        }
    }

    pub async fn setup_code(&self) -> String {
        let secret = Secret16::make(&mut self.rng());
        self.store
            .put_setup_code(sha256(secret.danger_bytes()), self.clock.now_ms())
            .await
            .unwrap();
        write_code(CodeKind::Setup, &secret)
    }

    /// A new tenant with its administrator, kit confirmed.
    pub async fn founder(&self, name: &str) -> Person {
        let mut person = self.stranger(name);
        let code = self.setup_code().await;
        let payload = DirectoryPayload::Genesis {
            nonce: self.random(),
            person: person.payload(TenantId::ZERO),
            recovery_public: SignSecret::make(&mut self.rng()).public().to_bytes(),
        };
        let body = EntryBody {
            tenant: TenantId::ZERO,
            vault: VaultId::ZERO,
            epoch: Epoch(0),
            kind: Kind::DirectoryGenesis,
            device: person.device_id(),
            device_seq: 1,
            previous_own_entry: Digest::ZERO,
            seen_index: 0,
            seen_hash: Digest::ZERO,
            directory_index: 0,
            directory_hash: Digest::ZERO,
            control_hash: Digest::ZERO,
            payload_hash: Digest::ZERO,
        };
        let entry = UnverifiedEntry::author(body, payload.to_bytes(), &person.device);
        let proof = SignupProof::Setup { code };
        person.session = Some(self.signup(&person, proof, &entry).await.json());
        self.confirm(&person).await;
        person
    }

    pub async fn confirm(&self, person: &Person) {
        let auth = recover_auth(person);
        let path = "/v1/account/recovery-confirm";
        self.json("POST", path, person.token(), &RecoveryConfirm { auth })
            .await
            .ok();
    }

    pub async fn signup(
        &self,
        person: &Person,
        proof: SignupProof,
        entry: &UnverifiedEntry,
    ) -> Answer {
        let (state, request) = ClientRegistration::start(PASSPHRASE, &mut self.rng()).unwrap();
        let start = SignupStart {
            proof: proof.clone(),
            name: person.name.clone(),
            opaque_request: request.into(),
        };
        let answer = self.json("POST", "/v1/signup/start", None, &start).await;
        if !answer.status.is_success() {
            return answer;
        }
        let started: SignupStarted = answer.json();
        let (upload, _) = state
            .finish(
                PASSPHRASE,
                &started.opaque_response.0,
                &Identifiers::default(),
                &mut self.rng(),
            )
            .unwrap();
        let finish = SignupFinish {
            proof,
            signup: started.signup,
            opaque_upload: upload.into(),
            entry: entry.to_bytes().into(),
            wallet: wallet(1).into(),
            recover_auth_hash: sha256(recover_auth(person).as_bytes()),
        };
        self.json("POST", "/v1/signup/finish", None, &finish).await
    }

    pub async fn login(&self, name: &str, passphrase: &[u8], pending: bool) -> Answer {
        let (state, request) = ClientLogin::start(passphrase, &mut self.rng()).unwrap();
        let start = LoginStart {
            name: name.to_owned(),
            tenant: None,
            opaque_request: request.into(),
            pending,
        };
        let answer = self.json("POST", "/v1/login/start", None, &start).await;
        if !answer.status.is_success() {
            return answer;
        }
        let started: LoginStarted = answer.json();
        let finished = state.finish(
            passphrase,
            &started.opaque_response.0,
            OPAQUE_CONTEXT,
            &Identifiers::default(),
            &mut self.rng(),
        );
        // Whoever guesses wrong has no proof to send; a made-up one must not help.
        let finalization = finished.map_or_else(|_| vec![0; 64], |finish| finish.finalization);
        let finish = LoginFinish {
            login: started.login,
            finalization: finalization.into(),
            device_name: "laptop".to_owned(),
        };
        self.json("POST", "/v1/login/finish", None, &finish).await
    }

    /// The directory, replayed from pages.
    pub async fn directory(&self, person: &Person) -> DirectoryState {
        let mut state = DirectoryState::new(Some(person.tenant()));
        loop {
            let after = state.head().map(|head| format!("after={}&", head.index));
            let path = format!("/v1/directory/entries?{}limit=3", after.unwrap_or_default());
            let page = Page::from_bytes(&self.get(&path, person.token()).await.ok().body).unwrap();
            if page.entries.is_empty() {
                return state;
            }
            for entry in page.entries {
                state.apply(&entry.entry).unwrap();
            }
        }
    }

    /// An entry of the directory at its place.
    pub async fn directory_entry(
        &self,
        person: &Person,
        payload: &DirectoryPayload,
    ) -> UnverifiedEntry {
        let state = self.directory(person).await;
        self.directory_entry_at(&state, person, payload)
    }

    pub fn directory_entry_at(
        &self,
        state: &DirectoryState,
        person: &Person,
        payload: &DirectoryPayload,
    ) -> UnverifiedEntry {
        let (head, tenant) = (state.head().unwrap(), state.tenant().unwrap());
        let tip = state.tip(person.device_id());
        let body = EntryBody {
            tenant,
            vault: VaultId::from_bytes(*tenant.as_bytes()),
            epoch: Epoch(0),
            kind: payload.kind(),
            device: person.device_id(),
            device_seq: tip.map_or(1, |tip| tip.device_seq + 1),
            previous_own_entry: tip.map_or(Digest::ZERO, |tip| tip.body_hash),
            seen_index: head.index,
            seen_hash: head.hash,
            directory_index: head.index,
            directory_hash: head.hash,
            control_hash: state.control_hash(),
            payload_hash: Digest::ZERO,
        };
        UnverifiedEntry::author(body, payload.to_bytes(), &person.device)
    }

    pub async fn directory_append(&self, person: &Person, payload: DirectoryPayload) -> Answer {
        let entry = self.directory_entry(person, &payload).await;
        let body = Append::of(vec![entry]).to_bytes();
        self.cbor("/v1/directory/entries", person.token(), body)
            .await
    }

    /// Invites somebody; gives what the joiner needs.
    pub async fn invite(&self, admin: &Person, account_role: AccountRole) -> Invitation {
        let secret = Secret16::make(&mut self.rng());
        let derive = |purpose: &str| *secret.derive(&context::invite_key(purpose)).danger_bytes();
        let mut seed = [0; 64];
        seed[..32].copy_from_slice(&derive("sign-ed25519"));
        seed[32..].copy_from_slice(&derive("sign-ml-dsa"));
        let key = SignSecret::from_seed(&seed);
        let invite = InviteId::from_slice(&derive("id")[..16]).unwrap();
        let auth = Digest::from_bytes(derive("auth"));
        let payload = DirectoryPayload::Invite {
            invite,
            account_role,
            expires_ms: self.clock.now_ms() + 1_000_000,
            public: key.public().to_bytes(),
        };
        let post = InvitePost {
            entry: self
                .directory_entry(admin, &payload)
                .await
                .to_bytes()
                .into(),
            attachment: InviteAttachment {
                invite,
                root_box: vec![1, 2, 3].into(),
                auth_hash: sha256(auth.as_bytes()),
            },
        };
        let answer = self.json("POST", "/v1/invites", admin.token(), &post).await;
        Invitation {
            invite,
            auth,
            key,
            answer,
        }
    }

    /// A join entry for an invitation.
    pub async fn join_entry(
        &self,
        admin: &Person,
        person: &Person,
        invitation: &Invitation,
    ) -> UnverifiedEntry {
        let state = self.directory(admin).await;
        let (tenant, head) = (admin.tenant(), state.head().unwrap());
        let payload = person.payload(tenant);
        let signed = context::join(
            tenant,
            invitation.invite,
            &person.name,
            &payload.identity_public,
            &payload.device_public,
            &payload.wrap_public,
            head.index,
            head.hash,
        );
        let payload = DirectoryPayload::Join {
            invite: invitation.invite,
            person: payload,
            invite_signatures: Signatures::both(
                &invitation.key,
                SignatureKind::JoinInvite,
                &signed,
            ),
            identity_signatures: Signatures::both(
                &person.identity,
                SignatureKind::JoinIdentity,
                &signed,
            ),
        };
        self.directory_entry_at(&state, person, &payload)
    }

    /// Somebody who joined the administrator's tenant.
    pub async fn colleague(&self, admin: &Person, name: &str) -> Person {
        let mut person = self.stranger(name);
        let invitation = self.invite(admin, AccountRole::Member).await;
        let entry = self.join_entry(admin, &person, &invitation).await;
        person.session = Some(
            self.signup(&person, invitation.proof(), &entry)
                .await
                .json(),
        );
        self.confirm(&person).await;
        person
    }

    /// A vault's state, replayed from pages.
    pub async fn vault(&self, person: &Person, vault: VaultId) -> (VaultState, DirectoryState) {
        let directory = self.directory(person).await;
        let mut state = VaultState::new(person.tenant(), Some(vault));
        for entry in self.entries(person, vault).await {
            let signed =
                SignedEntry::verify(entry.entry, person.tenant(), vault, &directory).unwrap();
            state.apply(&signed, &directory, &|_| None).unwrap();
        }
        (state, directory)
    }

    pub async fn entries(&self, person: &Person, vault: VaultId) -> Vec<PageEntry> {
        let mut entries: Vec<PageEntry> = Vec::new();
        loop {
            let after = entries.last().map(|entry| format!("after={}", entry.index));
            let path = format!("/v1/vaults/{vault}/entries?{}", after.unwrap_or_default());
            let page = Page::from_bytes(&self.get(&path, person.token()).await.ok().body).unwrap();
            if page.entries.is_empty() {
                return entries;
            }
            entries.extend(page.entries);
        }
    }

    /// An entry at the next place of a vault.
    pub fn entry(
        &self,
        state: &VaultState,
        directory: &DirectoryState,
        person: &Person,
        payload: &VaultPayload,
    ) -> UnverifiedEntry {
        let tip = state
            .tip(person.device_id())
            .map(|tip| (tip.device_seq, tip.body_hash));
        self.entry_after(state, directory, person, payload, tip)
    }

    /// An entry that follows another one of the same device, with an older picture of the log.
    pub fn entry_after(
        &self,
        state: &VaultState,
        directory: &DirectoryState,
        person: &Person,
        payload: &VaultPayload,
        tip: Option<(u64, Digest)>,
    ) -> UnverifiedEntry {
        let seen = state.head();
        let head = directory.head().unwrap();
        let body = EntryBody {
            tenant: person.tenant(),
            vault: state.vault(),
            epoch: state.epoch(),
            kind: payload.kind(),
            device: person.device_id(),
            device_seq: tip.map_or(1, |tip| tip.0 + 1),
            previous_own_entry: tip.map_or(Digest::ZERO, |tip| tip.1),
            seen_index: seen.map_or(0, |seen| seen.index),
            seen_hash: seen.map_or(Digest::ZERO, |seen| seen.hash),
            directory_index: head.index,
            directory_hash: head.hash,
            control_hash: state.control_hash(),
            payload_hash: Digest::ZERO,
        };
        let payload = payload.to_bytes(person.tenant(), state.vault());
        UnverifiedEntry::author(body, payload, &person.device)
    }

    pub async fn create_vault(&self, person: &Person) -> VaultId {
        let body = self.new_vault(person, VaultKind::Shared).await;
        let appended: Appended = self.cbor("/v1/vaults", person.token(), body).await.json();
        appended.log.parse().unwrap()
    }

    /// The request that makes a vault.
    pub async fn new_vault(&self, person: &Person, vault_kind: VaultKind) -> Vec<u8> {
        let directory = self.directory(person).await;
        let mut state = VaultState::new(person.tenant(), None);
        let payload = VaultPayload::Genesis {
            nonce: self.random(),
            vault_kind,
            identity: person.identity_id(),
        };
        let genesis = self.entry(&state, &directory, person, &payload);
        self.advance(&mut state, &directory, person, &genesis);
        let (renewal, wraps) = self.renewal(&state, &directory, &[person.identity_id()]);
        let epoch = self.entry(&state, &directory, person, &VaultPayload::Epoch(renewal));
        self.advance(&mut state, &directory, person, &epoch);
        let name = VaultPayload::VaultMeta {
            sealed: vec![9; 328],
        };
        let name = self.entry(&state, &directory, person, &name);
        Append {
            entries: vec![genesis, epoch, name],
            wraps,
            link_boxes: Vec::new(),
        }
        .to_bytes()
    }

    pub fn advance(
        &self,
        state: &mut VaultState,
        directory: &DirectoryState,
        person: &Person,
        entry: &UnverifiedEntry,
    ) {
        let signed =
            SignedEntry::verify(entry.clone(), person.tenant(), state.vault(), directory).unwrap();
        state.apply(&signed, directory, &|_| None).unwrap();
    }

    /// New keys for these members; the wraps are noise, which the server can't tell.
    pub fn renewal(
        &self,
        state: &VaultState,
        directory: &DirectoryState,
        members: &[IdentityId],
    ) -> (Renewal, Vec<WrapFor>) {
        let mut members = members.to_vec();
        members.sort();
        let head = directory.head().unwrap().index;
        let wraps: Vec<WrapFor> = members
            .iter()
            .map(|identity| WrapFor {
                identity: *identity,
                generation: directory.wrap_key_at(*identity, head).unwrap().generation,
                wrap: self.random::<1168>().to_vec(),
            })
            .collect();
        let leaves: Vec<WrapLeaf> = wraps
            .iter()
            .map(|wrap| WrapLeaf {
                identity: wrap.identity,
                generation: wrap.generation,
                wrap_hash: sha256(&wrap.wrap),
            })
            .collect();
        let epoch = state.epoch().next().unwrap();
        let history = if epoch == Epoch(1) {
            Vec::new()
        } else {
            vec![5; 104]
        };
        let renewal = Renewal {
            epoch,
            commitment: Digest::from_bytes(self.random()),
            wraps_root: wraps_root(&leaves).unwrap(),
            history_box: history.into(),
        };
        (renewal, wraps)
    }

    pub async fn post(&self, person: &Person, vault: VaultId, append: &Append) -> Answer {
        let path = format!("/v1/vaults/{vault}/entries");
        self.cbor(&path, person.token(), append.to_bytes()).await
    }

    /// Appends one payload at the newest place.
    pub async fn append(&self, person: &Person, vault: VaultId, payload: &VaultPayload) -> Answer {
        let (state, directory) = self.vault(person, vault).await;
        let entry = self.entry(&state, &directory, person, payload);
        self.post(person, vault, &Append::of(vec![entry])).await
    }

    /// Makes somebody a member.
    pub async fn add_member(
        &self,
        manager: &Person,
        vault: VaultId,
        person: &Person,
        role: Role,
    ) -> Answer {
        let (state, directory) = self.vault(manager, vault).await;
        let wrap = self.random::<1168>().to_vec();
        let payload = VaultPayload::Member {
            identity: person.identity_id(),
            role,
            generation: 1,
            wrap_hash: sha256(&wrap),
        };
        let entry = self.entry(&state, &directory, manager, &payload);
        let wraps = vec![WrapFor {
            identity: person.identity_id(),
            generation: 1,
            wrap,
        }];
        self.post(
            manager,
            vault,
            &Append {
                entries: vec![entry],
                wraps,
                link_boxes: Vec::new(),
            },
        )
        .await
    }

    pub fn record(&self) -> VaultPayload {
        VaultPayload::Record(strongroom_format::vault_payload::RecordPayload {
            table: "case".to_owned(),
            table_definition_hash: Digest::from_bytes([3; 32]),
            record: RecordId::make(&mut self.rng()),
            version: VersionId::make(&mut self.rng()),
            parents: Vec::new(),
            deleted: false,
            clear_fields: vec![0x80],
            sealed: vec![4; 328],
        })
    }
}

/// What a joiner was given.
pub struct Invitation {
    pub invite: InviteId,
    pub auth: Digest,
    pub key: SignSecret,
    pub answer: Answer,
}

impl Invitation {
    pub fn proof(&self) -> SignupProof {
        SignupProof::Invite {
            invite: self.invite,
            auth: self.auth,
        }
    }
}

impl Person {
    pub fn token(&self) -> Option<&str> {
        self.session
            .as_ref()
            .map(|session| session.session_token.as_str())
    }

    pub fn tenant(&self) -> TenantId {
        self.session.as_ref().unwrap().tenant
    }

    pub fn identity_id(&self) -> IdentityId {
        person::identity_id(self.identity.public())
    }

    pub fn device_id(&self) -> DeviceId {
        person::device_id(self.device.public())
    }

    pub fn payload(&self, tenant: TenantId) -> PersonPayload {
        let (identity, device) = (self.identity_id(), self.device_id());
        let wrap_public = self.wrap.public().as_bytes().to_vec();
        let device_context = context::device(tenant, identity, device);
        let wrap_context =
            context::wrap_generation(tenant, identity, 1, wrap_key_hash(&wrap_public));
        PersonPayload {
            name: self.name.clone(),
            identity_public: self.identity.public().to_bytes().into(),
            device_public: self.device.public().to_bytes().into(),
            device_name: "laptop".to_owned(),
            wrap_public: wrap_public.into(),
            device_signatures: Signatures::both(
                &self.identity,
                SignatureKind::Device,
                &device_context,
            ),
            wrap_signatures: Signatures::both(
                &self.identity,
                SignatureKind::WrapGeneration,
                &wrap_context,
            ),
        }
    }
}

pub fn recover_auth(person: &Person) -> Digest {
    Digest::from_bytes(
        *person
            .recovery
            .derive(&context::recover_auth())
            .danger_bytes(),
    )
}

pub fn wallet(version: u64) -> Vec<u8> {
    let slot = Slot {
        slot: SlotId::from_bytes([1; 16]),
        kind: SlotKind::Passphrase,
        sealed: vec![1; 88],
    };
    StoredWallet {
        key_generation: 1,
        version,
        sealed: vec![2; 300],
        slots: vec![slot],
    }
    .to_bytes()
}
