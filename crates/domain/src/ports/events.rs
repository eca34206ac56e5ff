//! Events that leave the server after the change that they tell of was committed.

use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::kind::Kind;

/// An event in the outbox: committed with its change, published afterwards, at least once.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxEvent {
    /// Which one; receivers use it to drop what came twice.
    pub id: Uuid,
    /// When the change was made.
    pub at: OffsetDateTime,
    /// What happened, as `kind.deed`.
    pub topic: String,
    /// What kind of object it is about.
    pub kind: Kind,
    /// Which object. Receivers look it up, under their own rights.
    pub object_id: Uuid,
    /// No more than ids: an event shows nothing that its receiver could not view.
    pub payload: Value,
}

/// Where events go.
#[async_trait::async_trait]
pub trait EventBus: Send + Sync {
    /// Hands an event over.
    ///
    /// # Errors
    /// The bus can't be reached; the event stays in the outbox.
    async fn publish(&self, event: &OutboxEvent) -> Result<(), String>;
}
