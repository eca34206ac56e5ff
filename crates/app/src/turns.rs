//! Turns: of what weighs much, one at a time; of what meets others too often, one without others.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::time::timeout;

use crate::error::AppError;

/// How long a request waits for its turn at what weighs much, well within what it may take as a whole.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a unit of work that has met others waits for its turn: all others wait meanwhile.
const SHORT: Duration = Duration::from_secs(1);
/// After how many times that it met others, and after as many more, a unit of work is let alone.
const OFTEN: usize = 6;

/// One at a time in this process, in the order in which they came. Who waits holds no connection.
#[derive(Debug)]
pub struct Turns {
    next: RwLock<()>,
    patience: Duration,
}

/// A place among others, as long as it is kept.
#[derive(Debug)]
pub enum Among<'a> {
    /// Nobody else has one.
    Alone(RwLockWriteGuard<'a, ()>),
    /// Others may have one.
    Beside(RwLockReadGuard<'a, ()>),
}

impl Turns {
    /// Turns for which a request waits so long.
    pub const fn new(patience: Duration) -> Self {
        Self { next: RwLock::const_new(()), patience }
    }

    /// Turns of units of work.
    pub const fn of_units() -> Self {
        Self::new(SHORT)
    }

    /// Waits for its turn, which lasts as long as what is answered is kept.
    ///
    /// # Errors
    /// Too many came before.
    pub async fn turn(&self) -> Result<RwLockWriteGuard<'_, ()>, AppError> {
        timeout(self.patience, self.next.write()).await.map_err(|_| AppError::Busy)
    }

    /// A place beside others, but a turn of its own for who has met others often, if it comes in time. Counts the places
    /// that it has had.
    pub async fn among(&self, had: &AtomicUsize) -> Among<'_> {
        let met = had.fetch_add(1, Ordering::Relaxed);
        if met > 0
            && met.is_multiple_of(OFTEN)
            && let Ok(turn) = self.turn().await
        {
            return Among::Alone(turn);
        }
        Among::Beside(self.next.read().await)
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self::new(PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_too_long_is_told_so() {
        let turns = Turns::new(Duration::from_millis(20));
        let turn = turns.turn().await.unwrap();
        assert!(matches!(turns.turn().await, Err(AppError::Busy)));
        drop(turn);
        drop(turns.turn().await.unwrap());
    }

    #[tokio::test]
    async fn who_has_met_others_often_is_let_alone() {
        let turns = Turns::new(Duration::from_millis(20));
        let (other, had) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let beside = turns.among(&other).await;
        for _ in 0..OFTEN {
            assert!(matches!(turns.among(&had).await, Among::Beside(_)));
        }
        // As long as others are there it goes on beside them.
        assert!(matches!(turns.among(&had).await, Among::Beside(_)));
        drop(beside);
        had.store(OFTEN, Ordering::Relaxed);
        let alone = turns.among(&had).await;
        assert!(matches!(alone, Among::Alone(_)));
        assert!(timeout(Duration::from_millis(20), turns.among(&other)).await.is_err());
        drop(alone);
        assert!(matches!(turns.among(&other).await, Among::Beside(_)));
    }
}
