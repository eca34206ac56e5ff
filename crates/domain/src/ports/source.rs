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

/// The text of the files that a policy is made from, as storage keeps it for every server on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyText {
    /// Their fingerprint: [`Policy::version`] of what they say.
    pub version: String,
    /// How the others are read.
    pub model: String,
    /// Built-in roles and their rules.
    pub roles: String,
    /// What entitlements open.
    pub access_rules: String,
}

/// Where policies come from, and the one in force.
#[async_trait::async_trait]
pub trait PolicySource: Send + Sync {
    /// An immutable snapshot; a request takes one and keeps it.
    fn current(&self) -> Arc<Policy>;
    /// Reads the files again. What they say is not in force yet.
    ///
    /// # Errors
    /// The files can't be read.
    async fn read(&self) -> Result<PolicyText, PolicyError>;
    /// Checks and compiles. What comes out is not in force yet.
    ///
    /// # Errors
    /// Every fault with its file and line.
    async fn compile(&self, text: &PolicyText) -> Result<Arc<Policy>, PolicyError>;
    /// Puts a policy in force at once.
    fn enforce(&self, policy: Arc<Policy>);
}
