//! How many requests an account, and an address, may make: token buckets that let a burst
//! through and then a steady rate. Counted in memory; a restart forgets.
//!
//! The limits keep one account or host from taking the whole server. Guesses are slowed down
//! elsewhere (`strongroom_domain::LockOut`), far earlier.

use crate::{
    config::{Api, Network, PeerAddress},
    error::{ApiError, ApiResult},
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, Reference},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::keyed::HashMapStateStore,
};
use std::{
    collections::HashMap,
    hash::Hash,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use strongroom_domain::Domain;
use strongroom_types::{AccountId, TimestampMs};

/// Requests a second, and event streams at a time. 0 sets no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Requests of one account.
    pub account_per_second: u32,
    /// Requests from one address, with or without a session. Many people can share one.
    pub address_per_second: u32,
    /// Requests for `/livez`, `/readyz` and `/metrics` from one address; they do not count as
    /// others, so that a server under load can still be watched.
    pub health_per_second: u32,
    /// Event streams that one account may hold open.
    pub event_streams: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            account_per_second: 1_000,
            address_per_second: 2_000,
            health_per_second: 20,
            event_streams: 32,
        }
    }
}

impl RateLimits {
    /// No limits at all.
    pub const NONE: Self = Self {
        account_per_second: 0,
        address_per_second: 0,
        health_per_second: 0,
        event_streams: 0,
    };
}

/// Who was quiet may make the requests of so many seconds at once.
const BURST_SECONDS: u32 = 10;
/// Full buckets are forgotten each time that so many requests were counted.
const FORGET_EVERY: u32 = 1 << 16;

/// Counts for all limits.
pub(crate) struct Rates {
    account: Option<Bucket<AccountId>>,
    address: Option<Bucket<Network>>,
    health: Option<Bucket<Network>>,
    streams: Arc<Streams>,
}

impl Rates {
    pub fn new(limits: RateLimits, domain: &Arc<Domain>) -> Self {
        let clock = SteadyClock::new(domain.clone());
        Self {
            account: Bucket::new(limits.account_per_second, &clock),
            address: Bucket::new(limits.address_per_second, &clock),
            health: Bucket::new(limits.health_per_second, &clock),
            streams: Arc::new(Streams {
                most: limits.event_streams,
                open: Mutex::default(),
            }),
        }
    }

    /// Counts a request of an account, or refuses it.
    pub fn account(&self, account: AccountId) -> ApiResult<()> {
        let Some(bucket) = &self.account else {
            return Ok(());
        };
        bucket
            .take(&account)
            .map_err(|seconds| refuse("account", "this account makes too many requests", seconds))
    }

    fn request(&self, path: &str, address: PeerAddress) -> ApiResult<()> {
        let health = matches!(path, "/livez" | "/readyz" | "/metrics");
        let bucket = if health { &self.health } else { &self.address };
        let Some(bucket) = bucket else { return Ok(()) };
        bucket
            .take(&address.network())
            .map_err(|seconds| refuse("address", "this address makes too many requests", seconds))
    }

    /// A place for an event stream of the account, held until it is dropped.
    pub fn stream(&self, account: AccountId) -> ApiResult<StreamPlace> {
        StreamPlace::take(&self.streams, account).ok_or_else(|| {
            let detail = "this account holds too many event streams open; close one";
            refuse("streams", detail, STREAM_RETRY_SECONDS)
        })
    }
}

const STREAM_RETRY_SECONDS: u64 = 15;

fn refuse(limit: &'static str, detail: &'static str, seconds: u64) -> ApiError {
    metrics::counter!("strongroom_http_limited_total", "limit" => limit).increment(1);
    ApiError::wait(detail, seconds)
}

/// Counts every request for its address before anything else looks at it.
pub(crate) async fn per_address(State(api): State<Api>, request: Request, next: Next) -> Response {
    match api
        .rates
        .request(request.uri().path(), PeerAddress::of(request.extensions()))
    {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// One bucket for each key; keys with full buckets take no memory for long.
struct Bucket<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, HashMapStateStore<K>, SteadyClock, NoOpMiddleware<Since>>,
    counted: AtomicU32,
}

impl<K: Hash + Eq + Clone> Bucket<K> {
    fn new(per_second: u32, clock: &SteadyClock) -> Option<Self> {
        let rate = NonZeroU32::new(per_second)?;
        let burst = NonZeroU32::new(per_second.saturating_mul(BURST_SECONDS))?;
        let quota = Quota::per_second(rate).allow_burst(burst);
        Some(Self {
            limiter: RateLimiter::hashmap_with_clock(quota, clock.clone()),
            counted: AtomicU32::new(0),
        })
    }

    /// Takes one token, or says after how many seconds there will be some again.
    fn take(&self, key: &K) -> Result<(), u64> {
        let counted = self.counted.fetch_add(1, Ordering::Relaxed);
        if counted % FORGET_EVERY == FORGET_EVERY - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(self.limiter.clock().now());
            let started = u64::from(wait.subsec_nanos() > 0);
            Ord::max(wait.as_secs() + started, 1)
        })
    }
}

/// The server's clock without its steps back: after one, time goes on from where it was.
/// Otherwise a clock that is set right would lock everybody out for as long as it was wrong.
#[derive(Clone)]
struct SteadyClock(Arc<Steady>);

struct Steady {
    domain: Arc<Domain>,
    seen: Mutex<Seen>,
}

#[derive(Clone, Copy)]
struct Seen {
    wall_ms: TimestampMs,
    elapsed_ms: u64,
}

impl Seen {
    fn step(&mut self, now_ms: TimestampMs) -> u64 {
        let passed = now_ms.saturating_sub(self.wall_ms);
        self.wall_ms = now_ms;
        self.elapsed_ms = self.elapsed_ms.saturating_add(passed);
        self.elapsed_ms
    }
}

impl SteadyClock {
    fn new(domain: Arc<Domain>) -> Self {
        let seen = Mutex::new(Seen {
            wall_ms: domain.now_ms(),
            elapsed_ms: 0,
        });
        Self(Arc::new(Steady { domain, seen }))
    }
}

/// Time since the server began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Since(Duration);

impl std::ops::Add<Nanos> for Since {
    type Output = Self;
    fn add(self, nanos: Nanos) -> Self {
        Self(self.0.saturating_add(nanos.into()))
    }
}

impl Reference for Since {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_sub(earlier.0).into()
    }

    fn saturating_sub(&self, nanos: Nanos) -> Self {
        Self(self.0.checked_sub(nanos.into()).unwrap_or(self.0))
    }
}

impl Clock for SteadyClock {
    type Instant = Since;

    fn now(&self) -> Since {
        let now_ms = self.0.domain.now_ms();
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Since(Duration::from_millis(seen.step(now_ms)))
    }
}

/// Event streams that are open, by account.
struct Streams {
    most: u32,
    open: Mutex<HashMap<AccountId, u32>>,
}

/// The place of one open stream.
pub(crate) struct StreamPlace {
    streams: Arc<Streams>,
    account: AccountId,
}

impl StreamPlace {
    fn take(streams: &Arc<Streams>, account: AccountId) -> Option<Self> {
        let mut open = streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(account).or_default();
        if streams.most > 0 && *count >= streams.most {
            return None;
        }
        *count += 1;
        drop(open);
        Some(Self {
            streams: streams.clone(),
            account,
        })
    }
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let open = &self.streams.open;
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.account) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_goes_on() {
        let mut seen = Seen {
            wall_ms: 1_000_000,
            elapsed_ms: 0,
        };
        assert_eq!(seen.step(1_000_500), 500);
        assert_eq!(seen.step(400_000), 500);
        assert_eq!(seen.step(400_250), 750);
    }

    #[test]
    fn places_are_counted_and_given_back() {
        let streams = Arc::new(Streams {
            most: 2,
            open: Mutex::default(),
        });
        let [ada, bob] = [1, 2].map(|byte| AccountId::from_bytes([byte; 16]));
        let take = |account| StreamPlace::take(&streams, account);
        let (first, second) = (take(ada).unwrap(), take(ada).unwrap());
        assert!(take(ada).is_none());
        assert!(take(bob).is_some());
        drop(first);
        let third = take(ada).unwrap();
        drop((second, third));
        assert!(streams.open.lock().unwrap().is_empty());
    }
}
