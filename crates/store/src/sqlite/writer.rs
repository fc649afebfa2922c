use super::{convert::Sql, reader::closed};
use crate::{StoreError, StoreResult};
use crossbeam_channel::{Receiver, Sender};
use rusqlite::Connection;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Most jobs in a group.
const GROUP_MAX_JOBS: usize = 256;
/// A group takes no more jobs once it holds this many bytes.
const GROUP_TARGET_BYTES: usize = 16 << 20;

/// The thread that owns the writing connection.
pub(super) struct Writer {
    jobs: Option<Sender<Weighted>>,
    thread: Option<JoinHandle<()>>,
}

struct Weighted {
    bytes: usize,
    job: Box<dyn Job>,
}

/// A write that can be run once and is answered after the commit of its group.
trait Job: Send {
    /// Returns whether what was done may stay.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Tells the caller: the own error, else the group's, else the own result.
    fn answer(self: Box<Self>, group: Result<(), StoreError>);
}

struct Work<F, T> {
    work: Option<F>,
    result: Option<StoreResult<T>>,
    reply: oneshot::Sender<StoreResult<T>>,
}

impl<F, T> Job for Work<F, T>
where
    F: FnOnce(&Connection) -> StoreResult<T> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        self.result = self.work.take().map(|work| work(connection));
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, group: Result<(), StoreError>) {
        let own = self.result.unwrap_or_else(|| Err(closed()));
        // A caller who no longer waits has lost only the answer.
        let _ = self.reply.send(own.and_then(|value| group.map(|()| value)));
    }
}

impl Writer {
    pub(super) fn start(connection: Connection) -> StoreResult<Self> {
        let (jobs, waiting) = crossbeam_channel::unbounded();
        let thread = std::thread::Builder::new()
            .name("store-write".into())
            .spawn(move || serve(&connection, &waiting))
            .map_err(StoreError::other)?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Runs `work` in the next group. `bytes` says roughly how much it writes.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let (reply, answer) = oneshot::channel();
        if !self.send(bytes, work, reply) {
            return Err(closed());
        }
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Runs `work` some time, without an answer.
    pub(super) fn run_later(
        &self,
        work: impl FnOnce(&Connection) -> StoreResult<()> + Send + 'static,
    ) {
        let (reply, _) = oneshot::channel();
        self.send(0, work, reply);
    }

    fn send<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
        reply: oneshot::Sender<StoreResult<T>>,
    ) -> bool {
        let job = Box::new(Work {
            work: Some(work),
            result: None,
            reply,
        });
        self.jobs
            .as_ref()
            .is_some_and(|jobs| jobs.send(Weighted { bytes, job }).is_ok())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(connection: &Connection, waiting: &Receiver<Weighted>) {
    while let Ok(first) = waiting.recv() {
        let mut bytes = first.bytes;
        let mut group = vec![first.job];
        while group.len() < GROUP_MAX_JOBS && bytes < GROUP_TARGET_BYTES {
            let Ok(next) = waiting.try_recv() else { break };
            bytes += next.bytes;
            group.push(next.job);
        }
        while !group.is_empty() {
            group = commit_group(connection, group);
        }
    }
}

/// Runs the jobs in one transaction, commits once, then answers all. Returns jobs that did not
/// have their turn, because the database gave up the transaction before.
fn commit_group(connection: &Connection, mut group: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
    let mut rest = Vec::new();
    let outcome = match connection.run("BEGIN IMMEDIATE", ()) {
        Err(error) => Err(error.into()),
        Ok(_) => match run_jobs(connection, &mut group) {
            Ok(()) => connection
                .run("COMMIT", ())
                .map(drop)
                .map_err(StoreError::from),
            Err((ran, error)) => {
                rest = group.split_off(ran);
                Err(error)
            }
        },
    };
    if let Err(error) = &outcome {
        tracing::warn!(%error, jobs = group.len(), "a group of writes failed and changed nothing");
        if !connection.is_autocommit() {
            let _ = connection.run("ROLLBACK", ());
        }
    }
    for job in group {
        job.answer(outcome.clone());
    }
    rest
}

/// Runs each job in a savepoint, so that one that fails takes only itself back.
/// An error holds the number of jobs that ran before the transaction was lost.
fn run_jobs(
    connection: &Connection,
    group: &mut [Box<dyn Job>],
) -> Result<(), (usize, StoreError)> {
    for (ran, job) in (1..).zip(group) {
        let lost = |error: rusqlite::Error| (ran, error.into());
        connection.run("SAVEPOINT job", ()).map_err(lost)?;
        if !job.run(connection) {
            // A full disk can make SQLite roll back everything on its own.
            if connection.is_autocommit() {
                return Err((ran, StoreError::Full));
            }
            connection.run("ROLLBACK TO job", ()).map_err(lost)?;
        }
        connection.run("RELEASE job", ()).map_err(lost)?;
    }
    Ok(())
}
