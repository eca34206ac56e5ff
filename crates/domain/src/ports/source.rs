//! Time, randomness, policy.

use std::sync::Arc;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::policy::Policy;

/// The time, in UTC, to the microsecond.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> OffsetDateTime;
}

/// Randomness.
pub trait Random: Send + Sync {
    /// A new id (UUIDv7 of this time).
    fn id(&self, now: OffsetDateTime) -> Uuid;
    /// Fills with bytes that nobody can foresee.
    fn fill(&self, bytes: &mut [u8]);
}

/// Why policy files were refused. The policy in force stays in force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct PolicyError(
    /// Each fault, as `file:line: what is wrong and what would be right`.
    pub Vec<String>,
);

/// The policy in force.
#[async_trait::async_trait]
pub trait PolicySource: Send + Sync {
    /// An immutable snapshot; a request takes one and keeps it.
    fn current(&self) -> Arc<Policy>;
    /// Reads the files again and, if they are good, puts them in force at once.
    ///
    /// # Errors
    /// Every fault with its file and line.
    async fn reload(&self) -> Result<Arc<Policy>, PolicyError>;
}
