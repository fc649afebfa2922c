//! The renewal of an identity's key: signed by the old key, so that it stays the same identity,
//! and by the new one, so that nobody claims a key that they do not have.

use super::payload::IdentityRenewal;
use super::{DirectoryState, Identity, IdentityKey, WrapGeneration};
use crate::entry::EntryBody;
use crate::person;
use crate::signing::{SignatureKind, wrap_key_hash};
use crate::{LogError, context};
use std::sync::Arc;
use strongroom_crypto::sign::SignPublic;
use strongroom_types::*;

/// What a valid renewal changes.
pub(super) struct Renewed {
    identity: IdentityId,
    public: Arc<SignPublic>,
    key: IdentityKey,
    wrap: WrapGeneration,
    stay: Vec<DeviceId>,
}

impl DirectoryState {
    pub(super) fn check_renewal(
        &self,
        body: &EntryBody,
        renewal: &IdentityRenewal,
        tenant: TenantId,
        index: u64,
    ) -> Result<Renewed, LogError> {
        let identity = renewal.identity;
        if self.device(body.device).map(|device| device.identity) != Some(identity) {
            return Err(LogError::RoleTooLow);
        }
        let owner = self.identity(identity).ok_or(LogError::NotMember)?;
        let public = person::sign_public(&renewal.public)?;
        let key_hash = public.key_hash();
        if self.identity_keys.contains_key(&key_hash) {
            return Err(LogError::Rule("an identity key is never used twice"));
        }
        let stay = self.check_stay(body.device, renewal, index)?;
        let context = context::identity_renewal(&context::RenewalContext {
            tenant,
            identity,
            old_key_hash: owner.public.key_hash(),
            new_public: &renewal.public,
            generation: renewal.wrap.generation,
            wrap_key_hash: wrap_key_hash(&renewal.wrap.public),
            stay: &stay,
            renewed_ms: renewal.renewed_ms,
            directory_index: body.seen_index,
            directory_hash: body.seen_hash,
        });
        renewal.old_signatures.verify(
            &owner.public,
            SignatureKind::RenewalOldKey,
            &context,
            true,
        )?;
        renewal
            .new_signatures
            .verify(&public, SignatureKind::RenewalNewKey, &context, true)?;
        for (device, signatures) in &renewal.stay {
            person::verify_device(tenant, identity, &public, *device, signatures)?;
        }
        let wrap = self.check_wrap(tenant, identity, &public, &renewal.wrap, index)?;
        Ok(Renewed {
            identity,
            public: Arc::new(public),
            key: IdentityKey {
                key_hash,
                since_index: index,
                renewed_ms: Some(renewal.renewed_ms),
            },
            wrap,
            stay,
        })
    }

    /// The devices that stay: sorted, active, the identity's own, the author among them.
    fn check_stay(
        &self,
        author: DeviceId,
        renewal: &IdentityRenewal,
        index: u64,
    ) -> Result<Vec<DeviceId>, LogError> {
        let stay: Vec<DeviceId> = renewal.stay.iter().map(|(device, _)| *device).collect();
        if !stay.windows(2).all(|pair| matches!(pair, [a, b] if a < b)) {
            return Err(crate::FormatError::NotCanonical("list").into());
        }
        if !stay.contains(&author) {
            return Err(LogError::Rule("the device that renews a key stays"));
        }
        let own = |device: &DeviceId| {
            self.device_active_at(*device, index)
                && self
                    .device(*device)
                    .is_some_and(|known| known.identity == renewal.identity)
        };
        if stay.iter().all(own) {
            Ok(stay)
        } else {
            Err(LogError::Rule("only devices that are there can stay"))
        }
    }

    pub(super) fn take_renewal(&mut self, renewed: Renewed, index: u64) {
        let Renewed {
            identity,
            public,
            key,
            wrap,
            stay,
        } = renewed;
        self.identity_keys.insert(key.key_hash, identity);
        if let Some(owner) = self.identities.get_mut(&identity) {
            owner.public = public;
            owner.keys.push(key);
            owner.wrap_generations.push(wrap);
        }
        for (id, device) in &mut self.devices {
            if device.identity == identity && device.revoked_index.is_none() && !stay.contains(id) {
                device.revoked_index = Some(index);
            }
        }
    }
}

impl Identity {
    /// When the key in force took the place of another, by its owner's clock; `None` for a key
    /// that was never renewed.
    pub fn renewed_ms(&self) -> Option<TimestampMs> {
        self.keys.last().and_then(|key| key.renewed_ms)
    }
}
