//! News of logs that grow, for those who may read them.

use crate::{
    Caller, Domain, DomainResult,
    sequencer::{Members, Sequencer},
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};
use strongroom_store::{Head, LogKey};
use strongroom_types::{IdentityId, TenantId};
use strongroom_wire::HeadEvent;
use tokio::sync::Notify;

/// A log has grown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notice {
    pub log: LogKey,
    pub directory: bool,
    pub head: Head,
}

/// The sessions that listen, by person: only those whom a notice concerns are woken.
pub(crate) struct Events {
    sequencer: Arc<Sequencer>,
    listeners: RwLock<HashMap<Person, Vec<Arc<Listener>>>>,
}

type Person = (TenantId, IdentityId);

/// What one session has not yet heard: of each log only where it stands now.
#[derive(Default)]
struct Listener {
    news: Mutex<VecDeque<Notice>>,
    arrived: Notify,
}

impl Events {
    /// News for the members that `sequencer` knows of.
    pub fn new(sequencer: Arc<Sequencer>) -> Self {
        Self {
            sequencer,
            listeners: RwLock::default(),
        }
    }

    /// Wakes who may read the log: everybody of the tenant its directory, members a vault.
    pub fn tell(&self, notice: Notice) {
        // A log that has just grown is in memory, and so are its members.
        let members = match notice.directory {
            true => None,
            false => self.sequencer.members(notice.log),
        };
        self.tell_members(notice, members.as_ref());
    }

    /// The same with the members; `None` stands for everybody of the tenant.
    fn tell_members(&self, notice: Notice, members: Option<&Members>) {
        let tenant = notice.log.tenant;
        let listeners = self
            .listeners
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let all_of = |identity: IdentityId| listeners.get(&(tenant, identity));
        match members {
            // The shorter list is gone through.
            Some(members) if members.len() < listeners.len() => members
                .keys()
                .filter_map(|identity| all_of(*identity))
                .flatten()
                .for_each(|listener| listener.hear(notice)),
            members => listeners
                .iter()
                .filter(|((of, identity), _)| {
                    *of == tenant && members.is_none_or(|members| members.contains_key(identity))
                })
                .flat_map(|(_, listeners)| listeners)
                .for_each(|listener| listener.hear(notice)),
        }
    }

    fn enter(&self, person: Person) -> Arc<Listener> {
        let listener = Arc::new(Listener::default());
        self.listeners
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(person)
            .or_default()
            .push(Arc::clone(&listener));
        listener
    }

    fn leave(&self, person: Person, listener: &Arc<Listener>) {
        let mut listeners = self
            .listeners
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = listeners.get_mut(&person) {
            own.retain(|one| !Arc::ptr_eq(one, listener));
            if own.is_empty() {
                listeners.remove(&person);
            }
        }
    }
}

impl Listener {
    fn news(&self) -> MutexGuard<'_, VecDeque<Notice>> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, notice: Notice) {
        let mut news = self.news();
        match news.iter_mut().find(|known| known.log == notice.log) {
            Some(known) if known.head.index > notice.head.index => {}
            Some(known) => *known = notice,
            None => news.push_back(notice),
        }
        drop(news);
        self.arrived.notify_one();
    }
}

/// The news of one session: first where all its logs stand, then every log that grew. Rights
/// are looked at again for each of them.
pub struct EventFeed {
    domain: Arc<Domain>,
    caller: Caller,
    listener: Arc<Listener>,
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
        let mut feed = EventFeed {
            domain: self.clone(),
            caller,
            listener: self.events.enter((caller.tenant, caller.identity)),
            waiting: VecDeque::new(),
            check_every,
        };
        feed.waiting = self.all_heads(&caller).await?;
        Ok(feed)
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
    /// The next piece of news; `None` when the session has ended.
    pub async fn next(&mut self) -> Option<HeadEvent> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            // Whether there is news or not, the session is checked.
            let _ = tokio::time::timeout(self.check_every, self.listener.arrived.notified()).await;
            let caller = self
                .domain
                .caller_of(self.caller.token_hash)
                .await
                .ok()
                .flatten()?;
            self.caller = caller;
            let news = std::mem::take(&mut *self.listener.news());
            for notice in news {
                if self.may_read(&notice).await {
                    self.waiting.push_back(HeadEvent {
                        log: notice.log.log.to_string(),
                        index: notice.head.index,
                        hash: notice.head.hash,
                    });
                }
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

impl Drop for EventFeed {
    fn drop(&mut self) {
        let person = (self.caller.tenant, self.caller.identity);
        self.domain.events.leave(person, &self.listener);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::collections::BTreeMap;
    use strongroom_types::{Digest, Role, VaultId};

    const TENANT: TenantId = TenantId::from_bytes([1; 32]);

    fn person(n: u8) -> Person {
        (TENANT, IdentityId::from_bytes([n; 32]))
    }

    fn notice(vault: u8, index: u64) -> Notice {
        Notice {
            log: LogKey::vault(TENANT, VaultId::from_bytes([vault; 32])),
            directory: false,
            head: Head {
                index,
                hash: Digest::from_bytes([index as u8; 32]),
            },
        }
    }

    fn members(list: &[u8]) -> Members {
        let member = |n: &u8| (person(*n).1, Role::Reader);
        Arc::new(list.iter().map(member).collect::<BTreeMap<_, _>>())
    }

    fn heard(listener: &Listener) -> Vec<u64> {
        let woken = listener.arrived.notified().now_or_never().is_some();
        let news = std::mem::take(&mut *listener.news());
        assert_eq!(woken, !news.is_empty());
        news.iter().map(|notice| notice.head.index).collect()
    }

    #[test]
    fn only_members_are_woken() {
        let events = Events::new(Arc::default());
        let [ada, bob, other_ada] = [1, 2, 1].map(|n| events.enter(person(n)));
        let abroad = events.enter((TenantId::from_bytes([9; 32]), person(1).1));
        let all = || [&ada, &bob, &other_ada, &abroad].map(|one| heard(one));
        // Both ways through: fewer members than listeners, and more.
        for list in [vec![1], vec![1, 3, 4, 5, 6, 7]] {
            events.tell_members(notice(1, 5), Some(&members(&list)));
            assert_eq!(all(), [vec![5], vec![], vec![5], vec![]]);
        }
        events.tell_members(notice(1, 6), None);
        assert_eq!(all(), [vec![6], vec![6], vec![6], vec![]]);
        events.leave(person(1), &ada);
        events.tell_members(notice(1, 7), Some(&members(&[1, 2])));
        assert_eq!(all(), [vec![], vec![7], vec![7], vec![]]);
        for (n, listener) in [(1, &other_ada), (2, &bob)] {
            events.leave(person(n), listener);
        }
        assert_eq!(events.listeners.read().unwrap().len(), 1);
    }

    #[test]
    fn who_is_slow_hears_where_each_log_stands_now() {
        let events = Events::new(Arc::default());
        let ada = events.enter(person(1));
        for one in [notice(1, 1), notice(2, 8), notice(1, 3), notice(1, 2)] {
            events.tell_members(one, Some(&members(&[1])));
        }
        assert_eq!(heard(&ada), [3, 8]);
    }
}
