//! Versions that stand side by side, laid out for a person who settles them.

use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::record_read::{VersionView, visible};
use crate::vault::{Record, Vault};
use crate::{CoreError, Result};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use strongroom_format::record::Fields;
use strongroom_types::*;
use strongroom_vault::record::merge_fields;

/// What stands side by side, and how it could be one again.
#[derive(Serialize)]
pub(crate) struct SideBySide {
    /// The current versions, oldest first.
    versions: Vec<VersionView>,
    /// What only one of them changed is taken; of the others the newest.
    proposal: Map<String, Json>,
    /// Fields that they changed differently: a person decides.
    undecided: Vec<String>,
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// The current versions of a record beside each other.
    pub async fn side_by_side(&mut self, vault: VaultId, record: RecordId) -> Result<SideBySide> {
        let mut versions = self.history(vault, record).await?;
        versions.retain(VersionView::is_current);
        versions.reverse();
        let target = self.vault_of_record(vault, record).await?;
        let vault = self.shared(target).await?;
        let found = vault
            .record(record)
            .ok_or_else(|| CoreError::not_found("there is no such record"))?;
        let heads: Vec<&Fields> = found
            .heads
            .iter()
            .filter_map(|index| vault.version(*index)?.1.fields())
            .collect();
        let base = common_ancestor(vault, found).and_then(|index| vault.version(index)?.1.fields());
        let merged = merge_fields(base, &heads);
        Ok(SideBySide {
            versions,
            proposal: visible(Some(&merged.fields)),
            undecided: merged.conflicts,
        })
    }
}

/// The newest version from which all current ones come.
fn common_ancestor(vault: &Vault, record: &Record) -> Option<u64> {
    let mut common: Option<BTreeSet<u64>> = None;
    for head in &record.heads {
        let before = ancestors(vault, record, *head);
        common = Some(match common {
            Some(common) => common.intersection(&before).copied().collect(),
            None => before,
        });
    }
    common?.last().copied()
}

fn ancestors(vault: &Vault, record: &Record, head: u64) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![head];
    while let Some(index) = waiting.pop() {
        let Some((_, version)) = vault.version(index) else {
            continue;
        };
        for parent in &version.parents {
            // Only earlier versions count as parents.
            let place = record.versions.iter().copied().find(|place| {
                *place < index
                    && vault
                        .version(*place)
                        .is_some_and(|(_, known)| known.version == *parent)
            });
            if let Some(place) = place
                && found.insert(place)
            {
                waiting.push(place);
            }
        }
    }
    found
}
