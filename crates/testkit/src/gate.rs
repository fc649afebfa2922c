//! A door that holds one request until the test has done what has to come between.

use std::sync::{Mutex, PoisonError, mpsc};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The test's side: waits until somebody stands before the door, and opens it.
pub struct Gate {
    reached: UnboundedReceiver<()>,
    open: mpsc::Sender<()>,
}

/// The other side, for a lie or a [`crate::liar::Take`]. It blocks a thread of the server's
/// runtime: that needs more than one.
pub struct Door {
    tell: UnboundedSender<()>,
    wait: Mutex<Option<mpsc::Receiver<()>>>,
}

/// A closed gate.
pub fn gate() -> (Gate, Door) {
    let (tell, reached) = unbounded_channel();
    let (open, wait) = mpsc::channel();
    let wait = Mutex::new(Some(wait));
    (Gate { reached, open }, Door { tell, wait })
}

impl Gate {
    /// Until the first one stands before the door.
    pub async fn reached(&mut self) {
        // Without a door nobody comes: the test hangs, as it should.
        if self.reached.recv().await.is_none() {
            std::future::pending().await
        }
    }

    /// Lets the first one go on.
    pub fn open(&self) {
        // It may have gone with its connection.
        let _ = self.open.send(());
    }
}

impl Door {
    /// Holds the first one who comes until the gate opens or is gone; others pass.
    pub fn pass(&self) {
        let wait = self
            .wait
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(wait) = wait {
            let _ = self.tell.send(());
            let _ = wait.recv();
        }
    }
}
