//! The trusted core of Strongroom: wallet, keys, membership and content of vaults, as state
//! machines without I/O, clock or randomness of their own. `strongroom-client` drives them.
//!
//! Nothing that a server says is believed here: each function takes the server's bytes and
//! gives back what they prove, or an [`IntegrityError`].
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod author;
pub mod directory;
mod error;
pub mod exchange;
pub mod file;
pub mod filter;
#[cfg(test)]
mod fixture;
pub mod keyring;
pub mod kit;
pub mod lease;
pub mod link;
pub mod local;
pub mod machine;
pub mod meta;
pub mod passphrase;
pub mod person;
pub mod record;
pub mod rotation;
pub mod safety;
pub mod tables;
pub mod trust;
pub mod wallet;

pub use author::{Author, DirectoryAuthor, Place};
pub use error::{IntegrityError, VaultError};
pub use keyring::Keyring;
pub use kit::{KitError, RecoveryKit};
pub use machine::{Duty, SignedPlaced, VaultMachine, Verified};
pub use person::{DirectoryRecovery, Entrance, Invitation, InviteRoot, NewPerson};
pub use wallet::{IdentitySecret, Locked, SlotKeys, Unlocked, Wallet, WalletError, WrapSeeds};
