//! The data folder: everything that a server keeps lies in it, and one server at a time
//! works in it.
//!
//! | name | what |
//! |---|---|
//! | `strongroom.db` | the database, encrypted with `keys/database.key` |
//! | `blobs/` | sealed parts of files |
//! | `tmp/` | parts on their way; emptied at start |
//! | `keys/` | mode 0700: `database.key`, `opaque.seed`, `ca.key`, `server.key`, `acme.key`, `acme-account.json` |
//! | `ca.pem`, `server.pem`, `acme.pem` | certificates |
//! | `strongroom.lock` | held while a server runs |

use crate::start_error::FULL;
use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another server holds the lock.
    #[error("another server is running on {path}", path = .0.display())]
    InUse(PathBuf),
    /// The folder holds things that are not ours.
    #[error("{path} is not empty, and is no data folder of Strongroom", path = .0.display())]
    Foreign(PathBuf),
    /// There is something else than a folder.
    #[error("{path} is no folder", path = .0.display())]
    NoFolder(PathBuf),
    /// A key is gone while the data that it belongs to is there. A new one would not help.
    #[error("{path} is missing although there is a database", path = .0.display())]
    KeyMissing(PathBuf),
    /// A key file has the wrong length.
    #[error("{path} is damaged", path = .0.display())]
    KeyDamaged(PathBuf),
    /// The disk refuses writes.
    #[error("cannot write to {path}: {1}", path = .0.display())]
    NotWritable(PathBuf, #[source] io::Error),
    /// Anything else.
    #[error("cannot use {path}: {1}", path = .0.display())]
    Io(PathBuf, #[source] io::Error),
}

impl FolderError {
    /// Stable text for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse(_) => "in_use",
            Self::Foreign(_) => "foreign_folder",
            Self::NoFolder(_) => "no_folder",
            Self::KeyMissing(_) => "key_missing",
            Self::KeyDamaged(_) => "key_damaged",
            Self::NotWritable(..) => "not_writable",
            Self::Io(..) => "io",
        }
    }

    /// Whether the wrong folder was named.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Foreign(_) | Self::NoFolder(_))
    }

    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::InUse(_) => Some("stop it first, or choose another folder with --data"),
            Self::Foreign(_) | Self::NoFolder(_) => {
                Some("choose another folder with --data: an empty one, or one to be made")
            }
            Self::KeyMissing(_) | Self::KeyDamaged(_) => {
                Some("put it back from your backup; a new one would not open what is there")
            }
            Self::NotWritable(..) => Some(FULL),
            Self::Io(..) => None,
        }
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |error| match error.kind() {
        io::ErrorKind::NotADirectory => FolderError::NoFolder(path),
        io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded
        | io::ErrorKind::PermissionDenied => FolderError::NotWritable(path, error),
        _ => FolderError::Io(path, error),
    }
}

/// A data folder that this process holds the lock of; the lock goes with it.
#[derive(Debug)]
pub struct DataFolder {
    root: PathBuf,
    has_database: bool,
    _lock: File,
}

impl DataFolder {
    /// Opens the folder at `root`, making it when it is not there, and takes its lock.
    pub fn open(root: &Path) -> Result<Self, FolderError> {
        if !root.exists() {
            fs::create_dir_all(root).map_err(failed(root))?;
        }
        if !root.is_dir() {
            return Err(FolderError::NoFolder(root.to_owned()));
        }
        let root = root.canonicalize().map_err(failed(root))?;
        refuse_foreign(&root)?;
        let lock = take_lock(&root)?;
        let folder = Self {
            has_database: root.join("strongroom.db").exists(),
            root,
            _lock: lock,
        };
        let keys = folder.keys();
        if !keys.exists() {
            DirBuilder::new()
                .mode(0o700)
                .create(&keys)
                .map_err(failed(&keys))?;
        }
        folder.close_keys_to_others()?;
        Ok(folder)
    }

    /// The folder itself, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.root.join("strongroom.db")
    }

    /// The folder of sealed parts.
    pub fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    /// The folder of keys.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The certificate that clients are given.
    pub fn ca_file(&self) -> PathBuf {
        self.root.join("ca.pem")
    }

    /// The server's own certificate.
    pub fn server_certificate(&self) -> PathBuf {
        self.root.join("server.pem")
    }

    /// Reads the key file `name`, or makes it with `make` when the folder is new. A folder
    /// with a database but without the key is an error: a new key would lock everybody out.
    pub fn data_key(
        &self,
        name: &str,
        make: impl FnOnce() -> Zeroizing<Vec<u8>>,
    ) -> Result<Zeroizing<Vec<u8>>, FolderError> {
        match self.read_key(name)? {
            Some(key) => Ok(key),
            None if self.has_database => Err(FolderError::KeyMissing(self.keys().join(name))),
            None => {
                let key = make();
                self.write_key(name, &key)?;
                Ok(key)
            }
        }
    }

    /// Reads the key file `name`; `None` when there is none.
    pub fn read_key(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, FolderError> {
        read(&self.keys().join(name)).map(|key| key.map(Zeroizing::new))
    }

    /// Writes the key file `name` (mode 0600) so that it is there whole or not at all.
    pub fn write_key(&self, name: &str, key: &[u8]) -> Result<(), FolderError> {
        write_whole(&self.keys().join(name), key, 0o600)
    }

    /// Reads a file that is no secret; `None` when there is none.
    pub fn read_public(&self, path: &Path) -> Result<Option<Vec<u8>>, FolderError> {
        read(path)
    }

    /// Writes a file that is no secret (mode 0644), whole or not at all.
    pub fn write_public(&self, path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
        write_whole(path, bytes, 0o644)
    }

    /// Removes a file; one that is not there is no error.
    pub fn remove(&self, path: &Path) -> Result<(), FolderError> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path)(error)),
            _ => Ok(()),
        }
    }

    /// A copy or a backup tool may have opened the keys to everybody.
    fn close_keys_to_others(&self) -> Result<(), FolderError> {
        let keys = self.keys();
        close_to_others(&keys, 0o700)?;
        for entry in fs::read_dir(&keys).map_err(failed(&keys))? {
            close_to_others(&entry.map_err(failed(&keys))?.path(), 0o600)?;
        }
        Ok(())
    }
}

/// A new folder, an empty one, or one of ours; a mount point's `lost+found` does not count.
fn refuse_foreign(root: &Path) -> Result<(), FolderError> {
    let ours = ["strongroom.db", "strongroom.lock", "keys"];
    if ours.iter().any(|name| root.join(name).exists()) {
        return Ok(());
    }
    for entry in fs::read_dir(root).map_err(failed(root))? {
        if entry.map_err(failed(root))?.file_name() != "lost+found" {
            return Err(FolderError::Foreign(root.to_owned()));
        }
    }
    Ok(())
}

fn take_lock(root: &Path) -> Result<File, FolderError> {
    let path = root.join("strongroom.lock");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(failed(&path))?;
    match rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(FolderError::InUse(root.to_owned())),
        Err(error) => Err(failed(&path)(error.into())),
    }
}

fn close_to_others(path: &Path, mode: u32) -> Result<(), FolderError> {
    let now = fs::metadata(path).map_err(failed(path))?;
    if now.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others could read this: closing it to them");
        fs::set_permissions(path, Permissions::from_mode(mode)).map_err(failed(path))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, FolderError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path)(error)),
    }
}

/// A temporary file, synced, renamed over the old one, and the folder synced: after a crash
/// either the old bytes are there or the new ones.
fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FolderError> {
    let temporary = path.with_added_extension("new");
    let folder = path.parent().unwrap_or(path);
    let write = || -> io::Result<()> {
        // a left-over may have other permissions
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(mode)
            .open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(failed(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn key() -> Zeroizing<Vec<u8>> {
        Zeroizing::new(vec![7; 32])
    }

    #[test]
    fn keys_are_for_the_owner_alone_and_stay() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("a/b");
        let folder = DataFolder::open(&root).unwrap();
        assert_eq!(*folder.data_key("x.key", key).unwrap(), vec![7; 32]);
        assert_eq!(mode(&folder.keys()), 0o700);
        assert_eq!(mode(&folder.keys().join("x.key")), 0o600);
        fs::set_permissions(folder.keys(), Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(folder.keys().join("x.key"), Permissions::from_mode(0o644)).unwrap();
        drop(folder);
        let folder = DataFolder::open(&root).unwrap();
        assert_eq!(mode(&folder.keys()), 0o700);
        assert_eq!(mode(&folder.keys().join("x.key")), 0o600);
        let again = folder.data_key("x.key", || Zeroizing::new(vec![8; 32]));
        assert_eq!(*again.unwrap(), vec![7; 32]);
    }

    #[test]
    fn a_second_server_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let first = DataFolder::open(temp.path()).unwrap();
        let second = DataFolder::open(temp.path());
        assert!(matches!(second, Err(FolderError::InUse(_))));
        drop(first);
        DataFolder::open(temp.path()).unwrap();
    }

    #[test]
    fn a_folder_of_somebody_else_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("lost+found")).unwrap();
        drop(DataFolder::open(temp.path()).unwrap());
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("thesis.txt"), "x").unwrap();
        let opened = DataFolder::open(temp.path());
        assert!(matches!(opened, Err(FolderError::Foreign(_))));
        assert!(!temp.path().join("strongroom.lock").exists());
    }

    #[test]
    fn a_lost_key_is_not_made_anew() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("strongroom.db"), "x").unwrap();
        let folder = DataFolder::open(temp.path()).unwrap();
        let lost = folder.data_key("database.key", key);
        assert!(matches!(lost, Err(FolderError::KeyMissing(_))));
    }

    #[test]
    fn a_file_in_the_way_is_said() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("file");
        fs::write(&file, "x").unwrap();
        for path in [file.clone(), file.join("below")] {
            let opened = DataFolder::open(&path);
            assert!(matches!(opened, Err(FolderError::NoFolder(_))), "{path:?}");
        }
    }
}
