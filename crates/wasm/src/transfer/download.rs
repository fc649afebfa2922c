//! A whole file from its beginning to its end: one request, and one stretch is opened while the
//! next one comes.

use super::control::{State, Transfer};
use super::courier::Courier;
use super::flow::Run;
use super::opened::Opened;
use super::port::Bulk;
use crate::Result;
use crate::platform::Http;
use futures::lock::Mutex;
use futures::stream::{FuturesOrdered, StreamExt};
use std::pin::Pin;
use std::rc::Rc;
use strongroom_vault::file::Stretch;

/// One comes, one is opened. With more of them it would not be sure who takes from the run next.
const IN_FLIGHT: usize = 2;
/// Chunks of a stretch: 2 MiB.
const STRETCH_CHUNKS: u64 = 128;

type Coming<B> = Pin<Box<dyn Future<Output = Result<(u64, <B as Bulk>::Bytes)>>>>;

/// A file that is being read.
pub struct Download<H, S, B: Bulk> {
    courier: Rc<Courier<H, S, B>>,
    opened: Rc<Opened<B>>,
    transfer: Rc<Transfer>,
    run: Rc<Mutex<Run<B>>>,
    next_chunk: u64,
    coming: FuturesOrdered<Coming<B>>,
}

impl<H: Http + 'static, S: 'static, B: Bulk + 'static> Download<H, S, B> {
    pub(super) fn new(
        courier: Rc<Courier<H, S, B>>,
        opened: Rc<Opened<B>>,
        transfer: Rc<Transfer>,
    ) -> Self {
        let run = Rc::new(Mutex::new(courier.run(&opened)));
        Self {
            run,
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
                let stretch = Stretch::of(self.opened.manifest(), self.next_chunk, STRETCH_CHUNKS);
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
        let run = Rc::clone(&self.run);
        Box::pin(async move {
            let sealed = {
                let mut run = run.lock().await;
                let range = &stretch.content;
                courier
                    .patiently(&transfer, async || courier.go_on(&mut run, range).await)
                    .await?
            };
            let opening = courier.open_stretch(&opened, &stretch, sealed, &transfer);
            let plain = opening.await?;
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
