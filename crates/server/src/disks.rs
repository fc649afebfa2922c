use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};
use strongroom_domain::{Disk, Disks};

/// The disks under the data folder. The folder of parts can be a mount of its own.
#[derive(Debug)]
pub(crate) struct FolderDisks {
    /// A folder on the disk of the database.
    pub database: PathBuf,
    /// A folder on the disk of the parts.
    pub files: PathBuf,
}

impl Disks for FolderDisks {
    fn disks(&self) -> Vec<Disk> {
        let look = |path: &Path| {
            Space::at(path)
                .inspect_err(
                    |error| tracing::warn!(path = %path.display(), %error, "free space unknown"),
                )
                .ok()
        };
        let (database, files) = (look(&self.database), look(&self.files));
        match (database, files) {
            (Some(database), Some(files)) if database.device == files.device => {
                vec![database.disk(true, true)]
            }
            _ => {
                let database = database.map(|space| space.disk(true, false));
                let files = files.map(|space| space.disk(false, true));
                database.into_iter().chain(files).collect()
            }
        }
    }
}

/// Space of a file system.
#[derive(Clone, Copy)]
struct Space {
    device: u64,
    free_bytes: u64,
    total_bytes: u64,
}

impl Space {
    fn at(path: &Path) -> io::Result<Self> {
        let device = fs::metadata(path)?.dev();
        let told = rustix::fs::statvfs(path)?;
        Ok(Self {
            device,
            // What is kept back for root is no room for the server.
            free_bytes: told.f_bavail.saturating_mul(told.f_frsize),
            total_bytes: told.f_blocks.saturating_mul(told.f_frsize),
        })
    }

    fn disk(self, database: bool, files: bool) -> Disk {
        Disk {
            database,
            files,
            free_bytes: self.free_bytes,
            total_bytes: self.total_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_disk_is_told_once_and_with_both() {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join("blobs");
        fs::create_dir(&files).unwrap();
        let disks = FolderDisks {
            database: folder.path().to_owned(),
            files,
        };
        let found = disks.disks();
        assert_eq!(found.len(), 1);
        assert!(found[0].database && found[0].files);
        assert!(found[0].total_bytes > 0);
        assert!(found[0].free_bytes <= found[0].total_bytes);
    }

    #[test]
    fn another_mount_is_another_disk() {
        let folder = tempfile::tempdir().unwrap();
        let disks = FolderDisks {
            database: folder.path().to_owned(),
            files: PathBuf::from("/proc"),
        };
        let found = disks.disks();
        let holds = |disk: &Disk| (disk.database, disk.files);
        let holds: Vec<_> = found.iter().map(holds).collect();
        assert_eq!(holds, [(true, false), (false, true)]);
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let disks = FolderDisks {
            database: folder.path().to_owned(),
            files: folder.path().join("gone"),
        };
        let found = disks.disks();
        assert_eq!(found.len(), 1);
        assert!(found[0].database && !found[0].files);
    }
}
