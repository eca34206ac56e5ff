//! Turns: of what weighs much, one at a time.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::error::AppError;

/// How long a request waits for its turn, well within what it may take as a whole.
const PATIENCE: Duration = Duration::from_secs(10);

/// One at a time in this process, in the order in which they came. Who waits holds no connection.
#[derive(Debug)]
pub struct Turns {
    next: Semaphore,
    patience: Duration,
}

impl Turns {
    /// Turns for which a request waits so long.
    pub const fn new(patience: Duration) -> Self {
        Self { next: Semaphore::const_new(1), patience }
    }

    /// Waits for its turn, which lasts as long as what is answered is kept.
    ///
    /// # Errors
    /// Too many came before.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, AppError> {
        match timeout(self.patience, self.next.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(AppError::Busy),
        }
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
}
