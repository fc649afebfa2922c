//! People with real keys, signing up and working over plain HTTP.

use crate::{wire::Answer, wire::Request, world::World};
use strongroom_crypto::{
    Secret16,
    opaque::{ClientLogin, ClientRegistration, Identifiers},
};
use strongroom_domain::OPAQUE_CONTEXT;
use strongroom_format::{
    directory::DirectoryState,
    entry::UnverifiedEntry,
    record::{Fields, Value},
    table::TableDefinition,
    transport::{Append, Page, PageEntry, Wraps},
    vault_payload::{VaultKind, VaultPayload},
    wallet::SlotKind,
};
use strongroom_types::*;
use strongroom_vault::{
    Author, DirectoryRecovery, Invitation, NewPerson, SlotKeys, Unlocked, VaultMachine, Wallet,
    directory, kit, person,
    record::{NewVersion, seal_version},
};
use strongroom_wire::*;

pub const PASSPHRASE: &[u8] = b"correct horse battery staple";

pub struct Person {
    pub new: NewPerson,
    pub kit: Secret16,
    pub wallet: Wallet<Unlocked>,
    pub session: SessionCreated,
    /// The request that ended the sign-up.
    pub finish: Request,
}

impl Person {
    pub fn token(&self) -> &str {
        &self.session.session_token
    }

    pub fn identity(&self) -> IdentityId {
        self.new.identity()
    }
}

/// What a member knows of a vault, replayed and verified from its beginning.
pub struct Seat {
    pub directory: DirectoryState,
    pub machine: VaultMachine,
    pub entries: Vec<PageEntry>,
}

impl Seat {
    pub fn author<'a>(&self, person: &'a Person) -> Author<'a> {
        self.machine
            .author(&self.directory, person.new.device())
            .unwrap()
    }
}

pub fn table() -> TableDefinition {
    TableDefinition::from_json(
        r#"{"name":"case","title":"Case","fields":[{"name":"title","title":"Title","type":"text","required":true}]}"#,
    )
    .unwrap()
}

impl World {
    /// The first person of a tenant.
    pub async fn founder(&self, name: &str, code: String) -> Person {
        let mut rng = self.rng();
        let new = NewPerson::make(name, "desk", &mut rng).unwrap();
        let entry = new.found(&DirectoryRecovery::make(&mut rng), &mut rng);
        let tenant = TenantId::from_bytes(*entry.body_hash().as_bytes());
        self.sign_up(SignupProof::Setup { code }, new, tenant, &entry)
            .await
    }

    pub async fn colleague(&self, admin: &Person, name: &str) -> Person {
        let (invitation, _) = self.invite(admin).await;
        self.join(&invitation, name).await
    }

    /// An open invitation, and the request that posted it.
    pub async fn invite(&self, admin: &Person) -> (Invitation, Request) {
        let made = person::make_invite(
            &self.directory(admin).await,
            admin.new.device(),
            AccountRole::Member,
            self.clock.now_ms() + 86_400_000,
            &mut self.rng(),
        )
        .unwrap();
        let post = InvitePost {
            entry: made.entry.to_bytes().into(),
            attachment: InviteAttachment {
                invite: made.invite,
                root_box: made.root_box.into(),
                auth_hash: made.auth_hash,
            },
        };
        let request = self.json("POST", "/v1/invites", admin.token(), &post);
        let _: Appended = self.ask(&request).await.json();
        (Invitation::from_code(&made.code).unwrap(), request)
    }

    pub async fn join(&self, invitation: &Invitation, name: &str) -> Person {
        let auth = format!("Invite {}.{}", invitation.invite(), invitation.auth());
        let path = format!("/v1/invites/{}", invitation.invite());
        let request = Request::new("GET", &path).header("authorization", &auth);
        let view: InviteView = self.ask(&request).await.json();
        let root = invitation.open_root(&view.root_box.0).unwrap();
        let directory = self.directory_as(&auth, root.tenant).await;
        let new = NewPerson::make(name, "laptop", &mut self.rng()).unwrap();
        let entry = new.join(invitation, &root, &directory).unwrap();
        let proof = SignupProof::Invite {
            invite: invitation.invite(),
            auth: invitation.auth(),
        };
        self.sign_up(proof, new, root.tenant, &entry).await
    }

    async fn sign_up(
        &self,
        proof: SignupProof,
        new: NewPerson,
        tenant: TenantId,
        entry: &UnverifiedEntry,
    ) -> Person {
        let mut rng = self.rng();
        let (state, request) = ClientRegistration::start(PASSPHRASE, &mut rng).unwrap();
        let start = SignupStart {
            proof: proof.clone(),
            name: new.name().to_owned(),
            opaque_request: request.into(),
        };
        let started: SignupStarted = self
            .ask(&self.json("POST", "/v1/signup/start", "", &start))
            .await
            .json();
        let (upload, _) = state
            .finish(
                PASSPHRASE,
                &started.opaque_response.0,
                &Identifiers::default(),
                &mut rng,
            )
            .unwrap();
        let kit = Secret16::make(&mut rng);
        let slot = SlotKeys::recovery(&kit);
        let day = self.clock.now_ms() / 86_400_000;
        let mut wallet =
            Wallet::create(tenant, &new, &[(SlotKind::Recovery, &slot)], day, &mut rng).unwrap();
        let stored = wallet.seal(&mut rng);
        let finish = SignupFinish {
            proof,
            signup: started.signup,
            opaque_upload: upload.into(),
            entry: entry.to_bytes().into(),
            wallet: stored.to_bytes().into(),
            recover_auth_hash: kit::recover_auth_hash(&kit),
        };
        let finish = self.json("POST", "/v1/signup/finish", "", &finish);
        let session: SessionCreated = self.ask(&finish).await.json();
        wallet.saved(stored);
        assert_eq!(session.identity, new.identity());
        assert_eq!(session.tenant, tenant);
        let person = Person {
            new,
            kit,
            wallet,
            session,
            finish,
        };
        self.ask(&self.confirm(&person)).await.ok();
        person
    }

    pub fn confirm(&self, person: &Person) -> Request {
        let auth = kit::recover_auth(&person.kit);
        let path = "/v1/account/recovery-confirm";
        self.json("POST", path, person.token(), &RecoveryConfirm { auth })
    }

    pub fn recover_request(&self, name: &str, auth: Digest) -> Request {
        let recover = Recover {
            name: name.to_owned(),
            tenant: None,
            auth,
            device_name: "kit".to_owned(),
        };
        let body = serde_json::to_vec(&recover).unwrap();
        Request::new("POST", "/v1/recover").body("application/json", body)
    }

    /// A session that may only restore.
    pub async fn recovery_session(&self, person: &Person) -> SessionCreated {
        let auth = kit::recover_auth(&person.kit);
        self.ask(&self.recover_request(person.new.name(), auth))
            .await
            .json()
    }

    pub fn login_start(&self, name: &str, passphrase: &[u8]) -> (ClientLogin, LoginStart) {
        let (state, request) = ClientLogin::start(passphrase, &mut self.rng()).unwrap();
        let start = LoginStart {
            name: name.to_owned(),
            tenant: None,
            opaque_request: request.into(),
            pending: false,
        };
        (state, start)
    }

    pub async fn login(&self, name: &str, passphrase: &[u8]) -> Answer {
        let (state, start) = self.login_start(name, passphrase);
        let answer = self.post_login("start", &start).await;
        if !answer.success() {
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
        // Who guesses wrong has no proof to send; a made-up one must not help.
        let finalization = finished.map_or_else(|_| vec![0; 64], |finish| finish.finalization);
        let finish = LoginFinish {
            login: started.login,
            finalization: finalization.into(),
            device_name: "laptop".to_owned(),
        };
        self.post_login("finish", &finish).await
    }

    pub async fn post_login(&self, step: &str, body: &impl serde::Serialize) -> Answer {
        let request = Request::new("POST", &format!("/v1/login/{step}"))
            .body("application/json", serde_json::to_vec(body).unwrap());
        self.ask(&request).await
    }

    pub async fn directory(&self, person: &Person) -> DirectoryState {
        let auth = format!("Bearer {}", person.token());
        self.directory_as(&auth, person.session.tenant).await
    }

    async fn directory_as(&self, auth: &str, tenant: TenantId) -> DirectoryState {
        let mut state = DirectoryState::new(Some(tenant));
        loop {
            let after = state.head().map(|head| format!("?after={}", head.index));
            let path = format!("/v1/directory/entries{}", after.unwrap_or_default());
            let request = Request::new("GET", &path).header("authorization", auth);
            let page = Page::from_bytes(&self.ask(&request).await.ok().body).unwrap();
            if page.entries.is_empty() {
                directory::finish_sync(&state, page.head, None).unwrap();
                return state;
            }
            directory::apply_page(&mut state, &page.entries).unwrap();
        }
    }

    /// Reads and verifies a whole vault, keys included.
    pub async fn seat(&self, person: &Person, vault: VaultId) -> Seat {
        let directory = self.directory(person).await;
        let mut machine = VaultMachine::new(person.session.tenant, vault, person.identity());
        let (mut entries, mut hashes) = (Vec::<PageEntry>::new(), Vec::new());
        let head = loop {
            let after = entries
                .last()
                .map(|entry| format!("?after={}", entry.index));
            let path = format!("/v1/vaults/{vault}/entries{}", after.unwrap_or_default());
            let answer = self.get(&path, person.token()).await.ok();
            let page = Page::from_bytes(&answer.body).unwrap();
            if page.entries.is_empty() {
                break page.head;
            }
            let verified = machine
                .apply_page(page.entries.clone(), &directory, &|index| {
                    hashes.get(index as usize).copied()
                })
                .unwrap();
            hashes.extend(verified.iter().map(|entry| entry.hash));
            entries.extend(page.entries);
        };
        machine.finish_sync(head).unwrap();
        while let Some(epoch) = machine.needs_wraps() {
            let path = format!("/v1/vaults/{vault}/wraps/{}", epoch.0);
            let answer = self.get(&path, person.token()).await.ok();
            let wraps = Wraps::from_bytes(&answer.body).unwrap();
            machine
                .take_wraps(&wraps, &person.wallet.wrap_seeds(), &directory)
                .unwrap();
        }
        Seat {
            directory,
            machine,
            entries,
        }
    }

    pub async fn create_vault(&self, person: &Person) -> (VaultId, Request) {
        let (vault, append) = VaultMachine::create_vault(
            VaultKind::Shared,
            "Cases",
            &self.directory(person).await,
            person.new.device(),
            &mut self.rng(),
        )
        .unwrap();
        let request = self.cbor("/v1/vaults", person.token(), append.to_bytes());
        let appended: Appended = self.ask(&request).await.json();
        assert_eq!(appended.log, vault.to_string());
        (vault, request)
    }

    pub fn append_request(&self, person: &Person, vault: VaultId, append: &Append) -> Request {
        let path = format!("/v1/vaults/{vault}/entries");
        self.cbor(&path, person.token(), append.to_bytes())
    }

    pub async fn append(&self, person: &Person, vault: VaultId, append: &Append) -> Answer {
        self.ask(&self.append_request(person, vault, append)).await
    }

    pub async fn add_member(&self, owner: &Person, vault: VaultId, member: &Person, role: Role) {
        let seat = self.seat(owner, vault).await;
        let append = seat
            .machine
            .add_member(
                member.identity(),
                role,
                &seat.directory,
                owner.new.device(),
                &mut self.rng(),
            )
            .unwrap();
        self.append(owner, vault, &append).await.ok();
    }

    /// A record for the place where `author` writes next.
    pub fn record(&self, seat: &Seat, author: &Author<'_>) -> VaultPayload {
        let mut rng = self.rng();
        let new = NewVersion {
            record: RecordId::make(&mut rng),
            parents: Vec::new(),
            deleted: false,
        };
        let fields = Fields::from([("title".to_owned(), Value::Text("a case".to_owned()))]);
        let keyring = seat.machine.keyring();
        let place = author.place();
        VaultPayload::Record(
            seal_version(keyring, place, &table(), new, &fields, &mut rng).unwrap(),
        )
    }

    /// Appends one record; gives the request for repetition.
    pub async fn append_record(&self, person: &Person, vault: VaultId) -> Request {
        let seat = self.seat(person, vault).await;
        let mut author = seat.author(person);
        let payload = self.record(&seat, &author);
        let append = Append::of(vec![author.append(&payload)]);
        let request = self.append_request(person, vault, &append);
        self.ask(&request).await.ok();
        request
    }
}
