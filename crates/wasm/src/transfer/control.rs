//! One transfer as people see it: how far it is, and whether they want it to go on.

use crate::{CoreError, Result};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};
use strongroom_types::FileId;

/// Told at most so often, milliseconds.
const TELL_EVERY_MS: u64 = 200;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// To the server.
    Upload,
    /// From it.
    Download,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// The network is away; it is tried again.
    Waiting,
    Running,
    Paused,
    Done,
    Failed,
}

/// What the page is told of a transfer.
#[derive(Serialize)]
pub struct Told {
    event: &'static str,
    transfer: String,
    kind: Kind,
    state: State,
    done_bytes: u64,
    total_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<CoreError>,
    /// The file that an upload has become.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<FileId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Run,
    Pause,
    /// Ends; its journal stays, or goes where the person gave it up.
    Stop {
        forget: bool,
    },
}

/// See the module.
pub(super) struct Transfer {
    pub id: String,
    kind: Kind,
    total_bytes: u64,
    done_bytes: Cell<u64>,
    state: Cell<State>,
    wanted: Cell<Wanted>,
    wakers: RefCell<Vec<Waker>>,
    told_ms: Cell<u64>,
    tell: std::rc::Rc<dyn Fn(Told)>,
}

impl Transfer {
    pub fn new(id: &str, kind: Kind, total_bytes: u64, tell: std::rc::Rc<dyn Fn(Told)>) -> Self {
        Self {
            id: id.to_owned(),
            kind,
            total_bytes,
            done_bytes: Cell::new(0),
            state: Cell::new(State::Waiting),
            wanted: Cell::new(Wanted::Run),
            wakers: RefCell::default(),
            told_ms: Cell::new(0),
            tell,
        }
    }

    fn told(&self, problem: Option<CoreError>, file: Option<FileId>) {
        (self.tell)(Told {
            event: "transfer",
            transfer: self.id.clone(),
            kind: self.kind,
            state: self.state.get(),
            done_bytes: self.done_bytes.get(),
            total_bytes: self.total_bytes,
            problem,
            file,
        });
    }

    pub fn set_state(&self, state: State) {
        if self.is_paused() && state != State::Paused {
            return;
        }
        if self.state.replace(state) != state {
            self.told(None, None);
        }
    }

    /// So many bytes more are done.
    pub fn advance(&self, bytes: u64, now_ms: u64) {
        self.done_bytes.set(self.done_bytes.get() + bytes);
        if now_ms >= self.told_ms.get() + TELL_EVERY_MS {
            self.told_ms.set(now_ms);
            self.told(None, None);
        }
    }

    /// It begins at the beginning.
    pub fn restart(&self) {
        self.done_bytes.set(0);
    }

    pub fn done(&self, file: Option<FileId>, problem: Option<CoreError>) {
        self.done_bytes.set(self.total_bytes);
        self.state.set(State::Done);
        self.told(problem, file);
    }

    pub fn failed(&self, problem: CoreError) {
        self.state.set(State::Failed);
        self.told(Some(problem), None);
    }

    fn want(&self, wanted: Wanted) {
        self.wanted.set(wanted);
        for waker in self.wakers.take() {
            waker.wake();
        }
    }

    pub fn pause(&self) {
        if self.wanted.get() == Wanted::Run {
            self.want(Wanted::Pause);
            self.set_state(State::Paused);
        }
    }

    pub fn resume(&self) {
        if self.wanted.get() == Wanted::Pause {
            self.want(Wanted::Run);
            self.set_state(State::Running);
        }
    }

    pub fn stop(&self, forget: bool) {
        self.want(Wanted::Stop { forget });
    }

    pub fn is_paused(&self) -> bool {
        self.wanted.get() == Wanted::Pause
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state.get(), State::Done | State::Failed)
    }

    /// Whether the person gave it up.
    pub fn is_given_up(&self) -> bool {
        self.wanted.get() == Wanted::Stop { forget: true }
    }

    /// Goes through while the transfer shall run; waits while it is paused.
    ///
    /// # Errors
    /// `cancelled`.
    pub async fn pass(&self) -> Result<()> {
        poll_fn(|context| match self.wanted.get() {
            Wanted::Run => Poll::Ready(Ok(())),
            Wanted::Stop { .. } => Poll::Ready(Err(cancelled())),
            Wanted::Pause => {
                self.wakers.borrow_mut().push(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }
}

/// The person ended it.
fn cancelled() -> CoreError {
    CoreError::failed("cancelled", "the transfer was ended")
}
