//! Places that many want: nobody alone takes those of all others.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// How many places each has who has any.
pub(crate) struct Places {
    /// How many one may have.
    most: usize,
    taken: Mutex<HashMap<String, usize>>,
}

/// One that is taken until it is dropped.
pub(crate) struct Place {
    among: Arc<Places>,
    who: String,
}

impl Places {
    /// So many for each.
    pub(crate) fn for_each(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// One more, unless they have as many as one may have.
    pub(crate) fn take(self: &Arc<Self>, who: &str) -> Option<Place> {
        let taken = self.with(|taken| {
            let count = taken.entry(who.to_owned()).or_default();
            let free = *count < self.most;
            *count += usize::from(free);
            free
        });
        taken.then(|| Place { among: Arc::clone(self), who: who.to_owned() })
    }

    fn with<R>(&self, change: impl FnOnce(&mut HashMap<String, usize>) -> R) -> R {
        change(&mut self.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.among.with(|taken| {
            if let Some(count) = taken.get_mut(&self.who) {
                *count -= 1;
                if *count == 0 {
                    taken.remove(&self.who);
                }
            }
        });
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn each_has_so_many_and_others_theirs() {
        let places = Places::for_each(2);
        let (first, second) = (places.take("one"), places.take("one"));
        assert!(first.is_some() && second.is_some() && places.take("one").is_none());
        assert!(places.take("other").is_some());
        drop(first);
        let again = places.take("one");
        assert!(again.is_some() && places.take("one").is_none());
        drop((second, again));
        assert!(places.with(|taken| taken.is_empty()), "who has none is not kept");
    }
}
