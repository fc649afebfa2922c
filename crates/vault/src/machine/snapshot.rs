//! The machine as bytes for the local cache, so that a start need not replay the log. The
//! cache is encrypted and authenticated: a snapshot is trusted.

use super::{Admission, Attestation, VaultMachine};
use crate::Keyring;
use strongroom_format::FormatError;
use strongroom_format::cbor::{Blob, bytes, expect_label, from_cbor, to_cbor};
use strongroom_format::vault_log::VaultState;
use strongroom_types::*;
use zeroize::Zeroizing;

/// A vault of 5,000 members with 20,000 devices stays far below.
const SNAPSHOT_MAX_BYTES: usize = 256 << 20;

type AdmissionTuple = (u64, Epoch, Digest, DeviceId, u64, Digest);
type AttestationTuple = (DeviceId, IdentityId, u64, u64, u64);
type SnapshotTuple = (
    String,
    IdentityId,
    VaultId,
    Blob,
    Blob,
    Vec<(IdentityId, u64)>,
    Vec<(IdentityId, u64)>,
    Option<AdmissionTuple>,
    Vec<AttestationTuple>,
    u64,
);

impl VaultMachine {
    /// All of it, keys included.
    pub fn snapshot(&self) -> Zeroizing<Vec<u8>> {
        let state = self.state.to_snapshot();
        let keyring = self.keyring.to_bytes();
        let admitted: Vec<_> = self.admitted.iter().map(|(id, n)| (*id, *n)).collect();
        let admission = self.own_admission.map(|own| {
            (
                own.index,
                own.epoch,
                own.control_hash,
                own.issuer,
                own.generation,
                own.wrap_hash,
            )
        });
        let attestations: Vec<AttestationTuple> = self
            .attestations()
            .map(|(device, a)| (device, a.identity, a.index, a.wallet_version, a.day))
            .collect();
        Zeroizing::new(to_cbor(&(
            "machine/1",
            self.identity,
            self.vault(),
            bytes(&state),
            bytes(&keyring),
            &self.leaves,
            admitted,
            admission,
            attestations,
            self.last_checkpoint,
        )))
    }

    /// Reads [`Self::snapshot`] from a place that is authenticated.
    ///
    /// # Errors
    /// [`FormatError`]: the cache is damaged or of another release; replay the log instead.
    pub fn restore(snapshot: &[u8]) -> Result<Self, FormatError> {
        let t: SnapshotTuple = from_cbor(snapshot, SNAPSHOT_MAX_BYTES, "snapshot")?;
        expect_label(&t.0, "machine/1", "snapshot")?;
        let state = VaultState::from_snapshot(&t.3)?;
        let keyring_bytes = Zeroizing::new(Vec::from(t.4));
        let keyring = Keyring::from_bytes(state.tenant(), t.2, &keyring_bytes)?;
        Ok(Self {
            identity: t.1,
            state,
            keyring,
            leaves: t.5,
            admitted: t.6.into_iter().collect(),
            own_admission: t.7.map(|own| Admission {
                index: own.0,
                epoch: own.1,
                control_hash: own.2,
                issuer: own.3,
                generation: own.4,
                wrap_hash: own.5,
            }),
            attestations: t
                .8
                .into_iter()
                .map(|(device, identity, index, wallet_version, day)| {
                    let attestation = Attestation {
                        identity,
                        index,
                        wallet_version,
                        day,
                    };
                    (device, attestation)
                })
                .collect(),
            last_checkpoint: t.9,
        })
    }
}
