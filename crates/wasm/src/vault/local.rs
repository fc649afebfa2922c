//! Versions that wait for the server: they stand after everything of the log, so that lists,
//! histories and conflicts show them as they show the others.

use super::{Line, Vault, Version};
use strongroom_types::*;

/// Places from here on are of no log.
const FIRST_PLACE: u64 = 1 << 62;

/// Whether a place is one of a version that waits for the server.
pub(crate) fn is_waiting(index: u64) -> bool {
    index >= FIRST_PLACE
}

impl Vault {
    /// Shows these versions of `author`, oldest first, in place of those that waited before.
    pub fn show_waiting(&mut self, author: IdentityId, versions: Vec<(u64, Version)>) {
        if versions.is_empty() && self.waiting.is_empty() {
            return;
        }
        for line in std::mem::take(&mut self.waiting) {
            let Some(id) = line.version.map(|version| version.record) else {
                continue;
            };
            if let Some(record) = self.records.get_mut(&id) {
                record.versions.retain(|index| !is_waiting(*index));
                if record.versions.is_empty() {
                    self.records.remove(&id);
                }
                self.touched.insert(id);
            }
        }
        for (index, (made_ms, version)) in (FIRST_PLACE..).zip(versions) {
            let id = version.record;
            self.records.entry(id).or_default().versions.push(index);
            self.touched.insert(id);
            self.waiting.push(Line {
                hash: Digest::from_bytes([0; 32]),
                appended_ms: made_ms,
                identity: author,
                version: Some(version),
                sealed: None,
            });
        }
        self.settle();
    }

    pub(super) fn waiting_line(&self, index: u64) -> Option<&Line> {
        let place = index.checked_sub(FIRST_PLACE)?;
        self.waiting.get(usize::try_from(place).ok()?)
    }
}
