//! Somebody knows the passphrase: everything that it opened is made anew. The new ways in come
//! first, because what is stored after them must not open with the old ones.

use crate::{IdentitySecret, IntegrityError};
use strongroom_format::directory::DirectoryState;

/// What is to be done next. Each step is one write at most, but for the vaults' keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalStep {
    /// Register the new passphrase as pending; the old one works.
    Register,
    /// Log in once with the pending credential; gives the export key.
    Prove,
    /// Write the new kit durably and read it back. It opens nothing yet.
    WriteKit,
    /// Store the wallet with slots for new passphrase and new recovery code alone, a new wallet
    /// key, the next identity key beside the one in force and the next wrap key; promote the
    /// credential and replace the recovery login in the same write. The new slots are not put
    /// beside the old ones before: who opens the old ones would learn their keys.
    Promote,
    /// Send the directory entry that puts the next identity and wrap key in force and revokes
    /// the other devices.
    Renew,
    /// New keys for every vault in which the person may make them.
    NewKeys,
    /// Store the wallet without the former identity key.
    Settle,
    /// Nothing that the old passphrase opened is of use any more.
    Done,
}

/// What a run knows. A run that finds the new passphrase current begins with `promoted`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenewalState {
    /// The server holds a pending credential.
    pub pending: bool,
    /// Whether login with it and the new passphrase worked in this run.
    pub proven: Option<bool>,
    /// The new kit was written and read back in this run.
    pub kit_written: bool,
    /// The wallet opens by the new ways alone.
    pub promoted: bool,
    /// The directory has the new identity key in force.
    pub in_force: bool,
    /// The vaults were gone through.
    pub vaults_done: bool,
    /// The wallet holds one identity key again.
    pub settled: bool,
}

impl RenewalState {
    /// Where a run goes on that finds the new passphrase current and its wallet's `identity`.
    /// `begun` is the kept hash of the key that a renewal from here put in force: only the end of
    /// that very renewal may have gone unheard. Nothing where no renewal is to be ended.
    ///
    /// # Errors
    /// `SubstitutedKey` where the wallet's key is not the one in force.
    pub fn resumed(
        identity: &IdentitySecret,
        directory: &DirectoryState,
        begun: Option<&[u8]>,
    ) -> Result<Option<Self>, IntegrityError> {
        identity.sign_secret(directory)?;
        let ended = directory
            .identity(identity.identity())
            .zip(begun)
            .is_some_and(|(me, hash)| hash == me.public.key_hash().as_bytes());
        let goes_on = identity.is_being_renewed() || ended;
        Ok(goes_on.then(|| Self {
            promoted: true,
            in_force: identity.next_secret(directory).is_none(),
            settled: !identity.is_being_renewed(),
            ..Self::default()
        }))
    }

    /// The next step.
    pub fn next_step(&self) -> RenewalStep {
        if self.settled {
            RenewalStep::Done
        } else if self.promoted {
            match (self.in_force, self.vaults_done) {
                (false, _) => RenewalStep::Renew,
                (true, false) => RenewalStep::NewKeys,
                (true, true) => RenewalStep::Settle,
            }
        } else if !self.pending || self.proven == Some(false) {
            RenewalStep::Register
        } else if self.proven.is_none() {
            RenewalStep::Prove
        } else if !self.kit_written {
            RenewalStep::WriteKit
        } else {
            RenewalStep::Promote
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_follow_and_a_second_run_finds_its_place() {
        let mut state = RenewalState::default();
        let mut steps = Vec::new();
        loop {
            let step = state.next_step();
            steps.push(step);
            match step {
                RenewalStep::Register => state.pending = true,
                RenewalStep::Prove => state.proven = Some(true),
                RenewalStep::WriteKit => state.kit_written = true,
                RenewalStep::Promote => state.promoted = true,
                RenewalStep::Renew => state.in_force = true,
                RenewalStep::NewKeys => state.vaults_done = true,
                RenewalStep::Settle => state.settled = true,
                RenewalStep::Done => break,
            }
        }
        use RenewalStep::*;
        assert_eq!(
            steps,
            [
                Register, Prove, WriteKit, Promote, Renew, NewKeys, Settle, Done
            ]
        );
        let other_passphrase = RenewalState {
            pending: true,
            proven: Some(false),
            ..RenewalState::default()
        };
        assert_eq!(other_passphrase.next_step(), Register);
        let found = RenewalState {
            promoted: true,
            in_force: true,
            ..RenewalState::default()
        };
        assert_eq!(found.next_step(), NewKeys);
    }
}
