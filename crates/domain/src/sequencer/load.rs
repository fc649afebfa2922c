use super::*;
use strongroom_format::{
    directory::DirectoryState,
    entry::{DeviceTip, EntryBody, Head, UnverifiedEntry},
};
use strongroom_store::PageQuery;

fn damaged(error: impl Into<strongroom_format::LogError>) -> DomainError {
    DomainError::Damaged("a vault", error.into())
}

impl Domain {
    /// Replays a vault from its own store: all control entries, then the place where the log
    /// stands. `None` without such a vault.
    pub(super) async fn load_vault(
        &self,
        key: LogKey,
        directory: &DirectoryState,
    ) -> DomainResult<Option<VaultState>> {
        // A directory's log has a name of the same form, and is no vault.
        if key == LogKey::directory(key.tenant) {
            return Ok(None);
        }
        let Some(head) = self.store.head(key).await? else {
            return Ok(None);
        };
        let vault = key.vault_id();
        let mut state = VaultState::danger_without_data(key.tenant, Some(vault));
        let mut after = None;
        loop {
            let query = PageQuery {
                after,
                limit: limits::PAGE_MAX_ENTRIES,
                max_bytes: limits::PAGE_TARGET_BYTES,
                control_only: true,
            };
            let page = self
                .store
                .page(key, query)
                .await?
                .ok_or_else(no_such_vault)?;
            let Some(last) = page.entries.last() else {
                break;
            };
            after = Some(last.index);
            for row in &page.entries {
                let entry =
                    UnverifiedEntry::from_parts(&row.body, &row.signatures, row.payload.as_deref())
                        .map_err(damaged)?;
                let signed =
                    SignedEntry::verify(entry, key.tenant, vault, directory).map_err(damaged)?;
                // Only the index of the place is used on the way.
                let place = Head {
                    index: row.index,
                    hash: Digest::ZERO,
                };
                state
                    .danger_replay_control(&signed, directory, place)
                    .map_err(damaged)?;
            }
        }
        let directory_index = self.newest_directory_index(key, head.index).await?;
        let tips = self.store.device_tips(key).await?.into_iter().map(|tip| {
            (
                tip.device,
                DeviceTip {
                    device_seq: tip.device_seq,
                    body_hash: tip.body_hash,
                },
            )
        });
        let head = Head {
            index: head.index,
            hash: head.hash,
        };
        state.danger_stand_at(head, directory_index, tips);
        Ok(Some(state))
    }

    /// The directory index that the newest entry names; it never falls along a log.
    async fn newest_directory_index(&self, key: LogKey, head_index: u64) -> DomainResult<u64> {
        let query = PageQuery {
            after: head_index.checked_sub(1),
            limit: 1,
            max_bytes: 1,
            control_only: false,
        };
        let page = self
            .store
            .page(key, query)
            .await?
            .ok_or_else(no_such_vault)?;
        let row = page.entries.first().ok_or_else(no_such_vault)?;
        Ok(EntryBody::from_bytes(&row.body)
            .map_err(damaged)?
            .directory_index)
    }
}
