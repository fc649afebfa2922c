//! What goes from the cache: a vault that is read anew, or that is no longer shared.

use super::Cache;
use super::rows::number;
use crate::Result;
use rusqlite::{Connection, params};
use strongroom_types::*;

/// Everything that was read of a vault but its place.
const READ: [&str; 12] = [
    "DELETE FROM cells WHERE record_n IN (SELECT n FROM records WHERE vault_n = ?1)",
    "DELETE FROM columns WHERE table_n IN (SELECT n FROM tables WHERE vault_n = ?1)",
    "DELETE FROM tables WHERE vault_n = ?1",
    "DELETE FROM entries WHERE vault_n = ?1",
    "DELETE FROM sealed WHERE vault_n = ?1",
    "DELETE FROM records WHERE vault_n = ?1",
    "DELETE FROM versions WHERE vault_n = ?1",
    "DELETE FROM files WHERE vault_n = ?1",
    "DELETE FROM revisions WHERE vault_n = ?1",
    "DELETE FROM leases WHERE vault_n = ?1",
    "DELETE FROM links WHERE vault_n = ?1",
    "UPDATE vaults SET snapshot = x'', synced_ms = 0 WHERE n = ?1",
];

/// What this device made of it: edits of records that were read, signed requests, uploads with
/// their keys. Records that were begun here and never sent are their author's own words, and
/// stay until they are sent or discarded.
const MADE: [&str; 6] = [
    "DELETE FROM shown WHERE record IN (SELECT record FROM records WHERE vault_n = ?1)",
    "DELETE FROM edits WHERE record IN (SELECT record FROM records WHERE vault_n = ?1)
         AND vault = (SELECT vault FROM vaults WHERE n = ?1)",
    "DELETE FROM outbox WHERE vault = (SELECT vault FROM vaults WHERE n = ?1)",
    "DELETE FROM upload_parts WHERE revision IN (SELECT u.revision FROM uploads u
         JOIN vaults v ON v.vault = u.vault WHERE v.n = ?1)",
    "DELETE FROM uploads WHERE vault = (SELECT vault FROM vaults WHERE n = ?1)",
    "UPDATE vaults SET gone = 1, name = '' WHERE n = ?1",
];

/// What was there of a vault when access to it ended.
pub(crate) struct Ended {
    pub name: String,
    /// Edits that were made offline and are gone.
    pub edits_dropped: u64,
    /// Records that were begun offline and still wait.
    pub records_waiting: u64,
}

impl Ended {
    /// For the person.
    pub fn in_words(&self, vault: VaultId) -> String {
        let mut text = format!(
            "vault {:?} ({}) is no longer shared with you: what this device kept of it is gone",
            self.name,
            vault.short()
        );
        if self.edits_dropped > 0 {
            text += &format!(", {} edits that were not sent with it", self.edits_dropped);
        }
        if self.records_waiting > 0 {
            text += &format!(
                "; {} edits of records that you began offline wait in case you are let in again (record discard forgets them)",
                self.records_waiting
            );
        }
        text
    }
}

impl Cache {
    /// Drops what was read of a vault, so that it is read from its beginning again. The place
    /// that was seen stays.
    pub fn reset_vault(&self, vault: VaultId) -> Result<()> {
        let Some(row) = self.vault(vault)? else {
            return Ok(());
        };
        let transaction = self.connection().unchecked_transaction()?;
        run(&transaction, &READ, row.n)?;
        Ok(transaction.commit()?)
    }

    /// Drops everything of a vault that is no longer shared, keys and names too, and overwrites
    /// where it stood. The place that was seen stays: a history that is rolled back is noticed
    /// also by who comes back.
    pub fn end_access(&self, vault: VaultId) -> Result<Option<Ended>> {
        let Some(row) = self.vault(vault)?.filter(|row| !row.gone) else {
            return Ok(None);
        };
        self.connection()
            .execute_batch("PRAGMA secure_delete = ON")?;
        let transaction = self.connection().unchecked_transaction()?;
        let before = waiting(&transaction, vault)?;
        for held in self.files_in(row.n)? {
            self.drop_held(held.file)?;
        }
        run(&transaction, &MADE, row.n)?;
        run(&transaction, &READ, row.n)?;
        let after = waiting(&transaction, vault)?;
        transaction.commit()?;
        // The journal holds older pages: another process may read them now, then the next
        // checkpoint takes them away.
        self.connection()
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
        Ok(Some(Ended {
            name: row.name,
            edits_dropped: before.saturating_sub(after),
            records_waiting: after,
        }))
    }
}

fn run(connection: &Connection, statements: &[&str], vault_n: i64) -> Result<()> {
    for sql in statements {
        connection.execute(sql, [vault_n])?;
    }
    Ok(())
}

fn waiting(connection: &Connection, vault: VaultId) -> Result<u64> {
    Ok(connection.query_row(
        "SELECT count(*) FROM edits WHERE vault = ?1",
        params![vault.as_bytes()],
        |row| number(row, 0),
    )?)
}
