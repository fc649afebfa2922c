//! What administrators write into the directory.

use crate::engine::Engine;
use crate::http::{Auth, Repeat};
use crate::platform::{Http, Storage};
use crate::sync::read_directory;
use crate::{CoreError, Result};
use serde::Serialize;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::transport::Append;
use strongroom_types::*;
use strongroom_vault::person::{self, InvitationLink};
use strongroom_vault::{IntegrityError, VaultError};
use strongroom_wire::{Appended, InviteAttachment, InvitePost, ProblemCode};

/// How often an entry is made again when others were faster.
const ATTEMPTS: u32 = 5;

/// Makes an entry for the directory's present state, as this device's author.
type MakeEntry<'a> =
    &'a mut dyn FnMut(&DirectoryState, &SignSecret) -> Result<UnverifiedEntry, VaultError>;

/// An invitation to pass on: the code is the secret, the server never sees it.
#[derive(Serialize)]
pub(crate) struct InvitationMade {
    invite: InviteId,
    code: String,
    /// Address, code and the fingerprint of the server's authority in one line.
    link: String,
    account_role: AccountRole,
    expires_ms: u64,
}

/// An invitation in the directory.
#[derive(Serialize)]
pub(crate) struct InvitationView {
    invite: InviteId,
    account_role: AccountRole,
    expires_ms: u64,
    inviter: String,
    /// Used or withdrawn.
    closed: bool,
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Invites somebody to the organisation; valid for `valid_ms` milliseconds, and once.
    /// `ca_fingerprint` goes into the link.
    ///
    /// # Errors
    /// Refused for who is no administrator.
    pub async fn invite_colleague(
        &mut self,
        account_role: AccountRole,
        valid_ms: u64,
        ca_fingerprint: Digest,
    ) -> Result<InvitationMade> {
        let server_url = self.platform.address_for_others().await?;
        let expires_ms = self.platform.now_ms().saturating_add(valid_ms);
        let mut attempt = 0;
        let made = loop {
            attempt += 1;
            self.sync_directory(None).await?;
            self.check_administrator()?;
            let made = person::make_invite(
                &self.open.directory,
                &self.open.device,
                account_role,
                expires_ms,
                &mut self.platform.rng(),
            )?;
            let body = InvitePost {
                entry: made.entry.to_bytes().into(),
                attachment: InviteAttachment {
                    invite: made.invite,
                    root_box: made.root_box.clone().into(),
                    auth_hash: made.auth_hash,
                },
            };
            let auth = Auth::Session(&self.open.token);
            let sent: Result<Appended> = self
                .platform
                .send_json("POST", "/v1/invites", auth, &body, Repeat::Once)
                .await;
            match sent {
                Ok(_) => break made,
                Err(error) if moved_on(&error) && attempt < ATTEMPTS => {}
                Err(error) => return Err(error),
            }
        };
        self.sync_directory(None).await?;
        let link = InvitationLink {
            server_url,
            code: made.code.clone(),
            ca_fingerprint,
        };
        Ok(InvitationMade {
            invite: made.invite,
            link: link.to_text(),
            code: made.code,
            account_role,
            expires_ms,
        })
    }

    /// All invitations, the last to end first.
    ///
    /// # Errors
    /// Refused for who is no administrator.
    pub async fn invitations(&mut self) -> Result<Vec<InvitationView>> {
        self.sync_directory(None).await?;
        self.check_administrator()?;
        let mut views: Vec<InvitationView> = self
            .open
            .directory
            .invites()
            .map(|(invite, known)| InvitationView {
                invite,
                account_role: known.account_role,
                expires_ms: known.expires_ms,
                inviter: self.name_of(known.inviter),
                closed: known.closed,
            })
            .collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.expires_ms));
        Ok(views)
    }

    /// Withdraws an open invitation.
    ///
    /// # Errors
    /// Refused, `not_found`.
    pub async fn withdraw_invitation(&mut self, invite: InviteId) -> Result<()> {
        self.administer(&mut |directory, device| {
            directory
                .invite(invite)
                .ok_or(VaultError::Unknown("invitation"))?;
            person::withdraw_invite(directory, device, invite)
        })
        .await
    }

    /// Gets an administrator's entry into the directory; where others were faster, it is made
    /// again.
    ///
    /// # Errors
    /// Refused for who is no administrator, and what `make` gives.
    pub async fn administer(&mut self, make: MakeEntry<'_>) -> Result<()> {
        self.sync_directory(None).await?;
        self.check_administrator()?;
        let mut state = self.open.directory.clone();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let entry = make(&state, &self.open.device)?;
            let body = Append::of(vec![entry]).to_bytes();
            let auth = Auth::Session(&self.open.token);
            let sent = self
                .platform
                .append("/v1/directory/entries", body, auth)
                .await;
            match &sent {
                Err(error) if moved_on(error) && attempt < ATTEMPTS => {}
                Err(error) => return Err(error.clone()),
                Ok(_) => {}
            }
            let before = state.head();
            read_directory(self.platform, auth, &mut state, before).await?;
            if let Ok(appended) = sent {
                if state.hash_at(appended.first_index) != Some(appended.last_hash) {
                    return Err(IntegrityError::Fork {
                        index: appended.first_index,
                    }
                    .into());
                }
                break;
            }
        }
        self.set_directory(state).await?;
        self.refresh().await
    }

    /// Whether this person is an administrator, by the signed directory.
    ///
    /// # Errors
    /// `forbidden` where not.
    pub(crate) fn check_administrator(&self) -> Result<()> {
        let known = self.open.directory.identity(self.me());
        match known.is_some_and(|known| known.account_role == AccountRole::Admin) {
            true => Ok(()),
            false => Err(CoreError::refused(
                "forbidden",
                "only administrators may do this",
            )),
        }
    }
}

fn moved_on(error: &CoreError) -> bool {
    error.problem().is_some_and(ProblemCode::directory_moved_on)
}
