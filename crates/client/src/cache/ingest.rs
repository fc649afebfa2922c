//! Verified entries become rows: one pass in the order of the log. What cannot be opened yet
//! waits sealed; what its author made wrongly is marked and does not stop the others.

mod file;
mod queued;
mod record;

pub(super) use file::manifest_of;
pub(super) use queued::QUEUED_INDEX;

use super::rows::{hash_at, id, int, number};
use crate::Result;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use strongroom_format::entry::{Head, Kind};
use strongroom_format::vault_payload::{LeaseAction, LinkAction, VaultPayload};
use strongroom_types::*;
use strongroom_vault::{IntegrityError, Keyring, Place, Verified, meta};

/// Where an entry stands and who wrote it.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub index: u64,
    pub appended_ms: u64,
    pub hash: Digest,
    pub identity: IdentityId,
    pub place: Place,
    pub kind: Kind,
}

impl Origin {
    pub fn of(verified: &Verified) -> Self {
        Self {
            index: verified.index,
            appended_ms: verified.appended_ms,
            hash: verified.hash,
            identity: verified.identity,
            place: verified.place(),
            kind: verified.kind,
        }
    }
}

/// Takes the entries of one vault in, inside one transaction.
pub(crate) struct Ingest<'a> {
    connection: &'a Connection,
    vault_n: i64,
    keyring: &'a Keyring,
    authors: HashMap<(IdentityId, DeviceId), i64>,
    tables: HashMap<String, i64>,
    columns: HashMap<(i64, String), i64>,
    next_record: i64,
    next_version: i64,
    /// Records with more than one current version after this pass.
    pub conflicts: Vec<RecordId>,
}

impl<'a> Ingest<'a> {
    /// Begins; makes the vault's row where there is none.
    pub fn begin(connection: &'a Connection, vault: VaultId, keyring: &'a Keyring) -> Result<Self> {
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO vaults (vault, head_index, head_hash, snapshot, synced_ms)
                 VALUES (?1, 0, x'', x'', 0)",
            )?
            .execute([vault.as_bytes()])?;
        let vault_n = connection
            .prepare_cached("SELECT n FROM vaults WHERE vault = ?1")?
            .query_row([vault.as_bytes()], |row| row.get(0))?;
        let next = |table: &str| -> Result<i64> {
            let sql = format!("SELECT coalesce(max(n), 0) + 1 FROM {table}");
            Ok(connection
                .prepare_cached(&sql)?
                .query_row([], |row| row.get(0))?)
        };
        Ok(Self {
            connection,
            vault_n,
            keyring,
            authors: HashMap::new(),
            tables: HashMap::new(),
            columns: HashMap::new(),
            next_record: next("records")?,
            next_version: next("versions")?,
            conflicts: Vec::new(),
        })
    }

    /// Saves the vault's place and state. A place that was seen before and is not yet read again
    /// stays the known one, and the vault counts as not synced: a log that lacks that place is
    /// refused however often it comes.
    ///
    /// # Errors
    /// `Fork` where the log passes that place with another entry.
    pub fn finish(&self, head: Head, snapshot: &[u8], now_ms: u64) -> Result<()> {
        let (head, now_ms) = match self.known(head.index)? {
            Some(known) => (known, 0),
            None => (head, now_ms),
        };
        self.connection
            .prepare_cached(
                "UPDATE vaults SET head_index = ?2, head_hash = ?3, snapshot = ?4, synced_ms = ?5,
                        gone = 0 WHERE n = ?1",
            )?
            .execute(params![
                self.vault_n,
                int(head.index),
                head.hash.as_bytes(),
                snapshot,
                int(now_ms)
            ])?;
        Ok(())
    }

    /// The known place if it lies beyond what was read; else it must be among it.
    fn known(&self, read_index: u64) -> Result<Option<Head>> {
        let known: (u64, Vec<u8>) = self
            .connection
            .prepare_cached("SELECT head_index, head_hash FROM vaults WHERE n = ?1")?
            .query_row([self.vault_n], |row| Ok((number(row, 0)?, row.get(1)?)))?;
        // empty in the row that was just made
        let (index, Some(hash)) = (known.0, Digest::from_slice(&known.1)) else {
            return Ok(None);
        };
        if index > read_index {
            return Ok(Some(Head { index, hash }));
        }
        if hash_at(self.connection, self.vault_n, index) == Some(hash) {
            return Ok(None);
        }
        Err(IntegrityError::Fork { index }.into())
    }

    /// Takes one entry in; `payload` is `None` where it was erased.
    pub fn take(&mut self, origin: &Origin, payload: Option<&VaultPayload>) -> Result<()> {
        let author_n = self.author(origin.identity, origin.place.device)?;
        self.connection
            .prepare_cached(
                "INSERT INTO entries
                 (vault_n, idx, hash, kind, author_n, epoch, appended_ms, subject, erased)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                self.vault_n,
                int(origin.index),
                origin.hash.as_bytes(),
                int(origin.kind.number()),
                author_n,
                int(origin.place.epoch.0),
                int(origin.appended_ms),
                payload.and_then(subject),
                payload.is_none()
            ])?;
        match payload {
            Some(payload) => self.effect(origin, author_n, payload),
            None => Ok(()),
        }
    }

    fn effect(&mut self, origin: &Origin, author_n: i64, payload: &VaultPayload) -> Result<()> {
        match payload {
            VaultPayload::Record(record) => self.record(origin, author_n, record, payload),
            VaultPayload::File(file) => self.file(origin, author_n, file, payload),
            VaultPayload::FileKey {
                file,
                revision,
                key_box,
            } => self.file_key(origin, *file, *revision, key_box, payload),
            VaultPayload::FileAttributes(attributes) => {
                self.file_attributes(origin, attributes, payload)
            }
            VaultPayload::VaultMeta { sealed } => {
                match meta::open_name(self.keyring, origin.place, sealed) {
                    Ok(name) => self
                        .connection
                        .prepare_cached("UPDATE vaults SET name = ?2 WHERE n = ?1")?
                        .execute(params![self.vault_n, name])
                        .map(drop)
                        .map_err(Into::into),
                    Err(_) => self.wait(origin, payload),
                }
            }
            VaultPayload::Lease(lease) => {
                let file = lease.file.as_bytes();
                match lease.action {
                    LeaseAction::Take => self
                        .connection
                        .prepare_cached(
                            "INSERT OR REPLACE INTO leases
                             (vault_n, file, lease, fence, author_n, expires_ms)
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                        )?
                        .execute(params![
                            self.vault_n,
                            file,
                            lease.lease.as_bytes(),
                            int(origin.index),
                            author_n,
                            int(lease.expires_ms)
                        ])?,
                    LeaseAction::Renew => self
                        .connection
                        .prepare_cached(
                            "UPDATE leases SET expires_ms = ?4
                             WHERE vault_n = ?1 AND file = ?2 AND lease = ?3",
                        )?
                        .execute(params![
                            self.vault_n,
                            file,
                            lease.lease.as_bytes(),
                            int(lease.expires_ms)
                        ])?,
                    LeaseAction::Release | LeaseAction::Break => self
                        .connection
                        .prepare_cached(
                            "DELETE FROM leases WHERE vault_n = ?1 AND file = ?2 AND lease = ?3",
                        )?
                        .execute(params![self.vault_n, file, lease.lease.as_bytes()])?,
                };
                Ok(())
            }
            VaultPayload::Link(link) => {
                match link.action {
                    LinkAction::Create => self
                        .connection
                        .prepare_cached(
                            "INSERT OR IGNORE INTO links (link, vault_n, file, revision, author_n,
                                    created_ms, expires_ms, max_count, passphrase, payload)
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                        )?
                        .execute(params![
                            link.link.as_bytes(),
                            self.vault_n,
                            link.file.as_bytes(),
                            link.revision.as_bytes(),
                            author_n,
                            int(origin.appended_ms),
                            int(link.expires_ms),
                            int(link.max_count),
                            link.passphrase,
                            payload.to_bytes(origin.place.tenant, origin.place.vault)
                        ])?,
                    LinkAction::Revoke => self
                        .connection
                        .prepare_cached(
                            "UPDATE links SET revoked = 1 WHERE link = ?1 AND vault_n = ?2",
                        )?
                        .execute(params![link.link.as_bytes(), self.vault_n])?,
                };
                Ok(())
            }
            VaultPayload::Erase { indexes } => {
                for index in indexes {
                    self.erase(*index)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Keeps a payload until its epoch's keys are at hand.
    fn wait(&self, origin: &Origin, payload: &VaultPayload) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO sealed (vault_n, idx, device_seq, payload)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                self.vault_n,
                int(origin.index),
                int(origin.place.device_seq),
                payload.to_bytes(origin.place.tenant, origin.place.vault)
            ])?;
        Ok(())
    }

    /// Opens what waited for keys, as far as it opens now. Returns how many entries were tried.
    pub fn reopen(&mut self, tenant: TenantId, vault: VaultId) -> Result<u64> {
        let mut tried = 0;
        let mut after = -1;
        loop {
            let batch = self.waiting(after, tenant, vault)?;
            let Some((last, ..)) = batch.last() else {
                return Ok(tried);
            };
            after = int(last.index);
            for (origin, author_n, bytes) in &batch {
                let Ok(payload) = VaultPayload::from_bytes(origin.kind, bytes, tenant, vault)
                else {
                    continue;
                };
                self.connection
                    .prepare_cached("DELETE FROM sealed WHERE vault_n = ?1 AND idx = ?2")?
                    .execute(params![self.vault_n, int(origin.index)])?;
                self.effect(origin, *author_n, &payload)?;
                tried += 1;
            }
        }
    }

    fn waiting(
        &self,
        after: i64,
        tenant: TenantId,
        vault: VaultId,
    ) -> Result<Vec<(Origin, i64, Vec<u8>)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT s.idx, e.appended_ms, e.hash, a.identity, a.device, e.epoch, s.device_seq,
                    e.kind, e.author_n, s.payload
             FROM sealed s JOIN entries e ON e.vault_n = s.vault_n AND e.idx = s.idx
             JOIN authors a ON a.n = e.author_n
             WHERE s.vault_n = ?1 AND s.idx > ?2 ORDER BY s.idx LIMIT 1000",
        )?;
        let rows = statement.query_map(params![self.vault_n, after], |row| {
            let kind = Kind::from_number(number(row, 7)?)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            let origin = Origin {
                index: number(row, 0)?,
                appended_ms: number(row, 1)?,
                hash: id(row, 2, Digest::from_slice)?,
                identity: id(row, 3, IdentityId::from_slice)?,
                place: Place {
                    tenant,
                    vault,
                    device: id(row, 4, DeviceId::from_slice)?,
                    epoch: Epoch(number(row, 5)?),
                    device_seq: number(row, 6)?,
                },
                kind,
            };
            Ok((origin, row.get(8)?, row.get(9)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn erase(&mut self, index: u64) -> Result<()> {
        let place = params![self.vault_n, int(index)];
        for sql in [
            "UPDATE entries SET erased = 1 WHERE vault_n = ?1 AND idx = ?2",
            "DELETE FROM sealed WHERE vault_n = ?1 AND idx = ?2",
            "UPDATE versions SET fields = NULL, damage = 'erased' WHERE vault_n = ?1 AND idx = ?2",
            "UPDATE revisions SET manifest = NULL, key = NULL, damage = 'erased'
             WHERE vault_n = ?1 AND idx = ?2",
        ] {
            self.connection.prepare_cached(sql)?.execute(place)?;
        }
        let record_n: Option<i64> = self
            .connection
            .prepare_cached("SELECT record_n FROM versions WHERE vault_n = ?1 AND idx = ?2")?
            .query_row(place, |row| row.get(0))
            .optional()?;
        match record_n {
            Some(record_n) => self.show_record(record_n),
            None => Ok(()),
        }
    }

    fn author(&mut self, identity: IdentityId, device: DeviceId) -> Result<i64> {
        if let Some(n) = self.authors.get(&(identity, device)) {
            return Ok(*n);
        }
        let key = params![identity.as_bytes(), device.as_bytes()];
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO authors (identity, device) VALUES (?1, ?2)")?
            .execute(key)?;
        let n = self
            .connection
            .prepare_cached("SELECT n FROM authors WHERE identity = ?1 AND device = ?2")?
            .query_row(key, |row| row.get(0))?;
        self.authors.insert((identity, device), n);
        Ok(n)
    }
}

/// What an entry is about: a record, file, link or person.
fn subject(payload: &VaultPayload) -> Option<Vec<u8>> {
    Some(match payload {
        VaultPayload::Genesis { identity, .. }
        | VaultPayload::Member { identity, .. }
        | VaultPayload::Role { identity, .. }
        | VaultPayload::Remove { identity, .. }
        | VaultPayload::Leave { identity } => identity.as_bytes().to_vec(),
        VaultPayload::Record(record) => record.record.as_bytes().to_vec(),
        VaultPayload::File(file) => file.file.as_bytes().to_vec(),
        VaultPayload::FileKey { file, .. } => file.as_bytes().to_vec(),
        VaultPayload::FileAttributes(attributes) => attributes.file.as_bytes().to_vec(),
        VaultPayload::Lease(lease) => lease.file.as_bytes().to_vec(),
        VaultPayload::Link(link) => link.link.as_bytes().to_vec(),
        _ => return None,
    })
}
