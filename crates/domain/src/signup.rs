//! Sign-up: the first administrator with the printed code, everybody else with an invitation.

use crate::{Domain, DomainError, DomainResult, Scope, error::refuse, sessions::device_label};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};
use strongroom_crypto::{opaque, sha256, sha256_parts};
use strongroom_format::{
    codes::{CodeKind, read_code},
    directory::{DirectoryPayload, DirectoryState},
    entry::{Kind, UnverifiedEntry},
    names,
    wallet::StoredWallet,
};
use strongroom_store::{Append, Effect, InviteRow, InviteState, LogKey, NewAccount};
use strongroom_types::*;
use strongroom_wire::{
    ProblemCode, SessionCreated, SignupFinish, SignupProof, SignupStart, SignupStarted,
};

/// A sign-up between its two steps, and for a while after the second, so that a repetition
/// of it is answered alike.
#[derive(Clone)]
struct Pending {
    credential: CredentialId,
    proof: Digest,
    name: String,
    until_ms: TimestampMs,
    finished: Option<(Digest, SessionCreated)>,
}

#[derive(Default)]
pub(crate) struct PendingSignups(Mutex<HashMap<SessionId, Pending>>);

/// Where a proof leads.
enum Door {
    Setup { code_hash: Digest },
    Invite(Box<InviteRow>),
}

impl Domain {
    /// Begins a sign-up. `wrong_credentials` for a wrong code or token, `gone` for a used one,
    /// `name_taken` where that can be said already.
    pub async fn signup_start(
        &self,
        start: SignupStart,
        address: IpAddr,
    ) -> DomainResult<SignupStarted> {
        let door = self.open_door(&start.proof, address).await?;
        let name = names::normalise(&start.name)?;
        if let Door::Invite(invite) = &door {
            let look = names::look(&name);
            if !self
                .store
                .accounts_by_name(Some(invite.tenant), &look)
                .await?
                .is_empty()
            {
                return Err(DomainError::new(ProblemCode::NameTaken));
            }
        }
        let (credential, signup) = {
            let mut rng = self.rng();
            (CredentialId::make(&mut **rng), SessionId::make(&mut **rng))
        };
        let response = opaque::server_register_start(
            &self.opaque,
            &start.opaque_request.0,
            credential.as_bytes(),
        )?;
        let now_ms = self.now_ms();
        let mut pending = self
            .signups
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        pending.retain(|_, pending| pending.until_ms > now_ms);
        if pending.len() >= self.config.handshakes_max {
            return Err(DomainError::wait(30));
        }
        pending.insert(
            signup,
            Pending {
                credential,
                proof: proof_hash(&start.proof),
                name,
                until_ms: now_ms.saturating_add(self.config.handshake_ms),
                finished: None,
            },
        );
        Ok(SignupStarted {
            signup,
            opaque_response: response.into(),
        })
    }

    /// Ends a sign-up: directory entry, account, credential, wallet and first session in one
    /// step, or nothing.
    pub async fn signup_finish(
        &self,
        finish: SignupFinish,
        address: IpAddr,
    ) -> DomainResult<SessionCreated> {
        let unknown =
            || DomainError::with(ProblemCode::Gone, "the sign-up has expired; begin it again");
        let request_hash = sha256_parts(&[
            &finish.opaque_upload.0,
            sha256(&finish.entry.0).as_bytes(),
            sha256(&finish.wallet.0).as_bytes(),
            finish.recover_auth_hash.as_bytes(),
        ]);
        let pending = {
            let all = self
                .signups
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            all.get(&finish.signup).cloned().ok_or_else(unknown)?
        };
        if pending.proof != proof_hash(&finish.proof) || pending.until_ms <= self.now_ms() {
            return Err(unknown());
        }
        if let Some((hash, created)) = pending.finished {
            return if hash == request_hash {
                Ok(created)
            } else {
                refuse(ProblemCode::Conflict, "this sign-up is finished")
            };
        }
        let door = self.open_door(&finish.proof, address).await?;
        let record = opaque::server_register_finish(&finish.opaque_upload.0)?;
        let wallet = StoredWallet::from_bytes(&finish.wallet.0)?;
        if wallet.version != 1 {
            return refuse(ProblemCode::Malformed, "a new wallet has version 1");
        }
        let entry = UnverifiedEntry::from_bytes(&finish.entry.0)?;
        let person = Person {
            name: pending.name,
            credential: pending.credential,
            record,
            wallet: finish.wallet.0,
            recover_auth_hash: finish.recover_auth_hash,
        };
        let created = match door {
            Door::Setup { code_hash } => self.found_tenant(code_hash, entry, person).await?,
            Door::Invite(invite) => self.join(*invite, entry, person).await?,
        };
        let mut all = self
            .signups
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(pending) = all.get_mut(&finish.signup) {
            pending.finished = Some((request_hash, created.clone()));
        }
        Ok(created)
    }

    async fn open_door(&self, proof: &SignupProof, address: IpAddr) -> DomainResult<Door> {
        match proof {
            SignupProof::Setup { code } => {
                let secret = read_code(CodeKind::Setup, code)?;
                let code_hash = sha256(secret.danger_bytes());
                let look_up = async {
                    let known = self.store.lookup_setup_code(code_hash).await?;
                    Ok(known.then_some(()))
                };
                self.guess(address, look_up).await?;
                Ok(Door::Setup { code_hash })
            }
            SignupProof::Invite { invite, auth } => Ok(Door::Invite(Box::new(
                self.open_invite(*invite, *auth, address).await?,
            ))),
        }
    }

    /// The open invitation of this id and token.
    pub(crate) async fn open_invite(
        &self,
        invite: InviteId,
        auth: Digest,
        address: IpAddr,
    ) -> DomainResult<InviteRow> {
        let look_up = async {
            Ok(self
                .store
                .lookup_invite(invite, sha256(auth.as_bytes()))
                .await?)
        };
        let row = self.guess(address, look_up).await?;
        match row.state {
            InviteState::Used => refuse(ProblemCode::Gone, "the invitation was used"),
            InviteState::Withdrawn => refuse(ProblemCode::Gone, "the invitation was withdrawn"),
            InviteState::Open if row.expires_ms <= self.now_ms() => {
                refuse(ProblemCode::Gone, "the invitation has expired")
            }
            InviteState::Open => Ok(row),
        }
    }

    async fn found_tenant(
        &self,
        code_hash: Digest,
        entry: UnverifiedEntry,
        person: Person,
    ) -> DomainResult<SessionCreated> {
        if entry.body().kind != Kind::DirectoryGenesis {
            return refuse(
                ProblemCode::Malformed,
                "a set-up code makes a new directory",
            );
        }
        let mut directory = DirectoryState::new(None);
        let (payload, head) = directory.apply(&entry)?;
        let DirectoryPayload::Genesis { person: named, .. } = &payload else {
            return refuse(
                ProblemCode::Malformed,
                "a set-up code makes a new directory",
            );
        };
        if named.name != person.name {
            return refuse(ProblemCode::Malformed, "the entry names someone else");
        }
        let tenant = TenantId::from_bytes(*entry.body_hash().as_bytes());
        let (account, created) = self.new_account(
            tenant,
            author_identity(&directory, &entry)?,
            AccountRole::Admin,
            named.device_name.as_str(),
            person,
        )?;
        let now_ms = self.now_ms();
        let append = Append {
            log: LogKey::directory(tenant),
            expected_head: None,
            entries: vec![crate::append::new_entry(&entry, head, now_ms)],
            effects: vec![
                Effect::CreateTenant {
                    setup_code_hash: Some(code_hash),
                    created_ms: now_ms,
                },
                Effect::CreateAccount(Box::new(account)),
            ],
        };
        self.store.append(append).await?;
        self.sole_tenant.forget();
        Ok(created)
    }

    async fn join(
        &self,
        invite: InviteRow,
        entry: UnverifiedEntry,
        person: Person,
    ) -> DomainResult<SessionCreated> {
        if entry.body().kind != Kind::Join {
            return refuse(
                ProblemCode::Malformed,
                "an invitation is taken with a join entry",
            );
        }
        let mut outcome = None;
        let mut person = Some(person);
        self.commit_directory(invite.tenant, &[entry], &mut |entry, payload, directory| {
            let DirectoryPayload::Join {
                invite: named,
                person: joiner,
                ..
            } = payload
            else {
                return refuse(ProblemCode::Malformed, "not a join entry");
            };
            let Some(person) = person.take() else {
                return Ok(Vec::new());
            };
            if *named != invite.invite || joiner.name != person.name {
                return refuse(ProblemCode::Malformed, "the entry names someone else");
            }
            let (account, created) = self.new_account(
                invite.tenant,
                author_identity(directory, entry)?,
                invite.account_role,
                &joiner.device_name,
                person,
            )?;
            outcome = Some(created);
            Ok(vec![
                Effect::UseInvite {
                    invite: invite.invite,
                },
                Effect::CreateAccount(Box::new(account)),
            ])
        })
        .await?;
        outcome.ok_or_else(|| DomainError::with(ProblemCode::Conflict, "this person has joined"))
    }

    fn new_account(
        &self,
        tenant: TenantId,
        identity: IdentityId,
        account_role: AccountRole,
        device_name: &str,
        person: Person,
    ) -> DomainResult<(NewAccount, SessionCreated)> {
        let account = AccountId::make(&mut **self.rng());
        let device_name = device_label(device_name)?;
        let session = self.fresh_session(tenant, account, Scope::Full, &device_name);
        let row = NewAccount {
            account,
            identity,
            name_skeleton: names::look(&person.name),
            name: person.name,
            account_role,
            created_ms: self.now_ms(),
            recover_auth_hash: person.recover_auth_hash,
            credential: person.credential,
            credential_record: person.record.into(),
            wallet: person.wallet.into(),
            wallet_version: 1,
            session: session.row.clone(),
        };
        Ok((row, session.created(identity)))
    }

    /// Whether a set-up code waits for its first administrator.
    pub async fn setup_open(&self) -> DomainResult<bool> {
        Ok(self.store.setup_open().await?)
    }
}

/// What a sign-up brings along besides its entry.
struct Person {
    name: String,
    credential: CredentialId,
    record: Vec<u8>,
    wallet: Vec<u8>,
    recover_auth_hash: Digest,
}

fn author_identity(
    directory: &DirectoryState,
    entry: &UnverifiedEntry,
) -> DomainResult<IdentityId> {
    directory
        .device(entry.body().device)
        .map(|device| device.identity)
        .ok_or_else(|| DomainError::new(ProblemCode::InvalidEntry))
}

fn proof_hash(proof: &SignupProof) -> Digest {
    match proof {
        SignupProof::Setup { code } => sha256_parts(&[b"setup", code.trim().as_bytes()]),
        SignupProof::Invite { invite, auth } => {
            sha256_parts(&[b"invite", invite.as_bytes(), auth.as_bytes()])
        }
    }
}
