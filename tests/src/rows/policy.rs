//! The policy of a row.

use std::sync::Arc;

use bailiwick_domain::Policy;
use bailiwick_domain::ports::{PolicyError, PolicySource, PolicyText};

/// A policy that no file says.
pub struct RowPolicy(pub Arc<Policy>);

#[async_trait::async_trait]
impl PolicySource for RowPolicy {
    fn current(&self) -> Arc<Policy> {
        Arc::clone(&self.0)
    }

    async fn read(&self) -> Result<PolicyText, PolicyError> {
        let text = String::new();
        let version = self.0.version().to_owned();
        Ok(PolicyText { version, model: text.clone(), roles: text.clone(), access_rules: text })
    }

    async fn compile(&self, _text: &PolicyText) -> Result<Arc<Policy>, PolicyError> {
        Ok(self.current())
    }

    fn enforce(&self, _policy: Arc<Policy>) {}
}
