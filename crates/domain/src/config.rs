use strongroom_types::limits;
use strongroom_wire::Quota;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// When guessing is slowed down. After `failures` failures within `window_ms`, the next attempt
/// has to wait `first_delay_ms`, and twice as long after each further failure, up to
/// `longest_delay_ms`.
#[derive(Clone, Copy, Debug)]
pub struct LockOut {
    /// Failures that are free, for one name.
    pub name_failures: u32,
    /// Failures that are free, for one address (many people can share one).
    pub address_failures: u32,
    /// Failures older than this are forgotten.
    pub window_ms: u64,
    pub first_delay_ms: u64,
    pub longest_delay_ms: u64,
}

impl Default for LockOut {
    fn default() -> Self {
        Self {
            name_failures: 5,
            address_failures: 50,
            window_ms: 15 * MINUTE_MS,
            first_delay_ms: 8_000,
            longest_delay_ms: 15 * MINUTE_MS,
        }
    }
}

/// Limits and life times. Times in milliseconds.
#[derive(Clone, Debug)]
pub struct DomainConfig {
    /// Life of a session.
    pub session_ms: u64,
    /// Life of a session from a recovery kit.
    pub recovery_session_ms: u64,
    /// How long a session look-up may be answered from memory. Ends of sessions that this
    /// process brings about count at once.
    pub session_cache_ms: u64,
    /// Time between the two steps of a login or sign-up.
    pub handshake_ms: u64,
    /// Most logins and sign-ups between their two steps.
    pub handshakes_max: usize,
    /// Limits of accounts that have none of their own nor by role.
    pub default_quota: Quota,
    /// Parts that may travel at the same time where no quota says so.
    pub parts_in_flight: u32,
    /// Longest life of a lease.
    pub lease_max_ms: u64,
    /// Longest life of an invitation.
    pub invite_max_ms: u64,
    /// Life of the grant that one use of a link gives.
    pub grant_ms: u64,
    /// Uploads that stood still for this long are given up.
    pub stale_upload_ms: u64,
    /// How long answers to writes are kept for repetitions.
    pub answers_ms: u64,
    /// Logs whose state is kept in memory.
    pub logs_in_memory: usize,
    /// Most entries in one batch.
    pub batch_entries: usize,
    pub lock_out: LockOut,
}

impl Default for DomainConfig {
    fn default() -> Self {
        Self {
            session_ms: 90 * DAY_MS,
            recovery_session_ms: HOUR_MS,
            session_cache_ms: 2_000,
            handshake_ms: 5 * MINUTE_MS,
            handshakes_max: 10_000,
            default_quota: Quota {
                file_max_bytes: Some(limits::FILE_MAX_SEALED_BYTES),
                total_max_bytes: None,
                parts_in_flight_max: None,
            },
            parts_in_flight: 8,
            lease_max_ms: DAY_MS,
            invite_max_ms: 366 * DAY_MS,
            grant_ms: DAY_MS,
            stale_upload_ms: 7 * DAY_MS,
            answers_ms: DAY_MS,
            logs_in_memory: 256,
            batch_entries: 512,
            lock_out: LockOut::default(),
        }
    }
}
