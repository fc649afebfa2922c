//! The stream of server-sent events, from whatever chunks it comes in.

use crate::HeadEvent;

/// Longest line that an event may have.
const LINE_MAX_BYTES: usize = 16 << 10;

/// Reads `head` events out of a stream.
#[derive(Default)]
pub struct EventLines {
    buffer: Vec<u8>,
    event: String,
}

impl EventLines {
    /// Takes the next chunk and gives the events that it completes; `None` where the stream is
    /// not one of events.
    pub fn take(&mut self, chunk: &[u8]) -> Option<Vec<HeadEvent>> {
        self.buffer.extend_from_slice(chunk);
        let mut events = Vec::new();
        while let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            events.extend(self.line(String::from_utf8_lossy(&line).trim_end()));
        }
        (self.buffer.len() <= LINE_MAX_BYTES).then_some(events)
    }

    fn line(&mut self, line: &str) -> Option<HeadEvent> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_out_of_any_chunks() {
        let hash = "ab".repeat(32);
        let text = format!(
            ": hello\n\nevent: head\ndata: {{\"log\":\"aa\",\"index\":7,\"hash\":\"{hash}\"}}\r\n\nevent: other\ndata: {{}}\n\n"
        );
        for size in [1, 5, 1000] {
            let mut lines = EventLines::default();
            let found: Vec<HeadEvent> = text
                .as_bytes()
                .chunks(size)
                .flat_map(|chunk| lines.take(chunk).unwrap())
                .collect();
            assert_eq!(found.len(), 1, "{size}");
            assert_eq!((found[0].log.as_str(), found[0].index), ("aa", 7));
        }
        assert!(
            EventLines::default()
                .take(&[b'x'; LINE_MAX_BYTES + 1])
                .is_none()
        );
    }
}
