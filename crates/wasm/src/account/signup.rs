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
use strongroom_crypto::SymmetricKey;
use strongroom_crypto::opaque::ExportKey;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::codes::{CodeKind, kind_of, read_code, write_code};
use strongroom_format::directory::DirectoryState;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::exchange::Registration;
use strongroom_vault::passphrase::Passphrase;
use strongroom_vault::{
    Entrance, Invitation, NewPerson, RecoveryKit, SlotKeys, Wallet, kit, local,
};
use strongroom_wire::{
    InviteView, ProblemCode, SessionCreated, SignupFinish, SignupProof, SignupStart, SignupStarted,
};
use zeroize::Zeroizing;

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
        let server_url = self.platform.address_for_others().await?;
        let (proof, entrance) = self.entrance(code, &person).await?;
        let (signup, opaque_upload, export_key) =
            self.register(&proof, &person, passphrase).await?;

        let tenant = entrance.tenant();
        let recovery_kit = {
            let mut rng = self.platform.rng();
            entrance.make_kit(&person, server_url, ca_fingerprint, &mut rng)
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
        let (registration, request) =
            Registration::start(passphrase, &mut self.platform.rng()).map_err(opaque)?;
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
            .finish(&started.opaque_response.0, &mut self.platform.rng())
            .map_err(opaque)?;
        Ok((started.signup, upload, export_key))
    }

    async fn entrance(&self, code: &str, person: &NewPerson) -> Result<(SignupProof, Entrance)> {
        match kind_of(code) {
            Some(CodeKind::Setup) => {
                let secret = read_code(CodeKind::Setup, code)?;
                let proof = SignupProof::Setup {
                    code: write_code(CodeKind::Setup, &secret),
                };
                Ok((proof, Entrance::found(person, &mut self.platform.rng())))
            }
            Some(CodeKind::Invite) => {
                let invitation = Invitation::from_code(code)?;
                let auth = Auth::Invite(invitation.invite(), invitation.auth());
                let path = format!("/v1/invites/{}", invitation.invite());
                let view: InviteView = self.platform.get_json(&path, auth).await?;
                let root = invitation.open_root(&view.root_box.0)?;
                let mut directory = DirectoryState::new(Some(root.tenant));
                read_directory(&self.platform, auth, &mut directory, None).await?;
                let proof = SignupProof::Invite {
                    invite: invitation.invite(),
                    auth: invitation.auth(),
                };
                Ok((proof, Entrance::join(invitation, root, directory)?))
            }
            _ => Err(CoreError::usage(
                "a sign-up needs the server's set-up code (SR-SETUP-…) or an invitation (SR-INVITE-…)",
            )),
        }
    }

    /// Ends the sign-up; a joiner whom others overtook in the directory joins again after them.
    async fn finish(
        &self,
        mut entrance: Entrance,
        person: &NewPerson,
        mut body: SignupFinish,
    ) -> Result<(SessionCreated, DirectoryState)> {
        let path = "/v1/signup/finish";
        let mut attempt = 0;
        loop {
            attempt += 1;
            let entry = entrance.entry(person)?;
            body.entry = entry.to_bytes().into();
            let sent: Result<SessionCreated> = self
                .platform
                .send_json("POST", path, Auth::None, &body, Repeat::Once)
                .await;
            let error = match sent {
                Ok(created) => return Ok((created, entrance.entered(&entry)?)),
                Err(error) => error,
            };
            let moved = error.problem().is_some_and(ProblemCode::directory_moved_on);
            match entrance.overtaken() {
                Some((invitation, directory)) if moved && attempt < 5 => {
                    let auth = Auth::Invite(invitation.invite(), invitation.auth());
                    let known = directory.head();
                    read_directory(&self.platform, auth, directory, known).await?;
                }
                _ => return Err(error),
            }
        }
    }
}
