use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The one cryptographic suite that this release knows. It stands second in every
/// context; nothing is negotiated and an unknown suite is refused.
pub const SUITE: u64 = 1;

/// The key generation of a vault. Genesis has epoch 0, the first keys have epoch 1.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Encode,
    Decode,
)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct Epoch(#[n(0)] pub u64);

impl Epoch {
    /// The epoch after this one, or `None` at the end of the range.
    pub fn next(self) -> Option<Epoch> {
        self.0.checked_add(1).map(Epoch)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
