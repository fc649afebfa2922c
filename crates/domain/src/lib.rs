//! What the server does and who may do it, free of HTTP and SQL.
//!
//! Nothing is allowed unless a rule here says so. The tenant always comes from the session,
//! never from a request. The server reads bodies and payload forms to keep order and rights;
//! it holds no key to what is boxed in them.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod accounts;
mod append;
mod cache;
mod config;
mod content;
mod credentials;
mod directory;
mod disks;
mod domain;
mod error;
mod events;
mod health;
mod idempotency;
mod invites;
mod links;
mod locks;
mod login;
mod maintain;
mod page;
mod quotas;
mod recover;
mod sequencer;
mod sessions;
mod signup;
mod throttle;
mod uploads;
mod vaults;
mod wallet;

pub use config::{DomainConfig, LockOut};
pub use content::{Content, PartOf};
pub use directory::DirectoryReader;
pub use disks::{Disk, Disks};
pub use domain::{Domain, DomainParts, OPAQUE_CONTEXT};
pub use error::{DomainError, DomainResult};
pub use events::EventFeed;
pub use idempotency::{StoredAnswer, WriteAnswer, WriteBegun, WriteTurn};
pub use maintain::ClearedOut;
pub use sessions::{Caller, Scope};
pub use uploads::PartStream;
