//! What a person had typed and not saved when the page was locked: sealed like everything that
//! lies here, and given back once.

use crate::engine::Engine;
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use zeroize::Zeroizing;

const DRAFTS: &str = "drafts";
/// More is no form that somebody was filling in.
const DRAFTS_MAX_BYTES: usize = 1 << 20;

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Keeps drafts in place of those that were kept.
    pub(crate) async fn keep_drafts(&mut self, text: &str) -> Result<()> {
        if text.len() > DRAFTS_MAX_BYTES {
            return Err(CoreError::usage("that is too much for a draft"));
        }
        let keeper = &self.open.keeper;
        keeper.put(self.platform, DRAFTS, text.as_bytes()).await
    }

    /// Gives the drafts back, once.
    pub(crate) async fn take_drafts(&mut self) -> Result<Option<Zeroizing<String>>> {
        let keeper = &self.open.keeper;
        let Some(kept) = keeper.get(self.platform, DRAFTS).await? else {
            return Ok(None);
        };
        keeper.delete(self.platform, DRAFTS).await?;
        let text = std::str::from_utf8(&kept).ok();
        Ok(text.map(|text| Zeroizing::new(text.to_owned())))
    }
}
