//! News of logs that grow, for those who may read them.

use crate::{Caller, Domain, DomainResult};
use std::{collections::VecDeque, sync::Arc, time::Duration};
use strongroom_store::{Head, LogKey};
use strongroom_wire::HeadEvent;
use tokio::sync::broadcast::{self, error::RecvError};

/// Notices that a slow listener may fall behind before it is told everything anew.
const CAPACITY: usize = 1_024;

/// A log has grown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notice {
    pub log: LogKey,
    pub directory: bool,
    pub head: Head,
}

pub(crate) struct Events(broadcast::Sender<Notice>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::Sender::new(CAPACITY))
    }
}

impl Events {
    pub fn tell(&self, notice: Notice) {
        // Nobody listening is fine.
        let _ = self.0.send(notice);
    }
}

/// The news of one session: first where all its logs stand, then every change. Rights are
/// looked at again for each of them.
pub struct EventFeed {
    domain: Arc<Domain>,
    caller: Caller,
    news: broadcast::Receiver<Notice>,
    waiting: VecDeque<HeadEvent>,
    check_every: Duration,
}

impl Domain {
    /// Begins to listen. The session is checked at least every `check_every`.
    pub async fn subscribe(
        self: &Arc<Self>,
        caller: Caller,
        check_every: Duration,
    ) -> DomainResult<EventFeed> {
        caller.require_full()?;
        let news = self.events.0.subscribe();
        let waiting = self.all_heads(&caller).await?;
        Ok(EventFeed {
            domain: self.clone(),
            caller,
            news,
            waiting,
            check_every,
        })
    }

    async fn all_heads(&self, caller: &Caller) -> DomainResult<VecDeque<HeadEvent>> {
        let list = self.vaults(caller).await?;
        let directory = HeadEvent {
            log: caller.tenant.to_string(),
            index: list.directory_index,
            hash: list.directory_hash,
        };
        let vaults = list.vaults.into_iter().map(|row| HeadEvent {
            log: row.vault.to_string(),
            index: row.head_index,
            hash: row.head_hash,
        });
        Ok(std::iter::once(directory).chain(vaults).collect())
    }
}

impl EventFeed {
    /// The next piece of news; `None` when the session has ended or the server goes down.
    pub async fn next(&mut self) -> Option<HeadEvent> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            let notice = tokio::time::timeout(self.check_every, self.news.recv()).await;
            let caller = self
                .domain
                .caller_of(self.caller.token_hash)
                .await
                .ok()
                .flatten()?;
            self.caller = caller;
            match notice {
                // Nothing new; the session was checked.
                Err(_) => {}
                Ok(Ok(notice)) => {
                    if self.may_read(&notice).await {
                        return Some(HeadEvent {
                            log: notice.log.log.to_string(),
                            index: notice.head.index,
                            hash: notice.head.hash,
                        });
                    }
                }
                Ok(Err(RecvError::Lagged(_))) => {
                    self.waiting = self.domain.all_heads(&self.caller).await.ok()?;
                }
                Ok(Err(RecvError::Closed)) => return None,
            }
        }
    }

    async fn may_read(&self, notice: &Notice) -> bool {
        if notice.log.tenant != self.caller.tenant {
            return false;
        }
        if notice.directory {
            return true;
        }
        self.domain
            .role_in(&self.caller, notice.log.vault_id())
            .await
            .is_ok()
    }
}
