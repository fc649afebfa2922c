use super::answer::explain;
use crate::Result;
use reqwest::Response;
use std::collections::VecDeque;
use strongroom_wire::{EventLines, HeadEvent};

/// Server-sent `head` events as they come.
pub(crate) struct EventStream {
    response: Response,
    lines: EventLines,
    ready: VecDeque<HeadEvent>,
}

impl EventStream {
    pub fn new(response: Response) -> Self {
        Self {
            response,
            lines: EventLines::default(),
            ready: VecDeque::new(),
        }
    }

    /// The next event, or `None` when the connection ends.
    pub async fn next(&mut self) -> Result<Option<HeadEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            match self.response.chunk().await {
                Ok(Some(chunk)) => match self.lines.take(&chunk) {
                    Some(events) => self.ready.extend(events),
                    None => return Ok(None),
                },
                Ok(None) => return Ok(None),
                Err(error) => return Err(explain(error).0),
            }
        }
    }
}
