use crate::{Caller, Domain, DomainError, DomainResult};
use std::sync::Arc;
use strongroom_wire::{DiskRow, ProblemCode, StorageView};

/// Space is short when less than one part in so many is free, ...
const SHORT_ONE_IN: u64 = 10;
/// ... on a small disk already when less than this is free: a few large files fill it, ...
const SHORT_LEAST_BYTES: u64 = 5 << 30;
/// ... on a large one only when less than this is.
const SHORT_MOST_BYTES: u64 = 100 << 30;

/// A disk that the server writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// Whether the database lies there.
    pub database: bool,
    /// Whether the sealed parts of files lie there.
    pub files: bool,
    /// What the server can still write.
    pub free_bytes: u64,
    pub total_bytes: u64,
}

impl Disk {
    /// Whether it is time to make room.
    pub fn is_short(&self) -> bool {
        let least = (self.total_bytes / SHORT_ONE_IN).clamp(SHORT_LEAST_BYTES, SHORT_MOST_BYTES);
        self.free_bytes < least
    }
}

/// Knows the disks that the server writes to.
pub trait Disks: Send + Sync + 'static {
    /// Each disk once; those of which nothing is known are left out. It may block.
    fn disks(&self) -> Vec<Disk>;
}

impl Domain {
    /// The disks that the server writes to (administrators).
    pub async fn storage(&self, caller: &Caller) -> DomainResult<StorageView> {
        caller.require_admin()?;
        let port = Arc::clone(&self.disks);
        let disks = tokio::task::spawn_blocking(move || port.disks()).await;
        let disks = disks.map_err(|error| {
            tracing::error!(%error, "looking at the disks failed");
            DomainError::new(ProblemCode::Internal)
        })?;
        let row = |disk: &Disk| DiskRow {
            database: disk.database,
            files: disk.files,
            free_bytes: disk.free_bytes,
            total_bytes: disk.total_bytes,
            short: disk.is_short(),
        };
        Ok(StorageView {
            disks: disks.iter().map(row).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn short(free_bytes: u64, total_bytes: u64) -> bool {
        let disk = Disk {
            database: true,
            files: true,
            free_bytes,
            total_bytes,
        };
        disk.is_short()
    }

    #[test]
    fn space_is_short_below_a_tenth_within_bounds() {
        assert!(!short(50 * GIB, 500 * GIB));
        assert!(short(50 * GIB - 1, 500 * GIB));
        // A small disk, of which a tenth is next to nothing.
        assert!(!short(5 * GIB, 20 * GIB));
        assert!(short(5 * GIB - 1, 20 * GIB));
        // A large one, of which a tenth is plenty.
        assert!(!short(100 * GIB, 20_000 * GIB));
        assert!(short(100 * GIB - 1, 20_000 * GIB));
        assert!(short(0, 0));
    }
}
