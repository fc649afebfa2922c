//! Signing up, with the server's set-up code or an invitation: keys, wallet and recovery kit are
//! made here, the server gets what it may know.

use super::ceremony::opaque;
use super::kit::KitView;
use super::{NewSession, PendingKit, check_session};
use crate::core::Core;
use crate::http::{Auth, Repeat};
use crate::platform::{Http, Storage};
use crate::store::{Facts, Keeper, LocalKeys};
use crate::sync::read_directory;
use crate::{CoreError, Result};
use strongroom_crypto::opaque::{ClientRegistration, ExportKey, Identifiers};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{Secret16, SymmetricKey};
use strongroom_format::codes::{CodeKind, kind_of, read_code, write_code};
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::passphrase::Passphrase;
use strongroom_vault::{
    DirectoryRecovery, Invitation, InviteRoot, NewPerson, RecoveryKit, SlotKeys, Wallet, kit, local,
};
use strongroom_wire::{
    InviteView, ProblemCode, SessionCreated, SignupFinish, SignupProof, SignupStart, SignupStarted,
};
use zeroize::Zeroizing;

/// How somebody gets in.
enum Entrance {
    Founder {
        entry: UnverifiedEntry,
        recovery: DirectoryRecovery,
    },
    Joiner {
        invitation: Invitation,
        root: InviteRoot,
        directory: DirectoryState,
    },
}

impl Entrance {
    fn tenant(&self) -> TenantId {
        match self {
            Self::Founder { entry, .. } => TenantId::from_bytes(*entry.body_hash().as_bytes()),
            Self::Joiner { root, .. } => root.tenant,
        }
    }
}

impl<H: Http, S: Storage> Core<H, S> {
    /// Signs up and in. The kit is shown once now, and again until it is confirmed.
    ///
    /// # Errors
    /// `wrong_credentials` or `gone` for the code, `name_taken`, `profile_exists` where this
    /// browser is somebody's already, usage for what is malformed.
    pub(crate) async fn sign_up(
        &mut self,
        code: &str,
        name: &str,
        passphrase: &Passphrase,
    ) -> Result<KitView> {
        passphrase.check_strength()?;
        let known = self.platform.known().await?;
        if known.is_some_and(|known| known.facts.complete) {
            return Err(CoreError::new(
                ErrorClass::Usage,
                "profile_exists",
                "this browser belongs to an account already",
            )
            .with_hint("sign in and sign out first, or use another browser"));
        }
        self.end_session().await?;
        let name = name.trim();
        let person = NewPerson::make(name, &self.platform.device_name, &mut self.platform.rng())?;
        let ca_fingerprint = self.platform.ca_fingerprint().await?;
        let (proof, entrance) = self.entrance(code, &person).await?;
        let (signup, opaque_upload, export_key) =
            self.register(&proof, &person, passphrase).await?;

        let tenant = entrance.tenant();
        let recovery_kit = RecoveryKit {
            server_url: self.platform.origin.clone(),
            ca_fingerprint,
            tenant,
            name: person.name().to_owned(),
            recovery: Secret16::make(&mut self.platform.rng()),
            device_secret: Secret16::make(&mut self.platform.rng()),
            directory_recovery: match &entrance {
                Entrance::Founder { recovery, .. } => {
                    Some(Secret16::from_bytes(*recovery.secret().danger_bytes()))
                }
                Entrance::Joiner { .. } => None,
            },
            keep_earlier_page: false,
        };
        let slot_keys =
            SlotKeys::passphrase(export_key.danger_bytes(), &recovery_kit.device_secret);
        let recovery_keys = SlotKeys::recovery(&recovery_kit.recovery);
        let slots = [
            (SlotKind::Passphrase, &slot_keys),
            (SlotKind::Recovery, &recovery_keys),
        ];
        let today = self.platform.today();
        let (mut wallet, stored, pending, keys) = {
            let mut rng = self.platform.rng();
            let mut wallet = Wallet::create(tenant, &person, &slots, today, &mut rng)?;
            let stored = wallet.seal(&mut rng);
            let pending = PendingKit::new(&recovery_kit, &mut rng);
            let keys = LocalKeys {
                device: SignSecret::from_seed(&person.device().danger_seed()),
                cache_key: SymmetricKey::make(&mut rng),
            };
            (wallet, stored, pending, keys)
        };
        let mut facts = Facts {
            format: 1,
            name: person.name().to_owned(),
            tenant,
            identity: person.identity(),
            device: person.device_id(),
            device_name: person.device_name().to_owned(),
            complete: false,
        };
        // Before the server knows the account, this browser holds what a login needs.
        let local_key = local::browser_key(export_key.danger_bytes(), &recovery_kit.device_secret);
        self.prepare(&facts, &recovery_kit, &local_key, &keys, &pending)
            .await?;

        let body = SignupFinish {
            proof,
            signup,
            opaque_upload: opaque_upload.into(),
            entry: Vec::new().into(),
            wallet: stored.to_bytes().into(),
            recover_auth_hash: kit::recover_auth_hash(&recovery_kit.recovery),
        };
        let (created, directory) = self.finish(entrance, &person, body).await?;
        check_session(&created, tenant, person.identity())?;
        wallet.saved(stored);
        facts.complete = true;
        self.platform.set_facts(&facts).await?;
        let view = pending.view();
        self.enter(NewSession {
            facts,
            token: Zeroizing::new(created.session_token),
            wallet,
            slot: (
                SlotKind::Passphrase,
                slot_keys.slot_key().danger_duplicate(),
            ),
            keys,
            directory,
            kit: Some(pending),
        })
        .await?;
        Ok(view)
    }

    /// Makes this browser the person's device, with the kit until it is confirmed.
    pub(super) async fn prepare(
        &self,
        facts: &Facts,
        recovery_kit: &RecoveryKit,
        local_key: &SymmetricKey,
        keys: &LocalKeys,
        pending: &PendingKit,
    ) -> Result<()> {
        self.platform
            .begin_profile(facts, &recovery_kit.device_secret, local_key, keys)
            .await?;
        let keeper = Keeper {
            cache_key: keys.cache_key.danger_duplicate(),
            owner: facts.owner(),
        };
        pending.keep(&self.platform, &keeper).await
    }

    /// The first half of OPAQUE's registration.
    async fn register(
        &self,
        proof: &SignupProof,
        person: &NewPerson,
        passphrase: &Passphrase,
    ) -> Result<(SessionId, Vec<u8>, ExportKey)> {
        let words = passphrase.danger_bytes();
        let (registration, request) =
            ClientRegistration::start(words, &mut self.platform.rng()).map_err(opaque)?;
        let start = SignupStart {
            proof: proof.clone(),
            name: person.name().to_owned(),
            opaque_request: request.into(),
        };
        let started: SignupStarted = self
            .platform
            .send_json("POST", "/v1/signup/start", Auth::None, &start, Repeat::Once)
            .await?;
        let (upload, export_key) = registration
            .finish(
                words,
                &started.opaque_response.0,
                &Identifiers::default(),
                &mut self.platform.rng(),
            )
            .map_err(opaque)?;
        Ok((started.signup, upload, export_key))
    }

    async fn entrance(&self, code: &str, person: &NewPerson) -> Result<(SignupProof, Entrance)> {
        match kind_of(code) {
            Some(CodeKind::Setup) => {
                let secret = read_code(CodeKind::Setup, code)?;
                let recovery = DirectoryRecovery::make(&mut self.platform.rng());
                let entry = person.found(&recovery, &mut self.platform.rng());
                let proof = SignupProof::Setup {
                    code: write_code(CodeKind::Setup, &secret),
                };
                Ok((proof, Entrance::Founder { entry, recovery }))
            }
            Some(CodeKind::Invite) => {
                let invitation = Invitation::from_code(code)?;
                let auth = Auth::Invite(invitation.invite(), invitation.auth());
                let path = format!("/v1/invites/{}", invitation.invite());
                let view: InviteView = self.platform.get_json(&path, auth).await?;
                let root = invitation.open_root(&view.root_box.0)?;
                let mut directory = DirectoryState::new(Some(root.tenant));
                read_directory(&self.platform, auth, &mut directory, None).await?;
                root.check(&invitation, &directory)?;
                let proof = SignupProof::Invite {
                    invite: invitation.invite(),
                    auth: invitation.auth(),
                };
                let entrance = Entrance::Joiner {
                    invitation,
                    root,
                    directory,
                };
                Ok((proof, entrance))
            }
            _ => Err(CoreError::usage(
                "a sign-up needs the server's set-up code (SR-SETUP-…) or an invitation (SR-INVITE-…)",
            )),
        }
    }

    /// Ends the sign-up; a joiner whom others overtook in the directory joins again after them.
    async fn finish(
        &self,
        entrance: Entrance,
        person: &NewPerson,
        mut body: SignupFinish,
    ) -> Result<(SessionCreated, DirectoryState)> {
        let path = "/v1/signup/finish";
        let tenant = entrance.tenant();
        let (invitation, root, mut directory) = match entrance {
            Entrance::Founder { entry, .. } => {
                body.entry = entry.to_bytes().into();
                let created = self
                    .platform
                    .send_json("POST", path, Auth::None, &body, Repeat::Once)
                    .await?;
                let mut directory = DirectoryState::new(Some(tenant));
                directory.apply(&entry)?;
                return Ok((created, directory));
            }
            Entrance::Joiner {
                invitation,
                root,
                directory,
            } => (invitation, root, directory),
        };
        let mut attempt = 0;
        loop {
            attempt += 1;
            let entry = person.join(&invitation, &root, &directory)?;
            body.entry = entry.to_bytes().into();
            let sent: Result<SessionCreated> = self
                .platform
                .send_json("POST", path, Auth::None, &body, Repeat::Once)
                .await;
            match sent {
                Ok(created) => {
                    // Only where nobody came between; otherwise the first sync reads it.
                    let _ = directory.apply(&entry);
                    return Ok((created, directory));
                }
                Err(error) => {
                    let refused = error.problem();
                    let moved = refused.is_some_and(ProblemCode::directory_moved_on);
                    if !moved || attempt >= 5 {
                        return Err(error);
                    }
                    let auth = Auth::Invite(invitation.invite(), invitation.auth());
                    let known = directory.head();
                    read_directory(&self.platform, auth, &mut directory, known).await?;
                }
            }
        }
    }
}
