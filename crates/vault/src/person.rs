//! People and the directory: making an identity, founding and joining a tenant, devices, wrap
//! keys, and what administrators do. Every entry is tried on a copy of the directory first.

mod admin;
mod entrance;
mod invitation;
mod invitation_link;
mod renewal;

pub use admin::{
    appoint, retire, revoke_device_as_admin, set_account_role, set_policy, withdraw_invite,
};
pub use entrance::Entrance;
pub use invitation::{Invitation, InviteMade, InviteRoot, make_invite};
pub use invitation_link::InvitationLink;
pub use renewal::{
    Renewed, is_founder, next_wrap_generation, renew_identity, renew_identity_as_begun, renewed,
};

use crate::VaultError;
use crate::author::{DirectoryAuthor, directory_genesis};
use crate::wallet::IdentitySecret;
use strongroom_crypto::sign::{SignPublic, SignSecret};
use strongroom_crypto::wrap::WrapSecret;
use strongroom_crypto::{Rng, Secret16};
use strongroom_format::directory::{DirectoryPayload, DirectoryState, NewWrap};
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::person::{Person, device_id, identity_id};
use strongroom_format::signing::{SignatureKind, Signatures, wrap_key_hash};
use strongroom_format::{FormatError, LogError, context, names};
use strongroom_types::*;
use zeroize::Zeroizing;

/// All keys of a person who is about to enter a directory. Wiped on drop.
pub struct NewPerson {
    name: String,
    device_name: String,
    identity: SignSecret,
    device: SignSecret,
    wrap: WrapSecret,
}

impl NewPerson {
    /// Random keys. Names are brought to their normal form.
    ///
    /// # Errors
    /// `Invalid` for a name that is not acceptable.
    pub fn make(name: &str, device_name: &str, rng: &mut dyn Rng) -> Result<Self, FormatError> {
        Ok(Self {
            name: names::normalise(name)?,
            device_name: names::normalise(device_name)?,
            identity: SignSecret::make(rng),
            device: SignSecret::make(rng),
            wrap: WrapSecret::make(rng),
        })
    }

    /// The identity id.
    pub fn identity(&self) -> IdentityId {
        identity_id(self.identity.public())
    }

    /// The first device's id.
    pub fn device_id(&self) -> DeviceId {
        device_id(self.device.public())
    }

    /// The name in its normal form.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first device's name in its normal form.
    pub fn device_name(&self) -> &str {
        &self.device_name
    }

    /// The first device's key.
    pub fn device(&self) -> &SignSecret {
        &self.device
    }

    /// Keeps the device's key and wipes the others.
    pub fn into_device(self) -> SignSecret {
        self.device
    }

    /// The first wrap key.
    pub fn wrap(&self) -> &WrapSecret {
        &self.wrap
    }

    pub(crate) fn identity_secret(&self) -> &SignSecret {
        &self.identity
    }

    /// Name, public keys and certificates. `tenant` is zero in a directory's genesis.
    pub fn certify(&self, tenant: TenantId) -> Person {
        let identity = self.identity();
        let wrap_public = self.wrap.public();
        Person {
            name: self.name.clone(),
            identity_public: self.identity.public().to_bytes().into(),
            device_public: self.device.public().to_bytes().into(),
            device_name: self.device_name.clone(),
            wrap_public: wrap_public.as_bytes().to_vec().into(),
            device_signatures: Signatures::both(
                &self.identity,
                SignatureKind::Device,
                &context::device(tenant, identity, self.device_id()),
            ),
            wrap_signatures: Signatures::both(
                &self.identity,
                SignatureKind::WrapGeneration,
                &context::wrap_generation(
                    tenant,
                    identity,
                    1,
                    wrap_key_hash(wrap_public.as_bytes()),
                ),
            ),
        }
    }

    /// The genesis entry of a new tenant, whose first administrator this person is. The tenant
    /// id is the hash of its body.
    pub fn found(&self, recovery: &DirectoryRecovery, rng: &mut dyn Rng) -> UnverifiedEntry {
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        let payload = DirectoryPayload::Genesis {
            nonce,
            person: self.certify(TenantId::ZERO),
            recovery_public: recovery.public().to_bytes(),
        };
        directory_genesis(&payload, &self.device)
    }

    /// The join entry of an invited person. `directory` must be read to its end and `root`
    /// checked against it, which this does again.
    ///
    /// # Errors
    /// `Integrity` where invitation and directory do not belong together, `Invalid` where the
    /// directory refuses the join (a name that is taken, for example).
    pub fn join(
        &self,
        invitation: &Invitation,
        root: &InviteRoot,
        directory: &DirectoryState,
    ) -> Result<UnverifiedEntry, VaultError> {
        root.check(invitation, directory)?;
        let mut author = DirectoryAuthor::new(directory, &self.device)?;
        let seen = author.seen();
        let person = self.certify(root.tenant);
        let context = context::join(
            root.tenant,
            invitation.invite(),
            &self.name,
            &person.identity_public,
            &person.device_public,
            &person.wrap_public,
            seen.index,
            seen.hash,
        );
        let payload = DirectoryPayload::Join {
            invite: invitation.invite(),
            person,
            invite_signatures: Signatures::both(
                &invitation.sign_secret(),
                SignatureKind::JoinInvite,
                &context,
            ),
            identity_signatures: Signatures::both(
                &self.identity,
                SignatureKind::JoinIdentity,
                &context,
            ),
        };
        let entry = author.append(&payload);
        try_on(directory, &entry)?;
        Ok(entry)
    }
}

/// The key that appoints an administrator when none is left. Random, printed in the founder's
/// kit, kept nowhere else (formats, section 5).
pub struct DirectoryRecovery {
    secret: Secret16,
    key: SignSecret,
}

impl DirectoryRecovery {
    /// A random one.
    pub fn make(rng: &mut dyn Rng) -> Self {
        Self::from_secret(Secret16::make(rng))
    }

    /// From the kit.
    pub fn from_secret(secret: Secret16) -> Self {
        let key = sign_key_of(&secret);
        Self { secret, key }
    }

    /// What the kit prints.
    pub fn secret(&self) -> &Secret16 {
        &self.secret
    }

    /// What genesis commits to.
    pub fn public(&self) -> &SignPublic {
        self.key.public()
    }
}

/// The signing key whose two seeds are derived from a secret of 16 bytes.
fn sign_key_of(secret: &Secret16) -> SignSecret {
    let halves =
        ["sign-ed25519", "sign-ml-dsa"].map(|purpose| secret.derive(&context::invite_key(purpose)));
    let mut seed = Zeroizing::new([0; 64]);
    let bytes = halves.iter().flat_map(|half| half.danger_bytes());
    for (place, byte) in seed.iter_mut().zip(bytes) {
        *place = *byte;
    }
    SignSecret::from_seed(&seed)
}

/// Whether the directory takes the entry where it stands now.
fn try_on(directory: &DirectoryState, entry: &UnverifiedEntry) -> Result<(), VaultError> {
    directory.clone().apply(entry)?;
    Ok(())
}

fn single(
    directory: &DirectoryState,
    device: &SignSecret,
    payload: &DirectoryPayload,
) -> Result<UnverifiedEntry, VaultError> {
    let entry = DirectoryAuthor::new(directory, device)?.append(payload);
    try_on(directory, &entry)?;
    Ok(entry)
}

fn tenant_of(directory: &DirectoryState) -> Result<TenantId, VaultError> {
    directory.tenant().ok_or(LogError::WrongLog.into())
}

/// The entry by which a new device enters, written by the device itself and certified by the
/// identity.
///
/// # Errors
/// `Format` for the device's name, `Invalid` where the directory refuses it.
pub fn enrol_device(
    directory: &DirectoryState,
    identity: &IdentitySecret,
    new_device: &SignSecret,
    device_name: &str,
) -> Result<UnverifiedEntry, VaultError> {
    let device = device_id(new_device.public());
    let context = context::device(tenant_of(directory)?, identity.identity(), device);
    let payload = DirectoryPayload::Device {
        identity: identity.identity(),
        device_public: new_device.public().to_bytes(),
        device_name: names::normalise(device_name)?,
        signatures: Signatures::both(
            identity.sign_secret(directory)?,
            SignatureKind::Device,
            &context,
        ),
    };
    single(directory, new_device, &payload)
}

/// A next wrap key and its certificate.
fn next_wrap(
    directory: &DirectoryState,
    identity: &IdentitySecret,
    rng: &mut dyn Rng,
) -> Result<(NewWrap, WrapSecret), VaultError> {
    let signer = identity.sign_secret(directory)?;
    let secret = WrapSecret::make(rng);
    let wrap = certify_wrap(directory, identity.identity(), signer, &secret)?;
    Ok((wrap, secret))
}

/// The certificate of a wrap key as the next generation of its owner's.
fn certify_wrap(
    directory: &DirectoryState,
    identity: IdentityId,
    signer: &SignSecret,
    secret: &WrapSecret,
) -> Result<NewWrap, VaultError> {
    let generation = next_wrap_generation(directory, identity);
    let public = secret.public().as_bytes().to_vec();
    let context = context::wrap_generation(
        tenant_of(directory)?,
        identity,
        generation,
        wrap_key_hash(&public),
    );
    Ok(NewWrap {
        generation,
        public: public.into(),
        signatures: Signatures::both(signer, SignatureKind::WrapGeneration, &context),
    })
}

/// Revokes another device of the same person and renews the wrap key with it. Store the new
/// wrap key (generation and secret) in the wallet **before** the entry is sent.
///
/// # Errors
/// `Invalid` where the directory refuses it (one's own device, for example).
pub fn revoke_own_device(
    directory: &DirectoryState,
    identity: &IdentitySecret,
    author: &SignSecret,
    revoked: DeviceId,
    rng: &mut dyn Rng,
) -> Result<(UnverifiedEntry, u64, WrapSecret), VaultError> {
    let (wrap, secret) = next_wrap(directory, identity, rng)?;
    let generation = wrap.generation;
    let payload = DirectoryPayload::RevokeDevice {
        identity: identity.identity(),
        device: revoked,
        wrap: Some(wrap),
    };
    Ok((single(directory, author, &payload)?, generation, secret))
}

/// Renews the wrap key. Store the new one in the wallet **before** the entry is sent.
///
/// # Errors
/// `Invalid` where the directory refuses it.
pub fn renew_wrap(
    directory: &DirectoryState,
    identity: &IdentitySecret,
    author: &SignSecret,
    rng: &mut dyn Rng,
) -> Result<(UnverifiedEntry, u64, WrapSecret), VaultError> {
    let (wrap, secret) = next_wrap(directory, identity, rng)?;
    let generation = wrap.generation;
    let payload = DirectoryPayload::WrapGeneration {
        identity: identity.identity(),
        wrap,
    };
    Ok((single(directory, author, &payload)?, generation, secret))
}

/// Whether a device of this person was revoked (by an administrator) after the newest wrap key
/// was made: it could still open new keys.
pub fn wrap_renewal_due(directory: &DirectoryState, identity: IdentityId) -> bool {
    let newest = directory
        .identity(identity)
        .and_then(|known| known.wrap_generations.last())
        .map_or(0, |wrap| wrap.since_index);
    directory
        .devices_of(identity)
        .any(|(_, device)| device.revoked_index.is_some_and(|at| at > newest))
}

#[cfg(test)]
mod tests;
