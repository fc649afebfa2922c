use super::{SqliteStore, convert::*};
use crate::*;
use async_trait::async_trait;
use rusqlite::{Connection, Row};
use strongroom_types::*;

#[async_trait]
impl VaultStore for SqliteStore {
    async fn vault(&self, tenant: TenantId, vault: VaultId) -> StoreResult<Option<VaultRow>> {
        self.read(move |c| {
            Ok(c.one(
                "SELECT log_id, personal, head_index, head_hash, epoch, rekey_required
                 FROM tenant JOIN log USING (tenant_no)
                 WHERE tenant_id = ?1 AND log_id = ?2 AND personal IS NOT NULL",
                (tenant.as_bytes(), vault.as_bytes()),
                vault_row,
            )?)
        })
        .await
    }

    async fn vaults_of(
        &self,
        tenant: TenantId,
        identity: IdentityId,
    ) -> StoreResult<Vec<MembershipRow>> {
        self.read(move |c| {
            Ok(c.all(
                "SELECT log_id, personal, head_index, head_hash, epoch, rekey_required, member_role
                 FROM tenant JOIN member USING (tenant_no) JOIN log USING (tenant_no, log_no)
                 WHERE tenant_id = ?1 AND identity_id = ?2 AND personal IS NOT NULL
                 ORDER BY log_no",
                (tenant.as_bytes(), identity.as_bytes()),
                |row| {
                    Ok(MembershipRow {
                        vault: vault_row(row)?,
                        role: role(row, 6)?,
                    })
                },
            )?)
        })
        .await
    }

    async fn members(
        &self,
        tenant: TenantId,
        vault: VaultId,
    ) -> StoreResult<Vec<(IdentityId, Role)>> {
        self.read(move |c| {
            Ok(c.all(
                "SELECT identity_id, member_role
                 FROM tenant JOIN log USING (tenant_no) JOIN member USING (tenant_no, log_no)
                 WHERE tenant_id = ?1 AND log_id = ?2 ORDER BY identity_id",
                (tenant.as_bytes(), vault.as_bytes()),
                |row| Ok((IdentityId::from_bytes(row.get(0)?), role(row, 1)?)),
            )?)
        })
        .await
    }

    async fn member_role(
        &self,
        tenant: TenantId,
        vault: VaultId,
        identity: IdentityId,
    ) -> StoreResult<Option<Role>> {
        self.read(move |c| {
            Ok(c.one(
                "SELECT member_role
                 FROM tenant JOIN log USING (tenant_no) JOIN member USING (tenant_no, log_no)
                 WHERE tenant_id = ?1 AND log_id = ?2 AND identity_id = ?3",
                (tenant.as_bytes(), vault.as_bytes(), identity.as_bytes()),
                |row| role(row, 0),
            )?)
        })
        .await
    }

    async fn wraps(
        &self,
        tenant: TenantId,
        vault: VaultId,
        epoch: Epoch,
        identity: IdentityId,
    ) -> StoreResult<Option<EpochWraps>> {
        self.read(move |c| {
            let transaction = c.unchecked_transaction()?;
            let Some(no) = log_no(c, LogKey::vault(tenant, vault))? else {
                return Ok(None);
            };
            let wraps = read_wraps(c, no, epoch, identity)?;
            transaction.finish()?;
            Ok(wraps)
        })
        .await
    }

    async fn file(
        &self,
        tenant: TenantId,
        vault: VaultId,
        file: FileId,
    ) -> StoreResult<Option<FileRow>> {
        self.read(move |c| {
            Ok(c.one(
                "SELECT record_id, deleted, protected, lease_id, lease_fence, lease_identity_id,
                        lease_expires_ms
                 FROM tenant JOIN log USING (tenant_no) JOIN file USING (tenant_no, log_no)
                 WHERE tenant_id = ?1 AND log_id = ?2 AND file_id = ?3",
                (tenant.as_bytes(), vault.as_bytes(), file.as_bytes()),
                |row| file_row(file, row),
            )?)
        })
        .await
    }

    async fn revision(
        &self,
        tenant: TenantId,
        vault: VaultId,
        revision: RevisionId,
    ) -> StoreResult<Option<RevisionRow>> {
        self.read(move |c| {
            Ok(c.one(
                "SELECT revision_id, file_id, record_id, sealed_length, part_count,
                        tree_part_count, account_id, entry_index, key_entry_index
                 FROM tenant JOIN log USING (tenant_no)
                      JOIN file_revision USING (tenant_no, log_no)
                 WHERE tenant_id = ?1 AND log_id = ?2 AND revision_id = ?3 AND erased = 0",
                (tenant.as_bytes(), vault.as_bytes(), revision.as_bytes()),
                revision_row,
            )?)
        })
        .await
    }

    async fn revisions_at(
        &self,
        tenant: TenantId,
        vault: VaultId,
        indexes: &[u64],
    ) -> StoreResult<Vec<RevisionRow>> {
        let indexes = indexes.to_vec();
        self.read(move |c| {
            let Some(no) = log_no(c, LogKey::vault(tenant, vault))? else {
                return Ok(Vec::new());
            };
            let mut rows = Vec::new();
            for index in indexes {
                rows.extend(c.all(
                    "SELECT revision_id, file_id, record_id, sealed_length, part_count,
                            tree_part_count, account_id, entry_index, key_entry_index
                     FROM file_revision
                     WHERE tenant_no = ?1 AND log_no = ?2 AND erased = 0
                           AND (entry_index = ?3 OR key_entry_index = ?3)",
                    (no.tenant, no.log, index),
                    revision_row,
                )?);
            }
            rows.sort_unstable_by_key(|row: &RevisionRow| row.revision);
            rows.dedup_by_key(|row| row.revision);
            Ok(rows)
        })
        .await
    }
}

pub(super) fn set_member(
    c: &Connection,
    no: LogNo,
    identity: IdentityId,
    role: Role,
) -> StoreResult<()> {
    c.run(
        "INSERT INTO member (tenant_no, log_no, identity_id, member_role) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (tenant_no, log_no, identity_id)
         DO UPDATE SET member_role = excluded.member_role",
        (no.tenant, no.log, identity.as_bytes(), role_number(role)),
    )?;
    Ok(())
}

pub(super) fn put_wraps(
    c: &Connection,
    no: LogNo,
    epoch: Epoch,
    carrier_index: u64,
    in_tree: bool,
    wraps: &[NewWrap],
) -> StoreResult<()> {
    for wrap in wraps {
        c.run(
            "INSERT INTO wrap (tenant_no, log_no, epoch, identity_id, wrap_generation, wrap_hash,
                               carrier_index, in_tree, wrap)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                no.tenant,
                no.log,
                epoch.0,
                wrap.identity.as_bytes(),
                wrap.generation,
                wrap.wrap_hash.as_bytes(),
                carrier_index,
                in_tree,
                &wrap.wrap[..],
            ),
        )
        .or_exists(What::Wrap)?;
    }
    Ok(())
}

fn read_wraps(
    c: &Connection,
    no: LogNo,
    epoch: Epoch,
    identity: IdentityId,
) -> StoreResult<Option<EpochWraps>> {
    let mut carrier_index = None;
    let leaves = c.all(
        "SELECT identity_id, wrap_generation, wrap_hash, carrier_index FROM wrap
         WHERE tenant_no = ?1 AND log_no = ?2 AND epoch = ?3 AND in_tree = 1
         ORDER BY identity_id",
        (no.tenant, no.log, epoch.0),
        |row| {
            carrier_index = Some(row.get(3)?);
            Ok(WrapLeaf {
                identity: IdentityId::from_bytes(row.get(0)?),
                generation: row.get(1)?,
                wrap_hash: Digest::from_bytes(row.get(2)?),
            })
        },
    )?;
    let Some(carrier_index) = carrier_index else {
        return Ok(None);
    };
    let own = c.one(
        "SELECT wrap, carrier_index FROM wrap
         WHERE tenant_no = ?1 AND log_no = ?2 AND epoch = ?3 AND identity_id = ?4",
        (no.tenant, no.log, epoch.0, identity.as_bytes()),
        |row| Ok((bytes(row, 0)?, row.get(1)?)),
    )?;
    Ok(Some(EpochWraps {
        leaves,
        carrier_index,
        own,
    }))
}

fn vault_row(row: &Row<'_>) -> rusqlite::Result<VaultRow> {
    Ok(VaultRow {
        vault: VaultId::from_bytes(row.get(0)?),
        personal: row.get(1)?,
        head: Head {
            index: row.get(2)?,
            hash: Digest::from_bytes(row.get(3)?),
        },
        epoch: Epoch(row.get(4)?),
        rekey_required: row.get(5)?,
    })
}

fn file_row(file: FileId, row: &Row<'_>) -> rusqlite::Result<FileRow> {
    let lease = match row.get::<_, Option<[u8; 16]>>(3)? {
        None => None,
        Some(lease) => Some(LeaseRow {
            lease: LeaseId::from_bytes(lease),
            fence: row.get(4)?,
            identity: IdentityId::from_bytes(row.get(5)?),
            expires_ms: row.get(6)?,
        }),
    };
    Ok(FileRow {
        file,
        record: RecordId::from_bytes(row.get(0)?),
        deleted: row.get(1)?,
        protected: row.get(2)?,
        lease,
    })
}

fn revision_row(row: &Row<'_>) -> rusqlite::Result<RevisionRow> {
    Ok(RevisionRow {
        revision: RevisionId::from_bytes(row.get(0)?),
        file: FileId::from_bytes(row.get(1)?),
        record: RecordId::from_bytes(row.get(2)?),
        sealed_length: row.get(3)?,
        part_count: row.get(4)?,
        tree_part_count: row.get(5)?,
        account: AccountId::from_bytes(row.get(6)?),
        entry_index: row.get(7)?,
        key_entry_index: row.get(8)?,
    })
}
