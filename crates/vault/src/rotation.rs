//! Changing the passphrase, and coming back with the kit: steps that can be interrupted at any
//! place. After each of them something that the person holds opens everything, and the next run
//! finds its way from what the server shows.

mod renewal;

pub use renewal::{RenewalState, RenewalStep};

/// What is to be done next for a change of passphrase. Each step is one write at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassphraseStep {
    /// Register the new passphrase (`POST /v1/credentials`): it is pending, the old one works.
    Register,
    /// Log in once with the pending credential; gives the export key.
    Prove,
    /// Store the wallet with a slot for the new passphrase beside the old ones.
    AddSlot,
    /// Store the wallet without the old passphrase slots and with a new wallet key, and promote
    /// the pending credential in the same write.
    Promote,
    /// The new passphrase is the only one.
    Done,
}

/// What a run knows of the server and of its own progress. Begin with what `GET /v1/wallet`
/// shows and update it after each step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassphraseState {
    /// Login with the new passphrase works without asking for the pending credential.
    pub new_is_current: bool,
    /// The server holds a pending credential.
    pub pending: bool,
    /// Whether login with the pending credential and the new passphrase worked in this run;
    /// `None` where it was not tried.
    pub proven: Option<bool>,
    /// A slot of the stored wallet opens with the new passphrase.
    pub new_slot: bool,
}

impl PassphraseState {
    /// The next step.
    pub fn next_step(&self) -> PassphraseStep {
        if self.new_is_current && self.new_slot {
            return PassphraseStep::Done;
        }
        match (self.pending, self.proven, self.new_slot) {
            (false, _, _) => PassphraseStep::Register,
            (true, None, _) => PassphraseStep::Prove,
            // a pending credential of an earlier attempt with another passphrase
            (true, Some(false), _) => PassphraseStep::Register,
            (true, Some(true), false) => PassphraseStep::AddSlot,
            (true, Some(true), true) => PassphraseStep::Promote,
        }
    }
}

/// What is to be done next for a recovery by the kit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryStep {
    /// Enrol this machine's device in the directory, certified by the identity from the wallet.
    EnrolDevice,
    /// Register the new passphrase as pending.
    Register,
    /// Log in once with the pending credential.
    Prove,
    /// Write the new kit durably and read it back. Its recovery code opens nothing yet: the
    /// old kit stays the way in until the last step.
    WriteKit,
    /// Store the wallet with slots for the new passphrase and the new recovery code beside all
    /// old ones.
    AddSlots,
    /// Store the wallet with the two new slots only and a new wallet key; promote the
    /// credential and replace the recovery login in the same write.
    Promote,
    /// New passphrase and new kit are the only ones.
    Done,
}

/// What a run of a recovery knows. A second run with the old kit begins from the server's state
/// and makes a new passphrase, device and kit where the first run's are not at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecoveryState {
    /// This machine's device is active in the directory.
    pub enrolled: bool,
    /// The server holds a pending credential.
    pub pending: bool,
    /// Whether login with it and the new passphrase worked in this run.
    pub proven: Option<bool>,
    /// The new kit was written and read back in this run.
    pub kit_written: bool,
    /// The stored wallet has slots that open with the new passphrase and with the new code.
    pub new_slots: bool,
    /// The last write went through: the new recovery code logs in.
    pub promoted: bool,
}

impl RecoveryState {
    /// The next step.
    pub fn next_step(&self) -> RecoveryStep {
        if self.promoted {
            RecoveryStep::Done
        } else if !self.enrolled {
            RecoveryStep::EnrolDevice
        } else if !self.pending || self.proven == Some(false) {
            RecoveryStep::Register
        } else if self.proven.is_none() {
            RecoveryStep::Prove
        } else if !self.kit_written {
            RecoveryStep::WriteKit
        } else if !self.new_slots {
            RecoveryStep::AddSlots
        } else {
            RecoveryStep::Promote
        }
    }
}

#[cfg(test)]
mod tests;
