//! One at a time for each key, and a bounded number at a time for each key.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

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
