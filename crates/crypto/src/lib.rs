//! The cryptography of Strongroom: the only crate that names a crypto library.
//!
//! Every construction is a published one (`spec/` says which) and every one is checked
//! against published vectors under `spec/vectors/crypto`. Randomness is passed in; secrets
//! are wiped on drop and have neither `Debug` nor `Clone` nor serde. Names that begin with
//! `danger_` hand out secrets or give a guarantee up.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod aead;
mod hash;
mod key;
pub mod opaque;
pub mod password;
mod rng;
pub mod sealed_box;
mod secret16;
pub mod sign;
pub mod tree;
pub mod wrap;

pub use hash::{blake3_hash, constant_time_eq, sha256, sha256_parts};
pub use key::SymmetricKey;
pub use rng::{DangerSeededRng, SystemRng};
pub use secret16::{CodeError, Secret16};
pub use strongroom_types::Rng;

/// Ends the process' current task where a library reports an error that its own contract
/// excludes (an output length fixed at compile time, a key of the right size). Going on
/// would mean to work with a key that is not one.
#[expect(
    clippy::panic,
    reason = "unreachable by the libraries' contracts; no key may come out of it"
)]
#[cold]
fn impossible(what: &'static str) -> ! {
    panic!("strongroom-crypto: {what}")
}
