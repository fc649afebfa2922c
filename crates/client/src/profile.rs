//! The profile folder of one person on one machine (`spec/profile.md`). Every file is written
//! whole or not at all, with mode 0600, in a folder of mode 0700.

use crate::{ClientError, Result};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use strongroom_crypto::{Secret16, SymmetricKey};
use strongroom_format::codes::{CodeKind, read_code, write_code};
use strongroom_types::*;
use zeroize::Zeroizing;

const FACTS: &str = "profile.json";
const CA: &str = "ca.pem";
const DEVICE_SECRET: &str = "device-secret";
const DEVICE_BOX: &str = "device.box";
/// The device key boxed anew, before a change of passphrase is through.
const DEVICE_NEXT: &str = "device.next";
const LOCAL_KEY: &str = "local.key";
const LOCAL_SLOT: &str = "local.slot";
const CACHE: &str = "cache.db";
const LOCK: &str = "profile.lock";
const UPLOADS: &str = "uploads";
const FILE_MAX_BYTES: u64 = 1 << 20;
/// How long a command waits for another one.
const LOCK_WAIT_MS: u64 = 30_000;

/// What is known of a profile without any secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileFacts {
    /// Version of this file, 1.
    pub format: u32,
    pub url: String,
    pub name: String,
    pub tenant: TenantId,
    pub identity: IdentityId,
    pub device: DeviceId,
    pub device_name: String,
    /// False between the first step of a sign-up and its last.
    pub complete: bool,
}

/// The folder of a profile (`STRONGROOM_HOME`).
#[derive(Clone, Debug)]
pub struct ProfileDir(PathBuf);

/// A lock file that one command holds; gone when it is let go.
pub(crate) struct Held {
    _file: File,
    path: PathBuf,
}

impl Held {
    /// Takes it, or answers `None` where another command holds it. One that a killed command
    /// left there is free.
    pub fn take(path: &Path) -> std::io::Result<Option<Self>> {
        loop {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .mode(0o600)
                .open(path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(fs::TryLockError::WouldBlock) => return Ok(None),
                Err(fs::TryLockError::Error(error)) => return Err(error),
            }
            // Whoever held it before may have removed it after it was opened here.
            let same = fs::metadata(path).is_ok_and(|named| {
                file.metadata()
                    .is_ok_and(|held| held.ino() == named.ino() && held.dev() == named.dev())
            });
            if same {
                return Ok(Some(Self {
                    _file: file,
                    path: path.to_owned(),
                }));
            }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // While it is still held: nobody can have taken it.
        let _ = fs::remove_file(&self.path);
    }
}

/// Holds the profile for one command; let go on drop.
pub struct ProfileLock {
    _file: File,
}

impl ProfileDir {
    /// Names a folder; nothing is read or made.
    pub fn at(home: &Path) -> Self {
        Self(home.to_owned())
    }

    /// Makes the folder with mode 0700 if it is not there.
    ///
    /// # Errors
    /// As the file system gives them.
    pub fn create(&self) -> Result<()> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.0)
            .map_err(|error| self.explain(error))?;
        let mode = fs::metadata(&self.0)?.permissions().mode();
        if mode & 0o077 != 0 {
            fs::set_permissions(&self.0, fs::Permissions::from_mode(0o700))?;
        }
        Ok(())
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The encrypted cache.
    pub fn cache_path(&self) -> PathBuf {
        self.0.join(CACHE)
    }

    /// Where sealed bytes of uploads from pipes and trees of uploads wait.
    ///
    /// # Errors
    /// As the file system gives them.
    pub fn uploads(&self) -> Result<PathBuf> {
        let path = self.0.join(UPLOADS);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)?;
        Ok(path)
    }

    /// The facts; `None` where there is no profile.
    ///
    /// # Errors
    /// `Failed` for a file that is damaged.
    pub fn facts(&self) -> Result<Option<ProfileFacts>> {
        let Some(bytes) = self.read(FACTS)? else {
            return Ok(None);
        };
        let facts: ProfileFacts = serde_json::from_slice(&bytes).map_err(|error| {
            ClientError::failed("profile", "the profile's file profile.json is damaged")
                .with_hint("take another folder with --home and log in there")
                .with_source(error)
        })?;
        if facts.format != 1 {
            return Err(ClientError::failed(
                "profile",
                "the profile was made by a newer version of Strongroom",
            ));
        }
        Ok(Some(facts))
    }

    /// Writes the facts.
    ///
    /// # Errors
    /// As the file system gives them.
    pub fn write_facts(&self, facts: &ProfileFacts) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(facts)?;
        text.push(b'\n');
        self.write(FACTS, &text)
    }

    /// The CA file's bytes.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub fn ca_pem(&self) -> Result<Vec<u8>> {
        self.read(CA)?
            .map(|bytes| bytes.to_vec())
            .ok_or_else(|| ClientError::not_found("the profile has no CA file; log in again"))
    }

    pub(crate) fn write_ca(&self, pem: &[u8]) -> Result<()> {
        self.write(CA, pem)
    }

    /// The device secret, if this machine has one.
    pub(crate) fn device_secret(&self) -> Result<Option<Secret16>> {
        let Some(bytes) = self.read(DEVICE_SECRET)? else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| ClientError::failed("profile", "the file device-secret is damaged"))?;
        Ok(Some(read_code(CodeKind::Device, text)?))
    }

    pub(crate) fn write_device_secret(&self, secret: &Secret16) -> Result<()> {
        let text = Zeroizing::new(format!("{}\n", write_code(CodeKind::Device, secret)));
        self.write(DEVICE_SECRET, text.as_bytes())
    }

    /// The device key in its boxes: during a change of passphrase there are two.
    pub(crate) fn device_boxes(&self) -> Result<Vec<Zeroizing<Vec<u8>>>> {
        let boxes = [self.read(DEVICE_BOX)?, self.read(DEVICE_NEXT)?];
        Ok(boxes.into_iter().flatten().collect())
    }

    pub(crate) fn write_device_next(&self, bytes: &[u8]) -> Result<()> {
        self.write(DEVICE_NEXT, bytes)
    }

    /// The new passphrase is the one.
    pub(crate) fn promote_device_next(&self) -> Result<()> {
        fs::rename(self.0.join(DEVICE_NEXT), self.0.join(DEVICE_BOX))?;
        self.sync_folder()
    }

    pub(crate) fn write_device_box(&self, bytes: &[u8]) -> Result<()> {
        self.write(DEVICE_BOX, bytes)
    }

    /// The key that opens `local.slot`, while someone is logged in.
    pub(crate) fn local_key(&self) -> Result<Option<SymmetricKey>> {
        let key = self.read(LOCAL_KEY)?;
        Ok(key.and_then(|bytes| SymmetricKey::from_slice(&bytes)))
    }

    pub(crate) fn local_slot(&self) -> Result<Option<Zeroizing<Vec<u8>>>> {
        self.read(LOCAL_SLOT)
    }

    pub(crate) fn write_local(&self, key: &SymmetricKey, slot: &[u8]) -> Result<()> {
        self.write(LOCAL_SLOT, slot)?;
        self.write(LOCAL_KEY, key.danger_bytes())
    }

    /// Removes everything that a login made. The key goes first: what remains after a crash
    /// is noise.
    pub(crate) fn remove_session(&self) -> Result<()> {
        for name in [LOCAL_KEY, LOCAL_SLOT, CACHE, "cache.db-wal", "cache.db-shm"] {
            match fs::remove_file(self.0.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error.into());
                }
                _ => {}
            }
        }
        if let Ok(entries) = fs::read_dir(self.0.join(UPLOADS)) {
            for entry in entries.flatten() {
                let _ = fs::remove_file(entry.path());
            }
        }
        self.sync_folder()
    }

    /// Waits until no other command holds the profile, at most 30 seconds.
    ///
    /// # Errors
    /// `profile_busy`.
    pub(crate) async fn lock(&self) -> Result<ProfileLock> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(self.0.join(LOCK))
            .map_err(|error| self.explain(error))?;
        let mut waited_ms = 0;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(ProfileLock { _file: file }),
                Err(fs::TryLockError::WouldBlock) if waited_ms < LOCK_WAIT_MS => {
                    let pause = if waited_ms < 100 { 2 } else { 25 };
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                    waited_ms += pause;
                }
                Err(fs::TryLockError::WouldBlock) => {
                    return Err(ClientError::failed(
                        "profile_busy",
                        "another command is using this profile",
                    )
                    .with_hint("wait until it is done, then try again"));
                }
                Err(fs::TryLockError::Error(error)) => return Err(self.explain(error)),
            }
        }
    }

    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let file = match File::open(self.0.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.explain(error)),
        };
        let mut bytes = Zeroizing::new(Vec::new());
        file.take(FILE_MAX_BYTES).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        write_whole(&self.0.join(name), bytes, true).map_err(|error| self.explain(error))
    }

    fn sync_folder(&self) -> Result<()> {
        File::open(&self.0)?.sync_all()?;
        Ok(())
    }

    fn explain(&self, error: std::io::Error) -> ClientError {
        let base = ClientError::from(error);
        ClientError::new(
            base.class(),
            base.code().to_owned(),
            format!("profile folder {}: {base}", self.0.display()),
        )
        .with_source(base)
    }
}

/// Writes a file with mode 0600 so that it is there whole or not at all: temporary file,
/// fsync, rename, fsync of the folder.
///
/// # Errors
/// As the file system gives them; `AlreadyExists` unless `overwrite`.
pub(crate) fn write_whole(path: &Path, bytes: &[u8], overwrite: bool) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".strongroom-")
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    if overwrite {
        file.persist(path)?;
    } else {
        file.persist_noclobber(path)?;
    }
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn secrets_come_back_and_nobody_else_reads_them() {
        let home = tempfile::tempdir().unwrap();
        let profile = ProfileDir::at(&home.path().join("p"));
        profile.create().unwrap();
        assert!(profile.facts().unwrap().is_none());
        let secret = Secret16::from_bytes([7; 16]);
        profile.write_device_secret(&secret).unwrap();
        let read = profile.device_secret().unwrap().unwrap();
        assert_eq!(read.danger_bytes(), secret.danger_bytes());
        let key = SymmetricKey::from_bytes([9; 32]);
        profile.write_local(&key, b"slot").unwrap();
        for entry in fs::read_dir(profile.path()).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let mode = fs::metadata(profile.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let held = profile.lock().await.unwrap();
        drop(held);
        let _again = profile.lock().await.unwrap();
        profile.remove_session().unwrap();
        assert!(profile.local_key().unwrap().is_none());
        assert!(profile.device_secret().unwrap().is_some());
    }

    #[test]
    fn a_lock_is_held_by_one_and_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.lock");
        let held = Held::take(&path).unwrap().unwrap();
        assert!(Held::take(&path).unwrap().is_none());
        drop(held);
        assert!(!path.exists());
        // left by a command that was killed
        fs::write(&path, b"").unwrap();
        assert!(Held::take(&path).unwrap().is_some());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[test]
    fn never_half_and_never_over_another() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("kit.txt");
        write_whole(&path, b"one", false).unwrap();
        let error = write_whole(&path, b"two", false).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }
}
