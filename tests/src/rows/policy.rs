//! The policy of a row.

use std::sync::Arc;

use bailiwick_domain::Policy;
use bailiwick_domain::ports::{PolicyError, PolicySource};

/// A policy that no file says.
pub struct RowPolicy(pub Arc<Policy>);

#[async_trait::async_trait]
impl PolicySource for RowPolicy {
    fn current(&self) -> Arc<Policy> {
        Arc::clone(&self.0)
    }

    async fn reload(&self) -> Result<Arc<Policy>, PolicyError> {
        Ok(self.current())
    }
}
