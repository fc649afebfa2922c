//! File locks. The server judges who may take one and when it ends; what the log proves is who
//! took it and in which order (formats, section 8).

use crate::machine::Verified;
use std::collections::HashMap;
use strongroom_crypto::Rng;
use strongroom_format::vault_payload::{LeaseAction, LeasePayload, VaultPayload};
use strongroom_types::*;

/// Takes a lock. Its fence is the index that this entry gets in the log.
pub fn take(file: FileId, expires_ms: TimestampMs, rng: &mut dyn Rng) -> (LeaseId, VaultPayload) {
    let lease = LeaseId::make(rng);
    let payload = LeasePayload {
        file,
        lease,
        action: LeaseAction::Take,
        expires_ms,
        fence: 0,
    };
    (lease, VaultPayload::Lease(payload))
}

/// Keeps a lock longer.
pub fn renew(lease: &Lease, expires_ms: TimestampMs) -> VaultPayload {
    lease.payload(LeaseAction::Renew, expires_ms)
}

/// Gives a lock back.
pub fn release(lease: &Lease) -> VaultPayload {
    lease.payload(LeaseAction::Release, lease.expires_ms)
}

/// Ends someone else's lock; for managers.
pub fn break_lease(lease: &Lease) -> VaultPayload {
    lease.payload(LeaseAction::Break, lease.expires_ms)
}

/// A lock as the log shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The file.
    pub file: FileId,
    /// Its id.
    pub lease: LeaseId,
    /// Index of the entry that took it.
    pub fence: u64,
    /// Who holds it.
    pub identity: IdentityId,
    /// On which device.
    pub device: DeviceId,
    /// When it ends, if not renewed; the server's clock decides.
    pub expires_ms: TimestampMs,
}

impl Lease {
    fn payload(&self, action: LeaseAction, expires_ms: TimestampMs) -> VaultPayload {
        VaultPayload::Lease(LeasePayload {
            file: self.file,
            lease: self.lease,
            action,
            expires_ms,
            fence: self.fence,
        })
    }
}

/// The locks of a vault, kept up by its log.
#[derive(Clone, Debug, Default)]
pub struct Leases(HashMap<FileId, Lease>);

impl Leases {
    /// Without locks, or with those of a cache.
    pub fn new(known: impl IntoIterator<Item = Lease>) -> Self {
        Self(known.into_iter().map(|lease| (lease.file, lease)).collect())
    }

    /// Follows one verified entry; others than leases are ignored.
    pub fn apply(&mut self, entry: &Verified) {
        let Some(VaultPayload::Lease(payload)) = &entry.payload else {
            return;
        };
        let same =
            |lease: &&mut Lease| lease.lease == payload.lease && lease.fence == payload.fence;
        match payload.action {
            LeaseAction::Take => {
                let lease = Lease {
                    file: payload.file,
                    lease: payload.lease,
                    fence: entry.index,
                    identity: entry.identity,
                    device: entry.device,
                    expires_ms: payload.expires_ms,
                };
                self.0.insert(payload.file, lease);
            }
            LeaseAction::Renew => {
                let held = self.0.get_mut(&payload.file).filter(same);
                if let Some(lease) = held.filter(|lease| lease.identity == entry.identity) {
                    lease.expires_ms = payload.expires_ms;
                }
            }
            LeaseAction::Release | LeaseAction::Break => {
                if self.0.get_mut(&payload.file).filter(same).is_some() {
                    self.0.remove(&payload.file);
                }
            }
        }
    }

    /// The newest lock of a file, ended or not.
    pub fn newest(&self, file: FileId) -> Option<&Lease> {
        self.0.get(&file)
    }

    /// The lock of a file that has not ended at `now_ms`.
    pub fn active(&self, file: FileId, now_ms: TimestampMs) -> Option<&Lease> {
        self.newest(file).filter(|lease| lease.expires_ms > now_ms)
    }

    /// All locks, for a cache.
    pub fn iter(&self) -> impl Iterator<Item = &Lease> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests;
