//! Where measurements keep their files.

use crate::shell;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// A folder on the disk under `target` and one on tmpfs, both removed at the end.
pub struct Space {
    disk: PathBuf,
    memory: PathBuf,
    mounted: bool,
}

/// What `statfs` says of tmpfs (linux/magic.h).
const TMPFS_MAGIC: i64 = 0x0102_1994;
/// Input, box and plaintext of 1 GiB, and room for the rest of the system.
const MEMORY_BYTES: u64 = 5 << 30;

impl Space {
    /// Makes both folders, empty. `disk` is emptied when something was left there.
    pub fn make(disk: &Path) -> Result<Self> {
        if disk.exists() {
            std::fs::remove_dir_all(disk)?;
        }
        std::fs::create_dir_all(disk)?;
        let shared = Path::new("/dev/shm");
        let (memory, mounted) = if tmpfs_with(shared, MEMORY_BYTES) {
            let memory = shared.join(format!("strongroom-bench-{}", std::process::id()));
            std::fs::create_dir(&memory)?;
            (memory, false)
        } else {
            let memory = disk.join("memory");
            std::fs::create_dir(&memory)?;
            mount(&memory)?;
            (memory, true)
        };
        Ok(Self {
            disk: disk.to_owned(),
            memory,
            mounted,
        })
    }

    /// A new empty folder on disk.
    pub fn disk(&self, name: &str) -> Result<PathBuf> {
        fresh(&self.disk.join(name))
    }

    /// An error that says so where the disk has less than `bytes` free.
    pub fn require_disk(&self, bytes: u64) -> Result<()> {
        let free = free_bytes(&self.disk).unwrap_or(u64::MAX);
        if free < bytes {
            let [needed, free] = [bytes, free].map(|bytes| bytes >> 30);
            let place = self.disk.display();
            bail!("needs {needed} GiB free at {place}, which has {free}: make room");
        }
        Ok(())
    }

    /// A new empty folder on tmpfs.
    pub fn memory(&self, name: &str) -> Result<PathBuf> {
        fresh(&self.memory.join(name))
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        if self.mounted {
            let memory = self.memory.to_string_lossy();
            shell::succeeds(shell::command("umount", &[&memory]));
        }
        // what cannot be removed now is removed by the next run
        std::fs::remove_dir_all(&self.memory).unwrap_or_default();
        std::fs::remove_dir_all(&self.disk).unwrap_or_default();
    }
}

fn fresh(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder.to_owned())
}

fn tmpfs_with(folder: &Path, bytes: u64) -> bool {
    let is_tmpfs = rustix::fs::statfs(folder).is_ok_and(|facts| facts.f_type == TMPFS_MAGIC);
    is_tmpfs && free_bytes(folder).is_some_and(|free| free >= bytes)
}

fn free_bytes(folder: &Path) -> Option<u64> {
    let facts = rustix::fs::statfs(folder).ok()?;
    Some(facts.f_bavail * u64::try_from(facts.f_bsize).unwrap_or_default())
}

fn mount(folder: &Path) -> Result<()> {
    let text = folder.to_string_lossy();
    let size = format!("size={MEMORY_BYTES}");
    let mount = shell::command("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", &text]);
    if !shell::succeeds(mount) {
        bail!("/dev/shm has less than 5 GiB free, and mounting a tmpfs needs root");
    }
    Ok(())
}
