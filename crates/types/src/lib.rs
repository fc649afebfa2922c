//! Words that both worlds of Strongroom share: ids, roles, epochs, limits, and the
//! traits through which time and randomness are passed in. No I/O lives here.

mod class;
mod clock;
mod id;
pub mod limits;
mod role;
mod suite;

pub use class::ErrorClass;
pub use clock::{Clock, ManualClock, Rng, TimestampMs};
pub use id::*;
pub use role::{AccountRole, Role, UnknownRole};
pub use suite::{Epoch, SUITE};
