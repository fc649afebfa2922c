//! A part on its way to the server: slow is fine, standing still is not. The time that a part
//! takes depends on the line, so none is set; what is watched is whether it moves.

use bytes::Bytes;
use futures::stream;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Handed to the connection at once, bytes.
const PIECE_BYTES: usize = 64 << 10;
/// A connection that takes no piece for so long is given up.
const STALL: Duration = Duration::from_secs(20);
/// So long the answer may take once the last piece was handed over: what the system has
/// buffered travels then, and the server makes it durable.
const ANSWER: Duration = Duration::from_secs(60);

/// Sees a part move.
pub(super) struct Watch {
    taken_bytes: Arc<AtomicU64>,
    total_bytes: u64,
}

/// A request body of exactly the part's bytes, and what watches it.
pub(super) fn watched(part: Bytes) -> (reqwest::Body, Watch) {
    let watch = Watch {
        taken_bytes: Arc::default(),
        total_bytes: part.len() as u64,
    };
    let taken_bytes = Arc::clone(&watch.taken_bytes);
    let starts = (0..part.len()).step_by(PIECE_BYTES);
    let pieces = starts.map(move |start| {
        let piece = part.slice(start..part.len().min(start + PIECE_BYTES));
        taken_bytes.fetch_add(piece.len() as u64, Ordering::Relaxed);
        Ok::<Bytes, Infallible>(piece)
    });
    (reqwest::Body::wrap_stream(stream::iter(pieces)), watch)
}

impl Watch {
    /// Ends when the part stands still.
    pub async fn stalled(&self) {
        let mut looks = Looks::default();
        while let Some(pause) = looks.next(self.taken_bytes.load(Ordering::Relaxed), self) {
            tokio::time::sleep(pause).await;
        }
    }
}

/// What was seen at the last look.
#[derive(Default)]
struct Looks {
    before: Option<u64>,
    answer_awaited: bool,
}

impl Looks {
    /// When to look next; `None` where the part stands still.
    fn next(&mut self, taken_bytes: u64, watch: &Watch) -> Option<Duration> {
        if self.answer_awaited || self.before == Some(taken_bytes) {
            return None;
        }
        self.before = Some(taken_bytes);
        self.answer_awaited = taken_bytes >= watch.total_bytes;
        Some(if self.answer_awaited { ANSWER } else { STALL })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_is_fine_and_still_is_not() {
        let (_body, watch) = watched(Bytes::from(vec![0; 1 << 20]));
        // A piece at each look: minutes for one part, and never given up.
        let mut looks = Looks::default();
        for taken in (0..1 << 20).step_by(PIECE_BYTES) {
            assert_eq!(looks.next(taken, &watch), Some(STALL));
        }
        assert_eq!(looks.next(1 << 20, &watch), Some(ANSWER));
        assert_eq!(looks.next(1 << 20, &watch), None, "no answer came");
        let mut looks = Looks::default();
        assert_eq!(looks.next(0, &watch), Some(STALL));
        assert_eq!(looks.next(0, &watch), None, "nothing was taken");
        let mut looks = Looks::default();
        assert_eq!(looks.next(5, &watch), Some(STALL));
        assert_eq!(looks.next(9, &watch), Some(STALL));
        assert_eq!(looks.next(9, &watch), None);
    }
}
