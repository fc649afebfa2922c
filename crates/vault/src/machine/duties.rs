//! What a member's device has to do unasked, and what attestations tell.

use super::VaultMachine;
use strongroom_format::directory::DirectoryState;
use strongroom_types::*;

/// A checkpoint is due when this many entries came since the last one.
const CHECKPOINT_ENTRIES: u64 = 4_096;

/// Something to do after a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Fetch the wraps of this epoch and give them to [`VaultMachine::take_wraps`].
    FetchWraps(Epoch),
    /// Make new keys ([`VaultMachine::renew_keys`]).
    RenewKeys(RenewReason),
    /// Write a checkpoint ([`VaultMachine::checkpoint`]).
    Checkpoint,
}

/// Why keys have to be made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewReason {
    /// Someone left; nothing else is valid until then.
    MemberLeft,
    /// A member was retired from the directory.
    MemberRetired(IdentityId),
    /// A member renewed their wrap key (lost a device, for example): the old key must not open
    /// what is written from now on.
    WrapKeyRenewed(IdentityId),
}

/// What a device says it has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// Whose device.
    pub identity: IdentityId,
    /// The newest entry it had seen.
    pub index: u64,
    /// Version of its owner's wallet.
    pub wallet_version: u64,
    /// Days since 1970-01-01.
    pub day: u64,
}

impl VaultMachine {
    /// What is to be done now by this member, in this order.
    pub fn duties(&self, directory: &DirectoryState) -> Vec<Duty> {
        let mut duties = Vec::new();
        duties.extend(self.needs_wraps().map(Duty::FetchWraps));
        let Some(role) = self.role().filter(|role| *role >= Role::Manager) else {
            return duties;
        };
        if let Some(reason) = self.renew_reason(directory) {
            duties.push(Duty::RenewKeys(reason));
        } else if self.checkpoint_due() && role >= Role::Manager {
            duties.push(Duty::Checkpoint);
        }
        duties
    }

    /// Whether and why the vault's keys have to be made anew.
    pub fn renew_reason(&self, directory: &DirectoryState) -> Option<RenewReason> {
        if self.state.rekey_required() {
            return Some(RenewReason::MemberLeft);
        }
        if self.state.epoch() == Epoch(0) {
            return None;
        }
        let head = directory.head()?.index;
        let retired = self.state.newly_retired(directory, head);
        if let Some(identity) = retired.first() {
            return Some(RenewReason::MemberRetired(*identity));
        }
        let stale = |(identity, generation): (IdentityId, u64)| {
            let newest = directory.wrap_key_at(identity, head)?;
            let member = self.state.member(identity).is_some();
            (member && newest.generation > generation).then_some(identity)
        };
        let admitted = self.admitted.iter().map(|(id, number)| (*id, *number));
        self.leaves
            .iter()
            .copied()
            .filter(|(identity, _)| !self.admitted.contains_key(identity))
            .chain(admitted)
            .find_map(stale)
            .map(RenewReason::WrapKeyRenewed)
    }

    fn checkpoint_due(&self) -> bool {
        let next = self.state.next_index();
        next.saturating_sub(self.last_checkpoint) > CHECKPOINT_ENTRIES
    }

    /// The newest attestation of each device.
    pub fn attestations(&self) -> impl Iterator<Item = (DeviceId, Attestation)> {
        self.attestations
            .iter()
            .map(|(device, attestation)| (*device, *attestation))
    }

    /// The highest wallet version that a device of this member has attested: an older wallet
    /// is refused.
    pub fn attested_wallet_version(&self) -> u64 {
        self.attestations()
            .filter(|(_, attestation)| attestation.identity == self.identity)
            .map(|(_, attestation)| attestation.wallet_version)
            .max()
            .unwrap_or(0)
    }

    /// The newest day, up to `latest`, on which a colleague attested a head; where it is long
    /// ago, the picture that the server shows may be old. Later days prove nothing: whoever
    /// writes them would vouch for the future.
    pub fn newest_colleague_day(&self, latest: u64) -> Option<u64> {
        self.attestations()
            .filter(|(_, attestation)| attestation.identity != self.identity)
            .map(|(_, attestation)| attestation.day)
            .filter(|day| *day <= latest)
            .max()
    }

    /// The day of a device's own newest attestation.
    pub fn own_head_day(&self, device: DeviceId) -> Option<u64> {
        self.attestations
            .get(&device)
            .map(|attestation| attestation.day)
    }
}
