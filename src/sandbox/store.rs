//! Things kept under a key, shared by connections.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A value many connections use in turn; a panic in one of them does not take it from the others.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Things kept under a key.
#[derive(Debug)]
pub(crate) struct Store<T>(Mutex<BTreeMap<String, T>>);

impl<T> Default for Store<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Store<T> {
    /// Keeps a thing, replacing what was there.
    pub(crate) fn put(&self, key: impl Into<String>, value: T) {
        lock(&self.0).insert(key.into(), value);
    }

    /// A copy of the thing.
    pub(crate) fn get(&self, key: &str) -> Option<T> {
        lock(&self.0).get(key).cloned()
    }

    /// Takes the thing out.
    pub(crate) fn take(&self, key: &str) -> Option<T> {
        lock(&self.0).remove(key)
    }

    /// All keys, sorted.
    pub(crate) fn keys(&self) -> Vec<String> {
        lock(&self.0).keys().cloned().collect()
    }
}
