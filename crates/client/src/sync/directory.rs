//! Reading the organisation's directory.

use super::malformed;
use crate::Result;
use crate::client::{Client, Engine, Shared};
use crate::http::Auth;
use strongroom_format::directory::DirectoryState;
use strongroom_format::entry::Head;
use strongroom_format::transport::Page;
use strongroom_types::limits::PAGE_MAX_ENTRIES;
use strongroom_vault::wallet::log_of_directory;
use strongroom_vault::{IntegrityError, directory, trust};

impl Client {
    /// Reads the directory to its end. Returns how many entries were new.
    pub(crate) async fn sync_directory(
        &self,
        engine: &mut Engine,
        named: Option<Head>,
    ) -> Result<u64> {
        let current = engine.directory()?;
        let before = current.head();
        let wallet_head = engine
            .wallet()?
            .head(log_of_directory(self.shared.facts.tenant));
        if let (Some(named), Some(before)) = (named, before)
            && !trust::goes_on(before, named)?
        {
            directory::check_known(&current, wallet_head)?;
            return Ok(0);
        }
        let mut state = DirectoryState::clone(&current);
        read_directory(&self.shared, Auth::Session, &mut state, before).await?;
        directory::check_known(&state, wallet_head)?;
        engine.wallet()?.check_against(&state).or_else(|error| {
            // A wrap key that another device renewed is in a newer wallet.
            match error {
                IntegrityError::AlteredWallet | IntegrityError::SubstitutedKey(_) => Err(error),
                _ => Ok(()),
            }
        })?;
        let count =
            state.head().map_or(0, |head| head.index + 1) - before.map_or(0, |head| head.index + 1);
        engine.set_directory(state)?;
        Ok(count)
    }
}

/// Reads and verifies the directory to its end.
pub(crate) async fn read_directory(
    shared: &Shared,
    auth: Auth<'_>,
    state: &mut DirectoryState,
    known: Option<Head>,
) -> Result<()> {
    read_directory_from(&shared.http, auth, state, known).await
}

/// As [`read_directory`], before there is a profile.
pub(crate) async fn read_directory_from(
    http: &crate::http::Http,
    auth: Auth<'_>,
    state: &mut DirectoryState,
    known: Option<Head>,
) -> Result<()> {
    loop {
        let after = state.head().map(|head| head.index);
        let path = match after {
            Some(after) => {
                format!("/v1/directory/entries?after={after}&limit={PAGE_MAX_ENTRIES}")
            }
            None => format!("/v1/directory/entries?limit={PAGE_MAX_ENTRIES}"),
        };
        let bytes = http.get_cbor(&path, auth).await?;
        let page = Page::from_bytes(&bytes).map_err(malformed)?;
        directory::apply_page(state, &page.entries)?;
        let reached = state
            .head()
            .is_some_and(|head| head.index >= page.head.index);
        if reached || page.entries.is_empty() {
            return Ok(directory::finish_sync(state, page.head, known)?);
        }
    }
}
