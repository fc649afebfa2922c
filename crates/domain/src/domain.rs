use crate::{
    Disks, DomainConfig,
    cache::TimedCache,
    events::Events,
    locks::{Attempts, KeyLocks, Places},
    login::PendingLogins,
    quotas::EffectiveQuota,
    sequencer::Sequencer,
    sessions::Caller,
    signup::PendingSignups,
    throttle::Throttle,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use strongroom_blobs::Blobs;
use strongroom_crypto::opaque::{Identifiers, ServerSetup};
use strongroom_store::Store;
use strongroom_types::*;

/// The OPAQUE context of every login. The identifiers of both sides are empty: a client does
/// not know the stored spelling of its name, and the server's key is bound by the protocol.
pub const OPAQUE_CONTEXT: &[u8] = b"strongroom/opaque/1";

pub(crate) fn opaque_identifiers() -> Identifiers {
    Identifiers::default()
}

/// What a [`Domain`] is made of.
pub struct DomainParts {
    pub store: Arc<dyn Store>,
    pub blobs: Arc<dyn Blobs>,
    pub disks: Arc<dyn Disks>,
    pub clock: Arc<dyn Clock>,
    pub rng: Box<dyn Rng>,
    /// OPRF seed and key of the logins; kept outside the database.
    pub opaque: ServerSetup,
    pub config: DomainConfig,
}

/// All use cases of the server. One for each process and store.
pub struct Domain {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) disks: Arc<dyn Disks>,
    pub(crate) clock: Arc<dyn Clock>,
    rng: Mutex<Box<dyn Rng>>,
    pub(crate) opaque: ServerSetup,
    /// Makes the credential ids of names that do not exist; secret, constant.
    pub(crate) decoy_secret: Digest,
    pub(crate) config: DomainConfig,
    pub(crate) readiness: TimedCache<(), strongroom_wire::Readiness>,
    pub(crate) sessions: TimedCache<Digest, Caller>,
    pub(crate) quotas: TimedCache<AccountId, EffectiveQuota>,
    pub(crate) logins: PendingLogins,
    pub(crate) signups: PendingSignups,
    pub(crate) throttle: Throttle,
    pub(crate) attempt_locks: KeyLocks<Digest>,
    pub(crate) sole_tenant: TimedCache<(), Option<TenantId>>,
    pub(crate) sequencer: Arc<Sequencer>,
    pub(crate) events: Events,
    pub(crate) write_locks: KeyLocks<(AccountId, IdempotencyKey)>,
    pub(crate) part_locks: KeyLocks<strongroom_blobs::BlobKey>,
    pub(crate) part_places: Places<AccountId>,
    pub(crate) part_attempts: Attempts<strongroom_blobs::BlobKey>,
}

impl Domain {
    /// Puts the server's use cases together. Nothing runs in the background until asked.
    pub fn new(parts: DomainParts) -> Arc<Self> {
        let DomainParts {
            store,
            blobs,
            disks,
            clock,
            rng,
            opaque,
            config,
        } = parts;
        let decoy_secret =
            strongroom_crypto::sha256_parts(&[b"strongroom/decoy/1", &opaque.to_bytes()]);
        let sequencer = Arc::<Sequencer>::default();
        Arc::new(Self {
            store,
            blobs,
            disks,
            clock,
            rng: Mutex::new(rng),
            opaque,
            decoy_secret,
            readiness: TimedCache::new(500),
            sessions: TimedCache::new(config.session_cache_ms),
            quotas: TimedCache::new(config.session_cache_ms),
            logins: PendingLogins::default(),
            signups: PendingSignups::default(),
            throttle: Throttle::default(),
            attempt_locks: KeyLocks::default(),
            sole_tenant: TimedCache::new(config.session_cache_ms),
            events: Events::new(Arc::clone(&sequencer)),
            sequencer,
            write_locks: KeyLocks::default(),
            part_locks: KeyLocks::default(),
            part_places: Places::default(),
            part_attempts: Attempts::default(),
            config,
        })
    }

    /// The server's clock, milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> TimestampMs {
        self.clock.now_ms()
    }

    pub(crate) fn rng(&self) -> MutexGuard<'_, Box<dyn Rng>> {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng().fill_bytes(&mut bytes);
        bytes
    }
}
