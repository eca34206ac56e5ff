//! How many units of work are under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A unit of work, or one that waits to begin.
#[derive(Debug)]
pub struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    pub fn of(units: &Arc<AtomicUsize>) -> Self {
        units.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(units))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
