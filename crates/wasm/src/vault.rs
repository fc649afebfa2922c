//! One vault in memory: the replayed machine, a line for each entry of its log, and the current
//! versions of its records. What came in is marked, so that only that is kept again.

mod access;
mod fields;
mod local;

pub(crate) use access::{Access, AccessTuple};
pub(crate) use fields::VersionFields;
pub(crate) use local::is_waiting;

use crate::files::{FileLog, Origin, Outcome};
use crate::rows::Indexes;
use std::collections::{BTreeMap, BTreeSet};
use strongroom_format::entry::{Head, Kind};
use strongroom_format::record::Fields;
use strongroom_format::vault_payload::{RecordPayload, VaultPayload};
use strongroom_types::*;
use strongroom_vault::record::{Node, heads, open_version};
use strongroom_vault::trust::Doubt;
use strongroom_vault::{Place, VaultError, VaultMachine, Verified, meta};

/// Entries whose lines lie in one kept value.
pub(crate) const SEGMENT_LINES: u64 = 512;

/// An entry of the log, as much as is needed of it.
pub(crate) struct Line {
    pub hash: Digest,
    pub appended_ms: u64,
    pub identity: IdentityId,
    pub version: Option<Version>,
    /// A payload that waits for its epoch's keys.
    pub sealed: Option<Sealed>,
}

/// A version of a record.
#[derive(Clone)]
pub(crate) struct Version {
    pub record: RecordId,
    pub version: VersionId,
    pub parents: Vec<VersionId>,
    pub table: String,
    pub deleted: bool,
    /// `None` where it is not readable, or not yet.
    pub fields: Option<VersionFields>,
    /// Why it is not readable: `erased`, or the code of what is wrong with it.
    pub damage: Option<String>,
}

impl Version {
    /// The fields, where they are readable.
    pub fn fields(&self) -> Option<&Fields> {
        self.fields.as_ref().map(VersionFields::get)
    }
}

/// What waits for keys.
pub(crate) struct Sealed {
    pub kind: Kind,
    pub device: DeviceId,
    pub epoch: Epoch,
    pub device_seq: u64,
    pub payload: Vec<u8>,
}

/// The versions of a record: places in the log.
#[derive(Default)]
pub(crate) struct Record {
    pub versions: Vec<u64>,
    /// Current ones, in the order of the log.
    pub heads: Vec<u64>,
    /// Versions that do not count: of another table, or with an id that was there before.
    pub ignored: Vec<u64>,
}

/// See the module.
pub(crate) struct Vault {
    pub machine: VaultMachine,
    pub name: String,
    pub doubt: Option<Doubt>,
    /// Access to it ended; only the place that was seen is left.
    pub gone: bool,
    /// When it was read to its end; 0 before the first time, and while it is read anew.
    pub synced_ms: u64,
    /// The newest place that was ever seen here.
    pub seen: Option<Head>,
    /// Its files.
    pub files: FileLog,
    lines: Vec<Line>,
    /// Versions that the server has not taken yet.
    waiting: Vec<Line>,
    records: BTreeMap<RecordId, Record>,
    access: Vec<Access>,
    /// Records whose current versions have to be found again.
    touched: BTreeSet<RecordId>,
    /// Segments that are not kept as they are now.
    unkept: BTreeSet<u64>,
    /// Grows whenever a record may look different.
    changes: u64,
    /// What lists know of its tables; made anew when `changes` has grown.
    pub indexes: Indexes,
}

impl Vault {
    /// A vault of which nothing was read.
    pub fn new(tenant: TenantId, vault: VaultId, me: IdentityId) -> Self {
        Self {
            machine: VaultMachine::new(tenant, vault, me),
            name: String::new(),
            doubt: None,
            gone: false,
            synced_ms: 0,
            seen: None,
            files: FileLog::default(),
            lines: Vec::new(),
            waiting: Vec::new(),
            records: BTreeMap::new(),
            access: Vec::new(),
            touched: BTreeSet::new(),
            unkept: BTreeSet::new(),
            changes: 0,
            indexes: Indexes::default(),
        }
    }

    /// Grows whenever a record may look different.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// The same with what was kept. `lines` begin at the log's first entry.
    pub fn with_lines(mut self, lines: Vec<Line>) -> Self {
        let mut places: Vec<(RecordId, u64)> = (0..)
            .zip(&lines)
            .filter_map(|(index, line)| Some((line.version.as_ref()?.record, index)))
            .collect();
        places.sort_unstable();
        self.lines = lines;
        // In the order of their ids: a map of many is made at once.
        self.records = places
            .chunk_by(|one, next| one.0 == next.0)
            .filter_map(|same| {
                let mut record = Record {
                    versions: same.iter().map(|(_, index)| *index).collect(),
                    ..Record::default()
                };
                self.find_current(&mut record);
                Some((same.first()?.0, record))
            })
            .collect();
        self.changes += 1;
        self
    }

    /// The id.
    pub fn id(&self) -> VaultId {
        self.machine.vault()
    }

    /// The chain hash at a place.
    pub fn hash_at(&self, index: u64) -> Option<Digest> {
        self.line(index).map(|line| line.hash)
    }

    /// The line at a place.
    pub fn line(&self, index: u64) -> Option<&Line> {
        let of_log = usize::try_from(index).ok();
        of_log
            .and_then(|index| self.lines.get(index))
            .or_else(|| self.waiting_line(index))
    }

    /// All lines of a segment.
    pub fn segment(&self, number: u64) -> &[Line] {
        let at = |index: u64| {
            usize::try_from(index)
                .unwrap_or(usize::MAX)
                .min(self.lines.len())
        };
        let range = at(number * SEGMENT_LINES)..at((number + 1) * SEGMENT_LINES);
        self.lines.get(range).unwrap_or_default()
    }

    /// Segments that are not kept as they are; they count as kept from now on.
    pub fn take_unkept(&mut self) -> BTreeSet<u64> {
        std::mem::take(&mut self.unkept)
    }

    /// The records, in the order of their ids.
    pub fn records(&self) -> impl Iterator<Item = (RecordId, &Record)> {
        self.records.iter().map(|(id, record)| (*id, record))
    }

    /// What changed its members, keys and name, in the order of the log.
    pub fn access(&self) -> &[Access] {
        &self.access
    }

    /// The same with what was kept of it.
    pub fn with_access(mut self, access: Vec<Access>) -> Self {
        self.access = access;
        self
    }

    /// A record.
    pub fn record(&self, record: RecordId) -> Option<&Record> {
        self.records.get(&record)
    }

    /// The version at a place of the log.
    pub fn version(&self, index: u64) -> Option<(&Line, &Version)> {
        let line = self.line(index)?;
        Some((line, line.version.as_ref()?))
    }

    /// The version that lists show: the newest current one that is no deletion, else the newest.
    pub fn shown(&self, record: &Record) -> Option<(u64, &Line, &Version)> {
        let heads = || {
            record.heads.iter().rev().filter_map(|index| {
                let (line, version) = self.version(*index)?;
                Some((*index, line, version))
            })
        };
        heads()
            .find(|(_, _, version)| !version.deleted)
            .or_else(|| heads().next())
    }

    /// Whether a version of a record is in the log.
    pub fn has_version(&self, record: RecordId, version: VersionId) -> bool {
        self.place_of(record, version)
            .is_some_and(|index| !is_waiting(index))
    }

    /// Where a version of a record stands.
    pub fn place_of(&self, record: RecordId, version: VersionId) -> Option<u64> {
        let record = self.records.get(&record)?;
        record
            .versions
            .iter()
            .filter(|index| !record.ignored.contains(index))
            .find(|index| {
                self.version(**index)
                    .is_some_and(|(_, known)| known.version == version)
            })
            .copied()
    }

    /// Takes in entries that the machine has proven.
    pub fn take(&mut self, entries: &[Verified]) {
        for entry in entries {
            self.unkept.insert(entry.index / SEGMENT_LINES);
            self.lines.push(Line {
                hash: entry.hash,
                appended_ms: entry.appended_ms,
                identity: entry.identity,
                version: None,
                sealed: None,
            });
            self.access.extend(Access::of(entry));
            self.files.follow_leases(entry);
            if let Some(payload) = &entry.payload {
                self.effect(entry.index, entry.kind, entry.place(), payload);
            }
        }
        self.settle();
    }

    /// Opens what waited for keys, as far as it opens now.
    pub fn reopen(&mut self) {
        let (tenant, vault) = (self.machine.state().tenant(), self.id());
        let waiting: Vec<u64> = (0..)
            .zip(&self.lines)
            .filter(|(_, line)| line.sealed.is_some())
            .map(|(index, _)| index)
            .collect();
        for index in waiting {
            let Some(sealed) = self.line_mut(index).and_then(|line| line.sealed.take()) else {
                continue;
            };
            let place = Place {
                tenant,
                vault,
                epoch: sealed.epoch,
                device: sealed.device,
                device_seq: sealed.device_seq,
            };
            if let Ok(payload) =
                VaultPayload::from_bytes(sealed.kind, &sealed.payload, tenant, vault)
            {
                self.unkept.insert(index / SEGMENT_LINES);
                self.effect(index, sealed.kind, place, &payload);
            }
        }
        self.settle();
    }

    fn line_mut(&mut self, index: u64) -> Option<&mut Line> {
        self.lines.get_mut(usize::try_from(index).ok()?)
    }

    fn effect(&mut self, index: u64, kind: Kind, place: Place, payload: &VaultPayload) {
        match payload {
            VaultPayload::Record(record) => self.record_version(index, place, record, payload),
            VaultPayload::VaultMeta { sealed } => {
                match meta::open_name(self.machine.keyring(), place, sealed) {
                    Ok(name) => self.name = name,
                    Err(VaultError::NoKey(_)) => self.wait(index, kind, place, payload),
                    // What a member wrote wrongly names nothing and stops nobody.
                    Err(_) => {}
                }
            }
            VaultPayload::Erase { indexes } => {
                for index in indexes {
                    self.erase(*index);
                    self.files.erase(*index);
                }
            }
            _ => {
                let origin = self.line(index).map(|line| Origin {
                    index,
                    identity: line.identity,
                    appended_ms: line.appended_ms,
                });
                let keyring = self.machine.keyring();
                if let Some(origin) = origin
                    && self.files.effect(keyring, origin, place, payload) == Outcome::WaitsForKeys
                {
                    self.wait(index, kind, place, payload);
                }
            }
        }
    }

    fn record_version(
        &mut self,
        index: u64,
        place: Place,
        record: &RecordPayload,
        payload: &VaultPayload,
    ) {
        let (fields, damage) = match open_version(self.machine.keyring(), place, record) {
            Ok(fields) => (Some(fields.into()), None),
            Err(VaultError::NoKey(_)) => {
                self.wait(index, Kind::Record, place, payload);
                (None, None)
            }
            Err(VaultError::Integrity(error)) => (None, Some(error.code().to_owned())),
            Err(_) => (None, Some("malformed".to_owned())),
        };
        let known = self.records.entry(record.record).or_default();
        // Those that wait for the server stand after it.
        if let Err(place) = known.versions.binary_search(&index) {
            known.versions.insert(place, index);
        }
        self.touched.insert(record.record);
        let version = Version {
            record: record.record,
            version: record.version,
            parents: record.parents.clone(),
            table: record.table.clone(),
            deleted: record.deleted,
            fields,
            damage,
        };
        if let Some(line) = self.line_mut(index) {
            line.version = Some(version);
        }
    }

    fn wait(&mut self, index: u64, kind: Kind, place: Place, payload: &VaultPayload) {
        let sealed = Sealed {
            kind,
            device: place.device,
            epoch: place.epoch,
            device_seq: place.device_seq,
            payload: payload.to_bytes(place.tenant, place.vault),
        };
        if let Some(line) = self.line_mut(index) {
            line.sealed = Some(sealed);
        }
    }

    fn erase(&mut self, index: u64) {
        self.unkept.insert(index / SEGMENT_LINES);
        if let Some(line) = self.line_mut(index) {
            line.sealed = None;
            if let Some(version) = &mut line.version {
                version.fields = None;
                version.damage = Some("erased".to_owned());
            }
        }
    }

    /// Finds the current versions of the records that were touched.
    fn settle(&mut self) {
        self.changes += 1;
        for id in std::mem::take(&mut self.touched) {
            let Some(mut record) = self.records.get_mut(&id).map(std::mem::take) else {
                continue;
            };
            self.find_current(&mut record);
            self.records.insert(id, record);
        }
    }

    /// Which versions of a record are current, and which do not count.
    fn find_current(&self, record: &mut Record) {
        if let [only] = record.versions.as_slice()
            && self.version(*only).is_some()
        {
            // Most records of most vaults: there is nothing to compare.
            record.heads = vec![*only];
            record.ignored = Vec::new();
            return;
        }
        let nodes: Vec<Node> = record
            .versions
            .iter()
            .filter_map(|index| {
                let (_, version) = self.version(*index)?;
                Some(Node {
                    index: *index,
                    version: version.version,
                    parents: version.parents.clone(),
                    table: version.table.clone(),
                    deleted: version.deleted,
                })
            })
            .collect();
        let found = heads(&nodes);
        record.heads = nodes
            .iter()
            .filter(|node| !found.ignored.contains(&node.index))
            .filter(|node| found.heads.contains(&node.version))
            .map(|node| node.index)
            .collect();
        record.ignored = found.ignored;
    }
}
