use super::answer::explain;
use crate::Result;
use reqwest::Response;
use strongroom_wire::HeadEvent;

/// Longest line that an event may have.
const LINE_MAX_BYTES: usize = 16 << 10;

/// Server-sent `head` events as they come.
pub(crate) struct EventStream {
    response: Response,
    buffer: Vec<u8>,
    event: String,
}

impl EventStream {
    pub fn new(response: Response) -> Self {
        Self {
            response,
            buffer: Vec::new(),
            event: String::new(),
        }
    }

    /// The next event, or `None` when the connection ends.
    pub async fn next(&mut self) -> Result<Option<HeadEvent>> {
        loop {
            while let Some(line) = take_line(&mut self.buffer) {
                if let Some(event) = self.take(&line) {
                    return Ok(Some(event));
                }
            }
            if self.buffer.len() > LINE_MAX_BYTES {
                return Ok(None);
            }
            match self.response.chunk().await {
                Ok(Some(chunk)) => self.buffer.extend_from_slice(&chunk),
                Ok(None) => return Ok(None),
                Err(error) => return Err(explain(error).0),
            }
        }
    }

    fn take(&mut self, line: &str) -> Option<HeadEvent> {
        if line.is_empty() {
            self.event.clear();
        } else if let Some(name) = line.strip_prefix("event:") {
            self.event = name.trim().to_owned();
        } else if let Some(data) = line.strip_prefix("data:")
            && self.event == "head"
        {
            return serde_json::from_str(data.trim()).ok();
        }
        None
    }
}

fn take_line(buffer: &mut Vec<u8>) -> Option<String> {
    let end = buffer.iter().position(|byte| *byte == b'\n')?;
    let line: Vec<u8> = buffer.drain(..=end).collect();
    Some(String::from_utf8_lossy(&line).trim_end().to_owned())
}
