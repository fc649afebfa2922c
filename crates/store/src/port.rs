//! The port. One trait for each area, so that a reader sees which use case needs what;
//! [`Store`] is all of them.

mod account;
mod effect;
mod guard;
mod link;
mod log;
mod session;
mod tenant;
mod upload;
mod vault;

pub use account::*;
pub use effect::*;
pub use guard::*;
pub use link::*;
pub use log::*;
pub use session::*;
pub use tenant::*;
pub use upload::*;
pub use vault::*;

/// Everything the server keeps besides large ciphertext. Used as `Arc<dyn Store>`.
///
/// An `Ok` from a method that writes means that the write is on disk. Calls may run at the same
/// time; each is atomic.
pub trait Store:
    TenantStore
    + AccountStore
    + SessionStore
    + LogStore
    + VaultStore
    + UploadStore
    + LinkStore
    + GuardStore
{
}

impl<T> Store for T where
    T: TenantStore
        + AccountStore
        + SessionStore
        + LogStore
        + VaultStore
        + UploadStore
        + LinkStore
        + GuardStore
{
}
