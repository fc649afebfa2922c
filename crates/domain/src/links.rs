//! Link shares, for people without an account. The server keeps expiry, count and revocation;
//! what the link opens it can't open itself.

use crate::{Content, Domain, DomainError, DomainResult, content::PartOf, error::refuse};
use std::net::IpAddr;
use strongroom_crypto::sha256;
use strongroom_store::{LinkRow, StoreError};
use strongroom_types::{Digest, LinkId, TimestampMs};
use strongroom_wire::{LinkInfo, LinkView, ProblemCode};

/// How "never" is stored: above any real time, below what a database can't hold.
pub(crate) const NEVER_MS: TimestampMs = i64::MAX as u64;

impl Domain {
    /// Whether a link needs a passphrase; not counted as a use.
    pub async fn link_info(
        &self,
        link: LinkId,
        token: Digest,
        address: IpAddr,
    ) -> DomainResult<LinkInfo> {
        let row = self.open_link_row(link, token, address).await?;
        Ok(LinkInfo {
            passphrase: row.passphrase,
            expires_ms: if row.expires_ms == NEVER_MS {
                0
            } else {
                row.expires_ms
            },
            uses_left: row
                .max_count
                .map(|most| most.saturating_sub(row.used_count)),
        })
    }

    /// Opens a link: counts one use and gives a grant for its content.
    pub async fn open_link(
        &self,
        link: LinkId,
        token: Digest,
        address: IpAddr,
    ) -> DomainResult<LinkView> {
        let row = self.open_link_row(link, token, address).await?;
        // Known to be there before the use is counted.
        let revision = self
            .revision_of(row.tenant, row.vault, row.file, row.revision)
            .await?;
        let grant = Digest::from_bytes(self.random());
        let now_ms = self.now_ms();
        let used = self
            .store
            .use_link(
                link,
                sha256(token.as_bytes()),
                sha256(grant.as_bytes()),
                now_ms.saturating_add(self.config.grant_ms),
                now_ms,
            )
            .await;
        let row = match used {
            Err(StoreError::NotFound) => {
                return Err(DomainError::new(ProblemCode::WrongCredentials));
            }
            other => other?,
        };
        Ok(LinkView {
            tenant: row.tenant,
            vault: row.vault,
            file: row.file,
            revision: row.revision,
            link_box: row.link_box.to_vec().into(),
            passphrase: row.passphrase,
            sealed_length: revision.sealed_length,
            grant: grant.to_string(),
        })
    }

    /// The bytes behind a link, with the grant of one use.
    pub async fn link_content(
        &self,
        link: LinkId,
        grant: &str,
        part_of: PartOf,
        address: IpAddr,
    ) -> DomainResult<Content> {
        let look_up = async {
            let Ok(grant) = grant.parse::<Digest>() else {
                return Ok(None);
            };
            let found = self
                .store
                .lookup_grant(sha256(grant.as_bytes()), self.now_ms())
                .await?;
            Ok(found.filter(|found| found.link == link))
        };
        let found = self.guess(address, look_up).await?;
        let row = self
            .revision_of(found.tenant, found.vault, found.file, found.revision)
            .await?;
        self.content_of(found.tenant, found.vault, &row, part_of)
    }

    async fn open_link_row(
        &self,
        link: LinkId,
        token: Digest,
        address: IpAddr,
    ) -> DomainResult<LinkRow> {
        let look_up = async {
            Ok(self
                .store
                .lookup_link(link, sha256(token.as_bytes()))
                .await?)
        };
        let row = self.guess(address, look_up).await?;
        if row.revoked {
            return refuse(ProblemCode::Gone, "the link was revoked");
        }
        if row.expires_ms <= self.now_ms() {
            return refuse(ProblemCode::Gone, "the link has expired");
        }
        if row.max_count.is_some_and(|most| row.used_count >= most) {
            return refuse(ProblemCode::Gone, "the link was used as often as it may");
        }
        Ok(row)
    }
}
