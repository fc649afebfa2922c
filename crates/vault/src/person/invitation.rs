//! Invitations: one secret of 16 bytes from which everything that a joiner needs is derived.

use super::{sign_key_of, single, tenant_of};
use crate::{IntegrityError, VaultError};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::{Rng, Secret16, SymmetricKey, sealed_box, sha256};
use strongroom_format::cbor::{expect_label, from_cbor, to_cbor};
use strongroom_format::codes::{CodeKind, read_code, write_code};
use strongroom_format::directory::{DirectoryPayload, DirectoryState};
use strongroom_format::entry::{Head, UnverifiedEntry};
use strongroom_format::pad::{pad, unpad};
use strongroom_format::person::device_id;
use strongroom_format::{FormatError, LogError, context};
use strongroom_types::*;

/// The secret S of an invitation. The server never sees it. Wiped on drop.
pub struct Invitation(Secret16);

impl Invitation {
    /// A random one.
    pub fn make(rng: &mut dyn Rng) -> Self {
        Self(Secret16::make(rng))
    }

    /// Reads `SR-INVITE-…`.
    ///
    /// # Errors
    /// `Invalid` with a sentence for people.
    pub fn from_code(code: &str) -> Result<Self, FormatError> {
        read_code(CodeKind::Invite, code).map(Self)
    }

    /// `SR-INVITE-…`; it is the secret.
    pub fn code(&self) -> String {
        write_code(CodeKind::Invite, &self.0)
    }

    fn key(&self, purpose: &str) -> SymmetricKey {
        self.0.derive(&context::invite_key(purpose))
    }

    /// The id under which the server knows it.
    pub fn invite(&self) -> InviteId {
        let key = self.key("id");
        let (first, _) = key.danger_bytes().split_at(16);
        InviteId::from_slice(first).unwrap_or(InviteId::ZERO)
    }

    /// What the joiner shows to the server.
    pub fn auth(&self) -> Digest {
        Digest::from_bytes(*self.key("auth").danger_bytes())
    }

    /// What the server keeps of it.
    pub fn auth_hash(&self) -> Digest {
        sha256(self.auth().as_bytes())
    }

    /// The S-key, whose public half stands in the invite entry.
    pub fn sign_secret(&self) -> SignSecret {
        sign_key_of(&self.0)
    }

    /// Seals what the joiner must know before believing the server.
    pub fn seal_root(&self, root: &InviteRoot, rng: &mut dyn Rng) -> Vec<u8> {
        let content = to_cbor(&(
            "root/1",
            root.tenant,
            root.head.index,
            root.head.hash,
            root.inviter,
            &root.inviter_name,
            root.account_role,
        ));
        let context = context::invite_root(self.invite());
        sealed_box::seal(&self.key("root"), &context, &pad(&content), rng)
    }

    /// Opens the root box that the server passes on.
    ///
    /// # Errors
    /// `FalseInvitation`.
    pub fn open_root(&self, root_box: &[u8]) -> Result<InviteRoot, IntegrityError> {
        let wrong = IntegrityError::FalseInvitation;
        let context = context::invite_root(self.invite());
        let padded =
            sealed_box::open(&self.key("root"), &context, root_box).map_err(|_| wrong.clone())?;
        read_root(&padded).map_err(|_| wrong)
    }
}

type RootTuple = (
    String,
    TenantId,
    u64,
    Digest,
    IdentityId,
    String,
    AccountRole,
);

fn read_root(padded: &[u8]) -> Result<InviteRoot, FormatError> {
    let t: RootTuple = from_cbor(unpad(padded)?, 4_096, "root box")?;
    expect_label(&t.0, "root/1", "root box")?;
    Ok(InviteRoot {
        tenant: t.1,
        head: Head {
            index: t.2,
            hash: t.3,
        },
        inviter: t.4,
        inviter_name: t.5,
        account_role: t.6,
    })
}

/// What the inviter vouches for: the joiner's root of trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteRoot {
    /// The tenant.
    pub tenant: TenantId,
    /// The directory as the inviter had verified it.
    pub head: Head,
    /// Who invites.
    pub inviter: IdentityId,
    /// The inviter's name, to be shown to the joiner.
    pub inviter_name: String,
    /// What the joiner will be.
    pub account_role: AccountRole,
}

impl InviteRoot {
    /// Compares with a directory that was replayed from its genesis to its end.
    ///
    /// # Errors
    /// `FalseInvitation` for another tenant, inviter, role or key, `Rollback` and `Fork` for
    /// another history, `ReplayedInvitation` where it is not open any more.
    pub fn check(
        &self,
        invitation: &Invitation,
        directory: &DirectoryState,
    ) -> Result<(), IntegrityError> {
        if directory.tenant() != Some(self.tenant) {
            return Err(IntegrityError::FalseInvitation);
        }
        match directory.hash_at(self.head.index) {
            Some(hash) if hash == self.head.hash => {}
            Some(_) => {
                return Err(IntegrityError::Fork {
                    index: self.head.index,
                });
            }
            None => {
                return Err(IntegrityError::Rollback {
                    known: self.head.index,
                    found: directory.head().map_or(0, |head| head.index),
                });
            }
        }
        let invite = directory
            .invite(invitation.invite())
            .ok_or(IntegrityError::FalseInvitation)?;
        if invite.inviter != self.inviter
            || invite.account_role != self.account_role
            || *invite.public != *invitation.sign_secret().public()
        {
            return Err(IntegrityError::FalseInvitation);
        }
        if invite.closed {
            return Err(IntegrityError::ReplayedInvitation);
        }
        Ok(())
    }
}

/// An invitation that is ready to be sent to the server, and its code for the joiner.
pub struct InviteMade {
    /// Its id.
    pub invite: InviteId,
    /// The directory entry.
    pub entry: UnverifiedEntry,
    /// For the joiner, kept by the server.
    pub root_box: Vec<u8>,
    /// What the server compares the joiner's token with.
    pub auth_hash: Digest,
    /// `SR-INVITE-…`: the secret; goes to the joiner by another way.
    pub code: String,
}

/// Makes an invitation. `expires_ms`: since 1970; the server keeps it.
///
/// # Errors
/// `Invalid` where the author is no administrator.
pub fn make_invite(
    directory: &DirectoryState,
    device: &SignSecret,
    account_role: AccountRole,
    expires_ms: TimestampMs,
    rng: &mut dyn Rng,
) -> Result<InviteMade, VaultError> {
    let invitation = Invitation::make(rng);
    let inviter = directory
        .device(device_id(device.public()))
        .ok_or(LogError::UnknownDevice(device_id(device.public())))?
        .identity;
    let payload = DirectoryPayload::Invite {
        invite: invitation.invite(),
        account_role,
        expires_ms,
        public: invitation.sign_secret().public().to_bytes(),
    };
    let entry = single(directory, device, &payload)?;
    let root = InviteRoot {
        tenant: tenant_of(directory)?,
        head: directory.head().ok_or(LogError::WrongLog)?,
        inviter,
        inviter_name: directory
            .identity(inviter)
            .map(|known| known.name.clone())
            .unwrap_or_default(),
        account_role,
    };
    Ok(InviteMade {
        invite: invitation.invite(),
        entry,
        root_box: invitation.seal_root(&root, rng),
        auth_hash: invitation.auth_hash(),
        code: invitation.code(),
    })
}
