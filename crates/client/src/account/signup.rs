use super::device_box::seal_device;
use super::{Admission, NewSession, opaque, other_profile};
use crate::client::Client;
use crate::http::{Auth, Http, Repeat, tls};
use crate::profile::{ProfileDir, ProfileFacts, write_whole};
use crate::sync::read_directory_from;
use crate::{ClientError, Environment, Passphrase, Result};
use reqwest::Method;
use std::path::{Path, PathBuf};
use strongroom_format::codes::{CodeKind, kind_of, read_code, write_code};
use strongroom_format::directory::DirectoryState;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::exchange::Registration;
use strongroom_vault::{
    Entrance, IntegrityError, Invitation, NewPerson, RecoveryKit, SlotKeys, Wallet, kit,
};
use strongroom_wire::{
    InviteView, ProblemCode, SessionCreated, SignupFinish, SignupProof, SignupStart, SignupStarted,
};
use zeroize::Zeroizing;

/// A sign-up, with the server's set-up code or an invitation.
pub struct SignupRequest {
    /// The profile's folder; it must not hold a profile yet.
    pub home: PathBuf,
    /// Where, with which code, and whom to trust there.
    pub admission: Admission,
    pub name: String,
    pub passphrase: Passphrase,
    /// What the device list shows, for example `laptop`.
    pub device_name: String,
    /// Where the recovery kit is written, mode 0600; it is read back and then confirmed at the
    /// server. Nothing is overwritten.
    pub kit_out: Option<PathBuf>,
}

impl Client {
    /// Signs up: keys, wallet and recovery kit are made here, the server gets what it may know.
    ///
    /// # Errors
    /// `wrong_credentials` or `gone` for the code, `name_taken`, usage for what is malformed,
    /// integrity for a server that is not the one of the invitation link.
    pub async fn signup(request: SignupRequest) -> Result<(Self, RecoveryKit)> {
        Self::signup_with(request, Environment::default()).await
    }

    /// As [`Client::signup`], with a clock and randomness of the caller's.
    ///
    /// # Errors
    /// As [`Client::signup`].
    pub async fn signup_with(
        request: SignupRequest,
        environment: Environment,
    ) -> Result<(Self, RecoveryKit)> {
        request.passphrase.check_strength()?;
        if let Some(path) = &request.kit_out {
            check_absent(path)?;
        }
        let (http, ca_pem) = request.admission.connect(&environment).await?;
        let mut rng = environment.rng();
        let person = NewPerson::make(&request.name, &request.device_name, &mut rng)?;
        let profile = ProfileDir::at(&request.home);
        profile.create()?;
        let lock = profile.lock().await?;
        if let Some(facts) = profile.facts()?.filter(|facts| facts.complete) {
            return Err(other_profile(&facts));
        }
        let (proof, entrance) =
            enter(&http, &environment, request.admission.code(), &person).await?;
        let (registration, opaque_request) =
            Registration::start(&request.passphrase, &mut rng).map_err(opaque)?;
        let start = SignupStart {
            proof: proof.clone(),
            name: person.name().to_owned(),
            opaque_request: opaque_request.into(),
        };
        let started: SignupStarted = http
            .send_json(
                Method::POST,
                "/v1/signup/start",
                Auth::None,
                &start,
                Repeat::Always,
            )
            .await?;
        let (upload, export_key) = registration
            .finish(&started.opaque_response.0, &mut rng)
            .map_err(opaque)?;

        let tenant = entrance.tenant();
        let ca_fingerprint: Digest = tls::fingerprint(&tls::read_ca(&ca_pem)?)
            .parse()
            .map_err(|_| ClientError::failed("internal", "a fingerprint of another length"))?;
        let kit = entrance.make_kit(&person, http.origin(), ca_fingerprint, &mut rng);
        let keys = SlotKeys::passphrase(export_key.danger_bytes(), &kit.device_secret);
        let recovery_keys = SlotKeys::recovery(&kit.recovery);
        let today = environment.now_ms() / 86_400_000;
        let slots = [
            (SlotKind::Passphrase, &keys),
            (SlotKind::Recovery, &recovery_keys),
        ];
        let mut wallet = Wallet::create(tenant, &person, &slots, today, &mut rng)?;
        let stored = wallet.seal(&mut rng);

        let facts = ProfileFacts {
            format: 1,
            url: http.origin(),
            name: person.name().to_owned(),
            tenant,
            identity: person.identity(),
            device: person.device_id(),
            device_name: person.device_name().to_owned(),
            complete: false,
        };
        // Before the server knows the account, this machine holds what a login needs.
        let owner = strongroom_vault::local::LocalOwner {
            tenant,
            identity: facts.identity,
            device: facts.device,
        };
        profile.write_ca(&ca_pem)?;
        profile.write_device_secret(&kit.device_secret)?;
        let sealed = seal_device(
            person.device(),
            owner,
            &request.passphrase,
            &kit.device_secret,
            &mut rng,
        );
        profile.write_device_box(&sealed)?;
        profile.write_facts(&facts)?;
        if let Some(path) = &request.kit_out {
            write_kit(path, &kit)?;
        }

        let wallet_bytes = stored.to_bytes();
        let (created, directory) = finish(
            &http,
            entrance,
            &person,
            SignupFinish {
                proof,
                signup: started.signup,
                opaque_upload: upload.into(),
                entry: Vec::new().into(),
                wallet: wallet_bytes.clone().into(),
                recover_auth_hash: kit::recover_auth_hash(&kit.recovery),
            },
        )
        .await?;
        if (created.tenant, created.identity) != (tenant, person.identity()) {
            return Err(IntegrityError::ForeignTenant { index: 0 }.into());
        }
        let session = NewSession {
            profile,
            environment,
            facts,
            token: Zeroizing::new(created.session_token),
            wallet: wallet_bytes,
            slot_key: keys.slot_key().danger_duplicate(),
            device: person.into_device(),
            directory,
        };
        let client = session.open(&request.passphrase, &kit.device_secret)?;
        drop(lock);
        if let Some(path) = &request.kit_out {
            let text = Zeroizing::new(std::fs::read_to_string(path)?);
            client.kit_confirm(&text).await?;
        }
        Ok((client, kit))
    }
}

async fn enter(
    http: &Http,
    environment: &Environment,
    code: &str,
    person: &NewPerson,
) -> Result<(SignupProof, Entrance)> {
    match kind_of(code) {
        Some(CodeKind::Setup) => {
            let secret = read_code(CodeKind::Setup, code)?;
            let proof = SignupProof::Setup {
                code: write_code(CodeKind::Setup, &secret),
            };
            Ok((proof, Entrance::found(person, &mut environment.rng())))
        }
        Some(CodeKind::Invite) => {
            let invitation = Invitation::from_code(code)?;
            let auth = Auth::Invite(invitation.invite(), invitation.auth());
            let path = format!("/v1/invites/{}", invitation.invite());
            let view: InviteView = http.get_json(&path, auth).await?;
            let root = invitation.open_root(&view.root_box.0)?;
            let mut directory = DirectoryState::new(Some(root.tenant));
            read_directory_from(http, auth, &mut directory, None).await?;
            let proof = SignupProof::Invite {
                invite: invitation.invite(),
                auth: invitation.auth(),
            };
            Ok((proof, Entrance::join(invitation, root, directory)?))
        }
        _ => Err(ClientError::usage(
            "a sign-up needs the server's set-up code (SR-SETUP-…) or an invitation (SR-INVITE-…)",
        )),
    }
}

/// Ends the sign-up; a joiner whom others overtook in the directory joins again after them.
async fn finish(
    http: &Http,
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
        let sent: Result<SessionCreated> = http
            .send_json(Method::POST, path, Auth::None, &body, Repeat::Always)
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
                read_directory_from(http, auth, directory, known).await?;
            }
            _ => return Err(error),
        }
    }
}

pub(crate) fn check_absent(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_ok() {
        return Err(ClientError::usage(format!(
            "{} is there already; the recovery kit is not written over another file",
            path.display()
        ))
        .with_hint("name another file"));
    }
    Ok(())
}

/// Writes a kit durably and reads it back.
pub(crate) fn write_kit(path: &Path, kit: &RecoveryKit) -> Result<()> {
    let text = kit.to_text();
    write_whole(path, text.as_bytes(), false).map_err(|error| {
        ClientError::failed(
            "kit_not_written",
            format!(
                "the recovery kit could not be written to {}",
                path.display()
            ),
        )
        .with_source(error)
    })?;
    let read = Zeroizing::new(std::fs::read_to_string(path)?);
    let same = super::read_kit(&read)?.recover_auth() == kit.recover_auth();
    if same {
        Ok(())
    } else {
        Err(ClientError::failed(
            "kit_not_written",
            "the recovery kit does not read back as it was written",
        ))
    }
}
