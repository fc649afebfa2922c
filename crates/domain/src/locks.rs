//! One at a time for each key, and a bounded number at a time for each key.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, oneshot};

/// Mutual exclusion by key; keys nobody holds take no memory.
pub(crate) struct KeyLocks<K: Eq + Hash + Clone>(
    Arc<Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>>,
);

impl<K: Eq + Hash + Clone> Default for KeyLocks<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

/// Held as long as the turn lasts.
pub(crate) struct KeyGuard<K: Eq + Hash + Clone> {
    locks: Arc<Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>>,
    key: K,
    guard: Option<OwnedMutexGuard<()>>,
}

impl<K: Eq + Hash + Clone> KeyLocks<K> {
    /// Waits for the turn.
    pub async fn turn(&self, key: K) -> KeyGuard<K> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            locks.entry(key.clone()).or_default().clone()
        };
        let guard = lock.lock_owned().await;
        KeyGuard {
            locks: self.0.clone(),
            key,
            guard: Some(guard),
        }
    }
}

impl<K: Eq + Hash + Clone> Drop for KeyGuard<K> {
    fn drop(&mut self) {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        self.guard = None;
        // Whoever waits holds a second reference.
        if locks
            .get(&self.key)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            locks.remove(&self.key);
        }
    }
}

/// The newest attempt at something, for each key: an older one is told that it is over.
pub(crate) struct Attempts<K: Eq + Hash + Clone>(Newest<K>);

type Newest<K> = Arc<Mutex<HashMap<K, (u64, oneshot::Sender<()>)>>>;

impl<K: Eq + Hash + Clone> Default for Attempts<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

/// Held as long as the attempt lasts.
pub(crate) struct Attempt<K: Eq + Hash + Clone> {
    newest: Newest<K>,
    key: K,
    number: u64,
}

impl<K: Eq + Hash + Clone> Attempts<K> {
    /// Begins an attempt. The future ends when a newer one begins.
    pub fn begin(&self, key: K) -> (Attempt<K>, impl Future<Output = ()> + Send + use<K>) {
        let (over, ends) = oneshot::channel();
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = newest.get(&key).map_or(0, |(number, _)| number + 1);
        if let Some((_, older)) = newest.insert(key.clone(), (number, over)) {
            // It may be over already.
            let _ = older.send(());
        }
        drop(newest);
        let attempt = Attempt {
            newest: Arc::clone(&self.0),
            key,
            number,
        };
        (attempt, async {
            let _ = ends.await;
        })
    }
}

impl<K: Eq + Hash + Clone> Drop for Attempt<K> {
    fn drop(&mut self) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let own = newest
            .get(&self.key)
            .is_some_and(|(number, _)| *number == self.number);
        if own {
            newest.remove(&self.key);
        }
    }
}

/// A bounded number of places for each key.
pub(crate) struct Places<K>(Mutex<HashMap<K, (u32, Arc<Semaphore>)>>);

impl<K> Default for Places<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Places<K> {
    /// Waits for one of `count` places. A changed count takes effect at once for newcomers.
    pub async fn take(&self, key: K, count: u32) -> Option<OwnedSemaphorePermit> {
        let places = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() > 10_000 {
                all.retain(|_, (count, places)| places.available_permits() < *count as usize);
            }
            let entry = all
                .entry(key)
                .or_insert_with(|| (count, Arc::new(Semaphore::new(count as usize))));
            if entry.0 != count {
                *entry = (count, Arc::new(Semaphore::new(count as usize)));
            }
            entry.1.clone()
        };
        places.acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_newer_attempt_ends_the_older_and_nothing_else() {
        use futures::FutureExt;
        let attempts = Attempts::default();
        let (first, mut first_over) = attempts.begin(1).boxed_end();
        let (_other, mut other_over) = attempts.begin(2).boxed_end();
        assert!((&mut first_over).now_or_never().is_none());
        let (second, mut second_over) = attempts.begin(1).boxed_end();
        assert!((&mut first_over).now_or_never().is_some());
        // The older one lets go of nothing that is the newer one's.
        drop(first);
        assert!((&mut second_over).now_or_never().is_none());
        assert!((&mut other_over).now_or_never().is_none());
        drop(second);
        assert_eq!(attempts.0.lock().unwrap().len(), 1);
    }

    trait BoxedEnd<A> {
        fn boxed_end(self) -> (A, futures::future::BoxFuture<'static, ()>);
    }

    impl<A, F: Future<Output = ()> + Send + 'static> BoxedEnd<A> for (A, F) {
        fn boxed_end(self) -> (A, futures::future::BoxFuture<'static, ()>) {
            (self.0, Box::pin(self.1))
        }
    }

    #[tokio::test]
    async fn a_key_is_held_once_and_forgotten() {
        let locks = KeyLocks::default();
        let first = locks.turn(1).await;
        let _other = locks.turn(2).await;
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(20), locks.turn(1));
        assert!(waiting.await.is_err());
        drop(first);
        drop(locks.turn(1).await);
        assert_eq!(locks.0.lock().unwrap().len(), 1);
    }
}
