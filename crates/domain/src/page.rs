use crate::{Caller, DirectoryReader, Domain, DomainError, DomainResult, error::refuse};
use strongroom_format::{entry::Head, transport};
use strongroom_store::{LogKey, LogPage, PageQuery};
use strongroom_types::{VaultId, limits};
use strongroom_wire::ProblemCode;

fn query(after: Option<u64>, limit: Option<usize>, control_only: bool) -> DomainResult<PageQuery> {
    let limit = limit.unwrap_or(limits::PAGE_MAX_ENTRIES);
    if limit == 0 || limit > limits::PAGE_MAX_ENTRIES {
        return refuse(ProblemCode::Malformed, "limit is between 1 and 1000");
    }
    Ok(PageQuery {
        after,
        limit,
        max_bytes: limits::PAGE_TARGET_BYTES,
        control_only,
    })
}

/// `page/1` of what the store gave; nothing is decoded on the way.
fn encode(page: &LogPage) -> Vec<u8> {
    let entries: Vec<_> = page
        .entries
        .iter()
        .map(|row| transport::StoredEntry {
            index: row.index,
            appended_ms: row.appended_ms,
            body: &row.body,
            signatures: &row.signatures,
            payload: row.payload.as_deref(),
        })
        .collect();
    transport::Page::encode(
        Head {
            index: page.head.index,
            hash: page.head.hash,
        },
        &entries,
    )
}

impl Domain {
    /// Entries of a directory.
    pub async fn directory_page(
        &self,
        reader: &DirectoryReader,
        after: Option<u64>,
        limit: Option<usize>,
    ) -> DomainResult<Vec<u8>> {
        self.page_of(
            LogKey::directory(reader.tenant),
            query(after, limit, false)?,
        )
        .await
    }

    /// Entries of a vault that the caller is a member of.
    pub async fn vault_page(
        &self,
        caller: &Caller,
        vault: VaultId,
        after: Option<u64>,
        limit: Option<usize>,
        control_only: bool,
    ) -> DomainResult<Vec<u8>> {
        self.role_in(caller, vault).await?;
        let query = query(after, limit, control_only)?;
        self.page_of(LogKey::vault(caller.tenant, vault), query)
            .await
    }

    async fn page_of(&self, log: LogKey, query: PageQuery) -> DomainResult<Vec<u8>> {
        let page = self.store.page(log, query).await?;
        let page = page.ok_or_else(|| DomainError::new(ProblemCode::NotFound))?;
        Ok(encode(&page))
    }
}
