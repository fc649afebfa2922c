//! Writes only what changed: file times tell the tools that come after what to do again.

use anyhow::{Context, Result};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// All files under `folder`, as paths relative to it, sorted.
pub fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        let entries =
            fs::read_dir(&inner).with_context(|| format!("cannot read {}", inner.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder)?.to_owned());
            }
        }
    }
    Ok(found)
}

/// Writes the file unless it has these bytes; says whether it did.
pub fn write(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(true)
}

/// Removes the files under `folder` that are not in `wanted`.
pub fn remove_others(folder: &Path, wanted: &BTreeSet<PathBuf>) -> Result<()> {
    for path in files(folder)?.difference(wanted) {
        fs::remove_file(folder.join(path))?;
    }
    Ok(())
}

/// Makes `to` hold the same files as `from`.
pub fn mirror(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let wanted = files(from)?;
    for path in &wanted {
        write(&to.join(path), &fs::read(from.join(path))?)?;
    }
    remove_others(to, &wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_holds_the_same_and_touches_nothing_twice() {
        let scratch = tempfile::tempdir().unwrap();
        let (from, to) = (scratch.path().join("from"), scratch.path().join("to"));
        fs::create_dir_all(from.join("a")).unwrap();
        fs::write(from.join("a/one"), "1").unwrap();
        fs::write(from.join("two"), "2").unwrap();
        mirror(&from, &to).unwrap();
        assert_eq!(files(&from).unwrap(), files(&to).unwrap());

        fs::remove_file(from.join("two")).unwrap();
        let before = fs::metadata(to.join("a/one")).unwrap().modified().unwrap();
        mirror(&from, &to).unwrap();
        assert_eq!(files(&to).unwrap(), [PathBuf::from("a/one")].into());
        let after = fs::metadata(to.join("a/one")).unwrap().modified().unwrap();
        assert_eq!(before, after);
        assert!(!write(&to.join("a/one"), b"1").unwrap());
    }
}
