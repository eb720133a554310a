//! A pool of objects that are costly to make and can be reused.

use std::sync::{Mutex, PoisonError};

/// A pool that makes an object when it has none left. It holds no more than
/// were in use at once.
pub(crate) struct ObjectPool<T> {
    make: Box<dyn Fn() -> T + Send + Sync>,
    idle: Mutex<Vec<T>>,
}

impl<T> ObjectPool<T> {
    /// An empty pool of objects that `make` makes.
    pub(crate) fn new(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self {
            make: Box::new(make),
            idle: Mutex::default(),
        }
    }

    /// An object that was returned, or a new one.
    #[must_use]
    pub(crate) fn take(&self) -> T {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.unwrap_or_else(|| (self.make)())
    }

    /// Returns an object. An object that a panic went through is better
    /// dropped.
    pub(crate) fn give(&self, object: T) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(object);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn objects_are_made_only_when_the_pool_is_empty() {
        let made = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&made);
        let pool = ObjectPool::new(move || count.fetch_add(1, Ordering::Relaxed));
        let (first, second) = (pool.take(), pool.take());
        assert_eq!((first, second), (0, 1));
        pool.give(second);
        assert_eq!(pool.take(), 1);
        assert_eq!(pool.take(), 2);
        assert_eq!(made.load(Ordering::Relaxed), 3);
    }
}
