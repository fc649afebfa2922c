//! How far this browser has shown each vault, so that its list can say what is new. Kept sealed
//! here and nowhere else: when somebody looks at what is nobody's business, the server's least.

use crate::Result;
use crate::engine::Engine;
use crate::own::is_own;
use crate::platform::{Http, Storage};
use crate::vault::Vault;
use std::collections::BTreeMap;
use strongroom_format::cbor::{from_cbor, to_cbor};
use strongroom_types::*;

const SEEN: &str = "seen";
const SEEN_MAX_BYTES: usize = 4 << 20;

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Up to which place each vault was shown. A browser that is new begins with what is there:
    /// not everything that ever was is news.
    pub async fn seen_places(&mut self) -> Result<BTreeMap<VaultId, u64>> {
        let kept = self.open.keeper.get(self.platform, SEEN).await?;
        let kept = kept
            .and_then(|kept| from_cbor::<Vec<(VaultId, u64)>>(&kept, SEEN_MAX_BYTES, "seen").ok());
        if let Some(kept) = kept {
            return Ok(kept.into_iter().collect());
        }
        let mut seen = BTreeMap::new();
        for id in self.known_vaults().await? {
            seen.insert(id, self.vault(id).await?.machine.state().next_index());
        }
        self.keep_seen(&seen).await?;
        Ok(seen)
    }

    /// What is in a vault now was shown.
    pub async fn mark_seen(&mut self, vault: VaultId) -> Result<()> {
        let next = self.shared(vault).await?.machine.state().next_index();
        let mut seen = self.seen_places().await?;
        if seen.insert(vault, next) != Some(next) {
            self.keep_seen(&seen).await?;
        }
        Ok(())
    }

    async fn keep_seen(&mut self, seen: &BTreeMap<VaultId, u64>) -> Result<()> {
        let list: Vec<(VaultId, u64)> = seen.iter().map(|(id, place)| (*id, *place)).collect();
        self.open
            .keeper
            .put(self.platform, SEEN, &to_cbor(&list))
            .await
    }
}

impl Vault {
    /// Records of the tables that people see, the trash left out.
    pub fn count_records(&self) -> usize {
        self.records()
            .filter_map(|(_, record)| self.shown(record))
            .filter(|(_, _, version)| !version.deleted && !is_own(&version.table))
            .count()
    }

    /// Records that others changed since a place of the log.
    pub fn count_unread(&self, seen: u64, me: IdentityId) -> usize {
        (seen..self.machine.state().next_index())
            .filter(|index| {
                let Some((line, version)) = self.version(*index) else {
                    return false;
                };
                line.identity != me
                    && !version.deleted
                    && !is_own(&version.table)
                    && self
                        .record(version.record)
                        .and_then(|record| self.shown(record))
                        .is_some_and(|(shown, _, _)| shown == *index)
            })
            .count()
    }
}
