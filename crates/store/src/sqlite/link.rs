use super::{SqliteStore, convert::*};
use crate::*;
use async_trait::async_trait;
use rusqlite::{Connection, Row};
use strongroom_types::*;

macro_rules! select_link {
    ($rest:literal) => {
        concat!(
            "SELECT tenant_id, log_id, link_id, file_id, revision_id, link_box, expires_ms,
                    max_count, used_count, passphrase, creator_identity_id, revoked
             FROM link JOIN log USING (tenant_no, log_no) JOIN tenant USING (tenant_no) ",
            $rest
        )
    };
}

#[async_trait]
impl LinkStore for SqliteStore {
    async fn lookup_link(&self, link: LinkId, token_hash: Digest) -> StoreResult<Option<LinkRow>> {
        self.read(move |c| by_token(c, link, token_hash)).await
    }

    async fn link(
        &self,
        tenant: TenantId,
        vault: VaultId,
        link: LinkId,
    ) -> StoreResult<Option<LinkRow>> {
        self.read(move |c| {
            Ok(c.one(
                select_link!("WHERE tenant_id = ?1 AND log_id = ?2 AND link_id = ?3"),
                (tenant.as_bytes(), vault.as_bytes(), link.as_bytes()),
                link_row,
            )?)
        })
        .await
    }

    async fn use_link(
        &self,
        link: LinkId,
        token_hash: Digest,
        grant_hash: Digest,
        grant_expires_ms: TimestampMs,
        now_ms: TimestampMs,
    ) -> StoreResult<LinkRow> {
        self.write(move |c| {
            let counted: Option<i64> = c.one(
                "UPDATE link SET used_count = used_count + 1
                 WHERE link_id = ?1 AND token_hash = ?2 AND revoked = 0 AND expires_ms > ?3
                       AND (max_count IS NULL OR used_count < max_count)
                 RETURNING tenant_no",
                (link.as_bytes(), token_hash.as_bytes(), now_ms),
                |row| row.get(0),
            )?;
            let row = by_token(c, link, token_hash)?.ok_or(StoreError::NotFound)?;
            let tenant_no = counted.ok_or(StoreError::Spent)?;
            c.run(
                "INSERT INTO link_grant (tenant_no, grant_hash, link_id, expires_ms)
                 VALUES (?1, ?2, ?3, ?4)",
                (
                    tenant_no,
                    grant_hash.as_bytes(),
                    link.as_bytes(),
                    grant_expires_ms,
                ),
            )?;
            Ok(row)
        })
        .await
    }

    async fn lookup_grant(
        &self,
        grant_hash: Digest,
        now_ms: TimestampMs,
    ) -> StoreResult<Option<GrantRow>> {
        self.read(move |c| {
            Ok(c.one(
                "SELECT tenant_id, log_id, link_id, file_id, revision_id, link_grant.expires_ms
                 FROM link_grant JOIN link USING (tenant_no, link_id)
                      JOIN log USING (tenant_no, log_no) JOIN tenant USING (tenant_no)
                 WHERE grant_hash = ?1 AND link_grant.expires_ms > ?2 AND revoked = 0",
                (grant_hash.as_bytes(), now_ms),
                |row| {
                    Ok(GrantRow {
                        tenant: TenantId::from_bytes(row.get(0)?),
                        vault: VaultId::from_bytes(row.get(1)?),
                        link: LinkId::from_bytes(row.get(2)?),
                        file: FileId::from_bytes(row.get(3)?),
                        revision: RevisionId::from_bytes(row.get(4)?),
                        expires_ms: row.get(5)?,
                    })
                },
            )?)
        })
        .await
    }
}

pub(super) fn put_link(c: &Connection, no: LogNo, new: &NewLink) -> StoreResult<()> {
    c.run(
        "INSERT INTO link (tenant_no, link_id, log_no, file_id, revision_id, link_box, token_hash,
                           expires_ms, max_count, passphrase, creator_identity_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        (
            no.tenant,
            new.link.as_bytes(),
            no.log,
            new.file.as_bytes(),
            new.revision.as_bytes(),
            &new.link_box[..],
            new.token_hash.as_bytes(),
            new.expires_ms,
            new.max_count,
            new.passphrase,
            new.creator.as_bytes(),
        ),
    )
    .or_exists(What::Link)?;
    Ok(())
}

fn by_token(c: &Connection, link: LinkId, token_hash: Digest) -> StoreResult<Option<LinkRow>> {
    Ok(c.one(
        select_link!("WHERE link_id = ?1 AND token_hash = ?2"),
        (link.as_bytes(), token_hash.as_bytes()),
        link_row,
    )?)
}

fn link_row(row: &Row<'_>) -> rusqlite::Result<LinkRow> {
    Ok(LinkRow {
        tenant: TenantId::from_bytes(row.get(0)?),
        vault: VaultId::from_bytes(row.get(1)?),
        link: LinkId::from_bytes(row.get(2)?),
        file: FileId::from_bytes(row.get(3)?),
        revision: RevisionId::from_bytes(row.get(4)?),
        link_box: bytes(row, 5)?,
        expires_ms: row.get(6)?,
        max_count: row.get(7)?,
        used_count: row.get(8)?,
        passphrase: row.get(9)?,
        creator: IdentityId::from_bytes(row.get(10)?),
        revoked: row.get(11)?,
    })
}
