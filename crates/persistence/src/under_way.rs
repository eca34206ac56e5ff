//! Which threads have a unit of work under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

thread_local! {
    /// How many units that are under way began on this thread.
    static UNITS: Arc<AtomicUsize> = Arc::default();
}

/// A unit of work that is under way, counted where it began.
#[derive(Debug)]
pub struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    /// Counts one that begins on this thread.
    pub fn begin() -> Self {
        let units = UNITS.with(Arc::clone);
        units.fetch_add(1, Ordering::Relaxed);
        Self(units)
    }

    /// Whether one that began on this thread is under way.
    pub fn is_any() -> bool {
        UNITS.with(|units| units.load(Ordering::Relaxed) > 0)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
