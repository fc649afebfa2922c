use crate::{StoreError, StoreResult};
use crossbeam_channel::{Receiver, Sender};
use rusqlite::Connection;
use std::{io, thread::JoinHandle};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// Threads with a reading connection each.
pub(super) struct Readers {
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(super) fn start(connections: Vec<Connection>) -> StoreResult<Self> {
        let (jobs, waiting) = crossbeam_channel::unbounded();
        let threads = connections
            .into_iter()
            .map(|connection| {
                let waiting = waiting.clone();
                std::thread::Builder::new()
                    .name("store-read".into())
                    .spawn(move || serve(&connection, &waiting))
            })
            .collect::<io::Result<_>>()
            .map_err(StoreError::other)?;
        Ok(Self {
            jobs: Some(jobs),
            threads,
        })
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Nobody waits any more: nothing to do.
            if !reply.is_closed() {
                let _ = reply.send(work(connection));
            }
        });
        let sent = self
            .jobs
            .as_ref()
            .is_some_and(|jobs| jobs.send(job).is_ok());
        if !sent {
            return Err(closed());
        }
        answer.await.unwrap_or_else(|_| Err(closed()))
    }
}

fn serve(connection: &Connection, waiting: &Receiver<Job>) {
    while let Ok(job) = waiting.recv() {
        job(connection);
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// The threads are gone.
pub(super) fn closed() -> StoreError {
    StoreError::other(io::Error::new(
        io::ErrorKind::BrokenPipe,
        "the store is closed",
    ))
}
