//! People: sign-up, invitations, login, and what they write into the directory.

use super::*;

pub const PASSPHRASE: &[u8] = b"correct horse battery";

/// Somebody with keys and a session.
pub struct Person {
    pub name: String,
    pub identity: SignSecret,
    pub device: SignSecret,
    pub wrap: WrapSecret,
    pub recovery: Secret16,
    pub session: Option<SessionCreated>,
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

impl World {
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
}
