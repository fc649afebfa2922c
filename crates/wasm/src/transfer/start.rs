//! All transfers of a page: beginning them, steering them, and what they come to.

use super::control::{Kind, State, Told, Transfer};
use super::courier::{Courier, Session};
use super::port::Bulk;
use super::reading::OpenedFiles;
pub use super::upload::Source;
use crate::core::Core;
use crate::files::{Begun, CopyOf, Finish, Job, NewUpload, keeper_of};
use crate::platform::{Http, Platform, Storage};
use crate::{CoreError, Result};
use futures::lock::{Mutex, MutexGuard};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use strongroom_types::*;
use strongroom_vault::file::FileSealer;
use strongroom_wire::ProblemCode;

pub(super) struct Running<B: Bulk> {
    pub(super) transfer: Rc<Transfer>,
    /// Of an upload, to go on with after a failure.
    pub(super) source: Option<Rc<Source<B>>>,
}

/// An upload that was begun: run it.
pub struct Started<B: Bulk> {
    transfer: Rc<Transfer>,
    source: Rc<Source<B>>,
    begun: Begun,
    /// The file that it copies.
    copies: Option<CopyOf>,
}

/// See the module.
pub struct Transfers<H, S, B: Bulk> {
    pub(super) core: Rc<Mutex<Core<H, S>>>,
    pub(super) platform: Rc<Platform<H, S>>,
    pub(super) bulk: Rc<B>,
    tell: Rc<dyn Fn(Told)>,
    pub(super) running: RefCell<BTreeMap<String, Running<B>>>,
    pub(super) opened: OpenedFiles<H, S, B>,
}

impl<H: Http + 'static, S: Storage + 'static, B: Bulk + 'static> Transfers<H, S, B> {
    /// Transfers of a core. Nobody may hold it while this is made.
    ///
    /// # Errors
    /// `internal` where somebody does.
    pub fn new(
        core: Rc<Mutex<Core<H, S>>>,
        bulk: B,
        tell: impl Fn(Told) + 'static,
    ) -> Result<Self> {
        let platform = match core.try_lock() {
            Some(core) => Rc::clone(&core.platform),
            None => return Err(CoreError::failed("internal", "the core is in use")),
        };
        Ok(Self {
            core,
            platform,
            bulk: Rc::new(bulk),
            tell: Rc::new(tell),
            running: RefCell::default(),
            opened: RefCell::default(),
        })
    }

    /// The core and the storage, in the order in which a call takes them: the other way round,
    /// each could wait for the other.
    pub(super) async fn core(&self) -> (S::Alone, MutexGuard<'_, Core<H, S>>) {
        let core = self.core.lock().await;
        (self.platform.storage.alone().await, core)
    }

    pub(super) fn transfer(&self, id: &str, kind: Kind, total_bytes: u64) -> Rc<Transfer> {
        Rc::new(Transfer::new(id, kind, total_bytes, Rc::clone(&self.tell)))
    }

    /// Of which nobody is told.
    pub(super) fn silent(&self) -> Rc<Transfer> {
        let nobody: Rc<dyn Fn(Told)> = Rc::new(|_| {});
        Rc::new(Transfer::new("", Kind::Download, 0, nobody))
    }

    pub(super) async fn courier(&self) -> Result<Rc<Courier<H, S, B>>> {
        let (_alone, mut core) = self.core().await;
        let open = core.engine()?.open;
        Ok(Rc::new(Courier {
            platform: Rc::clone(&self.platform),
            bulk: Rc::clone(&self.bulk),
            session: Some(Session {
                token: open.token.clone(),
                keeper: keeper_of(&open.keeper),
            }),
        }))
    }

    /// Begins an upload: refused here is what needs no byte to be refused.
    ///
    /// # Errors
    /// `name_taken`, `locked`, `protected`, `in_trash`, `quota_exceeded`, …
    pub async fn start_upload(
        &self,
        arguments: &str,
        source: B::Source,
        (size_bytes, last_modified_ms): (u64, u64),
        thumbnail: Option<Vec<u8>>,
    ) -> Result<Started<B>> {
        let mut wanted: NewUpload = serde_json::from_str(arguments)?;
        wanted.size_bytes = size_bytes;
        wanted.last_modified_ms = last_modified_ms;
        wanted.thumbnail = thumbnail;
        let transfer = self.transfer(&wanted.transfer, Kind::Upload, size_bytes);
        self.check_idle(&wanted.transfer)?;
        let begun = {
            let (_alone, mut core) = self.core().await;
            core.engine()?.begin_upload(&wanted).await?
        };
        Ok(self.started(transfer, Rc::new(Source::Chosen(source)), begun, None))
    }

    pub(super) fn check_idle(&self, id: &str) -> Result<()> {
        let running = self.running.borrow();
        match running.get(id).filter(|known| !known.transfer.is_over()) {
            None => Ok(()),
            Some(_) => Err(CoreError::failed("busy", "this transfer is under way")),
        }
    }

    pub(super) fn started(
        &self,
        transfer: Rc<Transfer>,
        source: Rc<Source<B>>,
        begun: Begun,
        copies: Option<CopyOf>,
    ) -> Started<B> {
        let running = Running {
            transfer: Rc::clone(&transfer),
            source: Some(Rc::clone(&source)),
        };
        let id = transfer.id.clone();
        self.running.borrow_mut().insert(id, running);
        Started {
            transfer,
            source,
            begun,
            copies,
        }
    }

    /// Goes on with an upload after a reload, with the same file chosen again.
    ///
    /// # Errors
    /// `source_changed` for another file, `not_found`.
    pub async fn resume_upload(
        &self,
        id: &str,
        source: B::Source,
        (name, size_bytes, last_modified_ms): (&str, u64, u64),
    ) -> Result<Started<B>> {
        self.check_idle(id)?;
        let begun = {
            let (_alone, mut core) = self.core().await;
            let mut engine = core.engine()?;
            let job = engine.job(id).await?.ok_or_else(no_upload)?;
            let last = |name: &str| name.rsplit('/').next().map(str::to_owned);
            let same_name = name.is_empty() || last(name) == last(&job.name);
            let same = size_bytes == job.size_bytes && last_modified_ms == job.last_modified_ms;
            if !same || !same_name {
                return Err(CoreError::conflict(
                    "source_changed",
                    "this is not the file that was being put",
                ));
            }
            engine.go_on(job).await?
        };
        let transfer = self.transfer(id, Kind::Upload, size_bytes);
        Ok(self.started(transfer, Rc::new(Source::Chosen(source)), begun, None))
    }

    /// Pauses a transfer: what is on its way arrives, nothing more leaves.
    pub fn pause(&self, id: &str) {
        if let Some(running) = self.running.borrow().get(id) {
            running.transfer.pause();
        }
    }

    /// Goes on with a paused transfer, or with an upload that failed or a copy that an earlier
    /// page began: then there is one to run.
    ///
    /// # Errors
    /// As for a beginning.
    pub async fn resume(&self, id: &str) -> Result<Option<Started<B>>> {
        let known = self.running.borrow().get(id).map(|known| {
            let transfer = Rc::clone(&known.transfer);
            (transfer, known.source.clone())
        });
        let source = match known {
            None => self.source_of_copy(id).await?,
            Some((transfer, Some(source))) if transfer.is_over() => source,
            Some((transfer, _)) => {
                transfer.resume();
                return Ok(None);
            }
        };
        let (begun, size_bytes, copies) = {
            let (_alone, mut core) = self.core().await;
            let mut engine = core.engine()?;
            let copies = engine.copy_of(id).await?;
            let job = engine.job(id).await?.ok_or_else(no_upload)?;
            let size_bytes = job.size_bytes;
            (engine.go_on(job).await?, size_bytes, copies)
        };
        let transfer = self.transfer(id, Kind::Upload, size_bytes);
        Ok(Some(self.started(transfer, source, begun, copies)))
    }

    /// Ends a transfer; an upload is forgotten, here and at the server.
    ///
    /// # Errors
    /// Of the storage.
    pub async fn cancel(&self, id: &str) -> Result<()> {
        let known = self.running.borrow_mut().remove(id);
        if let Some(running) = &known {
            running.transfer.stop(true);
            if !running.transfer.is_over() && running.source.is_some() {
                // Whoever runs it clears up.
                return Ok(());
            }
        }
        let (_alone, mut core) = self.core().await;
        match core.engine() {
            Ok(mut engine) => engine.abandon_upload(id).await,
            Err(_) => Ok(()),
        }
    }

    /// Ends everything, as a lock does. Uploads can be gone on with.
    pub fn stop_all(&self) {
        for running in std::mem::take(&mut *self.running.borrow_mut()).into_values() {
            running.transfer.stop(false);
        }
        self.opened.borrow_mut().clear();
    }

    /// Runs an upload to its end, and tells the page how it went.
    pub async fn run(&self, started: Started<B>) {
        let Started {
            transfer,
            source,
            begun,
            copies,
        } = started;
        transfer.set_state(State::Running);
        match self.put(begun, &source, &transfer).await {
            Ok((file, mut problem)) => {
                if let Some(of) = copies {
                    problem = self.take_away(of, &transfer).await.err();
                }
                transfer.done(Some(file), problem);
                self.running.borrow_mut().remove(&transfer.id);
            }
            Err(error) => transfer.failed(error),
        }
    }

    pub(super) async fn put(
        &self,
        mut begun: Begun,
        source: &Source<B>,
        transfer: &Transfer,
    ) -> Result<(FileId, Option<CoreError>)> {
        let mut again = true;
        loop {
            let (job, sealer) = match begun {
                Begun::Arrived(file) => return Ok((file, None)),
                Begun::Under(job, sealer) => (job, sealer),
            };
            transfer.restart();
            match self.put_once(&job, *sealer, source, transfer).await {
                Ok(Finish::Done(put)) => {
                    let problem = put.conflict.then(|| {
                        CoreError::conflict(
                            "conflict_copy",
                            "someone else changed this file meanwhile: yours is kept beside it",
                        )
                    });
                    return Ok((put.file, problem));
                }
                Ok(Finish::Aside) => {
                    let (_alone, mut core) = self.core().await;
                    begun = core.engine()?.begin_aside(&job).await?;
                }
                // What was sent belongs to another content: a new key, from the beginning.
                Err(error) if error.code() == "source_changed" && again => {
                    again = false;
                    let (_alone, mut core) = self.core().await;
                    begun = core.engine()?.begin_anew(&job).await?;
                }
                Err(error) => return Err(self.after_failure(&job, transfer, error).await),
            }
        }
    }

    async fn put_once(
        &self,
        job: &Job,
        sealer: FileSealer,
        source: &Source<B>,
        transfer: &Transfer,
    ) -> Result<Finish> {
        let courier = self.courier().await?;
        let sealed = courier.upload(job, sealer, source, transfer).await?;
        courier
            .patiently(transfer, async || {
                let (_alone, mut core) = self.core().await;
                core.engine()?.finish_upload(job, &sealed).await
            })
            .await
    }

    /// What was refused for good, or given up, is cleared away.
    async fn after_failure(&self, job: &Job, transfer: &Transfer, error: CoreError) -> CoreError {
        let signed_out =
            error.problem() == Some(ProblemCode::Unauthenticated) || error.code() == "logged_out";
        let refused = matches!(error.class(), ErrorClass::Refused | ErrorClass::NotFound);
        let is_file = matches!(error.code(), "in_trash" | "locked" | "protected");
        if transfer.is_given_up() || (refused && !signed_out && !is_file) {
            let (_alone, mut core) = self.core().await;
            if let Ok(mut engine) = core.engine() {
                let _ = engine.abandon_upload(&job.transfer).await;
            }
        }
        error
    }
}

pub(super) fn no_upload() -> CoreError {
    CoreError::not_found("there is no such transfer")
}
