//! A file that comes into being beside its final name, hidden, and gets the name when it is
//! whole. It has a name of its own meanwhile, by which an interrupted download is found again.

use crate::{ClientError, Result};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use strongroom_crypto::sha256;

/// A file on its way in.
pub(crate) struct Arriving {
    place: Place,
    path: PathBuf,
    overwrite: bool,
}

enum Place {
    /// Found again by the next run; held by one at a time.
    Part { file: File, part: PathBuf },
    /// Where no such file can be had that is surely nobody else's.
    Temporary(tempfile::NamedTempFile),
}

/// Prepares to save under `dest`: a folder (then `name` is made safe and used) or a file.
/// `subject` says what is fetched: another thing of the same name has another part file.
///
/// # Errors
/// Refused where a file of that name is there, unless `overwrite`; `busy` where another command
/// fetches the same to the same place.
pub(crate) fn save_as(
    dest: &Path,
    name: &str,
    subject: &[u8],
    overwrite: bool,
) -> Result<Arriving> {
    let path = if dest.is_dir() {
        dest.join(crate::file_names::safe_name(name))
    } else {
        dest.to_owned()
    };
    if !overwrite && path.symlink_metadata().is_ok() {
        return Err(there_already(&path));
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let cannot = |error: std::io::Error| {
        ClientError::failed(
            "io",
            format!("cannot write into {}: {error}", folder.display()),
        )
        .with_source(error)
    };
    let part = folder.join(part_name(&path, subject));
    let place = match open_part(&part).map_err(cannot)? {
        Opened::Held(file) => Place::Part { file, part },
        Opened::Busy => {
            return Err(ClientError::failed(
                "busy",
                format!(
                    "another command is fetching this file to {}",
                    path.display()
                ),
            )
            .with_hint("wait until it is done, or choose another name"));
        }
        Opened::NotOurs => Place::Temporary(
            tempfile::Builder::new()
                .prefix(".strongroom-")
                .suffix(".part")
                .tempfile_in(folder)
                .map_err(cannot)?,
        ),
    };
    Ok(Arriving {
        place,
        path,
        overwrite,
    })
}

/// Hidden, the same for the same thing at the same place, and as long as any file system takes.
fn part_name(path: &Path, subject: &[u8]) -> String {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let digest = sha256(&[subject, b"/", name].concat());
    format!(".strongroom-{}.part", digest.short())
}

enum Opened {
    Held(File),
    Busy,
    NotOurs,
}

/// Opens a part file for this command alone. One that another account could read or change, a
/// link, or something that is no file is left alone.
fn open_part(part: &Path) -> std::io::Result<Opened> {
    loop {
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32)
            .open(part);
        let file = match opened {
            Ok(file) => file,
            Err(error) if part.symlink_metadata().is_ok() => {
                // A link, a folder, somebody else's.
                tracing::debug!(%error, "a part file is not ours");
                return Ok(Opened::NotOurs);
            }
            Err(error) => return Err(error),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Opened::Busy),
            Err(TryLockError::Error(error)) => {
                // A file system without locks.
                tracing::debug!(%error, "a part file cannot be locked");
                return Ok(Opened::NotOurs);
            }
        }
        let held = file.metadata()?;
        let ours = held.is_file()
            && held.nlink() == 1
            && held.mode() & 0o077 == 0
            && held.uid() == rustix::process::geteuid().as_raw();
        match part.symlink_metadata() {
            // Whoever held it finished and gave it its final name meanwhile: not to be touched.
            Ok(named) if named.ino() != held.ino() || named.dev() != held.dev() => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(_) if ours => return Ok(Opened::Held(file)),
            Ok(_) => return Ok(Opened::NotOurs),
        }
    }
}

/// A file of that name is there already.
pub(crate) fn there_already(path: &Path) -> ClientError {
    ClientError::refused(
        "file_exists",
        format!("{} is there already", path.display()),
    )
    .with_hint("choose another name, or allow overwriting it")
}

impl Arriving {
    /// Where to write.
    pub fn file_mut(&mut self) -> &mut File {
        match &mut self.place {
            Place::Part { file, .. } => file,
            Place::Temporary(file) => file.as_file_mut(),
        }
    }

    /// Leaves nothing behind.
    pub fn discard(&mut self) {
        if let Place::Part { part, .. } = &self.place {
            // It is ours alone, and nobody waits for it.
            let _ = fs::remove_file(part);
        }
    }

    /// Makes the whole file durable and gives it its name.
    ///
    /// # Errors
    /// `file_exists` where the name was taken meanwhile: what was fetched stays for the next run.
    pub fn finish(mut self) -> Result<PathBuf> {
        self.file_mut().sync_all()?;
        let Self {
            place,
            path,
            overwrite,
        } = self;
        let (part, keep, _held) = match place {
            Place::Part { file, part } => {
                (tempfile::TempPath::try_from_path(part)?, true, Some(file))
            }
            Place::Temporary(file) => (file.into_temp_path(), false, None),
        };
        let named = match overwrite {
            true => part.persist(&path),
            false => part.persist_noclobber(&path),
        };
        if let Err(failed) = named {
            if keep {
                let _ = failed.path.keep();
            }
            return Err(match failed.error.kind() {
                std::io::ErrorKind::AlreadyExists => there_already(&path),
                _ => failed.error.into(),
            });
        }
        if let Some(parent) = path.parent()
            && let Ok(folder) = File::open(if parent.as_os_str().is_empty() {
                Path::new(".")
            } else {
                parent
            })
        {
            let _ = folder.sync_all();
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn parts(folder: &Path) -> Vec<PathBuf> {
        let mut parts: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "part"))
            .collect();
        parts.sort();
        parts
    }

    #[test]
    fn one_at_a_time_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let save = |subject: &[u8]| save_as(folder.path(), "a.txt", subject, false);
        let mut first = save(b"one").unwrap();
        first.file_mut().write_all(b"half").unwrap();
        assert_eq!(save(b"one").err().unwrap().code(), "busy");
        let _other = save(b"two").unwrap();
        drop(first);
        let mut again = save(b"one").unwrap();
        assert_eq!(again.file_mut().metadata().unwrap().len(), 4);
        let path = again.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"half");
        assert_eq!(parts(folder.path()).len(), 1);
        assert_eq!(save(b"one").err().unwrap().code(), "file_exists");
    }

    #[test]
    fn a_name_taken_meanwhile_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let arriving = save_as(folder.path(), "a.txt", b"x", false).unwrap();
        fs::write(folder.path().join("a.txt"), b"theirs").unwrap();
        assert_eq!(arriving.finish().unwrap_err().code(), "file_exists");
        assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"theirs");
        assert_eq!(parts(folder.path()).len(), 1, "it stays for the next run");
        let mut again = save_as(folder.path(), "a.txt", b"x", true).unwrap();
        again.discard();
        drop(again);
        assert!(parts(folder.path()).is_empty());
    }

    #[test]
    fn what_others_prepared_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, b"precious").unwrap();
        let part = folder
            .path()
            .join(part_name(&folder.path().join("a.txt"), b"x"));
        for trap in 0..4 {
            match trap {
                0 => symlink(&victim, &part).unwrap(),
                1 => fs::hard_link(&victim, &part).unwrap(),
                2 => {
                    fs::write(&part, b"").unwrap();
                    fs::set_permissions(&part, fs::Permissions::from_mode(0o666)).unwrap();
                }
                _ => fs::create_dir(&part).unwrap(),
            }
            let mut arriving = save_as(folder.path(), "a.txt", b"x", true).unwrap();
            arriving.file_mut().write_all(b"secret").unwrap();
            let path = arriving.finish().unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"secret", "{trap}");
            assert!(fs::symlink_metadata(&path).unwrap().is_file());
            assert_eq!(fs::read(&victim).unwrap(), b"precious", "{trap}");
            match trap {
                2 => assert_eq!(fs::read(&part).unwrap(), b""),
                3 => fs::remove_dir(&part).unwrap(),
                _ => {}
            }
            if trap < 3 {
                fs::remove_file(&part).unwrap();
            }
        }
    }
}
