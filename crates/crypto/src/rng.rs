use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng as _, SeedableRng},
};
use std::convert::Infallible;
use strongroom_types::Rng;

/// The operating system's (in a browser: Web Crypto's) random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    /// Fills `destination`. Where the system has no randomness to give, it panics: nothing
    /// that follows could be a key.
    fn fill_bytes(&mut self, destination: &mut [u8]) {
        if getrandom::fill(destination).is_err() {
            crate::impossible("the system's random numbers are out of order");
        }
    }
}

/// ChaCha20 from a seed of 64 bits: **for tests and replay only**, anyone who guesses the
/// seed has every key made with it.
pub struct DangerSeededRng(ChaCha20Rng);

impl DangerSeededRng {
    /// The stream that belongs to `seed`; the same seed gives the same stream.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }
}

impl Rng for DangerSeededRng {
    fn fill_bytes(&mut self, destination: &mut [u8]) {
        self.0.fill_bytes(destination);
    }
}

/// Our randomness in the shape that libraries of the rand_core 0.10 generation take.
pub(crate) struct RandCore010<'a>(pub &'a mut dyn Rng);

impl rand_chacha::rand_core::TryRng for RandCore010<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill_bytes(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill_bytes(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(destination);
        Ok(())
    }
}

impl rand_chacha::rand_core::TryCryptoRng for RandCore010<'_> {}

/// Our randomness in the shape of rand_core 0.6, which opaque-ke takes.
pub(crate) struct RandCore06<'a>(pub &'a mut dyn Rng);

impl opaque_ke::rand::RngCore for RandCore06<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, destination: &mut [u8]) {
        self.0.fill_bytes(destination);
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), opaque_ke::rand::Error> {
        self.0.fill_bytes(destination);
        Ok(())
    }
}

impl opaque_ke::rand::CryptoRng for RandCore06<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeded_streams_repeat_and_differ() {
        let draw = |seed| {
            let mut bytes = [0; 40];
            DangerSeededRng::new(seed).fill_bytes(&mut bytes);
            bytes
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let mut system = [[0; 32]; 2];
        let mut rng = SystemRng;
        for bytes in &mut system {
            rng.fill_bytes(bytes);
        }
        assert_ne!(system[0], system[1]);
    }
}
