//! The content of a file as one run: a single request, from which stretch after stretch is taken.
//! The network is busy while what came is opened, and what is not yet wanted waits at the server.

use super::courier::{ANSWER_MAX_BYTES, Courier, check};
use super::port::{AGAIN_MAX_BYTES, Bulk};
use crate::Result;
use crate::platform::Http;
use std::ops::Range;

/// See the module.
pub(super) struct Run<B: Bulk> {
    path: String,
    end: u64,
    /// How far it was taken, and the rest.
    open: Option<(u64, B::Flow)>,
}

impl<B: Bulk> Run<B> {
    /// A run up to `end`; nothing is asked for yet.
    pub fn new(path: String, end: u64) -> Self {
        let open = None;
        Self { path, end, open }
    }
}

impl<H: Http, S, B: Bulk> Courier<H, S, B> {
    /// Takes a range, from the same answer where it follows on the one before. What came is as
    /// long as the server says, not as was asked.
    pub async fn go_on(&self, run: &mut Run<B>, range: &Range<u64>) -> Result<B::Bytes> {
        let follows = |at: &u64| (range.start..=range.start + AGAIN_MAX_BYTES).contains(at);
        let (position, mut flow) = match run.open.take().filter(|(at, _)| follows(at)) {
            Some(open) => open,
            None => (range.start, self.begin(run, range.start).await?),
        };
        let count = |bytes: u64| usize::try_from(bytes).unwrap_or(0);
        let again = count(position - range.start);
        let fresh = count(range.end.saturating_sub(position));
        let bytes = self.bulk.take(&mut flow, again, fresh).await?;
        if range.end < run.end {
            run.open = Some((range.end, flow));
        }
        Ok(bytes)
    }

    async fn begin(&self, run: &Run<B>, start: u64) -> Result<B::Flow> {
        let range = start..run.end;
        let mut answer = self.bulk.flow(&run.path, self.headers(), range).await?;
        if !(200..300).contains(&answer.status) {
            let body = self
                .bulk
                .take(&mut answer.body, 0, ANSWER_MAX_BYTES)
                .await?;
            let mut told = vec![0; self.bulk.length(&body).min(ANSWER_MAX_BYTES)];
            self.bulk.copy(&body, 0, &mut told);
            check(answer.status, answer.retry_after_seconds, &told)?;
        }
        Ok(answer.body)
    }
}
