//! Slows down guessing. Failures are kept in the store and survive a restart; attempts that
//! are still open count as failures until they succeed, because with OPAQUE a client learns
//! from the server's first answer whether its guess was right.

use crate::{Caller, Domain, DomainError, DomainResult, locks::KeyGuard};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};
use strongroom_crypto::sha256_parts;
use strongroom_types::{Digest, TenantId, TimestampMs};
use strongroom_wire::ProblemCode;

#[derive(Clone, Copy, Default)]
struct Open {
    count: u32,
    last_ms: TimestampMs,
}

/// Attempts between their two steps.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<HashMap<Digest, Open>>);

/// Under what an attempt is counted.
#[derive(Clone, Copy)]
pub(crate) struct AttemptKeys {
    pub name: Digest,
    pub address: Digest,
}

impl AttemptKeys {
    /// By name, whether or not it exists, and by address.
    pub fn new(tenant: Option<TenantId>, look: &str, address: IpAddr) -> Self {
        let tenant = tenant.unwrap_or(TenantId::ZERO);
        Self {
            name: sha256_parts(&[b"attempt/name/1", tenant.as_bytes(), look.as_bytes()]),
            address: address_key(address),
        }
    }
}

fn renewal_key(caller: &Caller) -> Digest {
    sha256_parts(&[
        b"attempt/renewal/1",
        caller.tenant.as_bytes(),
        caller.identity.as_bytes(),
    ])
}

/// An address counts as its network: one household or host has a whole IPv6 /64.
pub(crate) fn address_key(address: IpAddr) -> Digest {
    match address {
        IpAddr::V4(address) => sha256_parts(&[b"attempt/v4/1", &address.octets()]),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => sha256_parts(&[b"attempt/v4/1", &address.octets()]),
            None => {
                let network = (u128::from(address) >> 64).to_be_bytes();
                sha256_parts(&[b"attempt/v6/1", &network])
            }
        },
    }
}

impl Throttle {
    fn open(&self, key: Digest) -> Open {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(&key).copied().unwrap_or_default()
    }

    fn begin(&self, key: Digest, now_ms: TimestampMs) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = open.entry(key).or_default();
        entry.count = entry.count.saturating_add(1);
        entry.last_ms = entry.last_ms.max(now_ms);
    }

    fn end(&self, key: Digest) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = open.get_mut(&key) {
            entry.count = entry.count.saturating_sub(1);
            if entry.count == 0 {
                open.remove(&key);
            }
        }
    }
}

/// Held while the failures of a name and an address are looked at or counted.
type Turns = [KeyGuard<Digest>; 2];

impl Domain {
    /// Begins an attempt, or refuses where a name or address has to wait. To look and to
    /// begin is one step: guesses that are made side by side see each other.
    pub(crate) async fn attempt_begins(&self, keys: AttemptKeys) -> DomainResult<()> {
        let rules = self.config.lock_out;
        let _turns = self.attempt_turns(keys).await;
        self.check_key(keys.name, rules.name_failures).await?;
        self.check_key(keys.address, rules.address_failures).await?;
        let now_ms = self.now_ms();
        self.throttle.begin(keys.name, now_ms);
        self.throttle.begin(keys.address, now_ms);
        Ok(())
    }

    /// Always in this order, so that no two wait for each other.
    async fn attempt_turns(&self, keys: AttemptKeys) -> Turns {
        let name = self.attempt_locks.turn(keys.name).await;
        [name, self.attempt_locks.turn(keys.address).await]
    }

    /// The same for secrets that have no name: invitations, links, set-up codes. `look_up`
    /// finds what the secret opens, or nothing: then it was a guess, and counts before anybody
    /// else behind the address has a turn. So guesses that are made side by side get no more
    /// answers than guesses one after the other.
    pub(crate) async fn guess<T>(
        &self,
        address: IpAddr,
        look_up: impl Future<Output = DomainResult<Option<T>>>,
    ) -> DomainResult<T> {
        let (key, rules) = (address_key(address), self.config.lock_out);
        let _turn = self.attempt_locks.turn(key).await;
        self.check_key(key, rules.address_failures).await?;
        if let Some(found) = look_up.await? {
            return Ok(found);
        }
        self.store
            .record_failure(key, self.now_ms(), rules.window_ms)
            .await?;
        Err(DomainError::new(ProblemCode::WrongCredentials))
    }

    /// Renewals of an identity stay in the directory for ever, and everybody reads them: after
    /// a few the account has to wait as after failed logins.
    pub(crate) async fn check_renewals(&self, caller: &Caller) -> DomainResult<()> {
        self.check_key(renewal_key(caller), self.config.lock_out.name_failures)
            .await
    }

    pub(crate) async fn count_renewal(&self, caller: &Caller) -> DomainResult<()> {
        let window_ms = self.config.lock_out.window_ms;
        self.store
            .record_failure(renewal_key(caller), self.now_ms(), window_ms)
            .await?;
        Ok(())
    }

    async fn check_key(&self, key: Digest, free: u32) -> DomainResult<()> {
        let (rules, now_ms) = (self.config.lock_out, self.now_ms());
        let stored = self.store.attempts(key).await?;
        let open = self.throttle.open(key);
        let recent = now_ms.saturating_sub(stored.last_ms) < rules.window_ms;
        let failures = open
            .count
            .saturating_add(if recent { stored.failures } else { 0 });
        let Some(over) = failures.checked_sub(free) else {
            return Ok(());
        };
        let delay_ms = rules
            .first_delay_ms
            .saturating_mul(1u64.checked_shl(over.min(40)).unwrap_or(u64::MAX))
            .min(rules.longest_delay_ms);
        let last_ms = open.last_ms.max(if recent { stored.last_ms } else { 0 });
        let free_ms = last_ms.saturating_add(delay_ms);
        if now_ms < free_ms {
            return Err(DomainError::wait((free_ms - now_ms).div_ceil(1_000)));
        }
        Ok(())
    }

    /// An attempt that was no guess: it has failed before anything was tried.
    pub(crate) fn attempt_was_none(&self, keys: AttemptKeys) {
        self.throttle.end(keys.name);
        self.throttle.end(keys.address);
    }

    /// It has ended; a failure is kept, a success forgives the name's failures.
    pub(crate) async fn attempt_ends(&self, keys: AttemptKeys, success: bool) -> DomainResult<()> {
        let _turns = self.attempt_turns(keys).await;
        let counted = self.count_attempt(keys, success).await;
        self.throttle.end(keys.name);
        self.throttle.end(keys.address);
        counted
    }

    async fn count_attempt(&self, keys: AttemptKeys, success: bool) -> DomainResult<()> {
        if success {
            if self.store.attempts(keys.name).await?.failures > 0 {
                self.store.clear_failures(keys.name).await?;
            }
            return Ok(());
        }
        let (now_ms, window_ms) = (self.now_ms(), self.config.lock_out.window_ms);
        self.store
            .record_failure(keys.name, now_ms, window_ms)
            .await?;
        self.store
            .record_failure(keys.address, now_ms, window_ms)
            .await?;
        Ok(())
    }
}
