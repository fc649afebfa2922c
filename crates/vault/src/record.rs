//! Records: sealing and opening versions, finding heads, merging (formats, section 7).

use crate::{IntegrityError, Keyring, Place, VaultError};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use strongroom_crypto::{Rng, sealed_box, sha256};
use strongroom_format::FormatError;
use strongroom_format::context::{self, EpochPurpose, RecordContext};
use strongroom_format::record::{Fields, Value, pack_fields, unpack_fields};
use strongroom_format::table::TableDefinition;
use strongroom_format::vault_payload::{MAX_PARENTS, RecordPayload};
use strongroom_types::*;

/// An empty CBOR array: this release has no clear fields.
const NO_CLEAR_FIELDS: [u8; 1] = [0x80];
/// Fields whose name begins so are the product's own, and not checked against the table.
pub const RESERVED_FIELD_PREFIX: char = '_';

/// What a version says of itself besides its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVersion {
    /// The record.
    pub record: RecordId,
    /// The heads that the editor saw; empty for the first version. Sorted here.
    pub parents: Vec<VersionId>,
    /// Puts the record into the trash.
    pub deleted: bool,
}

fn context_of(place: &Place, payload: &RecordPayload) -> Vec<u8> {
    context::record(&RecordContext {
        tenant: place.tenant,
        vault: place.vault,
        epoch: place.epoch,
        table: &payload.table,
        table_definition_hash: payload.table_definition_hash,
        record: payload.record,
        version: payload.version,
        parents: &payload.parents,
        device: place.device,
        clear_fields_hash: sha256(&payload.clear_fields),
        deleted: payload.deleted,
    })
}

/// Seals a version of a record for the place where it will stand. After a stale epoch it is
/// sealed again for the new place.
///
/// # Errors
/// `Field` where a value does not fit the table (not checked for a deletion), `Format` for too
/// many parents or bytes, `NoKey`.
pub fn seal_version(
    keyring: &Keyring,
    place: Place,
    table: &TableDefinition,
    new: NewVersion,
    fields: &Fields,
    rng: &mut dyn Rng,
) -> Result<RecordPayload, VaultError> {
    let version = VersionId::make(rng);
    seal_named_version(keyring, place, table, new, version, fields, rng)
}

/// As [`seal_version`], under an id that was given out before: a version that waited, and that
/// others may name as their parent already, keeps its id however often it is sealed again.
///
/// # Errors
/// As [`seal_version`].
pub fn seal_named_version(
    keyring: &Keyring,
    place: Place,
    table: &TableDefinition,
    new: NewVersion,
    version: VersionId,
    fields: &Fields,
    rng: &mut dyn Rng,
) -> Result<RecordPayload, VaultError> {
    if !new.deleted {
        let own: Fields = fields
            .iter()
            .filter(|(name, _)| !name.starts_with(RESERVED_FIELD_PREFIX))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        table.check(&own)?;
    }
    let parents: BTreeSet<VersionId> = new.parents.into_iter().collect();
    if parents.len() > MAX_PARENTS {
        return Err(FormatError::Invalid("a version names at most 16 parents").into());
    }
    let mut payload = RecordPayload {
        table: table.name.clone(),
        table_definition_hash: table.definition_hash(),
        record: new.record,
        version,
        parents: parents.into_iter().collect(),
        deleted: new.deleted,
        clear_fields: NO_CLEAR_FIELDS.to_vec(),
        sealed: Vec::new(),
    };
    let key = keyring.key(place.epoch, EpochPurpose::Records)?;
    let packed = pack_fields(fields)?;
    payload.sealed = sealed_box::seal(key, &context_of(&place, &payload), &packed, rng);
    Ok(payload)
}

/// Opens a version at the place where it stands.
///
/// # Errors
/// `NoKey` where the epoch's keys are not here yet: open it later. `SwappedRecord` where the
/// box belongs elsewhere or was altered.
pub fn open_version(
    keyring: &Keyring,
    place: Place,
    payload: &RecordPayload,
) -> Result<Fields, VaultError> {
    let key = keyring.key(place.epoch, EpochPurpose::Records)?;
    let padded = sealed_box::open(key, &context_of(&place, payload), &payload.sealed)
        .map_err(|_| IntegrityError::SwappedRecord)?;
    let fields = unpack_fields(&padded).map_err(|error| match error {
        FormatError::Unknown(what) => IntegrityError::UnknownSuite(what),
        _ => IntegrityError::SwappedRecord,
    })?;
    Ok(fields)
}

/// One version of a record, as the log orders it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Place in the log.
    pub index: u64,
    /// Its id.
    pub version: VersionId,
    /// What it replaces.
    pub parents: Vec<VersionId>,
    /// The table it claims.
    pub table: String,
    /// Whether it is a deletion.
    pub deleted: bool,
}

/// What is current of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    /// Versions that none of the others names as parent, in log order. More than one is a
    /// conflict; all deleted is the trash.
    pub heads: Vec<VersionId>,
    /// Versions that do not count and are reported: of another table than the first, or with
    /// the id of an earlier one.
    pub ignored: Vec<u64>,
}

/// Finds the heads of one record from all its versions, in any order. Only earlier versions can
/// be named as parents, so every record with a version has a head.
pub fn heads(versions: &[Node]) -> Heads {
    let mut sorted: Vec<&Node> = versions.iter().collect();
    sorted.sort_by_key(|node| node.index);
    let Some(table) = sorted.first().map(|node| node.table.clone()) else {
        return Heads::default();
    };
    let mut known: HashSet<VersionId> = HashSet::new();
    let mut replaced: HashSet<VersionId> = HashSet::new();
    let mut order = Vec::new();
    let mut ignored = Vec::new();
    for node in sorted {
        if node.table != table || !known.insert(node.version) {
            ignored.push(node.index);
            continue;
        }
        let earlier = node
            .parents
            .iter()
            .filter(|parent| **parent != node.version && known.contains(parent));
        replaced.extend(earlier);
        order.push(node.version);
    }
    order.retain(|version| !replaced.contains(version));
    Heads {
        heads: order,
        ignored,
    }
}

/// A proposal for a merge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The fields; of a field in conflict it holds the last head's value.
    pub fields: Fields,
    /// Fields that two heads changed differently.
    pub conflicts: Vec<String>,
}

/// Merges heads field by field: what only one of them changed against `base` is taken.
/// Without a base every difference is a conflict.
pub fn merge_fields(base: Option<&Fields>, heads: &[&Fields]) -> Merged {
    let names: BTreeSet<&String> = heads
        .iter()
        .flat_map(|head| head.keys())
        .chain(base.into_iter().flat_map(|base| base.keys()))
        .collect();
    let mut merged = Merged::default();
    for name in names {
        let original = base.map(|base| base.get(name));
        let changed: BTreeMap<Option<&Value>, ()> = heads
            .iter()
            .map(|head| head.get(name))
            .filter(|value| Some(*value) != original)
            .map(|value| (value, ()))
            .collect();
        if changed.len() > 1 {
            merged.conflicts.push(name.clone());
        }
        let value = match changed.len() {
            0 => original.flatten(),
            1 => changed.keys().next().copied().flatten(),
            _ => heads.last().and_then(|head| head.get(name)),
        };
        if let Some(value) = value {
            merged.fields.insert(name.clone(), value.clone());
        }
    }
    merged
}

/// Heads of many records at once, from their versions in log order.
pub fn heads_by_record(
    versions: impl IntoIterator<Item = (RecordId, Node)>,
) -> HashMap<RecordId, Heads> {
    let mut grouped: HashMap<RecordId, Vec<Node>> = HashMap::new();
    for (record, node) in versions {
        grouped.entry(record).or_default().push(node);
    }
    grouped
        .into_iter()
        .map(|(record, nodes)| (record, heads(&nodes)))
        .collect()
}

#[cfg(test)]
mod tests;
