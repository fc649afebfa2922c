//! Puts entries in order. Each vault has one actor: requests wait in its queue, are checked
//! one after the other against the replayed state, and all that are valid go to the store in
//! one step. While that step is on its way to the disk, the next batch gathers.
//!
//! A request is all or nothing, and a request that fails never harms another one.

mod batch;
mod files;
mod load;
mod rules;
mod wraps;

use crate::{Caller, Domain, DomainError, DomainResult, directory::DirectoryActor};
use futures::FutureExt;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use strongroom_format::{
    transport::WrapFor,
    vault_log::{SignedEntry, VaultState},
};
use strongroom_store::LogKey;
use strongroom_types::*;
use strongroom_wire::{Appended, ProblemCode};
use tokio::sync::oneshot;

/// Most remembered hashes.
const SEEN_MOST: usize = 4_096;

/// Who is in a vault.
pub(crate) type Members = Arc<BTreeMap<IdentityId, Role>>;

/// A request in the queue. Signatures are verified; places are not.
pub(crate) struct Job {
    pub caller: Caller,
    pub entries: Vec<SignedEntry>,
    pub wraps: Vec<WrapFor>,
    pub link_boxes: Vec<Vec<u8>>,
    /// Whether it makes the vault.
    pub genesis: bool,
    pub answer: oneshot::Sender<DomainResult<Appended>>,
}

/// One vault's log.
pub(crate) struct VaultActor {
    key: LogKey,
    queue: Mutex<VecDeque<Job>>,
    running: AtomicBool,
    /// `None` until it is loaded, and again after a step of unknown outcome.
    state: tokio::sync::Mutex<Option<VaultState>>,
    /// The members as they are on disk, for readers.
    members: RwLock<Option<Members>>,
    used: AtomicU64,
    /// Chain hashes further back than the state remembers, as authors named them.
    seen: Mutex<HashMap<u64, Digest>>,
}

/// All logs in memory.
#[derive(Default)]
pub(crate) struct Sequencer {
    vaults: RwLock<HashMap<LogKey, Arc<VaultActor>>>,
    directories: Mutex<HashMap<TenantId, Arc<DirectoryActor>>>,
    ticks: AtomicU64,
}

impl Sequencer {
    pub fn directory(&self, tenant: TenantId) -> Arc<DirectoryActor> {
        let mut all = self
            .directories
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.entry(tenant).or_default().clone()
    }

    /// The members of a vault, if its log is in memory.
    pub fn members(&self, key: LogKey) -> Option<Members> {
        let all = self.vaults.read().unwrap_or_else(PoisonError::into_inner);
        let members = all
            .get(&key)?
            .members
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        members.clone()
    }

    fn vault(&self, key: LogKey, most: usize) -> Arc<VaultActor> {
        let tick = self.ticks.fetch_add(1, Ordering::Relaxed);
        {
            let all = self.vaults.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(actor) = all.get(&key) {
                actor.used.store(tick, Ordering::Relaxed);
                return actor.clone();
            }
        }
        let mut all = self.vaults.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= most {
            forget_oldest(&mut all);
        }
        all.entry(key)
            .or_insert_with(|| {
                Arc::new(VaultActor {
                    key,
                    queue: Mutex::default(),
                    running: AtomicBool::new(false),
                    state: tokio::sync::Mutex::new(None),
                    members: RwLock::new(None),
                    used: AtomicU64::new(tick),
                    seen: Mutex::default(),
                })
            })
            .clone()
    }

    /// Takes a log out of memory, if nobody works on it.
    fn forget(&self, key: LogKey) {
        let mut all = self.vaults.write().unwrap_or_else(PoisonError::into_inner);
        if all.get(&key).is_some_and(idle) {
            all.remove(&key);
        }
    }
}

fn idle(actor: &Arc<VaultActor>) -> bool {
    // Whoever enqueues or runs holds a reference of its own.
    Arc::strong_count(actor) == 1 && actor.queue().is_empty()
}

/// Makes room by a quarter.
fn forget_oldest(all: &mut HashMap<LogKey, Arc<VaultActor>>) {
    let mut uses: Vec<u64> = all
        .values()
        .map(|actor| actor.used.load(Ordering::Relaxed))
        .collect();
    uses.sort_unstable();
    let Some(limit) = uses.get(uses.len() / 4).copied() else {
        return;
    };
    all.retain(|_, actor| actor.used.load(Ordering::Relaxed) > limit || !idle(actor));
}

impl VaultActor {
    fn queue(&self) -> MutexGuard<'_, VecDeque<Job>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<u64, Digest>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waiting requests, at least one if there is any, up to a number of entries.
    fn take_jobs(&self, most_entries: usize) -> Vec<Job> {
        let mut queue = self.queue();
        let (mut jobs, mut entries) = (Vec::new(), 0);
        while let Some(job) = queue.front() {
            entries += job.entries.len();
            if entries > most_entries && !jobs.is_empty() {
                break;
            }
            jobs.extend(queue.pop_front());
        }
        jobs
    }

    fn show_members(&self, state: Option<&VaultState>) {
        let members = state.map(|state| {
            Arc::new(
                state
                    .members()
                    .map(|(identity, member)| (identity, member.role))
                    .collect(),
            )
        });
        *self.members.write().unwrap_or_else(PoisonError::into_inner) = members;
    }
}

impl Domain {
    /// Puts a request into its log's queue; it is answered through its own channel.
    pub(crate) fn enqueue(self: &Arc<Self>, key: LogKey, job: Job) {
        let actor = self.sequencer.vault(key, self.config.logs_in_memory);
        actor.queue().push_back(job);
        if !actor.running.swap(true, Ordering::AcqRel) {
            tokio::spawn(self.clone().run(actor));
        }
    }

    /// Works until the queue is empty. The work goes on when the clients hang up.
    async fn run(self: Arc<Self>, actor: Arc<VaultActor>) {
        loop {
            let jobs = actor.take_jobs(self.config.batch_entries);
            if jobs.is_empty() {
                actor.running.store(false, Ordering::Release);
                if actor.queue().is_empty() || actor.running.swap(true, Ordering::AcqRel) {
                    break;
                }
                continue;
            }
            let batch = AssertUnwindSafe(self.run_batch(&actor, jobs))
                .catch_unwind()
                .await;
            if batch.is_err() {
                tracing::error!(vault = %actor.key.log, "a batch panicked");
                *actor.state.lock().await = None;
                actor.show_members(None);
            }
        }
        let (key, unknown) = (actor.key, actor.state.lock().await.is_none());
        drop(actor);
        if unknown {
            self.sequencer.forget(key);
        }
    }
}

/// The error that ends a request whose log does not exist for it.
fn no_such_vault() -> DomainError {
    DomainError::new(ProblemCode::NotFound)
}
