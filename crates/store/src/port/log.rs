use crate::{Effect, StoreResult};
use async_trait::async_trait;
use bytes::Bytes;
use strongroom_types::*;

/// Names a log: a vault's, or a tenant's directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogKey {
    pub tenant: TenantId,
    /// The vault id, or the tenant id for the directory.
    pub log: Digest,
}

impl LogKey {
    /// The log of a vault.
    pub fn vault(tenant: TenantId, vault: VaultId) -> Self {
        Self {
            tenant,
            log: Digest::from_bytes(*vault.as_bytes()),
        }
    }

    /// The directory of a tenant.
    pub fn directory(tenant: TenantId) -> Self {
        Self {
            tenant,
            log: Digest::from_bytes(*tenant.as_bytes()),
        }
    }

    /// The vault of this log (meaningless for a directory).
    pub fn vault_id(&self) -> VaultId {
        VaultId::from_bytes(*self.log.as_bytes())
    }
}

/// The newest entry of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub index: u64,
    /// Chain hash there.
    pub hash: Digest,
}

/// An entry with its place.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Place in the log.
    pub index: u64,
    /// Chain hash after this entry.
    pub chain_hash: Digest,
    /// `H(body)`.
    pub body_hash: Digest,
    /// Kind number of the formats.
    pub kind: u64,
    /// Whether replaying the control state needs this entry.
    pub control: bool,
    pub device: DeviceId,
    pub device_seq: u64,
    pub body: Bytes,
    pub signatures: Bytes,
    pub payload: Option<Bytes>,
    pub appended_ms: TimestampMs,
}

/// One atomic step of a log: entries and all that follows from them.
#[derive(Clone, Debug)]
pub struct Append {
    pub log: LogKey,
    /// The head that the indexes and hashes of the entries build on; `None` makes the log.
    pub expected_head: Option<Head>,
    /// At least one; indexes without a gap after the expected head.
    pub entries: Vec<NewEntry>,
    /// Applied in order after the entries (`CreateTenant` before them). One that fails, fails all.
    pub effects: Vec<Effect>,
}

/// A stored entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    pub index: u64,
    pub appended_ms: TimestampMs,
    pub body: Bytes,
    pub signatures: Bytes,
    /// `None` once erased.
    pub payload: Option<Bytes>,
}

/// What part of a log to read.
#[derive(Clone, Copy, Debug)]
pub struct PageQuery {
    /// Index of the last entry that the reader has.
    pub after: Option<u64>,
    /// Most entries.
    pub limit: usize,
    /// The page closes once it is at least this large; it holds at least one entry.
    pub max_bytes: usize,
    pub control_only: bool,
}

/// Part of a log, with the head at the same moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPage {
    pub head: Head,
    pub entries: Vec<EntryRow>,
}

/// The newest entry of a device in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceTip {
    pub device: DeviceId,
    pub device_seq: u64,
    pub body_hash: Digest,
    pub index: u64,
}

/// Where an entry of a device stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPlace {
    pub index: u64,
    /// Chain hash after it.
    pub chain_hash: Digest,
    pub appended_ms: TimestampMs,
    pub body: Bytes,
}

/// Logs: the unit of order.
#[async_trait]
pub trait LogStore: Send + Sync + 'static {
    /// Appends entries with their effects, all or nothing; on disk when it returns.
    /// `HeadMoved` if the head is another; `AlreadyExists`, `NotFound`, `Spent`, `Incomplete`,
    /// `QuotaExceeded` come from effects.
    async fn append(&self, append: Append) -> StoreResult<()>;

    /// The head; `None` without such a log.
    async fn head(&self, log: LogKey) -> StoreResult<Option<Head>>;

    /// Entries in order; `None` without such a log.
    async fn page(&self, log: LogKey, query: PageQuery) -> StoreResult<Option<LogPage>>;

    /// Chain hash after the entry at `index`.
    async fn entry_hash(&self, log: LogKey, index: u64) -> StoreResult<Option<Digest>>;

    /// The newest entry of each device that ever wrote to the log.
    async fn device_tips(&self, log: LogKey) -> StoreResult<Vec<DeviceTip>>;

    /// Finds an entry of a device by its number, for requests that come twice. Sure for the
    /// device's newest 32 runs in the log (a run: entries of the device without another device's
    /// in between); older ones may give `None`.
    async fn find_entry(
        &self,
        log: LogKey,
        device: DeviceId,
        device_seq: u64,
    ) -> StoreResult<Option<EntryPlace>>;
}
