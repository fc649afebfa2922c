//! Knowing when a connection does nothing, and giving up on a peer that takes nothing.

use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
    time::{Instant, Sleep},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// What one connection does: the requests whose answers are not yet sent in full, and in
/// HTTP/1.1 the one whose headers have begun to come.
#[derive(Debug, Default)]
pub struct Activity {
    in_flight: AtomicUsize,
    /// Since when the headers of a next request are awaited; `None` between requests.
    headers_since: Mutex<Option<Instant>>,
    changed: Notify,
}

/// Why a connection is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quiet {
    /// Nothing was asked for long.
    Idle,
    /// The headers of a request began and did not end.
    SlowHeaders,
}

impl Activity {
    /// For a connection whose first headers are due from now on.
    pub fn with_headers_due() -> Self {
        Self {
            headers_since: Mutex::new(Some(Instant::now())),
            ..Self::default()
        }
    }

    /// Counts one request, whose headers are complete, until the guard goes.
    pub fn begin(self: &Arc<Self>) -> Busy {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        *self.headers_since() = None;
        self.changed.notify_one();
        Busy(Arc::clone(self))
    }

    /// Bytes came. Between requests they are the beginning of the next one's headers. (What is
    /// sent ahead while an answer is on its way can't be told from a body: if that are headers
    /// that never end, they are found with the next byte, or as idleness.)
    fn heard(&self) {
        if self.in_flight.load(Ordering::Acquire) == 0 {
            let mut since = self.headers_since();
            if since.is_none() {
                *since = Some(Instant::now());
                self.changed.notify_one();
            }
        }
    }

    /// Completes once nothing was in flight for `idle`, or headers took longer than `headers`.
    pub async fn quiet_for(&self, idle: Duration, headers: Duration) -> Quiet {
        loop {
            let changed = self.changed.notified();
            let since = *self.headers_since();
            if self.in_flight.load(Ordering::Acquire) > 0 {
                changed.await;
            } else if let Some(since) = since {
                let in_time = tokio::time::timeout_at(since + headers, changed).await;
                if in_time.is_err() {
                    return Quiet::SlowHeaders;
                }
            } else if tokio::time::timeout(idle, changed).await.is_err() {
                return Quiet::Idle;
            }
        }
    }

    fn headers_since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.headers_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request in flight.
#[derive(Debug)]
pub struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_one();
    }
}

/// A response body that counts as in flight until it is sent or dropped.
pub struct BusyBody {
    inner: Body,
    until: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    _busy: Busy,
}

impl BusyBody {
    /// Ties `busy` to `inner`.
    pub fn new(inner: Body, busy: Busy) -> Self {
        Self {
            inner,
            until: None,
            _busy: busy,
        }
    }

    /// For a body that never ends by itself: ends it with `stopping`.
    pub fn until(mut self, stopping: CancellationToken) -> Self {
        self.until = Some(Box::pin(stopping.cancelled_owned()));
        self
    }
}

impl hyper::body::Body for BusyBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(until) = &mut self.until
            && until.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// What a peer may go on sending after its answer, and for how long.
const LINGER_BYTES: usize = 9 << 20;
const LINGER: Duration = Duration::from_secs(1);

/// A stream whose writes fail when the peer takes nothing for a while: a reader that
/// stopped would hold buffers and a connection for ever.
///
/// It closes with patience. Who is answered before all of a body was read goes on sending;
/// were the connection just closed, that would be met with a reset, which overtakes the
/// answer. So what still comes is read and thrown away, up to a limit.
pub struct StallLimit<S> {
    inner: S,
    limit: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    lingering: Option<Lingering>,
    activity: Option<Arc<Activity>>,
}

struct Lingering {
    until: Pin<Box<Sleep>>,
    bytes: usize,
}

impl<S> StallLimit<S> {
    /// Allows a pause of `limit` in writing.
    pub fn new(inner: S, limit: Duration) -> Self {
        Self {
            inner,
            limit,
            waiting: None,
            lingering: None,
            activity: None,
        }
    }

    /// Tells `activity` of every byte that comes: for HTTP/1.1, where bytes outside of a
    /// request begin the next one.
    pub fn telling(mut self, activity: Arc<Activity>) -> Self {
        self.activity = Some(activity);
        self
    }

    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        progress: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if progress.is_ready() {
            self.waiting = None;
            return progress;
        }
        let limit = self.limit;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + limit)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StallLimit<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        std::task::ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        if let Some(activity) = &self.activity
            && buffer.filled().len() > before
        {
            activity.heard();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for StallLimit<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.watch(context, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.inner).poll_write_vectored(context, buffers);
        self.watch(context, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let progress = Pin::new(&mut self.inner).poll_flush(context);
        self.watch(context, progress)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            let progress = Pin::new(&mut self.inner).poll_shutdown(context);
            std::task::ready!(self.watch(context, progress))?;
        }
        let this = &mut *self;
        let lingering = this.lingering.get_or_insert_with(|| Lingering {
            until: Box::pin(tokio::time::sleep(LINGER)),
            bytes: 0,
        });
        lingering
            .poll_end(Pin::new(&mut this.inner), context)
            .map(Ok)
    }
}

impl Lingering {
    fn poll_end<S: AsyncRead>(
        &mut self,
        mut inner: Pin<&mut S>,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        let mut thrown_away = [0; 8_192];
        while self.bytes < LINGER_BYTES {
            let mut buffer = ReadBuf::new(&mut thrown_away);
            match inner.as_mut().poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.bytes += buffer.filled().len();
                }
                Poll::Ready(_) => break,
                Poll::Pending => return self.until.as_mut().poll(context),
            }
        }
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    #[tokio::test]
    async fn idle_begins_after_the_last_answer() {
        let activity = Arc::new(Activity::default());
        let busy = activity.begin();
        let short = Duration::from_millis(20);
        let idle = |limit| tokio::time::timeout(limit, activity.quiet_for(short, LINGER));
        assert!(idle(Duration::from_millis(100)).await.is_err());
        drop(busy);
        assert!(idle(Duration::from_secs(5)).await.is_ok());
    }

    #[tokio::test]
    async fn closing_hears_the_peer_out_but_not_for_ever() {
        let (near, mut far) = tokio::io::duplex(1 << 16);
        let mut near = StallLimit::new(near, Duration::from_secs(9));
        let talk = async {
            let mut sent = 0;
            while far.write_all(&[0; 1 << 16]).await.is_ok() {
                sent += 1 << 16;
            }
            sent
        };
        let close = async {
            near.shutdown().await.unwrap();
            drop(near);
        };
        let (sent, ()) = tokio::join!(talk, close);
        assert!(
            (LINGER_BYTES..LINGER_BYTES + (1 << 18)).contains(&sent),
            "{sent}"
        );

        let (near, far) = tokio::io::duplex(16);
        let mut near = StallLimit::new(near, Duration::from_secs(9));
        let close = tokio::time::timeout(LINGER * 3, near.shutdown());
        close.await.unwrap().unwrap();
        drop(far);
    }

    #[tokio::test]
    async fn a_reader_that_stopped_ends_the_write() {
        let (near, _far) = tokio::io::duplex(16);
        let mut near = StallLimit::new(near, Duration::from_millis(20));
        near.write_all(&[0; 16]).await.unwrap();
        let error = near.write_all(&[0; 16]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
