//! The replayed state as bytes, for a client's encrypted and authenticated cache.

use super::*;
use crate::FormatError;
use crate::cbor::{Blob, expect_label, from_cbor, to_cbor};

/// A vault of 5,000 members and 20,000 devices has some megabytes.
const SNAPSHOT_MAX_BYTES: usize = 128 << 20;

type EpochTuple = (Renewal, u64, Digest, DeviceId);
type SnapshotTuple = (
    String,
    (TenantId, Option<VaultId>, VaultId, VaultKind),
    Option<(u64, Digest)>,
    Digest,
    Vec<EpochTuple>,
    Vec<(IdentityId, Role, u64)>,
    bool,
    u64,
    Vec<(DeviceId, u64, Digest)>,
    Vec<Digest>,
    Vec<u64>,
    Vec<u64>,
    Option<DataTuple>,
);

type DataTuple = (
    Blob,
    Vec<(FileId, LeaseId, u64, IdentityId)>,
    Vec<(LinkId, IdentityId, FileId, RevisionId)>,
    Vec<FileId>,
);

impl DataFacts {
    fn to_tuple(&self) -> DataTuple {
        (
            self.erasable.clone().into(),
            self.leases
                .iter()
                .map(|(file, open)| (*file, open.lease, open.fence, open.identity))
                .collect(),
            self.links
                .iter()
                .map(|(link, known)| (*link, known.creator, known.file, known.revision))
                .collect(),
            self.protected.iter().copied().collect(),
        )
    }

    fn from_tuple((erasable, leases, links, protected): DataTuple) -> Self {
        Self {
            erasable: erasable.into(),
            leases: leases
                .into_iter()
                .map(|(file, lease, fence, identity)| {
                    let open = OpenLease {
                        lease,
                        fence,
                        identity,
                    };
                    (file, open)
                })
                .collect(),
            links: links
                .into_iter()
                .map(|(link, creator, file, revision)| {
                    let known = KnownLink {
                        creator,
                        file,
                        revision,
                    };
                    (link, known)
                })
                .collect(),
            protected: protected.into_iter().collect(),
        }
    }
}

impl VaultState {
    /// All of the state, deterministically. A snapshot proves nothing: keep it where only its
    /// writer can write.
    pub fn to_snapshot(&self) -> Vec<u8> {
        let epochs: Vec<EpochTuple> = self
            .epochs
            .values()
            .map(|facts| {
                (
                    facts.renewal.clone(),
                    facts.carrier_index,
                    facts.control_hash,
                    facts.issuer,
                )
            })
            .collect();
        let members: Vec<_> = self
            .members
            .iter()
            .map(|(identity, member)| (*identity, member.role, member.since_index))
            .collect();
        let mut tips: Vec<_> = self
            .tips
            .iter()
            .map(|(device, tip)| (*device, tip.device_seq, tip.body_hash))
            .collect();
        tips.sort_unstable();
        let sorted = |set: &HashSet<u64>| {
            let mut list: Vec<u64> = set.iter().copied().collect();
            list.sort_unstable();
            list
        };
        let recent: Vec<Digest> = self.recent.iter().copied().collect();
        to_cbor(&(
            "vaultstate/2",
            (self.tenant, self.expected_vault, self.vault, self.kind),
            self.head.map(|head| (head.index, head.hash)),
            self.control_hash,
            epochs,
            members,
            self.rekey_required,
            self.directory_index,
            tips,
            recent,
            sorted(&self.missing_payloads),
            sorted(&self.erased),
            self.data.as_ref().map(DataFacts::to_tuple),
        ))
    }

    /// Reads [`Self::to_snapshot`] from a place that is authenticated.
    ///
    /// # Errors
    /// [`FormatError`] for anything else, snapshots of other releases included.
    pub fn from_snapshot(input: &[u8]) -> Result<Self, FormatError> {
        let t: SnapshotTuple = from_cbor(input, SNAPSHOT_MAX_BYTES, "vault snapshot")?;
        expect_label(&t.0, "vaultstate/2", "vault snapshot")?;
        let (tenant, expected_vault, vault, kind) = t.1;
        Ok(Self {
            tenant,
            expected_vault,
            vault,
            kind,
            head: t.2.map(|(index, hash)| Head { index, hash }),
            control_hash: t.3,
            epochs: t
                .4
                .into_iter()
                .map(|(renewal, carrier_index, control_hash, issuer)| {
                    let facts = EpochFacts {
                        renewal,
                        carrier_index,
                        control_hash,
                        issuer,
                    };
                    (facts.renewal.epoch, facts)
                })
                .collect(),
            members: t
                .5
                .into_iter()
                .map(|(identity, role, since_index)| (identity, Member { role, since_index }))
                .collect(),
            rekey_required: t.6,
            directory_index: t.7,
            tips: t
                .8
                .into_iter()
                .map(|(device, device_seq, body_hash)| {
                    let tip = DeviceTip {
                        device_seq,
                        body_hash,
                    };
                    (device, tip)
                })
                .collect(),
            recent: t.9.into(),
            missing_payloads: t.10.into_iter().collect(),
            erased: t.11.into_iter().collect(),
            data: t.12.map(DataFacts::from_tuple),
        })
    }
}
