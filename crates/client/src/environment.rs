//! Time, randomness and patience, passed in so that a run can be replayed.

use std::sync::{Arc, Mutex, PoisonError};
use strongroom_crypto::SystemRng;
use strongroom_types::{Clock, Rng, TimestampMs};

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one clock that the others are passed in for"
    )]
    fn now_ms(&self) -> TimestampMs {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .ok()
            .and_then(|since| u64::try_from(since.as_millis()).ok())
            .unwrap_or(0)
    }
}

/// What a client takes from the world besides files and the network.
#[derive(Clone)]
pub struct Environment {
    clock: Arc<dyn Clock>,
    rng: Arc<Mutex<Box<dyn Rng>>>,
    retries: u32,
    retry_base_ms: u64,
}

impl Default for Environment {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock), Box::new(SystemRng))
    }
}

impl Environment {
    /// An environment with the given clock and randomness.
    pub fn new(clock: Arc<dyn Clock>, rng: Box<dyn Rng>) -> Self {
        Self {
            clock,
            rng: Arc::new(Mutex::new(rng)),
            retries: 5,
            retry_base_ms: 200,
        }
    }

    /// How often a request is repeated when the server cannot be reached or is busy, and the
    /// first pause in milliseconds (doubled each time, with jitter).
    pub fn with_retries(mut self, retries: u32, base_ms: u64) -> Self {
        self.retries = retries;
        self.retry_base_ms = base_ms;
        self
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> TimestampMs {
        self.clock.now_ms()
    }

    /// Repetitions after the first try.
    pub fn retries(&self) -> u32 {
        self.retries
    }

    /// Pause before repetition `attempt` (from 0), milliseconds: exponential with full jitter.
    pub fn pause_ms(&self, attempt: u32) -> u64 {
        let ceiling = self
            .retry_base_ms
            .saturating_mul(1 << attempt.min(6))
            .max(1);
        let mut bytes = [0; 8];
        self.rng().fill_bytes(&mut bytes);
        ceiling / 2 + u64::from_le_bytes(bytes) % ceiling
    }

    /// The randomness, shared by all users of this environment.
    pub fn rng(&self) -> SharedRng {
        SharedRng(Arc::clone(&self.rng))
    }
}

/// Randomness behind a lock.
pub struct SharedRng(Arc<Mutex<Box<dyn Rng>>>);

impl Rng for SharedRng {
    fn fill_bytes(&mut self, destination: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(destination);
    }
}
