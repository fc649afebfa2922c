//! A new key for an identity.

use super::{certify_wrap, single, tenant_of};
use crate::VaultError;
use crate::wallet::{IdentitySecret, WrapSeeds};
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::wrap::WrapSecret;
use strongroom_format::LogError;
use strongroom_format::context;
use strongroom_format::directory::{DirectoryPayload, DirectoryState, IdentityRenewal};
use strongroom_format::entry::UnverifiedEntry;
use strongroom_format::person::device_id;
use strongroom_format::signing::{SignatureKind, Signatures, wrap_key_hash};
use strongroom_types::*;

/// The number that a person's next wrap key has.
pub fn next_wrap_generation(directory: &DirectoryState, identity: IdentityId) -> u64 {
    directory
        .identity(identity)
        .and_then(|known| known.wrap_generations.last())
        .map_or(1, |last| last.generation.saturating_add(1))
}

/// The entry by which the wallet's next identity key takes the place of the one in force, with
/// the next wrap key, and by which all devices of the person end but `author` and `stay`. Both
/// keys are in the stored wallet **before** the entry is sent.
///
/// # Errors
/// `Misuse` where no renewal was begun, `Integrity` where the wallet's key is not the one in
/// force, `Invalid` where the directory refuses it.
pub fn renew_identity(
    directory: &DirectoryState,
    identity: &IdentitySecret,
    author: &SignSecret,
    stay: &[DeviceId],
    wrap: &WrapSecret,
    renewed_ms: TimestampMs,
) -> Result<UnverifiedEntry, VaultError> {
    let tenant = tenant_of(directory)?;
    let id = identity.identity();
    let old = identity.sign_secret(directory)?;
    let new = identity
        .next_secret(directory)
        .ok_or(VaultError::Misuse("no renewal of this identity was begun"))?;
    let wrap = certify_wrap(directory, id, new, wrap)?;
    let mut devices = stay.to_vec();
    devices.push(device_id(author.public()));
    devices.sort_unstable();
    devices.dedup();
    let seen = directory.head().ok_or(LogError::WrongLog)?;
    let public = new.public().to_bytes();
    let context = context::identity_renewal(&context::RenewalContext {
        tenant,
        identity: id,
        old_key_hash: old.public().key_hash(),
        new_public: &public,
        generation: wrap.generation,
        wrap_key_hash: wrap_key_hash(&wrap.public),
        stay: &devices,
        renewed_ms,
        directory_index: seen.index,
        directory_hash: seen.hash,
    });
    let certify = |device: &DeviceId| {
        let context = context::device(tenant, id, *device);
        (
            *device,
            Signatures::both(new, SignatureKind::Device, &context),
        )
    };
    let payload = DirectoryPayload::IdentityRenewal(Box::new(IdentityRenewal {
        identity: id,
        stay: devices.iter().map(certify).collect(),
        old_signatures: Signatures::both(old, SignatureKind::RenewalOldKey, &context),
        new_signatures: Signatures::both(new, SignatureKind::RenewalNewKey, &context),
        public,
        wrap,
        renewed_ms,
    }));
    single(directory, author, &payload)
}

/// [`renew_identity`] as the wallet has begun it, with the wrap key that it holds for the next
/// generation; all other devices end. Nothing where the directory has moved on: the key is in
/// force already, or another wrap key came between.
///
/// # Errors
/// Those of [`renew_identity`].
pub fn renew_identity_as_begun(
    directory: &DirectoryState,
    identity: &IdentitySecret,
    author: &SignSecret,
    seeds: &WrapSeeds,
    renewed_ms: TimestampMs,
) -> Result<Option<UnverifiedEntry>, VaultError> {
    let generation = next_wrap_generation(directory, identity.identity());
    match (seeds.get(generation), identity.next_secret(directory)) {
        (Some(wrap), Some(_)) => {
            renew_identity(directory, identity, author, &[], wrap, renewed_ms).map(Some)
        }
        _ => Ok(None),
    }
}

/// What the directory tells of the last renewal of a person's key.
pub struct Renewed {
    /// The names of the devices that ended with it, in order.
    pub devices_revoked: Vec<String>,
    /// Invitations in the person's name that are open.
    pub open_invitations: usize,
}

/// What the last renewal of a person's key has ended, and what it left open.
pub fn renewed(directory: &DirectoryState, identity: IdentityId) -> Renewed {
    let since = directory
        .identity(identity)
        .and_then(|known| known.keys.last())
        .map(|key| key.since_index);
    let mut devices_revoked: Vec<String> = directory
        .devices_of(identity)
        .filter(|(_, device)| device.revoked_index.is_some() && device.revoked_index == since)
        .map(|(_, device)| device.name.clone())
        .collect();
    devices_revoked.sort();
    let open_invitations = directory
        .invites()
        .filter(|(_, invite)| invite.inviter == identity && !invite.closed)
        .count();
    Renewed {
        devices_revoked,
        open_invitations,
    }
}

/// Whether a person founded the tenant.
pub fn is_founder(directory: &DirectoryState, identity: IdentityId) -> bool {
    directory
        .identity(identity)
        .is_some_and(|known| known.joined_index == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::organisation;
    use crate::person::{enrol_device, renew_wrap};
    use crate::rotation::RenewalState;
    use crate::wallet::{Compared, SlotKeys};
    use strongroom_crypto::{DangerSeededRng, Secret16};
    use strongroom_format::wallet::SlotKind;

    #[test]
    fn the_old_key_hands_over_and_ends() {
        let mut rng = DangerSeededRng::new(76);
        let (mut server, mut members) = organisation(2, &mut rng);
        let (me, tablet) = (members[1].identity, SignSecret::make(&mut rng));
        let keys = SlotKeys::recovery(&members[1].kit);
        let old = members[1]
            .wallet
            .open_identity(SlotKind::Recovery, keys.identity_key())
            .unwrap();
        server.take_directory(enrol_device(&server.directory, &old, &tablet, "tablet").unwrap());
        let before = server.directory.identity(me).unwrap().clone();
        members[2].wallet.pin(before.public.key_hash(), "Ann");
        assert_eq!(members[2].wallet.compared(&before), Compared::Yes);

        let wrap = WrapSecret::make(&mut rng);
        let device = SignSecret::from_seed(&members[1].device.danger_seed());
        let early = renew_identity(&server.directory, &old, &device, &[], &wrap, 5);
        assert!(matches!(early, Err(VaultError::Misuse(_))));
        let new_keys = SlotKeys::recovery(&Secret16::make(&mut rng));
        let new = members[1]
            .wallet
            .begin_renewal(
                old.sign_secret(&server.directory).unwrap(),
                &[(SlotKind::Recovery, &new_keys)],
                &mut rng,
            )
            .unwrap();
        let mut seeds = WrapSeeds::new();
        let begun = |directory: &DirectoryState, seeds: &WrapSeeds| {
            renew_identity_as_begun(directory, &new, &device, seeds, 5).unwrap()
        };
        assert!(begun(&server.directory, &seeds).is_none());
        let resumed = |directory: &DirectoryState, begun: Option<&[u8]>| {
            RenewalState::resumed(&new, directory, begun).unwrap()
        };
        assert!(!resumed(&server.directory, None).unwrap().in_force);
        seeds.insert(2, wrap);
        let entry = begun(&server.directory, &seeds).unwrap();
        server.take_directory(entry.clone());
        assert!(begun(&server.directory, &seeds).is_none());
        assert!(resumed(&server.directory, None).unwrap().in_force);
        assert_eq!(renewed(&server.directory, me).devices_revoked, ["tablet"]);
        assert!(
            renewed(&server.directory, members[0].identity)
                .devices_revoked
                .is_empty()
        );
        assert!(server.directory.clone().apply(&entry).is_err(), "once");

        let known = server.directory.identity(me).unwrap();
        assert_eq!(known.renewed_ms(), Some(5));
        assert_eq!(known.keys.len(), 2);
        assert_eq!(known.wrap_generations.last().unwrap().generation, 2);
        assert_eq!(members[2].wallet.compared(known), Compared::FormerKey);
        let head = server.directory.head().unwrap().index;
        let active = |device: &SignSecret| {
            let device = device_id(device.public());
            server.directory.device_active_at(device, head)
        };
        assert!(active(&device) && !active(&tablet));
        // the old key enrols nobody and certifies nothing; the new one does
        assert!(old.sign_secret(&server.directory).is_err());
        let phone = SignSecret::make(&mut rng);
        assert!(enrol_device(&server.directory, &old, &phone, "phone").is_err());
        assert!(renew_wrap(&server.directory, &old, &device, &mut rng).is_err());
        enrol_device(&server.directory, &new, &phone, "phone").unwrap();
        renew_wrap(&server.directory, &new, &device, &mut rng).unwrap();
        assert!(new.next_secret(&server.directory).is_none());
        // a snapshot knows it too
        let read = DirectoryState::from_snapshot(&server.directory.to_snapshot()).unwrap();
        assert_eq!(read.identity_of_key(before.public.key_hash()), Some(me));
        assert_eq!(read.identity(me).unwrap().renewed_ms(), Some(5));
        assert!(is_founder(&read, members[0].identity) && !is_founder(&read, me));
    }
}
