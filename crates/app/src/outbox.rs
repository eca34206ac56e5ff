//! The outbox: events that were committed with their change go to the bus, at least once.

use bailiwick_domain::ports::{EventBus, Lookup, Record, Store};

use crate::error::AppError;

/// Publishes what waits, oldest first, at most `limit`; answers how many went. What the bus refuses stays.
///
/// # Errors
/// Storage.
pub async fn relay(store: &dyn Store, bus: &dyn EventBus, limit: usize) -> Result<usize, AppError> {
    let waiting = Lookup::outbox(store, limit).await?;
    let mut gone = Vec::with_capacity(waiting.len());
    for event in &waiting {
        match bus.publish(event).await {
            Ok(()) => gone.push(event.id),
            Err(error) => {
                tracing::warn!(%error, topic = event.topic, "the event bus refused an event; it stays in the outbox");
                break;
            }
        }
    }
    if !gone.is_empty() {
        let unit = store.begin().await?;
        Record::published(&*unit, &gone).await?;
        unit.commit().await?;
    }
    Ok(gone.len())
}
