//! The cache's version. A newer program rebuilds what an older one derived from the logs, and
//! keeps what is nowhere else; an older program does not touch what a newer one made.

use super::{Cache, put_meta};
use crate::client::meta;
use crate::{ClientError, Result};
use rusqlite::{Connection, OptionalExtension, params};
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::Head;
use strongroom_types::Digest;

/// Counted up with every change to `schema.sql`, and to the form of anything derived that is
/// kept as bytes: snapshots of vaults and of the directory, manifests.
const VERSION: i64 = 3;

/// Tables that outlive a rebuild. One whose columns change needs its rows carried over by hand.
const KEPT: [&str; 6] = [
    "meta",
    "shown",
    "outbox",
    "edits",
    "uploads",
    "upload_parts",
];

/// Makes the tables, or makes them anew where an older program made them.
///
/// # Errors
/// `cache_newer` where a newer program did.
pub(super) fn prepare(connection: &Connection) -> Result<()> {
    if version(connection)? == VERSION {
        return Ok(());
    }
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let prepared = prepare_alone(connection);
    let end = if prepared.is_ok() {
        "COMMIT"
    } else {
        "ROLLBACK"
    };
    connection.execute_batch(end)?;
    prepared
}

fn version(connection: &Connection) -> Result<i64> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn prepare_alone(connection: &Connection) -> Result<()> {
    // Another command may have been faster.
    match version(connection)? {
        VERSION => return Ok(()),
        0 => connection.execute_batch(include_str!("schema.sql"))?,
        older if older < VERSION => rebuild(connection)?,
        _ => {
            return Err(ClientError::failed(
                "cache_newer",
                "the local cache was made by a newer version of Strongroom",
            )
            .with_hint(
                "use that version, or log out and log in again (edits that were not sent are lost)",
            ));
        }
    }
    Ok(connection.pragma_update(None, "user_version", VERSION)?)
}

/// Drops what can be read from the server again. The places that were seen stay: what is read
/// anew has to contain them.
fn rebuild(connection: &Connection) -> Result<()> {
    keep_directory_place(connection)?;
    let places: Vec<(Vec<u8>, i64, Vec<u8>, bool)> = connection
        .prepare("SELECT vault, head_index, head_hash, gone FROM vaults")?
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<Result<_, _>>()?;
    let tables: Vec<String> = connection
        .prepare(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for table in tables {
        if !KEPT.contains(&table.as_str()) {
            connection.execute_batch(&format!("DROP TABLE \"{table}\""))?;
        }
    }
    connection.execute_batch(include_str!("schema.sql"))?;
    for (vault, index, hash, gone) in places {
        if hash.is_empty() {
            continue;
        }
        connection.execute(
            "INSERT INTO vaults (vault, head_index, head_hash, snapshot, synced_ms, gone)
             VALUES (?1, ?2, ?3, x'', 0, ?4)",
            params![vault, index, hash, gone],
        )?;
    }
    Ok(())
}

fn keep_directory_place(connection: &Connection) -> Result<()> {
    let get = |name: &str| -> Result<Option<Vec<u8>>> {
        Ok(connection
            .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| {
                row.get(0)
            })
            .optional()?)
    };
    let seen = get(meta::DIRECTORY_SEEN)?;
    let snapshot = get(meta::DIRECTORY)?;
    // Programs before version 2 kept no place beside the snapshot.
    let head = snapshot
        .filter(|_| seen.is_none())
        .and_then(|bytes| DirectoryState::from_snapshot(&bytes).ok()?.head());
    if let Some(head) = head {
        put_meta(connection, meta::DIRECTORY_SEEN, &place_bytes(head))?;
    }
    connection.execute("DELETE FROM meta WHERE name = ?1", [meta::DIRECTORY])?;
    Ok(())
}

fn place_bytes(head: Head) -> Vec<u8> {
    [&head.index.to_be_bytes()[..], head.hash.as_bytes()].concat()
}

impl Cache {
    /// The newest place of the directory that was ever proven here; outlives a rebuild.
    pub fn directory_seen(&self) -> Result<Option<Head>> {
        let Some(bytes) = self.meta(meta::DIRECTORY_SEEN)? else {
            return Ok(None);
        };
        Ok(bytes.split_first_chunk().and_then(|(index, hash)| {
            Some(Head {
                index: u64::from_be_bytes(*index),
                hash: Digest::from_slice(hash)?,
            })
        }))
    }

    /// Remembers the directory's place.
    pub fn set_directory_seen(&self, head: Head) -> Result<()> {
        self.set_meta(meta::DIRECTORY_SEEN, &place_bytes(head))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::EditRow;
    use std::path::Path;
    use strongroom_crypto::SymmetricKey;
    use strongroom_format::record::{Fields, Value};
    use strongroom_types::*;

    fn open(path: &Path) -> Result<Cache> {
        Cache::open(path, SymmetricKey::from_bytes([1; 32]))
    }

    fn set_version(cache: &Cache, version: i64) {
        cache
            .connection()
            .pragma_update(None, "user_version", version)
            .unwrap();
    }

    #[test]
    fn an_older_cache_is_rebuilt_and_keeps_what_is_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache.db");
        let cache = open(&path).unwrap();
        let edit = EditRow {
            n: 0,
            vault: VaultId::from_bytes([3; 32]),
            table: "case".into(),
            record: RecordId::from_bytes([4; 16]),
            version: VersionId::from_bytes([5; 16]),
            parents: vec![VersionId::from_bytes([6; 16])],
            deleted: false,
            fields: Fields::from([("title".to_owned(), Value::Text("unsent".into()))]),
            made_ms: 7,
        };
        cache.put_edit(&edit).unwrap();
        cache.set_meta(meta::TOKEN, b"token").unwrap();
        cache.set_meta(meta::DIRECTORY, b"of an old form").unwrap();
        let head = Head {
            index: 9,
            hash: Digest::from_bytes([8; 32]),
        };
        cache.set_directory_seen(head).unwrap();
        cache.put_outbox(edit.vault, b"signed").unwrap();
        // An older form of a derived table, a table that is no more, and a vault that was read.
        cache
            .connection()
            .execute_batch(
                "DROP TABLE records; CREATE TABLE records (other TEXT);
                 INSERT INTO records VALUES ('plaintext');
                 CREATE TABLE long_gone (x);
                 INSERT INTO vaults (vault, name, head_index, head_hash, snapshot, synced_ms)
                 VALUES (x'0303030303030303030303030303030303030303030303030303030303030303',
                         'cases', 12, x'0808080808080808080808080808080808080808080808080808080808080808',
                         x'00', 5);",
            )
            .unwrap();
        set_version(&cache, 1);
        drop(cache);
        let cache = open(&path).unwrap();
        assert_eq!(version(cache.connection()).unwrap(), VERSION);
        let edits = cache.edits().unwrap();
        assert_eq!(edits.len(), 1);
        assert_eq!(edits[0].fields, edit.fields);
        assert_eq!(edits[0].parents, edit.parents);
        assert_eq!(cache.outbox().unwrap().len(), 1);
        assert_eq!(
            cache.meta(meta::TOKEN).unwrap().unwrap().as_slice(),
            b"token"
        );
        assert!(cache.meta(meta::DIRECTORY).unwrap().is_none());
        assert_eq!(cache.directory_seen().unwrap(), Some(head));
        let vault = cache.vault(edit.vault).unwrap().unwrap();
        assert_eq!((vault.head.index, vault.synced_ms), (12, 0));
        assert!(vault.name.is_empty());
        assert!(cache.record(edit.record).unwrap().is_none());
        let gone = cache.connection().prepare("SELECT * FROM long_gone");
        assert!(gone.is_err());
    }

    #[test]
    fn a_newer_cache_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache.db");
        let cache = open(&path).unwrap();
        cache.set_meta("a", b"b").unwrap();
        set_version(&cache, VERSION + 1);
        drop(cache);
        let error = open(&path).err().unwrap();
        assert_eq!((error.exit_code(), error.code()), (1, "cache_newer"));
        assert!(error.to_string().contains("newer version"));
        let connection = super::super::connect(&path, &SymmetricKey::from_bytes([1; 32])).unwrap();
        assert_eq!(version(&connection).unwrap(), VERSION + 1);
        let kept: i64 = connection
            .query_row("SELECT count(*) FROM meta", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, 1);
    }
}
