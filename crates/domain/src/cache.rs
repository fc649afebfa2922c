//! Short-lived answers from memory.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};
use strongroom_types::TimestampMs;

const MOST: usize = 16_384;

/// Values that count for a moment. A value that was read before a [`TimedCache::forget`] is
/// never kept after it.
pub(crate) struct TimedCache<K, V> {
    life_ms: u64,
    generation: AtomicU64,
    values: RwLock<HashMap<K, (V, TimestampMs)>>,
}

/// The state of the cache when a look-up began.
#[derive(Clone, Copy)]
pub(crate) struct Ticket(u64);

impl<K: Eq + Hash, V: Clone> TimedCache<K, V> {
    pub fn new(life_ms: u64) -> Self {
        Self {
            life_ms,
            generation: AtomicU64::new(0),
            values: RwLock::default(),
        }
    }

    pub fn get(&self, key: &K, now_ms: TimestampMs) -> Option<V> {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        let (value, at_ms) = values.get(key)?;
        (now_ms.abs_diff(*at_ms) < self.life_ms).then(|| value.clone())
    }

    pub fn ticket(&self) -> Ticket {
        Ticket(self.generation.load(Ordering::SeqCst))
    }

    pub fn put(&self, ticket: Ticket, key: K, value: V, now_ms: TimestampMs) {
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        if self.generation.load(Ordering::SeqCst) != ticket.0 {
            return;
        }
        if values.len() >= MOST {
            values.clear();
        }
        values.insert(key, (value, now_ms));
    }

    /// Forgets everything; what changes rights calls it after the change.
    pub fn forget(&self) {
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        self.generation.fetch_add(1, Ordering::SeqCst);
        values.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_overtaken_values_do_not_count() {
        let cache = TimedCache::new(10);
        let ticket = cache.ticket();
        cache.put(ticket, 1, "a", 100);
        assert_eq!(cache.get(&1, 109), Some("a"));
        assert_eq!(cache.get(&1, 110), None);
        cache.forget();
        cache.put(ticket, 1, "a", 110);
        assert_eq!(cache.get(&1, 110), None);
    }
}
