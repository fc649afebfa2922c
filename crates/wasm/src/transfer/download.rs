//! A whole file from its beginning to its end, several stretches on their way.

use super::control::{State, Transfer};
use super::courier::Courier;
use super::opened::Opened;
use super::port::Bulk;
use crate::Result;
use crate::platform::Http;
use futures::stream::{FuturesOrdered, StreamExt};
use std::pin::Pin;
use std::rc::Rc;
use strongroom_types::limits::PART_CHUNKS;
use strongroom_vault::file::Stretch;

/// More at the same time only cost memory.
const IN_FLIGHT: usize = 3;

type Coming<B> = Pin<Box<dyn Future<Output = Result<(u64, <B as Bulk>::Bytes)>>>>;

/// A file that is being read.
pub struct Download<H, S, B: Bulk> {
    courier: Rc<Courier<H, S, B>>,
    opened: Rc<Opened<B>>,
    transfer: Rc<Transfer>,
    next_chunk: u64,
    coming: FuturesOrdered<Coming<B>>,
}

impl<H: Http + 'static, S: 'static, B: Bulk + 'static> Download<H, S, B> {
    pub(super) fn new(
        courier: Rc<Courier<H, S, B>>,
        opened: Rc<Opened<B>>,
        transfer: Rc<Transfer>,
    ) -> Self {
        Self {
            courier,
            opened,
            transfer,
            next_chunk: 0,
            coming: FuturesOrdered::new(),
        }
    }

    /// The next verified bytes; `None` at the end, once the padding was proven too.
    ///
    /// # Errors
    /// Integrity: what came before is verified. The page was told.
    pub async fn next(&mut self) -> Result<Option<B::Bytes>> {
        let next = self.read().await;
        match &next {
            Ok(Some(_)) => {}
            Ok(None) => self.transfer.done(None, None),
            Err(error) => self.transfer.failed(error.clone()),
        }
        next
    }

    async fn read(&mut self) -> Result<Option<B::Bytes>> {
        let true_length = self.opened.manifest().true_length;
        loop {
            self.transfer.pass().await?;
            self.transfer.set_state(State::Running);
            while self.coming.len() < IN_FLIGHT {
                let chunks = PART_CHUNKS as u64;
                let stretch = Stretch::of(self.opened.manifest(), self.next_chunk, chunks);
                let Some(stretch) = stretch else { break };
                self.next_chunk = stretch.chunks.end;
                self.coming.push_back(self.fetch(stretch));
            }
            let Some(came) = self.coming.next().await else {
                return Ok(None);
            };
            let (start, plain) = came?;
            let whole = self.courier.bulk.length(&plain);
            let rest = usize::try_from(true_length.saturating_sub(start)).unwrap_or(usize::MAX);
            let count = rest.min(whole);
            if count == 0 {
                continue;
            }
            let now_ms = self.courier.platform.now_ms();
            self.transfer.advance(count as u64, now_ms);
            return Ok(Some(self.courier.bulk.cut(plain, 0, count)));
        }
    }

    fn fetch(&self, stretch: Stretch) -> Coming<B> {
        let courier = Rc::clone(&self.courier);
        let opened = Rc::clone(&self.opened);
        let transfer = Rc::clone(&self.transfer);
        Box::pin(async move {
            let plain = courier.stretch(&opened, &stretch, &transfer).await?;
            Ok((stretch.plain_start(), plain))
        })
    }

    /// What the file is called.
    pub fn name(&self) -> &str {
        &self.opened.name
    }

    /// Its media type; a hint for viewers, nothing more.
    pub fn media_type(&self) -> &str {
        &self.opened.manifest().media_type
    }

    /// Its length.
    pub fn size_bytes(&self) -> u64 {
        self.opened.manifest().true_length
    }
}
