//! Time and randomness as parameters, so that every run can be replayed.

use std::sync::atomic::{AtomicU64, Ordering};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type TimestampMs = u64;

/// A source of wall-clock time.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> TimestampMs;
}

/// A source of random bytes. Everything that makes keys, salts or ids takes one.
pub trait Rng: Send {
    /// Fills `destination` with random bytes.
    fn fill_bytes(&mut self, destination: &mut [u8]);
}

impl<R: Rng + ?Sized> Rng for &mut R {
    fn fill_bytes(&mut self, destination: &mut [u8]) {
        (**self).fill_bytes(destination);
    }
}

impl<R: Rng + ?Sized> Rng for Box<R> {
    fn fill_bytes(&mut self, destination: &mut [u8]) {
        (**self).fill_bytes(destination);
    }
}

/// A clock that moves only when told to.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that stands at `now_ms`.
    pub fn at(now_ms: TimestampMs) -> Self {
        Self(AtomicU64::new(now_ms))
    }

    /// Sets the clock; it may go backwards, as real ones do.
    pub fn set(&self, now_ms: TimestampMs) {
        self.0.store(now_ms, Ordering::SeqCst);
    }

    /// Moves the clock forward by `by_ms`.
    pub fn advance(&self, by_ms: u64) {
        self.0.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> TimestampMs {
        self.0.load(Ordering::SeqCst)
    }
}
